#!/usr/bin/env python3
"""Whether a folder holds an HLS ladder as RFC 8216 has it, and a DASH manifest of the same pieces.

  hls_check.py [--lax] [--no-decode] FOLDER

Each violation is a line: the file, what is wrong, and the rule. Exit code 1 if there is any. Nothing of Rushes is used.
--lax: not the rules that are this project's own, so that ladders of others can be looked at. --no-decode: without ffmpeg.
"""

import argparse
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import m3u8  # noqa: E402
import mpd  # noqa: E402
import thumbnails  # noqa: E402
import vtt  # noqa: E402
from problems import Problems  # noqa: E402
from track import Track  # noqa: E402

MICRO, MILLI = Fraction(1, 1_000_000), Fraction(1, 1000)
NEAR = Fraction(1, 100_000)  # how exact bit rates are, since durations are written in millionths


class Stream:
    """A media playlist and what it lists."""

    def __init__(self, playlist, bits, track=None):
        self.list, self.track = playlist, track
        self.bits = bits  # of each piece, as far as they are there
        self.rates = [Fraction(b) / p.duration for b, p in zip(bits, playlist.pieces) if p.duration]

    @property
    def name(self):
        return self.list.name

    @property
    def is_whole(self):
        """All that is listed is there, and could be read."""
        return self.track is not None and 0 < len(self.list.pieces) == len(self.track.pieces)

    @property
    def highest(self):
        """Of a single piece."""
        return max(self.rates, default=Fraction(0))

    @property
    def average(self):
        return Fraction(sum(self.bits)) / max(sum(p.duration for p in self.list.pieces), MICRO)

    @property
    def peak(self):
        """Of any pieces in a row that together last about as long as the target duration: RFC 8216, 4.1."""
        low, high = Fraction(self.list.target or 1, 2), Fraction(3 * (self.list.target or 1), 2)
        found = []
        for first in range(len(self.bits)):
            bits, duration = 0, Fraction(0)
            for b, p in zip(self.bits[first:], self.list.pieces[first:]):
                bits, duration = bits + b, duration + p.duration
                if duration > high:
                    break
                if duration >= low:
                    found.append(bits / duration)
        return max(found, default=self.average)


def same_codec(codec):
    return codec.lower() if codec.startswith("avc1") else codec


class Check:
    def __init__(self, folder, strict, decode):
        self.folder, self.strict, self.decode, self.problems = Path(folder), strict, decode, Problems()
        self.tracks, self.seen = {}, {"master.m3u8"}

    def say(self, file, what, rule):
        self.problems.add(file, what, rule)

    def ours(self, wrong, file, what, rule):
        """A rule of this project."""
        if wrong and self.strict:
            self.say(file, what, f"Rushes: {rule}")

    def playlist(self, uri, user):
        path = self.folder / uri
        self.seen.add(uri)
        if not path.is_file():
            self.say(user, f"{uri} is listed, but is not there", "RFC 8216 4.1")
            return None
        if path.suffix not in (".m3u8", ".m3u"):
            self.say(user, f"{uri} does not end in .m3u8", "RFC 8216 4")
        return m3u8.read(uri, path.read_bytes(), self.problems.of(uri))

    def track(self, header, names):
        """Measured once, whoever lists it."""
        key = (header, tuple(names))
        if key not in self.tracks:
            self.tracks[key] = Track(self.folder, header, names, self.problems, self.strict)
        self.seen.update([header, *names])
        return self.tracks[key]

    def run(self):
        self.master = self.playlist("master.m3u8", "master.m3u8")
        if self.master is None:
            return self.problems.found
        if not self.master.is_master:
            self.say("master.m3u8", "is no master playlist", "RFC 8216 4.3.4")
            return self.problems.found
        self.pictures = [(v, self.media_stream(v["URI"])) for v in self.master.variants]
        self.media = [(m, self.rendition(m)) for m in self.master.media]
        self.keyframes = [(k, self.keyframe_stream(k["URI"])) for k in self.master.keyframes]
        self.check_groups()
        for attributes, stream in self.pictures:
            if stream and stream.is_whole:
                self.check_variant(attributes, stream)
        self.check_together()
        self.check_cuts()
        self.check_keyframes()
        self.check_manifest()
        self.check_thumbnails()
        for path in sorted(self.folder.iterdir()):
            self.ours(path.name not in self.seen, path.name, "is in no list", "nothing is left over")
        return self.problems.found

    def check_manifest(self):
        manifest = self.folder / "manifest.mpd"
        self.ours(not manifest.is_file(), "manifest.mpd", "is not there", "a ladder has a manifest")
        if manifest.is_file():
            self.seen.add(manifest.name)
            check = mpd.Check(self.folder, manifest, self.problems, self.strict, self.track)
            check.run()
            self.seen |= check.texts

    def check_thumbnails(self):
        """They need not be there."""
        whole = [s for _, s in self.pictures if s and s.is_whole]
        if (self.folder / thumbnails.NAME).is_file() and whole:
            self.seen |= {thumbnails.NAME} | thumbnails.check(self.folder, whole[0].track.pieces[-1].end, self.problems)
        poster = self.folder / "poster.jpg"
        if poster.is_file():
            self.seen.add(poster.name)
            sizes = [(s.track.header.width, s.track.header.height) for s in whole]
            self.ours(thumbnails.jpeg_size(poster.read_bytes()) != max(sizes, default=None), poster.name, "is no JPEG of the largest size",
                      "it stands where the picture will")

    # Playlists of pieces.

    def common(self, playlist):
        if playlist.is_master:
            self.say(playlist.name, "is a master playlist", "RFC 8216 4.3.4.2")
        name = playlist.name
        self.ours("EXT-X-ENDLIST" not in playlist.names, name, "has no EXT-X-ENDLIST", "it is finished")
        self.ours("EXT-X-PLAYLIST-TYPE" not in playlist.names, name, "has no EXT-X-PLAYLIST-TYPE", "nothing is ever taken away")
        self.ours(playlist.tags.get("EXT-X-MEDIA-SEQUENCE", 0) != 0, name, "does not begin with piece 0", "nothing is ever taken away")

    def media_stream(self, uri):
        playlist = self.playlist(uri, "master.m3u8")
        if playlist is None:
            return None
        self.common(playlist)
        self.ours(not playlist.is_independent and not self.master.is_independent, uri, "has no EXT-X-INDEPENDENT-SEGMENTS",
                  "every piece begins with a keyframe")
        if playlist.is_keyframes:
            self.say(uri, "has keyframes alone", "RFC 8216 4.3.4.2")
        return self.with_track(playlist)

    def with_track(self, playlist):
        names, headers = [p.uri for p in playlist.pieces], {p.header for p in playlist.pieces}
        if len(headers) != 1 or None in headers:
            self.say(playlist.name, "has pieces without EXT-X-MAP, or several of them", "RFC 8216 3.3")
            return Stream(playlist, [])
        track = self.track(headers.pop(), names)
        if not playlist.is_keyframes and any(p.part for p in playlist.pieces):
            self.ours(True, playlist.name, "has parts of files as pieces", "a piece is a file")
            return Stream(playlist, [p.part[0] * 8 for p in playlist.pieces], track)
        if not playlist.is_keyframes:
            self.check_durations(playlist, track)
        return Stream(playlist, [p.bytes * 8 for p in track.pieces], track)

    def check_durations(self, playlist, track):
        """Where pieces end as they are listed, and as they are."""
        listed = track.pieces[0].start if track.pieces else Fraction(0)
        for i, (piece, there) in enumerate(zip(playlist.pieces, track.pieces)):
            listed += piece.duration
            off, allowed = there.end - listed, (i + 1) * MICRO
            # The last packet may hold more than there is to hear; others reckon from where a packet begins.
            of_packets = not track.is_video and (i + 1 == len(track.pieces) or not self.strict)
            if not (-allowed if self.strict else -allowed - track.longest) <= off <= allowed + (track.longest if of_packets else 0):
                return self.say(playlist.name, f"{piece.uri} ends at {float(listed):.6f} s by EXTINF, and at {float(there.end):.6f} s "
                                "by its samples", "RFC 8216 4.3.2.1")

    def rendition(self, media):
        uri = media.get("URI")
        if uri is None:
            return None
        if media["TYPE"] == "SUBTITLES":
            return self.subtitles(uri)
        return self.media_stream(uri)

    def subtitles(self, uri):
        playlist = self.playlist(uri, "master.m3u8")
        if playlist is None:
            return None
        self.common(playlist)
        bits, cues, start = [], [], Fraction(0)
        for piece in playlist.pieces:
            self.seen.add(piece.uri)
            path = self.folder / piece.uri
            if not path.is_file():
                self.say(piece.uri, "is listed, but is not there", "RFC 8216 4.1")
                break
            data = path.read_bytes()
            bits.append(len(data) * 8)
            cues.append((start, start + piece.duration, vtt.cues_of(data, self.problems.of(piece.uri))))
            start += piece.duration
        # Each cue stands in every piece in whose time it is shown, and in no other.
        for cue in {cue for *_, found in cues for cue in found}:
            for piece, (first, end, found) in zip(playlist.pieces, cues):
                seen = min(cue[1], end) - max(cue[0], first)
                # Times of cues are whole thousandths.
                if abs(seen) > MILLI and (seen > 0) != (cue in found):
                    self.say(piece.uri, f"{'lacks' if seen > 0 else 'has'} the cue at {float(cue[0]):.3f} s", "RFC 8216 3.5")
        return Stream(playlist, bits)

    def keyframe_stream(self, uri):
        playlist = self.playlist(uri, "master.m3u8")
        if playlist is None:
            return None
        self.common(playlist)
        if not playlist.is_keyframes:
            self.say(uri, "has no EXT-X-I-FRAMES-ONLY", "RFC 8216 4.3.4.3")
        track = self.with_track(playlist).track
        there = track.pieces if track else []
        return Stream(playlist, [(p.part[0] if p.part else whole.bytes) * 8 for p, whole in zip(playlist.pieces, there)], track)

    # What the master playlist says.

    def groups(self, kind, name):
        return [(m, s) for m, s in self.media if m["TYPE"] == kind and m["GROUP-ID"] == name]

    def check_groups(self):
        used = set()
        for attributes in self.master.variants + self.master.keyframes:
            for kind in ("AUDIO", "VIDEO", "SUBTITLES"):
                if kind in attributes:
                    used.add((kind, attributes[kind]))
                    if not self.groups(kind, attributes[kind]):
                        self.say("master.m3u8", f"there is no group {kind}={attributes[kind]!r}", "RFC 8216 4.3.4.2")
        known = set()
        for media, stream in self.media:
            kind, group, name = media["TYPE"], media["GROUP-ID"], media["NAME"]
            self.check_rendition(media, stream)
            if (kind, group, name) in known:
                self.say("master.m3u8", f"two of the name {name!r} in group {group!r}", "RFC 8216 4.3.4.1.1")
            known.add((kind, group, name))
            if sum(m.get("DEFAULT") == "YES" for m, _ in self.groups(kind, group)) > 1:
                self.say("master.m3u8", f"group {group!r} has two defaults", "RFC 8216 4.3.4.1.1")
            self.ours((kind, group) not in used, "master.m3u8", f"no variant uses group {group!r}", "nothing is left over")
            self.ours(kind == "AUDIO" and group != "sound", "master.m3u8", f"the group of sound is {group!r}", 'it is "sound"')

    def check_rendition(self, media, stream):
        kind, name = media["TYPE"], media["NAME"]
        if kind == "SUBTITLES" and "URI" not in media:
            self.say("master.m3u8", f"subtitles {name!r} without a URI", "RFC 8216 4.3.4.1")
        if kind == "CLOSED-CAPTIONS" and ("URI" in media or "INSTREAM-ID" not in media):
            self.say("master.m3u8", f"closed captions {name!r} have a URI, or no INSTREAM-ID", "RFC 8216 4.3.4.1")
        if "FORCED" in media and kind != "SUBTITLES":
            self.say("master.m3u8", f"{name!r} has FORCED", "RFC 8216 4.3.4.1")
        if media.get("DEFAULT") == "YES" and media.get("AUTOSELECT", "YES") != "YES":
            self.say("master.m3u8", f"{name!r} is the default, and is not to be chosen", "RFC 8216 4.3.4.1")
        if kind == "AUDIO" and stream and stream.track and stream.track.header:
            header, told = stream.track.header, media.get("CHANNELS")
            if header.kind != "soun":
                self.say(stream.name, "is listed as sound, and has none", "RFC 8216 4.3.4.1")
            if told is not None and told.partition("/")[0] != str(header.channels):
                self.say("master.m3u8", f"CHANNELS is {told!r}, and there are {header.channels}", "RFC 8216 4.3.4.1")
            self.ours(told is None, "master.m3u8", f"{name!r} without CHANNELS", "it says what is there")

    def beside(self, attributes):
        """What is played together with a variant: of each of its groups the renditions."""
        return [[s for _, s in self.groups(kind, attributes[kind]) if s] for kind in ("AUDIO", "SUBTITLES") if kind in attributes]

    def check_variant(self, attributes, stream):
        header, uri, beside = stream.track.header, stream.name, self.beside(attributes)
        if header.kind != "vide":
            return self.ours(True, uri, "has no picture", "every variant is a size of the picture")
        codecs = {header.codec} | {s.track.header.codec for group in beside for s in group if s.track and s.track.header}
        self.check_codecs(uri, attributes, codecs, "RFC 8216 4.3.4.2")
        self.check_size(uri, attributes, header, "RFC 8216 4.3.4.2")
        self.check_frame_rate(uri, attributes, stream)

        def together(one):
            return one(stream) + sum(max(map(one, group), default=0) for group in beside)

        self.check_rates(uri, attributes, {what: together(lambda s, w=what: getattr(s, w)) for what in ("peak", "highest", "average")},
                         "RFC 8216 4.3.4.2")

    def check_codecs(self, uri, attributes, codecs, rule):
        told = attributes.get("CODECS")
        if told is None:
            return self.ours(True, "master.m3u8", f"{uri} without CODECS", "it says what is there")
        named = {same_codec(codec) for codec in told.split(",")}
        if named - {"wvtt"} != {same_codec(codec) for codec in codecs}:
            self.say("master.m3u8", f"CODECS of {uri} is {told!r}, and there is {','.join(sorted(codecs))!r}", rule)

    def check_size(self, uri, attributes, header, rule):
        told = attributes.get("RESOLUTION")
        self.ours(told is None, "master.m3u8", f"{uri} without RESOLUTION", "it says what is there")
        if told is not None and told != (header.width, header.height):
            self.say("master.m3u8", f"RESOLUTION of {uri} is {told[0]}x{told[1]}, and it has {header.width}x{header.height}", rule)
        if self.strict and header.shown != (header.width, header.height):
            self.say(uri, f"tkhd says {header.shown}, and the entry {header.width}x{header.height}", "Rushes: pixels are square")

    def check_frame_rate(self, uri, attributes, stream):
        told, pieces = attributes.get("FRAME-RATE"), stream.track.pieces
        self.ours(told is None, "master.m3u8", f"{uri} without FRAME-RATE", "it says what is there")
        if told is None:
            return
        rate = sum(p.frames for p in pieces) / (pieces[-1].end - pieces[0].start)
        if abs(told - rate) > Fraction(1, 2000) + NEAR:
            self.say("master.m3u8", f"FRAME-RATE of {uri} is {float(told):g}, and it has {float(rate):.3f}", "RFC 8216 4.3.4.2")

    def check_rates(self, uri, attributes, measured, rule):
        told, average = attributes["BANDWIDTH"], attributes.get("AVERAGE-BANDWIDTH")
        if told < measured["peak"] * (1 - NEAR) - 1:
            self.say("master.m3u8", f"BANDWIDTH of {uri} is {told}, and its peak {float(measured['peak']):.0f}", rule)
        self.ours(abs(told - measured["highest"]) > measured["highest"] * NEAR + 2, "master.m3u8",
                  f"BANDWIDTH of {uri} is {told}, and its largest pieces have {float(measured['highest']):.0f}", "it is that of the largest")
        if average is not None and abs(average - measured["average"]) > measured["average"] * NEAR + 2:
            self.say("master.m3u8", f"AVERAGE-BANDWIDTH of {uri} is {average}, and it is {float(measured['average']):.0f}", rule)

    # What playlists have in common.

    def streams(self):
        return [s for _, s in self.pictures + self.media + self.keyframes if s]

    def check_together(self):
        """RFC 8216, 6.2.4."""
        types = {s.list.tags.get("EXT-X-PLAYLIST-TYPE") for s in self.streams()}
        if len(types) > 1:
            named = ", ".join(f"{s.name} {s.list.tags.get('EXT-X-PLAYLIST-TYPE', 'none')}" for s in self.streams())
            self.say("master.m3u8", f"playlists of several EXT-X-PLAYLIST-TYPEs: {named}", "RFC 8216 6.2.4")
        texts = [s for m, s in self.media if m["TYPE"] == "SUBTITLES"] + [s for _, s in self.keyframes]
        targets = {s.list.target for s in self.streams() if s not in texts or s.list.tags.get("EXT-X-PLAYLIST-TYPE") != "VOD"}
        if len(targets) > 1:
            self.say("master.m3u8", f"playlists of several EXT-X-TARGETDURATIONs: {sorted(filter(None, targets))}", "RFC 8216 6.2.4")
        ends = {s.name: sum(p.duration for p in s.list.pieces) for s in self.streams()}
        if ends and max(ends.values()) - min(ends.values()) > max(s.list.target or 0 for s in self.streams()):
            self.say("master.m3u8", f"playlists of several durations: {', '.join(f'{n} {float(e):g}' for n, e in ends.items())}",
                     "RFC 8216 6.2.4")

    def check_cuts(self):
        """Pieces of one number show the same time, in frames and seconds; those of sound end with them."""
        pictures = [s for _, s in self.pictures if s and s.is_whole and s.track.is_video]
        if not pictures:
            return
        first = pictures[0].track
        for stream in pictures[1:]:
            for a, b in zip(first.pieces, stream.track.pieces):
                self.ours((a.frames, a.start, a.end) != (b.frames, b.start, b.end), b.name,
                          f"has {b.frames} frames from {float(b.start):.6f} to {float(b.end):.6f} s, and {a.name} has {a.frames} from "
                          f"{float(a.start):.6f} to {float(a.end):.6f} s", "all renditions are cut alike")
            self.ours(len(first.pieces) != len(stream.track.pieces), stream.name, f"has another number of pieces than {pictures[0].name}",
                      "all renditions are cut alike")
        for media, stream in self.media:
            if media["TYPE"] != "AUDIO" or not stream or not stream.is_whole:
                continue
            track, sample = stream.track, Fraction(1, stream.track.header.timescale)
            self.ours(len(track.pieces) != len(first.pieces), stream.name, f"has another number of pieces than {pictures[0].name}",
                      "sound is cut where the picture is")
            for shown, heard in zip(first.pieces[:-1], track.pieces[:-1]):
                self.ours(not -sample <= heard.end - shown.end < track.longest, heard.name,
                          f"ends at {float(heard.end):.6f} s, and {shown.name} at {float(shown.end):.6f} s",
                          "a piece of sound ends with the packet in which that of the picture does")
            if abs(track.pieces[-1].end - first.pieces[-1].end) > track.longest:
                self.ours(True, stream.name, f"ends at {float(track.pieces[-1].end):.6f} s, and the picture at "
                          f"{float(first.pieces[-1].end):.6f} s", "sound and picture end together")

    # Keyframes.

    def check_keyframes(self):
        listed = {s.track.name for _, s in self.keyframes if s and s.track}
        for _, stream in self.pictures:
            self.ours(stream is not None and stream.track is not None and stream.track.name not in listed, "master.m3u8",
                      f"there are no keyframes of {stream and stream.name}", "whoever skims can do so in every size")
        for attributes, stream in self.keyframes:
            if stream and stream.is_whole:
                self.check_keyframes_of(attributes, stream)

    def check_keyframes_of(self, attributes, stream):
        header, uri, rule = stream.track.header, stream.name, "RFC 8216 4.3.4.3"
        self.check_codecs(uri, attributes, {header.codec}, rule)
        self.check_size(uri, attributes, header, rule)
        self.check_rates(uri, attributes, {"peak": stream.peak, "highest": stream.highest, "average": stream.average}, rule)
        end = Fraction(0)
        for i, (piece, there) in enumerate(zip(stream.list.pieces, stream.track.pieces)):
            end += piece.duration
            if abs(end - there.end) > (i + 1) * MICRO:
                self.say(uri, f"{piece.uri} is shown until {float(end):.6f} s, and the next begins at {float(there.end):.6f} s",
                         "RFC 8216 4.3.3.6")
            size, start = piece.part or (there.bytes, 0)
            if start + size > there.bytes:
                self.say(uri, f"{size}@{start} of {piece.uri}, which has {there.bytes} bytes", "RFC 8216 4.3.2.2")
                continue
            self.ours((size, start) != (there.key_end, 0), uri, f"{size}@{start} of {piece.uri}, and its first picture is "
                      f"{there.key_end}@0", "no more is read than is needed")
            if self.decode:
                self.check_decodes(uri, stream.track.name, piece.uri, start, size)

    def check_decodes(self, uri, header, name, start, size):
        data = (self.folder / header).read_bytes() + (self.folder / name).read_bytes()[start:start + size]
        done = subprocess.run(["ffmpeg", "-v", "error", "-f", "mp4", "-i", "pipe:0", "-map", "0:v", "-f", "framemd5", "-"], input=data,
                              capture_output=True)
        frames = [line for line in done.stdout.decode().splitlines() if not line.startswith("#")]
        if len(frames) != 1:
            self.say(uri, f"{size}@{start} of {name} is decoded to {len(frames)} pictures: {done.stderr.decode().strip()[:200]}",
                     "RFC 8216 4.3.3.6")


def check(folder, strict=True, decode=True):
    """The violations, a line each."""
    return Check(folder, strict, decode).run()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--lax", action="store_true")
    parser.add_argument("--no-decode", action="store_true")
    options = parser.parse_args()
    found = check(options.folder, not options.lax, not options.no_decode)
    print("\n".join(found) if found else f"{options.folder}: nothing is wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
