#!/usr/bin/env python3
"""The same bytes however a timeline is rendered.

  run.py RUSHES CASE      one case; run.py RUSHES --list prints their names

Each case is a timeline of about three seconds, cut into segments of 16 to 38 frames. It is rendered
  by one worker, two, three and seven, each from nothing: the files are equal byte for byte;
  while engines are killed: equal;
  with some of its pieces missing, some damaged: equal, and only these are rendered;
  with every part of its SIMD code switched off in turn: equal;
  without loss, by three workers: the frames of the file are those that the composer gives for the whole program in one
  go, and those that the plain code gives which defines them.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
from processes import descendants  # noqa: E402

SEGMENT = "0.64s"
CPU_LEVELS = ["sse2", "sse4", "avx2"]

# What the cases are made of: arguments of ffmpeg that make NAME.
X264 = "-c:v libx264 -preset veryfast -pix_fmt yuv420p"
SOURCE = "-f lavfi -i testsrc2=s=320x180:r={rate}:d={seconds}"
MEDIA = {
    "a.png": "-f lavfi -i testsrc2=s=480x270 -frames:v 1",
    "b.png": "-f lavfi -i mandelbrot=s=480x270 -frames:v 1",
    "long_gop.mp4": SOURCE.format(rate=30, seconds=8) + f" {X264} -g 250 -bf 3",
    "open_gop.mp4": SOURCE.format(rate=25, seconds=6) + f" {X264} -x264-params keyint=20:min-keyint=20:open-gop=1:bframes=3",
    "hevc.mp4": SOURCE.format(rate=30, seconds=5) + " -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=40 -pix_fmt yuv420p10le",
    "vfr.mkv": SOURCE.format(rate=60, seconds=5) + f" -vf select='gt(mod(n*n,7),2)' -vsync vfr {X264} -bf 2",
    "film.mp4": SOURCE.format(rate="24000/1001", seconds=6) + f" {X264} -g 48",
    "alpha.webm": "-f lavfi -i testsrc2=s=160x90:r=25:d=4 -vf format=yuva420p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*lt(X,N)' -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -auto-alt-ref 0",
    "short.wav": "-f lavfi -i sine=440:r=44100:d=1.3",
    "long.m4a": "-f lavfi -i sine=660:r=48000:d=9 -c:a aac",
}
SUBTITLES = {
    "lines.srt": "1\n00:00:00,300 --> 00:00:02,700\nOne line that spans a boundary\n\n"
                 "2\n00:00:02,750 --> 00:00:03,100\nAnd another\n",
    "words.json": json.dumps([{"word": w, "start": 0.1 + 0.25 * i, "end": 0.3 + 0.25 * i}
                              for i, w in enumerate("these are the words that somebody says".split())]),
    "script.ass": "[Script Info]\nPlayResX: 320\nPlayResY: 180\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
                  "Style: Default,DejaVu Sans,24\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
                  "Dialogue: 0,0:00:00.20,0:00:02.80,Default,{\\k50}one {\\k80}two {\\move(10,10,200,100)}three\n"
                  "Dialogue: 0,0:00:00.40,0:00:01.10,Default,low\n"
                  "Dialogue: 0,0:00:00.90,0:00:02.10,Default,{\\fad(200,400)}over it\n"
                  "Dialogue: 0,0:00:02.10,0:00:02.50,Default,low again\n",
}
STYLE = {"font": "DejaVu Sans", "size": 24}
FADE = {"type": "fade", "duration": 0.8}


def clip(kind, name, duration, **more):
    return {kind: name, "duration": duration, **more}


# name: (fps, tracks)
CASES = {
    "stills": (30, [[clip("image", "a.png", 1.7, motion={"zoom": [1, 1.3]}),
                     clip("image", "b.png", 2.2, transition=FADE, motion={"zoom": [1.4, 1]})]]),
    "hard_cuts": (30, [[clip("image", n, 0.7) for n in ("a.png", "b.png", "a.png", "b.png")]]),
    "b_frames": (30, [[clip("video", "long_gop.mp4", 3.2, trim={"start": 2.1, "end": 6})]]),
    "open_gop": (25, [[clip("video", "open_gop.mp4", 3.2, trim={"start": 0.5, "end": 5})]]),
    "hevc": (30, [[clip("video", "hevc.mp4", 3)]]),
    "variable_rate": (30, [[clip("video", "vfr.mkv", 3)]]),
    "film_in_30": (30, [[clip("video", "film.mp4", 3.3)]]),
    "ntsc": ("30000/1001", [[clip("video", "long_gop.mp4", 3, trim={"start": 1, "end": 5})]]),
    "speeds": (30, [[clip("video", "long_gop.mp4", 1.7, speed=2.5), clip("video", "film.mp4", 1.7, speed=0.4)]]),
    "loop_and_freeze": (30, [[clip("video", "film.mp4", 2, trim={"start": 1, "end": 1.7}, loop=True),
                              clip("video", "film.mp4", 1.2, freeze=2.5)]]),
    "transitions": (30, [[clip("video", "long_gop.mp4", 1.5), clip("image", "a.png", 2.2, transition={"type": "push", "duration": 1}),
                          clip("video", "long_gop.mp4", 1.6, trim={"start": 3, "end": 7}, transition={"type": "wipe", "duration": 1})]]),
    "circles": (30, [[clip("image", "b.png", 1.9), clip("image", "a.png", 2.1, transition={"type": "circle", "duration": 1})]]),
    "boxes": (30, [[clip("color", "#203040", 3.2)],
                   [clip("image", "a.png", 3.2, size="60%", radius=12, border={"width": 3, "color": "#fff"},
                         shadow={"x": 2, "y": 4, "blur": 8, "color": "#000"}, rotation={"from": -20, "to": 20})],
                   [clip("text", "A title", 3.2, opacity=0.8, style={
                       **STYLE, "shadow": {"y": 2, "blur": 3}, "background": {"color": "#c04", "padding": [6, 2], "radius": 6}})]]),
    "same_file_twice": (30, [[clip("video", "long_gop.mp4", 3)],
                             [clip("video", "long_gop.mp4", 3, trim={"start": 4, "end": 8}, size="40%", position="top-left")]]),
    "captions": (30, [[clip("image", "a.png", 3.2)], [{"captions": "lines.srt", "style": STYLE}]]),
    "karaoke": (30, [[clip("color", "#204060", 3)], [{"captions": "words.json", "effect": "karaoke", "style": STYLE}]]),
    "ass": (30, [[clip("color", "#604020", 3)], [{"captions": "script.ass"}]]),
    "alpha": (30, [[clip("image", "b.png", 3.2)], [clip("video", "alpha.webm", 3.2)]]),
    "sound_longer": (30, [[clip("image", "a.png", 3)], [{"audio": "long.m4a", "volume": 0.5, "duration": "end"}]]),
    "sound_shorter": (30, [[clip("video", "long_gop.mp4", 3)], [{"audio": "short.wav"}]]),
    "damaged": (30, [[clip("video", "damaged.mp4", 3.2)]]),
    "likeness": (30, [[clip("video", "long_gop.mp4", 3.2), ]], {"quality": {"ssim": 0.96}}),
    "bit_rate": (30, [[clip("video", "long_gop.mp4", 3.2), ]], {"bitrate": "250k"}),
    "highest_rate": (30, [[clip("image", "b.png", 1.4), clip("video", "long_gop.mp4", 2)]],
                     {"crf": 4, "maxrate": "120k", "bufsize": "50k"}),
    "blur": (30, [[clip("video", "long_gop.mp4", 2, fit="blur"), clip("image", "a.png", 1.1, fit="blur")]]),
}


def names_in(value):
    if isinstance(value, dict):
        return {n for v in value.values() for n in names_in(v)}
    if isinstance(value, list):
        return {n for v in value for n in names_in(v)}
    return {value} if isinstance(value, str) else set()


def make_media(folder, names):
    for name in names & MEDIA.keys():
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *MEDIA[name].split(), name], cwd=folder, check=True)
    for name in names & SUBTITLES.keys():
        (folder / name).write_text(SUBTITLES[name])
    if "damaged.mp4" in names:
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *MEDIA["long_gop.mp4"].split(), "damaged.mp4"],
                       cwd=folder, check=True)
        data = bytearray((folder / "damaged.mp4").read_bytes())
        # Within the packets, not the index.
        start = data.index(b"mdat") + 4
        dice = random.Random(5)
        for _ in range(25):
            data[start + dice.randrange((len(data) - start) // 2)] ^= 0x55
        (folder / "damaged.mp4").write_bytes(data)


class Case:
    def __init__(self, rushes, name, folder):
        self.rushes, self.folder, self.caches = rushes, folder, 0
        fps, tracks, *video = CASES[name]
        names = names_in(tracks)
        make_media(folder, names)
        output = {"size": "160x90", "fps": fps}
        self.write("ad.json", output | {"video": {"preset": "veryfast", **(video[0] if video else {})}}, tracks)
        self.write("lossless.json", output | {"video": {"preset": "ultrafast", "lossless": True}}, tracks)

    def write(self, name, output, tracks):
        (self.folder / name).write_text(json.dumps({"version": 1, "output": output, "tracks": tracks}))

    def new_cache(self):
        self.caches += 1
        return self.folder / f"cache{self.caches}"

    def command(self, timeline, cache, *more):
        return [self.rushes, "render", timeline, "--cache", cache, "--segment", SEGMENT, "--progress", "none", *more]

    def render(self, timeline, cache, *more, **environment):
        """The report and the bytes."""
        output = self.folder / "out.mp4"
        done = subprocess.run(self.command(timeline, cache, "--json", "-o", output, *more), cwd=self.folder,
                              capture_output=True, text=True, env={**os.environ, **environment})
        if done.returncode:
            sys.exit(f"render {timeline} {more}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout), output.read_bytes()

    def equal(self, what, got, want):
        if got != want:
            (self.folder / "got.mp4").write_bytes(got)
            sys.exit(f"{what}: other bytes ({len(got)} and {len(want)})")

    def workers(self):
        """Renders with one worker; what the others are held to."""
        self.cache = self.new_cache()
        report, want = self.render("ad.json", self.cache, "--workers", "1")
        self.total = report["segments"]["total"]
        assert self.total >= 3, report["segments"]
        if "rate" in report:  # crf moves in steps: of few segments, each is a per cent
            assert abs(report["rate"]["bytes"] / report["rate"]["target_bytes"] - 1) < 0.02, report["rate"]
        if "buffer" in report:
            assert report["buffer"]["encoded_again"] > 0 and not report["warnings"], report
            self.keeps_to_buffer()
        for workers in ("2", "3", "7"):
            _, got = self.render("ad.json", self.new_cache(), "--workers", workers)
            self.equal(f"{workers} workers", got, want)
        return want

    def keeps_to_buffer(self):
        """Plays out.mp4 as a decoder that is fed at the highest rate."""
        video = json.loads((self.folder / "ad.json").read_text())["output"]["video"]
        rate, size = (int(video[key].removesuffix("k")) * 1000 for key in ("maxrate", "bufsize"))
        packets = json.loads(subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=size", "-of", "json", "out.mp4"],
            cwd=self.folder, check=True, capture_output=True).stdout)["packets"]
        filled = size * 14 / 16
        for number, packet in enumerate(packets):
            filled -= 8 * int(packet["size"])
            assert filled >= 0, (number, filled)
            filled = min(size, filled + rate / 30)

    def pieces(self, want):
        dice = random.Random(11)
        report, got = self.render("ad.json", self.cache)
        self.equal("from the cache", got, want)
        assert report["segments"] == {"total": self.total, "rendered": 0, "reused": self.total}, report["segments"]
        objects = [p for p in (self.cache / "objects").glob("*/*")]
        packets = [p for p in objects if p.read_bytes()[:6] == b"RSHPKT"]
        video = [p for p in packets if p.read_bytes()[12] == 1]
        # Segments that show the same are the same piece.
        searched = {"rate", "quality", "buffer"} & report.keys()
        assert 2 <= len(video) <= self.total or searched, (len(video), self.total)
        if searched:
            video = self.newest(video)
        lost = dice.sample(video, 2)
        lost[0].unlink()
        data = bytearray(lost[1].read_bytes())
        data[dice.randrange(len(data))] ^= 1
        lost[1].write_bytes(data)
        report, got = self.render("ad.json", self.cache, "--workers", "2")
        self.equal("one piece lost, one damaged", got, want)
        assert report["segments"]["rendered"] == 2, report["segments"]
        assert report["segments"]["reused"] == self.total - 2, report["segments"]

    def newest(self, pieces):
        """Of all that were tried: those that were taken in the end."""
        return sorted(pieces, key=lambda p: p.stat().st_mtime_ns)[-self.total:]

    def kills(self, want):
        """Engines, brokers and jailed children alike, are killed for as long as it takes."""
        dice = random.Random(13)
        cache, output = self.new_cache(), self.folder / "killed.mp4"
        for attempt in range(40):
            process = subprocess.Popen(self.command("ad.json", cache, "-o", output, "--workers", "2"), cwd=self.folder,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Fewer each time, so that it ends.
            for _ in range(max(0, 4 - attempt // 3)):
                time.sleep(dice.uniform(0.02, 0.15))
                victims = descendants(process.pid) + ([process.pid] if dice.random() < 0.2 else [])
                if victims:
                    kill(dice.choice(victims))
            if process.wait() == 0:
                break
        else:
            sys.exit("killed: it never ended well")
        self.equal("killed", output.read_bytes(), want)
        left = [p for p in cache.rglob(".*") if p.is_file()]
        assert not left, left

    def processors(self, want):
        for level in CPU_LEVELS:
            _, got = self.render("ad.json", self.new_cache(), RUSHES_CPU=level)
            self.equal(f"processor {level}", got, want)

    def pictures(self):
        """Of the file without loss, frame by frame, and of the program as a whole, composed fast and plainly."""
        _, data = self.render("lossless.json", self.new_cache(), "--workers", "3")
        (self.folder / "decoded.mp4").write_bytes(data)
        info = json.loads((self.folder / "lossless.json").read_text())
        self.write("again.json", info["output"], [[{"video": "decoded.mp4"}]])
        want = self.hashes("lossless.json", "--plain")
        for what, got in (("composed fast", self.hashes("lossless.json")), ("rendered", self.hashes("again.json"))):
            assert len(got) == len(want), (what, len(got), len(want))
            wrong = [i for i, (a, b) in enumerate(zip(got, want)) if a != b]
            if wrong:
                sys.exit(f"frames {wrong}: {what} they are other pictures than the plain code's")

    def hashes(self, timeline, *more):
        output = self.folder / (timeline + ".txt")
        subprocess.run([self.rushes, "render", timeline, "--cache", self.new_cache(), "--hashes", "--progress", "none",
                        "-o", output, *more], cwd=self.folder, check=True)
        return [line.split()[2] for line in output.read_text().splitlines()]


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def main():
    rushes, name = sys.argv[1:]
    if name == "--list":
        print("\n".join(CASES))
        return
    with tempfile.TemporaryDirectory(prefix="rushes-conformance-") as folder:
        case = Case(os.path.abspath(rushes), name, Path(folder))
        want = case.workers()
        case.pieces(want)
        case.kills(want)
        case.processors(want)
        if name != "damaged":  # which pictures damage gives may depend on where decoding began, and on assembler
            case.pictures()


main()
