#!/usr/bin/env python3
"""Cuts recordings without encoding, and compares every frame and every sample of sound with the source.

  run.py RUSHES [-v] [TestCase.test_name]
"""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from fractions import Fraction
from pathlib import Path

RUSHES = None
FPS = 30
RATE = 48000
PICTURE = "-f lavfi -i testsrc2=s=320x240:r=30:d=12"
# Each moment sounds otherwise.
SOUND = "-f lavfi -i aevalsrc=0.3*sin(2*PI*(200+150*t)*t):s=48000:d=12"
CODECS = {
    "h264": "-c:v libx264 -preset veryfast -g 30 -bf 3 -x264-params scenecut=0",
    "h264_open": "-c:v libx264 -preset veryfast -g 30 -bf 3 -x264-params scenecut=0:open-gop=1:b-pyramid=normal",
    "hevc": "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=30:min-keyint=30:bframes=3:open-gop=0",
    "hevc_open": "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=30:min-keyint=30:bframes=3:open-gop=1",
    "hevc_10": "-c:v libx265 -preset ultrafast -tag:v hvc1 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 "
               "-colorspace bt2020nc -x265-params log-level=none:keyint=30:min-keyint=30",
}


class Cut(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-cut-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def ffmpeg(self, arguments):
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments.split()], cwd=self.folder, check=True)

    def record(self, name="rec.mp4", codec="h264", more=""):
        encoder = {**CODECS, **Smart.MORE}[codec]
        pixels = "" if "pix_fmt" in encoder else "-pix_fmt yuv420p"
        self.ffmpeg(f"{PICTURE} {SOUND} {encoder} {pixels} -c:a aac -b:a 96k {more} {name}")

    def run_cut(self, *arguments):
        return subprocess.run([RUSHES, "cut", *arguments, "--json"], cwd=self.folder, capture_output=True, text=True,
                              timeout=60)

    def chapters(self):
        """Three files, as a camera leaves them: the sound runs on."""
        names = []
        for n, start in enumerate((0, 4, 8), 1):
            names.append(f"GX0{n}0077.MOV")
            self.ffmpeg(f"{PICTURE} {SOUND} -vf trim=start={start}:end={start + 4},setpts=PTS-STARTPTS "
                        f"-af atrim=start={start}:end={start + 4},asetpts=PTS-STARTPTS "
                        f"{CODECS['h264']} -pix_fmt yuv420p -c:a pcm_s16le {names[-1]}")
        return names

    def cut(self, *arguments, output="out.mp4"):
        done = self.run_cut(*arguments, "-o", output)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refused(self, code, *arguments, says, output="no.mp4"):
        before = sorted(self.folder.rglob("*"))
        done = self.run_cut(*arguments, "-o", output)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, json.loads(done.stdout)["error"]["message"])
        self.assertEqual(sorted(self.folder.rglob("*")), before, "something was left")

    def frames(self, name, complains=False, track="0:v:0"):
        """A hash of each picture, with its time in seconds. Players go by edit lists; so does this."""
        out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", name, "-map", track, "-fps_mode", "passthrough",
                              "-f", "framemd5", "-"], cwd=self.folder, capture_output=True, text=True, check=True)
        self.assertTrue(complains or not out.stderr, out.stderr)
        base, found = None, []
        for line in out.stdout.splitlines():
            if line.startswith("#tb"):
                base = [int(n) for n in line.split()[2].split("/")]
            elif not line.startswith("#"):
                fields = [f.strip() for f in line.split(",")]
                found.append((int(fields[2]) * base[0] / base[1], fields[-1]))
        return found

    def sound(self, name):
        out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", name, "-map", "0:a", "-f", "s16le", "-"],
                             cwd=self.folder, capture_output=True, check=True)
        return struct.unpack(f"<{len(out.stdout) // 2}h", out.stdout)

    def probe(self, name):
        out = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", name],
                             cwd=self.folder, capture_output=True, text=True, check=True)
        return json.loads(out.stdout)

    def check_part(self, source, part, first, end, complains=False, exact=False):
        """`part` shows frames [first, end) of `source`, and sounds like them."""
        sources = [source] if isinstance(source, str) else source
        want = [h for name in sources for _, h in self.frames(name)][first:end]
        got = self.frames(part, complains)
        self.assertEqual([h for _, h in got], want)
        for i, (t, _) in enumerate(got):
            self.assertAlmostEqual(t, i / FPS, delta=0.0006)
        want, got = [s for name in sources for s in self.sound(name)], list(self.sound(part))
        a, b = first * RATE // FPS, end * RATE // FPS
        self.assertLess(abs(len(got) - (b - a)), 1100)
        if exact:
            self.assertEqual(got, want[a:b])
        # A decoder that begins in the middle needs a packet to settle.
        for i in range(2048, min(len(got), b - a) - 1100, 37):
            self.assertLessEqual(abs(got[i] - want[a + i]), 40, i)


class Pictures(Cut):
    def test_frames_and_sound_are_those_of_the_source(self):
        for codec in CODECS:
            with self.subTest(codec):
                self.record(codec=codec)
                report = self.cut("rec.mp4", "--from", "3.4", "--to", "7.25")
                # The keyframe before frame 102 is 90; what begins before 7.25 s is frame 217.
                self.assertEqual((report["from"], report["to"], report["frames"]), ("3", "109/15", 128))
                # FFmpeg's decoder of H.264 misses what the pictures before an open GOP's keyframe need, and says so;
                # they are not seen.
                self.check_part("rec.mp4", "out.mp4", 90, 218, complains=codec == "h264_open")

    def test_all_of_it(self):
        self.record()
        report = self.cut("rec.mp4")
        self.assertEqual(report["frames"], 360)
        self.check_part("rec.mp4", "out.mp4", 0, 360)
        # A cut of a cut of a cut.
        self.cut("out.mp4", "--from", "2", output="a.mp4")
        self.cut("a.mp4", "--to", "5.5", output="b.mp4")
        self.check_part("rec.mp4", "b.mp4", 60, 225)

    def test_sound_that_is_longer_than_the_picture(self):
        """It is kept where the picture is shown to its end, as long as nobody asked for less."""
        self.ffmpeg(f"-f lavfi -i testsrc2=s=320x240:r=30:d=4 -f lavfi -i anoisesrc=r=48000:d=7:a=0.2 {CODECS['h264']} "
                    "-pix_fmt yuv420p -c:a pcm_s16le rec.mov")
        want = self.sound("rec.mov")
        self.assertEqual(len(want), 7 * RATE)
        for mode in ("copy", "smart", "exact"):
            more = ("--mode", mode, *(("--cache", "cache") if mode == "exact" else ()))
            for arguments, first, end in [((), 0, 7), (("--from", "1"), 1, 7), (("--to", "5"), 0, 5), (("--to", "9"), 0, 7),
                                          (("--from", "2", "--to", "3"), 2, 3), (("--to", "4"), 0, 4)]:
                with self.subTest(f"{mode} {arguments}"):
                    report = self.cut("rec.mov", *arguments, *more, output="out.mov")
                    self.assertEqual(report["to"], str(min(end, 4)))
                    self.assertEqual(self.sound("out.mov"), want[first * RATE:end * RATE])
        # Of two chapters, the second's.
        self.cut("rec.mov", "rec.mov", output="out.mov")
        self.assertEqual(self.sound("out.mov"), want[:4 * RATE] + want)

    def test_sound_that_begins_before_the_picture(self):
        self.ffmpeg("-f lavfi -i testsrc2=s=320x240:r=30:d=3 -f lavfi -i anoisesrc=r=48000:d=3:a=0.2 "
                    f"-vf setpts=PTS+0.5/TB -fps_mode passthrough {CODECS['h264']} "
                    "-pix_fmt yuv420p -c:a pcm_s16le rec.mov")
        want, pictures = self.sound("rec.mov"), self.frames("rec.mov")
        self.assertAlmostEqual(pictures[0][0], 0.5, delta=0.001)
        for mode in ("copy", "smart", "exact"):
            more = ("--mode", mode, *(("--cache", "cache") if mode == "exact" else ()))
            for start in (0, 0.2):
                with self.subTest(f"{mode} from {start}"):
                    self.cut("rec.mov", "--from", str(start), *more, output="out.mov")
                    got = self.sound("out.mov")
                    # The picture is shown longer than this is heard.
                    self.assertEqual(got, want[int(start * RATE):])
                    times = [t for t, _ in self.frames("out.mov")]
                    self.assertEqual(len(times), 90)
                    self.assertAlmostEqual(times[0], 0.5 - start, delta=0.001)

    def test_ways_to_say_when(self):
        self.record(more="-metadata creation_time=2026-02-03T01:00:00Z")
        for start, end in [("0:03", "0:07"), ("3", "7"), ("3.0s", "0:00:07"), ("90f", "210f"),
                           ("2026-02-03T01:00:03Z", "2026-02-03T09:00:07+08:00")]:
            report = self.cut("rec.mp4", "--from", start, "--to", end)
            self.assertEqual((report["from"], report["to"]), ("3", "7"), start)
        report = self.cut("rec.mp4", "--from", "2026-02-02T17:00:03Z", "--to", "2026-02-02T17:00:07Z", "--clock-offset", "8:00:00")
        self.assertEqual((report["from"], report["to"]), ("3", "7"))
        # What was recorded three seconds later was made three seconds later.
        self.assertEqual(self.probe("out.mp4")["format"]["tags"]["creation_time"][:19], "2026-02-03T01:00:03")
        for arguments in (("--from", "3"), ()):
            self.refused(2, "rec.mp4", *arguments, "--clock-offset", "soon", says="--clock-offset must be a time like 8:00:00")
        for wrong in ("", "x", "1:75", "1:60:00", "-3", "7e3", "2026-02-30T00:00:00Z", "1" * 200):
            self.refused(2, "rec.mp4", f"--from={wrong or ' '}", says="--from must be a time")

    def test_names_of_outputs(self):
        self.record(more="-metadata creation_time=2026-02-03T01:00:00Z")
        report = self.cut("rec.mp4", "--to", "2", "--field", "court=3", output="{court}/{date}/{name}_cut.MOV")
        self.assertEqual(report["output"], str(self.folder / "3/2026-02-03/rec_cut.MOV"))
        self.assertEqual(len(self.frames("3/2026-02-03/rec_cut.MOV")), 60)
        self.cut("rec.mp4", "--to", "2", output="{{x}}.mp4")
        self.assertTrue((self.folder / "{x}.mp4").exists())
        self.refused(2, "rec.mp4", says="there is no {preset}", output="{preset}.mp4")
        for mode in ("copy", "smart", "exact"):
            self.refused(2, "rec.mp4", "--mode", mode, says="MP4 and QuickTime files are written", output="no.webm")
            self.refused(2, "rec.mp4", "--mode", mode, says="not to stdout", output="-")
        # Mistakes are told as JSON, too.
        done = self.run_cut("rec.mp4")
        self.assertEqual((done.returncode, json.loads(done.stdout)["error"]["number"]), (2, 300), done.stderr)
        self.assertIn("-o says what to write", done.stderr)

    def test_what_is_said_of_the_picture_stays(self):
        self.record(codec="hevc_10", name="flat.mp4", more="-timecode 01:02:03:04")
        self.ffmpeg("-display_rotation 90 -i flat.mp4 -map 0 -c copy -tag:v hvc1 rec.mp4"
                    if b"display_rotation" in subprocess.run(["ffmpeg", "-h", "full"], capture_output=True).stdout
                    else "-i flat.mp4 -map 0:v -map 0:a -c copy -tag:v hvc1 -timecode 01:02:03:04 -metadata:s:v rotate=90 rec.mp4")
        self.cut("rec.mp4", "--from", "4.5", "--to", "9")
        want, got = (self.probe(name)["streams"] for name in ("rec.mp4", "out.mp4"))
        self.assertEqual(len(got), len(want))
        for key in ("codec_tag_string", "pix_fmt", "color_space", "color_transfer", "color_primaries", "extradata_size",
                    "side_data_list", "time_base", "width"):
            self.assertEqual(got[0].get(key), want[0].get(key), key)
        self.assertTrue(want[0].get("side_data_list"), "the source is not rotated")
        # Frame 120 is four seconds later.
        self.assertEqual(got[0]["tags"]["timecode"], "01:02:07:04")


class Smart(Cut):
    """To the frame: only what lies at the ends is encoded anew."""
    MORE = {
        "h264_strict": "-c:v libx264 -preset veryfast -g 30 -bf 3 -x264-params scenecut=0:open-gop=1:b-pyramid=strict:ref=4",
        "h264_deep": "-c:v libx264 -preset veryfast -g 40 -bf 7 -x264-params scenecut=0:open-gop=1:b-adapt=0:ref=6",
        "h264_baseline": "-c:v libx264 -profile:v baseline -g 30 -x264-params scenecut=0",
        "h264_main": "-c:v libx264 -profile:v main -g 30 -bf 2 -x264-params scenecut=0:open-gop=1",
        "h264_10": "-c:v libx264 -preset veryfast -g 30 -bf 3 -pix_fmt yuv420p10le -x264-params scenecut=0:open-gop=1",
        "h264_422": "-c:v libx264 -preset veryfast -g 30 -bf 3 -pix_fmt yuv422p10le -x264-params scenecut=0",
        "h264_matrices": "-c:v libx264 -preset veryfast -g 30 -bf 3 -x264-params scenecut=0:cqm=jvt",
        "h264_slices": "-c:v libx264 -preset veryfast -g 30 -bf 3 -x264-params scenecut=0:open-gop=1:slices=4",
        "h264_intra": "-c:v libx264 -preset veryfast -g 1",
        "hevc_slices": "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=30:min-keyint=30:open-gop=1:slices=2",
        "hevc_hev1": "-c:v libx265 -preset fast -tag:v hev1 -x265-params log-level=none:keyint=40:bframes=8:open-gop=1",
        "hevc_422": "-c:v libx265 -preset ultrafast -tag:v hvc1 -pix_fmt yuv422p10le -x265-params log-level=none:keyint=30:open-gop=1",
    }

    def likeness(self, source, first, end):
        """PSNR of each frame of the cut against the source's, in dB."""
        out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", "out.mp4", "-i", source, "-lavfi",
                              f"[1:v]trim=start_frame={first}:end_frame={end},settb=1/6,setpts=N[b];[0:v]settb=1/6,setpts=N[a];"
                              "[a][b]psnr=stats_file=-", "-f", "null", "-"], cwd=self.folder, capture_output=True, text=True, check=True)
        self.assertEqual(out.stderr, "")
        return [float(line.split("psnr_y:")[1].split()[0]) for line in out.stdout.splitlines()]

    def check_cut(self, source, first, end, report, most):
        """Frames [first, end); as many as were encoded anew are alike, all others equal."""
        self.assertEqual(report["frames"], end - first)
        self.assertLessEqual(report["encoded"], most)
        want, got = source[first:end], self.frames("out.mp4")
        self.assertEqual(len(got), len(want))
        for i, (t, _) in enumerate(got):
            self.assertAlmostEqual(t, i / FPS, delta=0.0006)
        same = [a[1] == b[1] for a, b in zip(want, got)]
        self.assertGreaterEqual(sum(same), len(same) - report["encoded"])
        if report["encoded"] < len(same):
            # Those that differ are at the ends.
            inner = [i for i, equal in enumerate(same) if equal]
            self.assertEqual(inner, list(range(inner[0], inner[-1] + 1)))
        for i, psnr in enumerate(self.likeness("rec.mp4", first, end)):
            self.assertGreater(psnr, 99 if same[i] else 40, f"frame {i}")

    def test_to_the_frame(self):
        for codec in [*CODECS, *self.MORE]:
            self.record(codec=codec, more="-t 6")
            source = self.frames("rec.mp4")
            for first, end in ((17, 100), (30, 61), (58, 180), (70, 78)):
                with self.subTest(f"{codec} {first} to {end}"):
                    report = self.cut("rec.mp4", "--mode", "smart", "--from", f"{first}f", "--to", f"{end}f")
                    self.check_cut(source, first, end, report, 2 * 40 + 16)
                    self.assertEqual(report["from"], report["asked_from"])
                    self.assertEqual(report["to"], report["asked_to"])

    def test_parameter_sets_in_every_keyframe(self):
        """As recordings have them that came in a transport stream."""
        for codec, tag in (("h264", "avc1"), ("h264_open", "avc1"), ("hevc_open", "hvc1")):
            with self.subTest(codec):
                self.record(codec=codec, name="rec.ts", more="-t 6 -tag:v 0")
                self.ffmpeg(f"-i rec.ts -c copy -tag:v {tag} rec.mp4")
                report = self.cut("rec.mp4", "--mode", "smart", "--from", "47f", "--to", "150f")
                self.check_cut(self.frames("rec.mp4"), 47, 150, report, 2 * 40)

    def test_short_and_whole(self):
        for codec in ("h264_open", "hevc_open"):
            self.record(codec=codec)
            source = self.frames("rec.mp4")
            for first, end, most in ((45, 46, 1), (0, 360, 0), (359, 360, 1), (100, 103, 3)):
                with self.subTest(f"{codec} {first} to {end}"):
                    report = self.cut("rec.mp4", "--mode", "smart", "--from", f"{first}f", "--to", f"{end}f")
                    self.check_cut(source, first, end, report, most)
            # In the middle of a frame: it is the one that is shown then.
            report = self.cut("rec.mp4", "--mode", "smart", "--from", "3.51", "--to", "7.01")
            self.assertEqual((report["from"], report["to"]), ("7/2", "211/30"))
            self.check_cut(source, 105, 211, report, 30)


class VariableRate(Cut):
    """Frames at varying times: how long the last one is shown follows from the next."""

    def test_ends_alike_in_every_mode(self):
        for codec in ("h264", "h264_open", "hevc"):
            self.ffmpeg(f"{PICTURE} -vf select=not(mod(n\\,7)*mod(n\\,4))+gt(mod(n\\,50)\\,30) -fps_mode vfr {CODECS[codec]} -g 20 "
                        "-pix_fmt yuv420p rec.mp4")
            source = self.frames("rec.mp4")
            gaps = {round((b[0] - a[0]) * FPS) for a, b in zip(source, source[1:])}
            self.assertGreater(len(gaps), 2)
            ends = [t for t, _ in source[1:]] + [float(self.probe("rec.mp4")["format"]["duration"])]
            for first, end in ((40, 75), (20, 103), (60, 66), (0, 88), (100, len(source))):
                for mode in ("copy", "smart"):
                    with self.subTest(f"{codec} {mode} {first} to {end}"):
                        report = self.cut("rec.mp4", "--mode", mode, "--from", f"{first}f", "--to", f"{end}f")
                        got = self.frames("out.mp4", complains=True)
                        if mode == "smart":
                            self.assertEqual(report["frames"], end - first)
                        shown = source[end - len(got):end]
                        self.assertEqual(report["frames"], len(got))
                        for (t, h), (want, same) in zip(got, shown):
                            self.assertAlmostEqual(t, want - shown[0][0], delta=0.0006)
                            self.assertTrue(h == same or mode == "smart")
                        length = ends[end - 1] - shown[0][0]
                        self.assertAlmostEqual(float(Fraction(report["to"]) - Fraction(report["from"])), length, delta=0.002)
                        self.assertAlmostEqual(float(self.probe("out.mp4")["streams"][0]["duration"]), length, delta=0.002)


class Exact(Cut):
    """To the frame, with all of the picture encoded anew, and nothing else."""

    def exact(self, *arguments, output="out.mp4"):
        return self.cut(*arguments, "--mode", "exact", "--cache", "cache", "--workers", "2", output=output)

    def likeness(self, source, first, end):
        """The least PSNR of a frame, in dB."""
        out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", "out.mp4", "-i", source, "-lavfi",
                              f"[1:v]trim=start_frame={first}:end_frame={end},settb=1/6,setpts=N[b];[0:v]settb=1/6,setpts=N[a];"
                              "[a][b]psnr=stats_file=-", "-f", "null", "-"], cwd=self.folder, capture_output=True, text=True, check=True)
        self.assertEqual(out.stderr, "")
        lines = out.stdout.splitlines()
        self.assertEqual(len(lines), end - first)
        return min(float(line.split("psnr_y:")[1].split()[0]) for line in lines)

    def check_exact(self, source, first, end, report):
        self.assertEqual((report["frames"], report["encoded"]), (end - first, end - first))
        times = [t for t, _ in self.frames("out.mp4")]
        self.assertEqual(len(times), end - first)
        for i, t in enumerate(times):
            self.assertAlmostEqual(t, i / FPS, delta=0.0006)
        self.assertGreater(self.likeness(source, first, end), 36)

    def test_to_the_frame(self):
        for codec in ("h264_open", "hevc_open"):
            with self.subTest(codec):
                self.record(codec=codec, more="-metadata creation_time=2026-02-03T01:00:00Z -timecode 01:02:03:04 "
                                              "-color_primaries bt709 -color_trc bt709 -colorspace bt709")
                report = self.exact("rec.mp4", "--from", "3.51", "--to", "8.01")
                self.assertEqual((report["from"], report["to"]), ("7/2", "241/30"))
                self.check_exact("rec.mp4", 105, 241, report)
                # Sound is that of the recording, packet for packet, and heard from the same sample on.
                copied = self.cut("rec.mp4", "--mode", "smart", "--from", "105f", "--to", "241f", output="smart.mp4")
                self.assertEqual(copied["from"], report["from"])
                self.assertEqual(self.sound("out.mp4"), self.sound("smart.mp4"))
                want, got = (self.probe(name)["streams"] for name in ("rec.mp4", "out.mp4"))
                self.assertEqual(len(got), len(want))
                for key in ("codec_name", "codec_tag_string", "pix_fmt", "color_space", "color_transfer", "color_primaries",
                            "width", "height", "r_frame_rate"):
                    self.assertEqual(got[0].get(key), want[0].get(key), key)
                # Frame 105 is three and a half seconds later.
                self.assertEqual(got[0]["tags"]["timecode"], "01:02:06:19")
                self.assertEqual(got[0]["tags"]["creation_time"][:19], "2026-02-03T01:00:03")

    def test_goes_on_where_it_was(self):
        self.record()
        first = self.exact("rec.mp4", "--from", "17f", "--to", "350f")
        data = (self.folder / "out.mp4").read_bytes()
        self.assertEqual(first["segments"]["reused"], 0)
        again = self.exact("rec.mp4", "--from", "17f", "--to", "350f")
        self.assertEqual(again["segments"]["rendered"], 0)
        self.assertEqual((self.folder / "out.mp4").read_bytes(), data)
        # Picture and sound lie side by side, for players that read from the front.
        places = [int(line.split(",")[1]) for line in subprocess.run(
            ["ffprobe", "-v", "error", "-show_entries", "packet=pos", "-select_streams", "a", "-of", "csv", "out.mp4"],
            cwd=self.folder, capture_output=True, text=True, check=True).stdout.split()]
        self.assertLess(min(places), len(data) // 4)
        self.assertGreater(max(places), len(data) * 3 // 4)

    def test_over_chapters_and_a_turned_picture(self):
        names = self.chapters()
        report = self.exact(names[0], "--from", "95f", "--to", "260f", output="out.mov")
        self.assertEqual(report["frames"], 165)
        want, got = [s for name in names for s in self.sound(name)], list(self.sound("out.mov"))
        self.assertEqual(got, want[95 * RATE // FPS:260 * RATE // FPS])
        # Standing: encoded upright, so that nothing is left to be turned.
        self.ffmpeg("-display_rotation 90 -i GX010077.MOV -c copy turned.mov"
                    if b"display_rotation" in subprocess.run(["ffmpeg", "-h", "full"], capture_output=True).stdout
                    else "-i GX010077.MOV -c copy -metadata:s:v rotate=90 turned.mov")
        self.exact("turned.mov", "--to", "30f")
        stream = self.probe("out.mp4")["streams"][0]
        self.assertEqual((stream["width"], stream["height"], stream.get("side_data_list")), (240, 320, None))

    def test_what_would_be_lost_is_refused(self):
        self.record(codec="hevc_10")
        self.refused(2, "rec.mp4", "--mode", "exact", says="HDR; --mode smart keeps it")
        self.record(codec="h264_10", more="-t 2")
        self.refused(2, "rec.mp4", "--mode", "exact", says="10 bits; --mode smart keeps it")
        self.ffmpeg(f"{PICTURE} -t 2 -c:v mpeg4 rec.mp4")
        self.refused(2, "rec.mp4", "--mode", "exact", says="H.264 and HEVC")
        self.record(more="-t 2 -vf setsar=4/3")
        self.refused(2, "rec.mp4", "--mode", "exact", says="not square")
        # Before an hour was encoded for it.
        self.refused(2, "rec.mp4", "--mode", "exact", says="is a recording", output="rec.mp4")
        self.refused(2, "rec.mp4", "--mode", "exact", says="there is no folder", output="none/out.mp4")
        self.refused(2, "rec.mp4", "--workers", "2", says="go with --mode exact")


class Fragments(Cut):
    """Files whose index comes piece by piece, as recorders write them that want to lose nothing."""
    # With by how many samples the file has its sound later than the recording: "cmaf" has no edit list, so that the
    # packet before the first sound is heard.
    FLAGS = {"frag_keyframe+empty_moov": 0, "frag_keyframe+empty_moov+default_base_moof": 0, "frag_keyframe": 0,
             "frag_keyframe+delay_moov+separate_moof": 0, "frag_every_frame+empty_moov+default_base_moof": 0,
             "cmaf+frag_keyframe+delay_moov": 1024}

    def test_are_cut_like_others(self):
        for codec in ("h264", "hevc_open"):
            self.record(codec=codec)
            want = self.frames("rec.mp4")
            for flags, later in self.FLAGS.items():
                with self.subTest(f"{codec} {flags}"):
                    self.ffmpeg(f"-i rec.mp4 -c copy -movflags {flags} -frag_duration 1700000 frag.mp4")
                    report = self.cut("frag.mp4")
                    self.assertEqual((report["frames"], report["warnings"]), (360, []))
                    self.assertEqual([h for _, h in self.frames("out.mp4")], [h for _, h in want])
                    report = self.cut("frag.mp4", "--from", "100f", "--to", "217f")
                    self.assertEqual(report["frames"], 127)
                    self.assertEqual([h for _, h in self.frames("out.mp4", complains=True)], [h for _, h in want[90:217]])
                    self.check_sound(90, later)

    def check_sound(self, first, later):
        """That of the cut goes with its picture as in the recording, to the sample."""
        starts = {s["codec_type"]: float(s["start_time"]) for s in self.probe("out.mp4")["streams"]}
        want, got = self.sound("rec.mp4"), self.sound("out.mp4")
        shift = round((first / FPS + starts["audio"] - starts["video"]) * RATE) - later
        for i in range(4096, len(got) - 4096, 37):
            self.assertLessEqual(abs(got[i] - want[i + shift]), 40, i)

    def test_to_the_frame(self):
        self.record(codec="h264_open", more="-t 6")
        self.ffmpeg("-i rec.mp4 -c copy -movflags frag_keyframe+empty_moov+default_base_moof frag.mp4")
        want = self.frames("rec.mp4")
        report = self.cut("frag.mp4", "--mode", "smart", "--from", "47f", "--to", "150f")
        got = self.frames("out.mp4")
        self.assertEqual(len(got), 103)
        same = sum(a[1] == b[1] for a, b in zip(want[47:150], got))
        self.assertGreaterEqual(same, 103 - report["encoded"])

    def test_that_were_cut_off(self):
        """By a power loss: all that was whole is there, and it is told."""
        self.record()
        self.ffmpeg("-i rec.mp4 -c copy -movflags frag_keyframe+empty_moov+default_base_moof frag.mp4")
        data = (self.folder / "frag.mp4").read_bytes()
        want = [h for _, h in self.frames("rec.mp4")]
        for part in (0.4, 0.6, 0.8):
            (self.folder / "off.mp4").write_bytes(data[:int(len(data) * part)])
            report = self.cut("off.mp4")
            self.assertIn("was cut off", report["warnings"][0]["text"])
            got = [h for _, h in self.frames("out.mp4", complains=True)]
            self.assertGreater(len(got), 360 * part - 80)
            # The last frames may be shown in another order where what comes between them is missing.
            self.assertEqual(got[:-4], want[:len(got) - 4])

    def test_any_byte(self):
        self.record(more="-t 4")
        self.ffmpeg("-i rec.mp4 -c copy -movflags frag_keyframe+empty_moov+default_base_moof frag.mp4")
        data = bytearray((self.folder / "frag.mp4").read_bytes())
        codes, at = set(), 0
        places = []
        while (at := data.find(b"moof", at + 1)) >= 0:
            places += range(at, at + 200, 11)
        for i in places:
            for value in (0xFF, data[i] ^ 1):
                broken = bytearray(data)
                broken[i] = value
                (self.folder / "broken.mp4").write_bytes(broken)
                done = self.run_cut("broken.mp4", "-o", "broken_out.mp4")
                self.assertIn(done.returncode, (0, 2, 3), f"byte {i}: {done.stderr}")
                codes.add(done.returncode)
                size = (self.folder / "broken_out.mp4").stat().st_size if done.returncode == 0 else 0
                self.assertLessEqual(size, 2 * len(data))
        self.assertIn(3, codes)


class Large(Cut):
    def test_beyond_four_gigabytes(self):
        """What is shown lies beyond what 32 bits can tell; the file is mostly a hole."""
        self.record()
        data = (self.folder / "rec.mp4").read_bytes()
        media, index = data.index(b"mdat") - 4, data.index(b"moov") - 4
        hole = 5 << 30

        def moved(box):
            """The same index, with offsets of 64 bits that lie beyond the hole."""
            out, at = b"", 0
            while at < len(box):
                size, kind = struct.unpack(">I4s", box[at:at + 8])
                body = box[at + 8:at + size]
                if kind == b"stco":
                    count, *offsets = struct.unpack(f">{size // 4 - 3}I", body[4:])
                    kind, body = b"co64", body[:8] + struct.pack(f">{count}Q", *(o + hole for o in offsets))
                elif kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                    body = moved(body)
                out += struct.pack(">I4s", len(body) + 8, kind) + body
                at += size
            return out

        with open(self.folder / "large.mp4", "wb") as file:
            file.write(data[:media] + struct.pack(">I4sQ", 1, b"free", hole))
            file.seek(media + hole)
            file.write(data[media:index] + moved(data[index:]))
        for mode in ("copy", "smart"):
            with self.subTest(mode):
                self.cut("large.mp4", "--mode", mode, "--from", "3.4", "--to", "7.25", output=f"{mode}.mp4")
                self.cut("rec.mp4", "--mode", mode, "--from", "3.4", "--to", "7.25", output=f"{mode}_want.mp4")
                self.assertEqual(*((self.folder / f"{mode}{end}.mp4").read_bytes() for end in ("", "_want")))
                self.assertLess((self.folder / f"{mode}.mp4").stat().st_size, len(data))
        self.check_part("large.mp4", "copy.mp4", 90, 218)


class Chapters(Cut):
    def test_are_one_recording(self):
        names = self.chapters()
        for named in (names[:1], names):
            report = self.cut(*named, output="out.mov")
            self.assertEqual(len(report["chapters"]), 3)
            self.assertEqual(report["frames"], 360)
            self.check_part(names, "out.mov", 0, 360, exact=True)
        # Over a join, in a folder of their own.
        card = self.folder / "card"
        card.mkdir()
        for name in names:
            shutil.move(self.folder / name, card)
        names = [f"card/{name}" for name in names]
        # As on a card: a small copy and a thumbnail of each.
        for n in (1, 2, 3):
            (card / f"GL0{n}0077.LRV").write_text("small")
            (card / f"GX0{n}0077.THM").write_text("thumbnail")
        report = self.cut("card", "--from", "3.5", "--to", "8.5", output="out.mov")
        self.assertEqual((report["from"], report["to"]), ("3", "17/2"))
        self.check_part(names, "out.mov", 90, 255, exact=True)
        self.cut("card/GX020077.MOV", output="out.mov")  # not the first: this file alone
        self.check_part(names, "out.mov", 120, 240, exact=True)

    def test_of_dji_and_insta360(self):
        names = self.chapters()
        # Files as large as a card's file system lets them be: what is behind the index is free, and takes no room here.
        for n, name in enumerate(names):
            dji = self.folder / f"DJI_000{n + 7}.MP4"
            self.ffmpeg(f"-i {name} -c copy -f mov -metadata creation_time=2026-02-03T01:00:{5 * n:02}Z {dji.name}")
            with open(dji, "r+b") as file:
                end = file.seek(0, os.SEEK_END)
                file.write(struct.pack(">I", 3_900_000_000 - end) + b"free")
                file.truncate(3_900_000_000)
        report = self.cut("DJI_0007.MP4", output="out.mov")
        self.assertEqual([Path(name).name for name in report["chapters"]], ["DJI_0007.MP4", "DJI_0008.MP4", "DJI_0009.MP4"])
        self.check_part(names, "out.mov", 0, 360, exact=True)
        # A minute later it is another recording.
        self.ffmpeg(f"-i {names[2]} -c copy -f mov -metadata creation_time=2026-02-03T01:01:09Z DJI_0009.MP4")
        report = self.cut("DJI_0007.MP4", output="out.mov")
        self.check_part(names[:2], "out.mov", 0, 240, exact=True)
        # One that cannot be read may be a part of it.
        (self.folder / "DJI_0009.MP4").write_text("nothing")
        report = self.cut("DJI_0007.MP4", output="out.mov")
        self.assertEqual([(w["number"], Path(w["place"]).name) for w in report["warnings"]], [(318, "DJI_0009.MP4")])

        card = self.folder / "Camera01"
        card.mkdir()
        for n, name in enumerate(names):
            target = card / f"VID_20260203_010000_00_01{n + 7}.insv"
            # Sensor data, which is no box.
            target.write_bytes((self.folder / name).read_bytes() + b"\x12\x34" * 500)
            (card / f"LRV_20260203_010000_01_01{n + 7}.insv").write_text("small")
        report = self.cut("Camera01", "--from", "3", "--to", "9", output="out.mov")
        self.check_part(names, "out.mov", 90, 270, exact=True)
        self.assertIn("1000 bytes behind its last box", report["warnings"][0]["text"])

    def test_sound_of_any_length(self):
        """Shorter or longer than the picture in each chapter: what it is off does not add up."""
        for extra in (-0.3, -0.01, 0.01, 0.3):
            for n in (1, 2, 3, 4):
                self.ffmpeg(f"-f lavfi -i testsrc2=s=320x240:r=30:d=3 -f lavfi -i aevalsrc=if(lt(t\\,0.1)\\,0.5*sin(6000*t)\\,0):s=48000:d={3 + extra} "
                            f"{CODECS['h264']} -pix_fmt yuv420p -c:a aac c{n}.mp4")
            report = self.cut("c1.mp4", "c2.mp4", "c3.mp4", "c4.mp4")
            self.assertEqual(report["frames"], 360)
            self.assertTrue(report["warnings"] or abs(extra) < 0.1)
            times = [t for t, _ in self.frames("out.mp4")]
            # A beep at the beginning of each chapter, by the clock that players go by.
            out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", "out.mp4", "-map", "0:a", "-af", "aresample=async=1:min_hard_comp=0.001",
                                  "-f", "s16le", "-"], cwd=self.folder, capture_output=True, check=True).stdout
            samples = struct.unpack(f"<{len(out) // 2}h", out)
            for chapter in (1, 2, 3):
                about = int(times[90 * chapter] * RATE)
                loud = next(i for i in range(about - RATE // 5, len(samples)) if abs(samples[i]) > 3000)
                # A packet, and half of one in which a decoder that was handed another one settles.
                self.assertLess(abs(loud - about), 1024 + 512, (extra, chapter))

    def test_a_second_picture(self):
        """Its keyframes lie elsewhere: each frame of it is shown when it was."""
        self.ffmpeg(f"{PICTURE} -f lavfi -i testsrc=s=320x240:r=30:d=12 -map 0 -map 1 -t 6 {CODECS['h264_open']} -g:v:1 45 "
                    "-pix_fmt yuv420p rec.mp4")
        for mode, first, end in (("smart", 47, 130), ("smart", 92, 180), ("smart", 0, 40), ("copy", 60, 130), ("exact", 47, 130)):
            with self.subTest(f"{mode} {first} to {end}"):
                more = ("--cache", "cache") if mode == "exact" else ()
                self.cut("rec.mp4", "--mode", mode, "--from", f"{first}f", "--to", f"{end}f", *more)
                got = self.frames("out.mp4", complains=True, track="0:v:1")
                self.assertEqual([h for _, h in got], [h for _, h in self.frames("rec.mp4", track="0:v:1")[first:end]])
                for i, (t, _) in enumerate(got):
                    self.assertAlmostEqual(t, i / FPS, delta=0.0006)

    def test_marks(self):
        """Those of Nero, and the texts of QuickTime: both go along with the cut."""
        (self.folder / "marks.txt").write_text(";FFMETADATA1\n" + "".join(
            f"[CHAPTER]\nTIMEBASE=1/1\nSTART={a}\nEND={b}\ntitle={name}\n" for a, b, name in
            ((0, 3, "warm-up"), (3, 5, "first half"), (5, 9, "break"), (9, 12, "second half"))))
        self.record("plain.mp4")
        self.ffmpeg("-i plain.mp4 -i marks.txt -map 0 -map_metadata 1 -c copy both.mp4")
        data = (self.folder / "both.mp4").read_bytes()
        self.assertEqual((data.count(b"chpl"), data.count(b"\x0cchap")), (1, 2))
        (self.folder / "nero.mp4").write_bytes(data.replace(b"\x0cchap", b"\x0cnone"))
        (self.folder / "texts.mp4").write_bytes(data.replace(b"chpl", b"none"))
        for name in ("nero", "texts"):
            for mode, start, end, want in [("copy", "4", "9", [(0, "first half"), (1, "break")]),
                                           ("smart", "2.5", "9.5", [(0, "warm-up"), (.5, "first half"), (2.5, "break"), (6.5, "second half")])]:
                with self.subTest(f"{name} {mode}"):
                    report = self.cut(f"{name}.mp4", "--mode", mode, "--from", start, "--to", end)
                    self.assertEqual(report["warnings"], [])
                    self.assertEqual(self.marks("out.mp4"), want)
        self.cut("nero.mp4", "nero.mp4", "--from", "9", "--to", "16")
        self.assertEqual(self.marks("out.mp4"), [(0, "second half"), (3, "warm-up"), (6, "first half")])
        # Of an index that ends too early.
        data = (self.folder / "nero.mp4").read_bytes()
        at = data.index(b"chpl") + 4
        (self.folder / "odd.mp4").write_bytes(data[:at + 8] + b"\x09" + data[at + 9:])
        report = self.cut("odd.mp4")
        self.assertIn("its marks of chapters end early: they are left out", report["warnings"][0]["text"])
        self.assertEqual(self.marks("out.mp4"), [])

    def marks(self, name):
        out = subprocess.run(["ffprobe", "-v", "error", "-show_chapters", "-of", "json", name], cwd=self.folder, capture_output=True,
                             text=True, check=True).stdout
        return [(float(chapter["start_time"]), chapter["tags"]["title"]) for chapter in json.loads(out)["chapters"]]

    def test_data_tracks_stay(self):
        """Sensor data, a packet a second: here in the clothes of subtitles."""
        lines = "".join(f"{i + 1}\n00:00:{i:02},000 --> 00:00:{i + 1:02},000\nreading {i:02}\n\n" for i in range(12))
        (self.folder / "data.srt").write_text(lines)
        self.record(name="plain.mp4")
        self.ffmpeg("-i plain.mp4 -i data.srt -map 0 -map 1 -c copy -c:s mov_text rec.mp4")
        data = (self.folder / "rec.mp4").read_bytes()
        self.assertEqual(data.count(b"tx3g"), 1)
        (self.folder / "rec.mp4").write_bytes(data.replace(b"tx3g", b"gpmd").replace(b"sbtl", b"meta"))
        report = self.cut("rec.mp4", "--from", "4", "--to", "7")
        self.assertEqual([(t["codec"], t["handler"]) for t in report["tracks"]][2], ("gpmd", "meta"))
        out = (self.folder / "out.mp4").read_bytes()
        self.assertEqual([i for i in range(12) if f"reading {i:02}".encode() in out], [4, 5, 6])
        self.assertEqual(report["warnings"], [])
        # One that ends before the cut begins cannot stay, and that is told.
        (self.folder / "data.srt").write_text(lines[:lines.index("4\n00:00:03")])
        self.ffmpeg("-i plain.mp4 -i data.srt -map 0 -map 1 -c copy -c:s mov_text rec.mp4")
        report = self.cut("rec.mp4", "--from", "8")
        self.assertIn("track 3 (tx3g) has nothing here", report["warnings"][0]["text"])

    def test_that_do_not_fit(self):
        self.record(name="GX010077.MP4")
        shutil.copy(self.folder / "GX010077.MP4", self.folder / "GX030077.MP4")
        self.ffmpeg(f"-f lavfi -i testsrc2=s=640x480:r=30:d=2 {SOUND} -t 2 {CODECS['h264']} -pix_fmt yuv420p -c:a aac big.mp4")
        self.refused(2, "GX010077.MP4", "big.mp4", says="chapter 2 (big.mp4): its track 1 (avc1) is encoded otherwise")
        self.ffmpeg(f"-f lavfi -i testsrc2=s=320x240:r=30:d=2 {CODECS['h264']} -pix_fmt yuv420p mute.mp4")
        self.refused(2, "GX010077.MP4", "mute.mp4", says="chapter 2 (mute.mp4): it has 1 tracks")
        self.ffmpeg(f"-f lavfi -i testsrc2=s=320x240:r=25:d=2 {SOUND} -t 2 {CODECS['h264']} -pix_fmt yuv420p -c:a aac slow.mp4")
        self.refused(2, "GX010077.MP4", "slow.mp4", says="chapter 2 (slow.mp4): its track 1 (avc1)")
        self.ffmpeg("-i GX010077.MP4 -c copy -metadata:s:v rotate=90 turned.mp4")
        self.refused(2, "GX010077.MP4", "turned.mp4", says="chapter 2 (turned.mp4): its track 1 (avc1) is turned otherwise")
        (self.folder / "no.mov").write_text("this is no video at all")
        self.refused(2, "GX010077.MP4", "no.mov", says="chapter 2 (no.mov): is neither an MP4 nor")
        self.refused(2, "GX010077.MP4", says="chapter 2 is missing before \"GX030077.MP4\"")
        shutil.copy(self.folder / "GX010077.MP4", self.folder / "GX010078.MP4")
        self.refused(2, ".", says="2 recordings")


class BadInput(Cut):
    def test_files(self):
        self.record()
        data = (self.folder / "rec.mp4").read_bytes()
        index = data.index(b"moov") - 4
        media = data.index(b"mdat") - 4
        self.assertLess(media, index)
        for name, content, code, says in [
                ("empty.mp4", b"", 2, "empty"),
                ("text.mp4", b"this is no video at all", 2, "is neither an MP4 nor"),
                ("off.mp4", data[:index], 3, "has no index: the recording was cut off"),
                ("middle.mp4", data[:index // 2], 3, "has no index: the recording was cut off"),
                ("half_index.mp4", data[:index + 300], 3, "reaches beyond its end"),
                ("no_media.mp4", data[:media] + data[index:], 3, "not whole"),
                ("loop.mp4", data[:index] + struct.pack(">I", 8) + b"free" + data[index:-1], 3, "reaches beyond its end")]:
            (self.folder / name).write_bytes(content)
            with self.subTest(name):
                self.refused(code, name, says=says)
        self.refused(2, "missing.mp4", says="No such file")
        self.refused(2, "rec.mp4", "--from", "13", says="it is 12 s long")
        self.refused(2, "rec.mp4", "--from", "5", "--to", "5", says="ends before it begins")
        self.refused(2, "rec.mp4", "--from", "361f", says="there is no frame 361: it has 360")
        self.refused(2, "rec.mp4", "--from", "2026-02-03T01:00:00Z", says="does not say when")
        self.refused(2, "rec.mp4", says="is also input", output="rec.mp4")
        self.refused(2, "rec.mp4", says="there is no folder", output="none/out.mp4")
        self.assertEqual((self.folder / "rec.mp4").read_bytes(), data)
        self.ffmpeg("-i rec.mp4 -c copy rec.mkv")
        self.refused(2, "rec.mkv", says="is neither an MP4 nor")

    def test_any_byte_of_the_index(self):
        """Whatever the index says, it ends by itself, with a code of ours."""
        self.record()
        data = bytearray((self.folder / "rec.mp4").read_bytes())
        index = data.index(b"moov")
        codes = set()
        step = max((len(data) - index) // 60, 1)
        for i in range(index + 4, len(data), step):
            for value in (0xFF, data[i] ^ 1):
                broken = bytearray(data)
                broken[i] = value
                (self.folder / "broken.mp4").write_bytes(broken)
                done = self.run_cut("broken.mp4", "--from", "2", "--to", "6", "-o", "broken_out.mp4")
                self.assertIn(done.returncode, (0, 2, 3), f"byte {i}: {done.stderr}")
                codes.add(done.returncode)
                size = (self.folder / "broken_out.mp4").stat().st_size if done.returncode == 0 else 0
                self.assertLessEqual(size, 2 * len(data))
        self.assertIn(3, codes)

    def test_killed(self):
        """There is the whole file or none, and the next run sweeps."""
        self.record()
        self.ffmpeg("-stream_loop 200 -i rec.mp4 -c copy long.mp4")
        self.cut("long.mp4", output="want.mp4")
        want = (self.folder / "want.mp4").read_bytes()
        for i in range(12):
            process = subprocess.Popen([RUSHES, "cut", "long.mp4", "-o", "out.mp4"], cwd=self.folder,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(0.01 + 0.03 * i)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if (self.folder / "out.mp4").exists():
                self.assertEqual((self.folder / "out.mp4").read_bytes(), want)
                os.remove(self.folder / "out.mp4")
        time.sleep(0.3)
        self.cut("long.mp4")
        self.assertEqual((self.folder / "out.mp4").read_bytes(), want)
        self.assertEqual([p.name for p in self.folder.glob(".*")], [])


if __name__ == "__main__":
    RUSHES = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
