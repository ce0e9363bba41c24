#!/usr/bin/env python3
"""Hands the program everything that can be wrong: documents, files, places.

  run.py RUSHES [-v] [TestCase.test_name]

Every case must end by itself with a code of ours and an error that says what is wrong and where, make
no output, leave nothing behind and change no input.
"""

import hashlib
import json
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

RUSHES = None
CLIP = Path(__file__).resolve().parents[2] / "examples/captions/cockatoo.mp4"
LIMIT_S = 60  # nothing here takes a second; this is for hanging


def png(width, height, rows, extra=b""):
    """A grey PNG whose compressed data is `rows`, whatever the header promises."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + extra +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def wav(samples, kind=3):
    """Mono floats at 48 kHz."""
    data = struct.pack(f"<{len(samples)}f", *samples)
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, 1, 48000, 48000 * 4, 4, 32)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def timeline(*clips, **output):
    """One clip a line, from the second line on, so that messages can be held to their lines."""
    head = json.dumps({"version": 1, "output": {"size": "64x64", "fps": 10, **output}})[:-1]
    return head + ', "tracks": [[\n' + ",\n".join(json.dumps(clip) for clip in clips) + "]]}\n"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rushes-bad-"))
        self.cache = Path(tempfile.mkdtemp(prefix="rushes-bad-cache-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(shutil.rmtree, self.cache)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def snapshot(self):
        state = {}
        for path in sorted(self.folder.rglob("*")):
            state[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else path.lstat().st_mode
        return state

    def run_rushes(self, *arguments, stdin=None, before=None):
        done = subprocess.run([RUSHES, *map(str, arguments)], cwd=self.folder, capture_output=True, timeout=LIMIT_S,
                              input=stdin, preexec_fn=before, env={**os.environ, "XDG_CACHE_HOME": str(self.cache)})
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def refused(self, *said, command=("render", "bad.json", "-o", "out.mp4"), code=2, **options):
        """Runs, and holds it to: the exit code; every pattern in the messages; the error last; nothing changed."""
        before = self.snapshot()
        got, out, err = self.run_rushes(*command, **options)
        self.assertEqual(got, code, err)
        self.assertEqual(out, b"", err)
        for pattern in said:
            self.assertRegex(err, pattern)
        self.assertRegex(err.strip().splitlines()[-1], r"^error E\d{4}: ")
        self.assertEqual(self.snapshot(), before, "files changed")
        # Hashes of inputs are kept as objects.
        kept = lambda p: p.name in ("CACHEDIR.TAG", "lock") or ("objects" in p.parts and p.name[0] != ".")
        self.assertEqual([str(p) for p in self.cache.rglob("*") if p.is_file() and not kept(p)], [], "left behind")
        return err

    def refused_timeline(self, text, *said, **options):
        self.write("bad.json", text)
        return self.refused(*said, **options)

    def refused_clips(self, *clips_and_said, **output):
        """Pairs of a clip and what is said of it, at its line: all of them in one run."""
        clips = [clip for clip, _ in clips_and_said]
        said = [rf"(?m)^bad\.json:{line}:\d+: .*{text}" for line, (_, text) in enumerate(clips_and_said, 2)]
        return self.refused_timeline(timeline(*clips, **output), *said)


class Documents(Case):
    def test_broken_json_has_line_and_column(self):
        self.refused_timeline('{"version": 1,\n "tracks": [[}\n', r"bad\.json:2:14: ")

    def test_an_empty_file(self):
        self.refused_timeline("", r"bad\.json:1:1: .*empty")

    def test_a_picture_for_a_timeline(self):
        self.refused_timeline(png(4, 4, bytes(20)), r"bad\.json:1:1: ")

    def test_deep_nesting(self):
        self.refused_timeline("[" * 200000, r"bad\.json:1:\d+: .*(deep|nest)")

    def test_numbers_that_are_none(self):
        for number in ("NaN", "Infinity", "1e999", "0x10", "01"):
            self.refused_timeline(timeline({"color": "red", "duration": 7}).replace("7}", number + "}"), r"bad\.json:2:")

    def test_a_key_that_stands_twice(self):
        self.refused_timeline('{"version": 1, "output": {}, "output": {}, "tracks": []}', r"bad\.json:1:\d+: .*twice")

    def test_every_mistake_at_once(self):
        self.refused_clips(
            ({"color": "red", "duraton": 1, "duration": 1}, 'did you mean "duration"'),
            ({"color": "redd", "duration": 1}, 'did you mean "red"'),
            ({"color": "red", "duration": "long"}, "duration"),
            ({"color": "red", "duration": -1}, "duration"),
            ({"color": "red", "duration": 0}, "duration"),
            ({"color": "red", "at": -2, "duration": 1}, "at"),
            ({"image": 7, "duration": 1}, "image"),
            ({"duration": 1}, "image"),
            ({"color": "red", "duration": 1, "opacity": 2}, "opacity"),
            ({"text": "a", "duration": 1, "effect": "karaoke"}, "effect"))

    def test_what_people_write_elsewhere(self):
        self.refused_clips(
            ({"text": "a", "duration": 1, "font": "Inter"}, 'it stands in "style"'),
            ({"text": "a", "duration": 1, "bold": True}, 'write "style": {"weight": "bold"}'))
        self.refused_timeline('{"version": 1, "output": {"size": "64x64"}, "tracks": [{"color": "red", "duration": 1}]}',
                              "a track is a list of clips")

    def test_overlapping_times(self):
        self.refused_timeline(timeline({"color": "red", "duration": 2}, {"color": "blue", "at": 1, "duration": 2}),
                              r"bad\.json:3:\d+: .*starts at 1 s, before .* has ended")

    def test_frame_rates(self):
        for fps in (0, -25, "0", "30/0", "1/0", 1e9, "fast"):
            self.refused_timeline(timeline({"color": "red", "duration": 1}, fps=fps), r"bad\.json:1:\d+: .*fps")

    def test_sizes(self):
        for size in ("0x0", "63x64", "64x63", "-2x64", "100000x2", "64", "bigish"):
            self.refused_timeline(timeline({"color": "red", "duration": 1}, size=size), r"bad\.json:1:\d+: .*size")

    def test_a_variable_without_a_value_is_named(self):
        self.refused_timeline(
            '{"version": 1, "variables": {"headline": {"type": "string"}},\n "tracks": [[{"text": "{{headline}}", "duration": 1}]]}',
            r"bad\.json:\d+:\d+: .*headline")

    def test_what_comes_later_says_so(self):
        for name in ("a.svg", "a.avif"):
            self.write(name, '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>')
        shutil.copy(CLIP, self.folder / "a.mp4")
        self.refused_clips(
            ({"image": "a.svg", "duration": 1}, "not supported yet"),
            ({"image": "a.avif", "duration": 1}, "not supported yet"),
            ({"video": "a.mp4", "reverse": True}, "not supported yet"),
            ({"color": "red", "duration": 1, "blend": "multiply"}, "not supported yet"),
            ({"timeline": "b.json"}, "not supported yet"))


class Files(Case):
    def test_pictures(self):
        self.write("empty.png", b"")
        self.write("text.jpg", "not a picture")
        self.write("huge.png", png(60000, 60000, bytes(100)))
        self.write("bomb.png", png(16000, 16000, bytes(16001 * 16000)))
        self.write("short.png", png(64, 64, bytes(65 * 10)))
        (self.folder / "folder.png").mkdir()
        self.refused_clips(
            ({"image": "none.png", "duration": 1}, "no such file"),
            ({"image": "empty.png", "duration": 1}, "empty"),
            ({"image": "folder.png", "duration": 1}, "is a folder"),
            ({"image": "text.jpg", "duration": 1}, "is text"),
            ({"image": "huge.png", "duration": 1}, "60000"),
            ({"image": "bomb.png", "duration": 1}, "16000"))

    def test_a_picture_that_ends_early(self):
        self.write("short.png", png(64, 64, bytes(65 * 10)))
        self.refused_timeline(timeline({"image": "short.png", "duration": 1}), "short.png", code=3)

    def test_videos(self):
        whole = CLIP.read_bytes()
        self.write("text.mp4", "not a video at all, but text\n" * 100)
        self.write("empty.mp4", b"")
        self.write("half.mp4", whole[:len(whole) // 3])
        self.refused_clips(
            ({"video": "text.mp4"}, "is text"),
            ({"video": "empty.mp4"}, "is empty"),
            ({"video": "half.mp4"}, "is truncated"),
            ({"image": "text.mp4", "duration": 1}, "is text"))

    def test_playlists_in_disguise_open_nothing(self):
        # Whoever opens this waits for ever.
        os.mkfifo(self.folder / "trap.ts")
        shutil.copy(CLIP, self.folder / "clip.mp4")
        trap = self.folder / "trap.ts"
        disguises = {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{trap}\n#EXT-X-ENDLIST\n",
            "hls_http": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
            "hls_file": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
            "concat": f"ffconcat version 1.0\nfile '{trap}'\n",
            "concat_clip": "ffconcat version 1.0\nfile 'clip.mp4'\n",
            "dash": f"<?xml version='1.0'?><MPD><Period><AdaptationSet><BaseURL>{trap}</BaseURL></AdaptationSet></Period></MPD>",
            "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        }
        for name, text in disguises.items():
            self.write(f"{name}.mp4", text)
        self.refused_clips(*(({"video": f"{name}.mp4"}, r"(playlist|manifest|description)\b.*not media") for name in disguises))

    def test_names_with_a_protocol_are_only_names(self):
        names = ("concat:a.mp4|b.mp4", "file:/etc/passwd", "pipe:0", "subfile,,start,0,end,9,,:a.mp4")
        self.refused_clips(*(({"video": name}, "no such file") for name in names),
                           ({"video": "ftp://127.0.0.1:9/a.mp4"}, "of URLs"),
                           ({"video": "http://127.0.0.1:9/a.mp4"}, "not one of the public internet"),
                           ({"video": "s3://bucket/a.mp4"}, "--root"))

    def test_outside_the_folder(self):
        (self.folder / "link.png").symlink_to("/etc/hostname")
        self.refused_clips(
            ({"image": "/etc/hostname", "duration": 1}, "--root"),
            ({"image": "../../../../../../../etc/hostname", "duration": 1}, "--root"),
            ({"image": "link.png", "duration": 1}, "--root"))

    def test_what_is_no_file(self):
        os.mkfifo(self.folder / "fifo.png")
        (self.folder / "zero.mp4").symlink_to("/dev/zero")
        (self.folder / "loop.png").symlink_to("loop.png")
        self.write("bad.json", timeline({"image": "fifo.png", "duration": 1}, {"video": "zero.mp4"},
                                        {"image": "loop.png", "duration": 1}))
        self.refused(r"bad\.json:2:.*is a pipe", r"bad\.json:3:.*is a device", r"bad\.json:4:.*in a circle",
                     command=("render", "bad.json", "-o", "out.mp4", "--root", "/dev"))

    def test_samples_that_are_not_numbers_are_silent_with_a_warning(self):
        nan, inf = float("nan"), float("inf")
        for value in (nan, inf, -inf):
            self.write("bad.wav", wav([0.0] * 1000 + [value] + [0.0] * 20000))
            self.write("bad.json", timeline({"audio": "bad.wav"}))
            code, _, err = self.run_rushes("render", "bad.json", "-o", "out.mp4")
            self.assertEqual(code, 0, err)
            self.assertEqual(len(re.findall(r"warning.*bad\.wav: .*not numbers: silence", err)), 1, err)

    def test_a_mistake_hides_no_other(self):
        self.refused_clips(
            ({"image": "none.png", "duration": 1}, "no such file"),
            ({"text": "a", "style": {"font": "None Such"}, "duration": 1}, '"None Such" is not installed'),
            ({"video": "none.mp4"}, "no such file"))
        self.refused_clips(
            ({"image": "none.png", "duration": 1}, "no such file"),
            ({"image": "ftp://127.0.0.1/a.png", "duration": 1}, "of URLs"),
            ({"color": "red", "duraton": 1}, 'did you mean "duration"'),
            ({"text": "a", "style": "titel", "duration": 1}, 'no style "titel"'),
            ({"text": "a", "style": {"font": "None Such"}, "duration": 1}, '"None Such" is not installed'),
            size="63x64")

    def test_a_mistake_in_a_clip_hides_none_of_its_file(self):
        self.write("words.json", '[{"word": "a", "start": 2, "end": 1}]')
        self.refused_timeline(timeline({"captions": "words.json", "duration": 1, "colour": "red"}),
                              r'unknown key "colour"', r"(?m)^words\.json:1:\d+: /0/end: ")

    def test_sound_files_that_are_none(self):
        self.write("text.wav", "RIFF but no more")
        self.write("silent.wav", wav([]))
        self.refused_clips(({"audio": "text.wav"}, "is text"), ({"audio": "silent.wav"}, "lasts 0 s"))

    def test_fonts(self):
        self.write("lie.ttf", "not a font")
        self.write("empty.otf", "")
        self.write("head.ttf", b"\x00\x01\x00\x00\x00\x10" + bytes(300))
        text = {"version": 1, "output": {"size": "64x64"}, "fonts": ["lie.ttf", "empty.otf", "head.ttf", "none.ttf"],
                "tracks": [[{"text": "a", "duration": 1}]]}
        err = self.refused_timeline(json.dumps(text, indent=0), "/fonts/0: .*not a font", "/fonts/1: .*is empty", "/fonts/2: .*damaged",
                                    "/fonts/3: .*no such file", code=3)
        self.assertNotIn("/proc/", err)

    def test_a_font_that_nobody_has(self):
        self.refused_clips(({"text": "a", "style": {"font": "DejaVu Sanz"}, "duration": 1}, "DejaVu Sans"))

    def test_captions(self):
        self.write("broken.srt", "1\n00:00:01,000 -> 00:00:02,000\nHello\n")
        self.write("back.vtt", "WEBVTT\n\n00:05.000 --> 00:01.000\nHello\n")
        self.write("words.json", '[{"word": "a", "start": 2, "end": 1}]')
        self.refused_timeline(timeline(*({"captions": name, "duration": 1} for name in ("broken.srt", "back.vtt", "words.json"))),
                              r"(?m)^broken\.srt:2:1: .*expected a timing line.* \[E0153\]$",
                              r"(?m)^back\.vtt:3:1: .*ends before it starts \[E0153\]$",
                              r'(?m)^words\.json:1:\d+: /0/end: must not be before "start" \[E0153\]$')


class Scripts(Case):
    def test_an_ass_script_reaches_no_file(self):
        # Drawn, with a warning: neither the font it brings nor the one it points at is looked at.
        os.mkfifo(self.folder / "trap.ttf")
        self.write("bad.ass", "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
                              f"Style: Default,{self.folder}/trap.ttf,20\n\n[Fonts]\nfontname: evil.ttf\n!!!!\n\n"
                              "[Events]\nFormat: Start, End, Style, Text\n"
                              f"Dialogue: 0:00:00.00,0:00:01.00,Default,{{\\fn{self.folder}/trap.ttf}}Hello\n")
        self.write("bad.json", timeline({"captions": "bad.ass", "duration": 1}))
        code, _, err = self.run_rushes("render", "bad.json", "-o", "out.mp4")
        self.assertIn(code, (0, 2), err)
        self.assertRegex(err, "font")


class Places(Case):
    def setUp(self):
        super().setUp()
        self.good = timeline({"color": "red", "duration": 1})

    def test_the_output_is_an_input(self):
        self.run_rushes("render", self.write("good.json", self.good), "-o", "clip.mp4")
        os.link(self.folder / "clip.mp4", self.folder / "hard.mp4")
        (self.folder / "soft.mp4").symlink_to("clip.mp4")
        (self.folder / "sub").mkdir()
        self.write("bad.json", timeline({"video": "clip.mp4"}))
        for name in ("clip.mp4", "./clip.mp4", "sub/../clip.mp4", "hard.mp4", "soft.mp4", self.folder / "clip.mp4"):
            self.refused("E0302", command=("render", "bad.json", "-o", name))
        shutil.copy(self.folder / "bad.json", self.folder / "also.mp4")
        self.refused("E0302", command=("render", "also.mp4", "-o", "also.mp4"))

    def test_the_output_cannot_be_written(self):
        self.write("bad.json", self.good)
        (self.folder / "taken").mkdir()
        self.refused("taken", command=("render", "bad.json", "-o", "taken"))
        self.refused("none", command=("render", "bad.json", "-o", "none/out.mp4"))
        self.refused("bad.json", command=("render", "bad.json", "-o", "bad.json/out.mp4"))
        self.refused("proc", command=("render", "bad.json", "-o", "/proc/out.mp4"))

    def test_the_disk_is_full(self):
        self.write("bad.json", timeline({"gradient": {"colors": ["red", "blue"]}, "duration": 5}, size="1080x1920"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.refused(".", code=4, before=limit)

    def test_an_output_that_stands_already_survives_a_failure(self):
        kept = self.write("out.mp4", "what was there before")
        self.write("short.png", png(64, 64, bytes(65 * 10)))
        self.refused_timeline(timeline({"image": "short.png", "duration": 1}), code=3)
        self.assertEqual(kept.read_text(), "what was there before")

    def test_times_out_of_range(self):
        self.write("bad.json", self.good)
        for frames in ("5:2", "0:11", "-1:5", "a:b", "10:10", "5"):
            self.refused(".", command=("render", "bad.json", "-o", "out.mp4", f"--frames={frames}"))
        for time in ("-1", "9", "soon"):
            self.refused(".", command=("render", "bad.json", "-o", "out.png", f"--still={time}"))

    def test_flags(self):
        self.write("bad.json", self.good)
        self.refused(".", command=("render", "bad.json", "--wrong"))
        self.refused(".", command=("render",))
        self.refused('did you mean "render"', command=("rendr", "bad.json"))
        self.refused("not a folder", command=("render", "bad.json", "--root", "nowhere"))
        self.refused(".", command=("render", "bad.json", "--set", "novalue"))
        self.refused("colour", command=("render", "bad.json", "--set", "colour=red"))
        self.refused(".", command=("probe", "none.mp4"))


if __name__ == "__main__":
    RUSHES = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
