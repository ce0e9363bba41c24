"""A correct ladder, made by ffmpeg's encoders and by hand: what the checker is tested on."""

import math
import shlex
import subprocess
from fractions import Fraction

import mp4

FPS, GOP, SECONDS = 30, 30, 4
PACKET, RATE = 1024, 48000
FRAGMENTS = "-use_editlist 1 -movflags +empty_moov+delay_moov+default_base_moof"
CODERS = {"h264": "-c:v libx264 -preset ultrafast -bf 2 -x264-params scenecut=0:open-gop=0",
          "hevc": "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:scenecut=0:open-gop=0:bframes=2:keyint=30"}


def ffmpeg(arguments, folder):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *shlex.split(arguments)], cwd=folder, check=True)


def split(path):
    """The header of a fragmented file, and its fragments. Without the index at its end."""
    data = path.read_bytes()
    path.unlink()
    top = [box for box in mp4.boxes(data) if box.type != "mfra"]
    header = b"".join(data[b.start:b.end] for b in top if b.type not in ("moof", "mdat"))
    starts = [b.start for b in top if b.type == "moof"]
    return header, [data[a:b] for a, b in zip(starts, [*starts[1:], top[-1].end])]


def write_track(folder, stem, header, pieces):
    (folder / f"{stem}_header.mp4").write_bytes(header)
    for i, piece in enumerate(pieces):
        (folder / f"{stem}_{i:05}.m4s").write_bytes(piece)


def record(folder, name, size, codec):
    """One picture track, a piece for each second."""
    ffmpeg(f"-f lavfi -i testsrc2=s={size}:r={FPS}:d={SECONDS} {CODERS[codec]} -g {GOP} -pix_fmt yuv420p {FRAGMENTS}+frag_keyframe "
           "-f mp4 video", folder)
    write_track(folder, name, *split(folder / "video"))


def record_sound(folder):
    """A fragment for each packet; a piece for each second, to the end of the packet in which it ends."""
    ffmpeg(f"-f lavfi -i sine=440:r={RATE}:d={SECONDS} -ac 2 -c:a aac -b:a 64k {FRAGMENTS} -frag_duration 1 -f mp4 sound", folder)
    header, packets = split(folder / "sound")
    ends = [1 + math.ceil(Fraction((i + 1) * RATE, PACKET)) for i in range(SECONDS)]
    ends[-1] = len(packets)
    write_track(folder, "audio_0000aaaa", header, [b"".join(packets[a:b]) for a, b in zip([0, *ends], ends)])
    return [Fraction(PACKET * (b - max(a, 1)), RATE) for a, b in zip([0, *ends], ends[:-1])], len(packets)


def lines(*text):
    return "\n".join(["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", *text]) + "\n"


def media_playlist(stem, durations, parts=None):
    text = ["#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:EVENT", *(["#EXT-X-I-FRAMES-ONLY"] if parts else []),
            f'#EXT-X-MAP:URI="{stem}_header.mp4"']
    for i, duration in enumerate(durations):
        text.append(f"#EXTINF:{float(duration):.6f},")
        if parts:
            text.append(f"#EXT-X-BYTERANGE:{parts[i]}@0")
        text.append(f"{stem}_{i:05}.m4s")
    return lines(*text, "#EXT-X-ENDLIST")


def first_picture(data):
    """Where the first sample ends, by the sizes in the first trun: it has flags of all four fields or a subset."""
    moof = next(box for box in mp4.boxes(data) if box.type == "moof")
    trun = moof.need("traf", "trun")
    flags = trun.flags
    at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0) + (4 if flags & 0x100 else 0)
    return moof.end + 8 + int.from_bytes(trun.body[at:at + 4], "big")


class Ladder:
    """Made in an empty folder: video-36p and video-18p, their keyframes, audio, master.m3u8 and manifest.mpd."""

    def __init__(self, folder, codec="h264"):
        self.folder = folder
        self.pictures = {"36p": ("64x36", "video-36p_0000bbbb"), "18p": ("32x18", "video-18p_0000cccc")}
        for size, stem in self.pictures.values():
            record(folder, stem, size, codec)
        self.heard, packets = record_sound(folder)
        self.heard.append(SECONDS - sum(self.heard))
        self.codec = {"h264": "avc1", "hevc": "hvc1"}[codec]
        self.write_playlists()

    def sizes(self, stem):
        return [path.stat().st_size for path in sorted(self.folder.glob(f"{stem}_0*.m4s"))]

    def parts(self, stem):
        return [first_picture(path.read_bytes()) for path in sorted(self.folder.glob(f"{stem}_0*.m4s"))]

    def write_playlists(self):
        ones = [Fraction(1)] * SECONDS
        rates = {stem: [size * 8 / d for size, d in zip(self.sizes(stem), durations)]
                 for stem, durations in [("audio_0000aaaa", self.heard), *((stem, ones) for _, stem in self.pictures.values())]}
        heard = rates["audio_0000aaaa"]
        average = sum(self.sizes("audio_0000aaaa")) * 8 / SECONDS
        text = ['#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"']
        (self.folder / "audio.m3u8").write_text(media_playlist("audio_0000aaaa", self.heard))
        keyframes = []
        self.codecs = {}
        for name, (size, stem) in self.pictures.items():
            parts = self.parts(stem)
            (self.folder / f"video-{name}.m3u8").write_text(media_playlist(stem, ones))
            (self.folder / f"keyframes-{name}.m3u8").write_text(media_playlist(stem, ones, parts))
            codec = self.codecs[stem] = self.codec_of(stem)
            text += [f"#EXT-X-STREAM-INF:BANDWIDTH={round(max(rates[stem]) + max(heard))},"
                     f"AVERAGE-BANDWIDTH={round(sum(self.sizes(stem)) * 8 / SECONDS + average)},CODECS=\"{codec},mp4a.40.2\","
                     f'RESOLUTION={size},FRAME-RATE=30.000,AUDIO="sound"', f"video-{name}.m3u8"]
            keyframes.append(f"#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={max(parts) * 8},CODECS=\"{codec}\",RESOLUTION={size},"
                             f'URI="keyframes-{name}.m3u8"')
        (self.folder / "master.m3u8").write_text(lines(*text, *keyframes))
        self.write_manifest(ones, rates)

    def codec_of(self, stem):
        """As ffprobe names its profile and level, written by the rules of RFC 6381 for what these encoders make."""
        data = b"".join((self.folder / f"{stem}_{part}").read_bytes() for part in ("header.mp4", "00000.m4s"))
        probed = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=profile,level", "-of", "csv=p=0", "-"], input=data,
                                capture_output=True, check=True).stdout.decode()
        profile, level = probed.strip().split(",")
        if self.codec == "avc1":
            return f"avc1.{ {'Constrained Baseline': '42c0', 'Main': '4d40', 'High': '6400'}[profile]}{int(level):02x}"
        return f"hvc1.1.6.L{level}.90"

    def write_manifest(self, ones, rates):
        def pieces(timescale, durations):
            told = "".join(f'<S d="{round(d * timescale)}"/>' for d in durations)
            return (f'<SegmentTemplate timescale="{timescale}" startNumber="0" initialization="$RepresentationID$_header.mp4" '
                    f'media="$RepresentationID$_$Number%05d$.m4s"><SegmentTimeline>{told}</SegmentTimeline></SegmentTemplate>')

        pictures = "".join(
            f'<Representation id="{stem}" codecs="{self.codecs[stem]}" bandwidth="{round(max(rates[stem]))}" '
            f'width="{size.split("x")[0]}" height="{size.split("x")[1]}" frameRate="30"/>' for size, stem in self.pictures.values())
        (self.folder / "manifest.mpd").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'profiles="urn:mpeg:dash:profile:isoff-live:2011" '
            f'mediaPresentationDuration="PT{SECONDS}S" minBufferTime="PT1S"><Period>'
            f'<AdaptationSet mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">{pieces(FPS, ones)}{pictures}</AdaptationSet>'
            f'<AdaptationSet mimeType="audio/mp4" startWithSAP="1">{pieces(RATE, self.heard)}'
            f'<Representation id="audio_0000aaaa" codecs="mp4a.40.2" bandwidth="{round(max(rates["audio_0000aaaa"]))}" '
            'audioSamplingRate="48000"><AudioChannelConfiguration '
            'schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/></Representation></AdaptationSet>'
            '</Period></MPD>\n')
