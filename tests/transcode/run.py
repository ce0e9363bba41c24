#!/usr/bin/env python3
"""Transcodes recordings by presets, and compares frames, times, names and errors with what they should be.

  run.py RUSHES [-v] [TestCase.test_name]
"""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

RUSHES = None
H264 = "-c:v libx264 -preset ultrafast -g 15 -bf 2 -crf 12 -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709"
VP9 = "-c:v libvpx-vp9 -lossless 1 -cpu-used 8 -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709"


class Transcode(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-transcode-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def ffmpeg(self, *arguments):
        words = [word for argument in arguments for word in (argument.split() if isinstance(argument, str) else [argument])]
        return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words], cwd=self.folder, check=True,
                              capture_output=True, text=True)

    def record(self, name="rec.mp4", size="320x180", rate=30, seconds=2, sound=True, more=""):
        """No two frames look the same, and no two moments sound the same."""
        audio = f"-f lavfi -i aevalsrc=0.3*sin(2*PI*(200+150*t)*t):s=48000:d={seconds}" if sound else ""
        self.ffmpeg(f"-f lavfi -i testsrc2=s={size}:r={rate}:d={seconds} {audio} {H264} {'-c:a aac' if sound else ''} {more}",
                    Path(name))
        return name

    def run_rushes(self, *arguments):
        return subprocess.run([RUSHES, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120)

    def transcode(self, *arguments, code=0, cache="cache", lossless=True, quick=True):
        """The report. Pictures are kept as they were composed, if nothing else is said."""
        done = self.run_rushes("transcode", "--cache", cache, "--json", "--progress", "none",
                               *(["--set", "video.preset=ultrafast"] if quick else []),
                               *(["--set", "video.lossless=true"] if lossless else []), *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["ok"], code == 0)
        self.stderr = done.stderr
        return report

    def one(self, *arguments, **options):
        results = self.transcode(*arguments, **options)["results"]
        self.assertEqual(len(results), 1)
        return results[0]

    def refused(self, code, *arguments, says):
        before = sorted(self.folder.rglob("*.mp4"))
        report = self.transcode(*arguments, code=code)
        self.assertRegex(json.dumps(report, ensure_ascii=False) + self.stderr, says)
        self.assertEqual(sorted(self.folder.rglob("*.mp4")), before)

    def streams(self, name):
        out = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", name],
                             cwd=self.folder, check=True, capture_output=True, text=True).stdout
        return {stream["codec_type"]: stream for stream in json.loads(out)["streams"]}

    def hashes(self, name, filters="null"):
        out = self.ffmpeg("-i", Path(name), "-map", "0:v", "-vf", filters, "-fps_mode", "passthrough", "-f", "framemd5", "-").stdout
        return [line.split(",")[5] for line in out.splitlines() if not line.startswith("#")]

    def check_frames(self, name, source, numbers):
        """The frames of `name` are these of the source, bit for bit."""
        known = self.hashes(source)
        self.assertEqual(len(set(known)), len(known))
        self.assertEqual([known.index(frame) if frame in known else None for frame in self.hashes(name)], list(numbers))

    def test_lines_reduce_and_never_enlarge(self):
        self.record()
        result = self.one("rec.mp4", "--set", "lines=90", "-o", "small.mp4")
        self.assertEqual((result["width"], result["height"], result["frames"], result["fps"]), (160, 90, 60, "30"))
        self.ffmpeg("-i small.mp4 -i rec.mp4 -lavfi", "[1:v]scale=160:90:flags=area[b];[0:v][b]psnr=stats_file=psnr.log",
                    "-f null -")
        values = re.findall(r"psnr_y:(\S+)", (self.folder / "psnr.log").read_text())
        self.assertEqual(len(values), 60)
        self.assertGreater(min(map(float, values)), 30)
        streams = self.streams("small.mp4")
        self.assertAlmostEqual(float(streams["audio"]["duration"]), 2, delta=0.03)
        self.assertEqual(self.one("rec.mp4")["output"], str(self.folder / "rec_1080p-h264.mp4"))
        self.assertEqual(self.streams("rec_1080p-h264.mp4")["video"]["width"], 320)

    def test_progress_of_several(self):
        """On a terminal each says which it is, and how long all will take."""
        for name, seconds in (("a.mp4", 8), ("b.mp4", 6)):
            self.record(name, size="1280x720", seconds=seconds)
        (self.folder / "out").mkdir()
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        with subprocess.Popen([RUSHES, "transcode", "a.mp4", "b.mp4", "-o", "out/", "--cache", "cache", "--workers", "1", "--set", "video.preset=medium"],
                              cwd=self.folder, stdin=subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm"}) as done:
            os.close(theirs)
            said = b""
            while True:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # the terminal is gone
                    break
                if not part:
                    break
                said += part
        os.close(ours)
        self.assertEqual(done.returncode, 0, said)
        self.assertRegex(said, rb"1 of 2: video .*fps.* left \(all \d:\d\d\)")
        self.assertRegex(said, rb"2 of 2: video .*fps.* left[^ ]")

    def test_recordings_that_stand(self):
        self.record("lying.mp4")
        self.ffmpeg("-i lying.mp4 -c copy -metadata:s:v rotate=90 phone.mp4")
        result = self.one("phone.mp4", "--set", "lines=90", "-o", "out.mp4")
        self.assertEqual((result["width"], result["height"]), (90, 160))
        self.assertEqual(self.streams("out.mp4")["video"].get("side_data_list"), None)

    def test_frame_rates_are_kept_or_divided(self):
        self.record(rate="60000/1001", seconds=1)
        self.assertEqual(self.one("rec.mp4", "-o", "same.mp4")["fps"], "60000/1001")
        self.assertEqual(self.streams("same.mp4")["video"]["nb_read_frames"], "60")
        result = self.one("rec.mp4", "--set", "max_fps=30", "-o", "half.mp4")
        self.assertEqual((result["fps"], result["frames"]), ("30000/1001", 30))
        self.check_frames("half.mp4", "rec.mp4", range(0, 60, 2))

    def test_a_clock_that_jumps(self):
        """Ahead, the last picture stands; back, nothing tells what comes then from what was there before."""
        self.record("rec.mp4", seconds=2)
        self.ffmpeg("-i rec.mp4 -vf setpts=PTS+if(gte(N\\,30)\\,5/TB\\,0) -fps_mode passthrough -c:a copy", H264, Path("ahead.mp4"))
        self.one("ahead.mp4", "-o", "ahead_out.mp4")
        self.assertRegex(self.stderr, r"W0312.* 0 are left out, 150 repeated")
        self.assertEqual(int(self.streams("ahead_out.mp4")["video"]["nb_read_frames"]), 210)
        self.ffmpeg("-i rec.mp4 -c copy rec.ts")
        part = (self.folder / "rec.ts").read_bytes()
        (self.folder / "back.ts").write_bytes(part + part)
        self.refused(3, "back.ts", "-o", "back_out.mp4", says=r"its clock jumps back from 3\S* s to 1\S* s")

    def test_a_rate_that_varies_becomes_a_usual_one(self):
        self.ffmpeg(f"-f lavfi -i testsrc2=s=320x180:r=30:d=2 -vf select='mod(n,7)' -vsync vfr {H264} vfr.mp4")
        result = self.one("vfr.mp4", "-o", "out.mp4")
        self.assertIn("W0312", self.stderr)
        self.assertEqual(result["fps"], "30")
        known = self.hashes("vfr.mp4")
        shown = self.hashes("out.mp4")
        self.assertEqual([frame for i, frame in enumerate(shown) if i == 0 or frame != shown[i - 1]], known)

    def test_no_picture_of_a_burst_is_left_out(self):
        for name, codec in (("burst.mp4", f"{H264} -bf 0"), ("b_frames.mp4", H264), ("burst.webm", VP9)):
            self.ffmpeg("-f lavfi -i testsrc2=s=160x90:r=60:d=4 -vf", "select='lt(t,1)+not(mod(n,10))'", f"-vsync vfr {codec}", Path(name))
            # What the header says of the length may leave out the last two.
            known = self.hashes(name)[:-2]
            self.assertLess(len(known), 82)
            result = self.one(name, "-o", "out.mp4")
            self.assertIn(result["fps"], ("60", "60000/1001"))
            shown = self.hashes("out.mp4")
            self.assertEqual([frame for i, frame in enumerate(shown) if i == 0 or frame != shown[i - 1]][:len(known)], known)
            self.assertRegex(self.stderr, r"W0312.*: delivered at 60\S* a second; of \d+ pictures 0 are left out, 1\d\d repeated")
        result = self.one("burst.mp4", "--set", "max_fps=30", "-o", "half.mp4")
        self.assertEqual(result["fps"], "30")
        self.assertRegex(self.stderr, r"W0312.*: delivered at 30 a second, .*max_fps")
        # A sixtieth after the last has begun it ends.
        self.assertEqual(self.one("burst.mp4", "--from", "1.5", "-o", "rest.mp4")["frames"], 141)

    def test_a_rate_that_hardly_varies_is_kept(self):
        """Times of a phone: off by up to two milliseconds."""
        self.ffmpeg("-f lavfi -i testsrc2=s=160x90:r=30:d=4 -vf", "settb=1/90000,setpts='PTS+mod(N*7,5)*30'", f"-vsync passthrough -enc_time_base 1/90000 {H264} -bf 0 -video_track_timescale 90000 phone.mp4")
        self.assertEqual(self.one("phone.mp4", "-o", "out.mp4")["fps"], "30")
        self.assertIn("W0312", self.stderr)
        self.check_frames("out.mp4", "phone.mp4", range(120))

    def test_spans(self):
        self.record(rate="30000/1001", seconds=4)
        for start, end, first, count in (("10f", "40f", 10, 30), ("0.5", "1.5s", 14, 30), ("0:03", "100:00", 89, 31)):
            result = self.one("rec.mp4", "--from", start, "--to", end, "-o", "out.mp4")
            self.assertEqual(result["frames"], count)
            self.check_frames("out.mp4", "rec.mp4", range(first, first + count))
            self.assertAlmostEqual(float(self.streams("out.mp4")["audio"]["duration"]), count / 29.97, delta=0.03)
        self.refused(2, "rec.mp4", "--from", "2", "--to", "2", says="nothing lies between")
        self.refused(2, "rec.mp4", "--from", "9:00", says="nothing lies between")
        self.refused(2, "rec.mp4", "--from", "soon", says="--from")
        self.refused(2, "rec.mp4", "--from", "2026-02-03T01:00:00Z", says="does not say when it was recorded")

    def test_an_end_after_the_recordings_own_is_told(self):
        self.record(more="-metadata creation_time=2026-02-03T01:00:00Z")
        for end, says in [("5.5", "ends 3.5 s earlier than asked"), ("75f", "ends 0.5 s earlier"),
                          ("2026-02-03T01:01:02Z", "ends 60 s earlier"), ("2.01", None), ("1.5", None)]:
            report = self.transcode("rec.mp4", "--to", end, "-o", "out.mp4")
            self.assertEqual(self.streams("out.mp4")["video"]["nb_read_frames"], "45" if end == "1.5" else "60")
            self.assertEqual(len(report["warnings"]), 1 if says else 0, report["warnings"])
            self.assertIn(says or "", self.stderr)

    def test_spans_by_the_clock(self):
        """The same minute of cameras that were not started at once."""
        for name, made in (("one.mp4", "01:00:00"), ("two.mp4", "01:00:01"), ("late.mp4", "01:00:04")):
            self.record(name, seconds=4, more=f"-metadata creation_time=2026-02-03T{made}Z")
        span = ("--from", "2026-02-03T09:00:02+08:00", "--to", "2026-02-03T01:00:04.5Z")
        self.transcode("one.mp4", "two.mp4", "late.mp4", *span, "-o", "out/{name}.mp4")
        # What begins later than the span begins with it.
        for name, first, end in (("one", 60, 120), ("two", 30, 105), ("late", 0, 15)):
            self.check_frames(f"out/{name}.mp4", f"{name}.mp4", range(first, end))
        result = self.one("one.mp4", "--from", "2026-02-02T17:00:02Z", "--clock-offset", "8:00:00", "-o", "out.mp4")
        self.assertEqual(result["frames"], 60)
        self.refused(2, "one.mp4", "--to", "2026-02-03T01:00:00Z", says="nothing lies between")

    def test_chapters_are_one_recording(self):
        self.record("GX010007.MP4", seconds=2, more="-f mp4")
        self.record("GX020007.MP4", seconds=1, more="-vf hue=h=90 -f mp4")
        result = self.one("GX010007.MP4", "-o", "all.mp4")
        self.assertEqual(len(result["chapters"]), 2)
        self.assertEqual(result["frames"], 90)
        # Of all that lies on a card each recording is taken once.
        self.assertEqual(self.one("GX010007.MP4", "GX020007.MP4", "-o", "{name}.mp4")["frames"], 90)
        result = self.one("GX010007.MP4", "--from", "50f", "--to", "70f", "-o", "part.mp4")
        self.assertEqual(result["frames"], 20)
        (self.folder / "list.txt").write_text("file GX010007.MP4\nfile GX020007.MP4\n")
        self.ffmpeg("-f concat -i list.txt -c:v copy -an joined.mp4")
        self.check_frames("part.mp4", "joined.mp4", range(50, 70))
        self.record("GX020007.MP4", size="640x360", more="-f mp4")
        self.refused(2, "GX010007.MP4", says="GX020007.MP4.* is 640x360")

    def test_one_that_fails_does_not_stop_the_others(self):
        self.record("a.mp4")
        (self.folder / "b.mp4").write_bytes(b"no video at all" * 100)
        self.record("c.mp4", sound=False)
        report = self.transcode("a.mp4", "b.mp4", "missing.mp4", "c.mp4", "-o", "out/{number}_{name}.mp4", code=2)
        self.assertEqual([result["ok"] for result in report["results"]], [True, False, False, True])
        self.assertEqual(report["failed"], 2)
        self.assertIn("b.mp4", report["results"][1]["error"]["message"])
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["1_a.mp4", "4_c.mp4"])

    def test_what_is_not_transcoded(self):
        self.ffmpeg("-f lavfi -i testsrc2=s=320x180:r=30:d=0.2 -c:v libx265 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc "
                    "smpte2084 -colorspace bt2020nc -x265-params log-level=none hdr.mp4")
        self.ffmpeg("-f lavfi -i sine=d=1 -c:a aac sound.m4a")
        self.ffmpeg("-f lavfi -i testsrc2=s=320x180 -frames:v 1 still.png")
        self.refused(2, "hdr.mp4", says="HDR")
        self.refused(2, "sound.m4a", says='"sound.m4a": has no picture that moves; --preset audio-only takes its sound')
        self.refused(2, "still.png", says='E0003: "still.png": is a still')
        self.refused(2, "./still.png", says='E0003: "./still.png": is a still')

    def test_sound_alone(self):
        """Of recordings of sound, and of those that have a picture, too."""
        self.record("film.mp4", seconds=4)
        self.ffmpeg("-f lavfi -i aevalsrc=0.3*sin(2*PI*(200+150*t)*t):s=44100:d=4.32 -c:a pcm_s16le talk.wav")
        self.ffmpeg("-i talk.wav -c:a aac talk.m4a -c:a libopus talk.ogg -c:a flac talk.flac -c:a libmp3lame talk.mp3")
        for name in ("talk.wav", "talk.m4a", "talk.ogg", "talk.flac", "talk.mp3"):
            result = self.one(name, "--preset", "audio-only", "-o", "out.m4a", "--verify", lossless=False, quick=False)
            self.assertEqual(result["verify"]["verdict"], "pass", result)
            self.assertAlmostEqual(float(self.streams("out.m4a")["audio"]["duration"]), 4.32, delta=0.06)
        for name, output in (("talk.wav", "out.opus"), ("talk.wav", "out2.m4a"), ("film.mp4", "out3.m4a")):
            self.one(name, "-o", output, "--from", "1.5", "--to", "0:03.25", "--verify", lossless=False, quick=False)
            self.assertEqual(list(self.streams(output)), ["audio"])
            self.assertAlmostEqual(float(self.streams(output)["audio"].get("duration", 1.75)), 1.75, delta=0.06)
        self.refused(2, "talk.wav", "--from", "3f", "-o", "out.m4a", says="no frames to count")

    def test_names(self):
        self.record("a.mp4", more="-metadata creation_time=2026-02-03T01:00:00Z")
        self.one("a.mp4", "--field", "court=3/4", "-o", "{court}/{date}/{name}_{preset}.mp4", "--preset", "720p-h264")
        self.assertTrue((self.folder / "3_4/2026-02-03/a_720p-h264.mp4").is_file())
        self.record("b.mp4")
        self.transcode("a.mp4", "b.mp4", "-o", "3_4")
        self.assertTrue((self.folder / "3_4/b_1080p-h264.mp4").is_file())
        (self.folder / "{odd}").mkdir()
        self.one("b.mp4", "-o", "{odd}")
        self.assertTrue((self.folder / "{odd}/b_1080p-h264.mp4").is_file())
        for name, says in (("{nmae}.mp4", "there is no {nmae}"), ("{name.mp4", "stands alone"), ("one.mp4", "several")):
            self.refused(2, "a.mp4", "b.mp4", "-o", name, says=says)
        self.refused(2, "a.mp4", "b.mp4", "-o", "{preset}.mp4", says="would both be written")
        source = (self.folder / "a.mp4").read_bytes()
        for name in ("a.mp4", "{name}.mp4", "./a.mp4"):
            self.refused(2, "a.mp4", "-o", name, says="a.mp4")
        self.assertEqual((self.folder / "a.mp4").read_bytes(), source)
        # Of the two one does not say when it was made.
        report = self.transcode("b.mp4", "a.mp4", "-o", "{date}.mp4", code=2)
        self.assertEqual([result["ok"] for result in report["results"]], [False, True])
        self.assertIn("{date} is", report["results"][0]["error"]["message"])

    def test_names_that_could_mean_something(self):
        name = "{{preset}} 'é' {name}.mp4"
        self.record(name)
        self.assertEqual(self.one(name, "-o", "out.mp4")["frames"], 60)

    def test_presets(self):
        names = [line.split()[0] for line in self.run_rushes("presets").stdout.splitlines()]
        self.assertIn("1080p-h264", names)
        self.record(size="640x360", seconds=1)
        for name in names:
            self.one("rec.mp4", "--preset", name, lossless=False, quick=False)
        self.assertEqual(self.streams("rec_vertical.mp4")["video"]["height"], 1920)
        (self.folder / "mine.json").write_text(self.run_rushes("presets", "web").stdout)
        self.assertEqual(self.run_rushes("presets", "wbe").returncode, 2)
        self.one("rec.mp4", "--preset", "mine.json", "--set", "audio=false", "--set", "loudness=null", lossless=False)
        self.assertNotIn("audio", self.streams("rec_mine.mp4"))

    def test_the_ending_says_which_preset(self):
        """Where none is named."""
        self.record(seconds=1)
        for name, codecs in (("a.webm", {"vp9", "opus"}), ("{name}.gif", {"gif"}), ("a.MP4", {"h264", "aac"}), ("a.Mov", {"h264", "aac"}),
                             ("a.m4a", {"aac"}), ("a.opus", {"opus"})):
            result = self.one("rec.mp4", "-o", name, lossless=False, quick=False)
            self.assertEqual(result["output"], str(self.folder / name.replace("{name}", "rec")))
            self.assertEqual({stream["codec_name"] for stream in self.streams(result["output"]).values()}, codecs)
        self.one("rec.mp4", "--set", "format=webm", lossless=False, quick=False)
        self.assertEqual(self.streams("rec_webm.webm")["video"]["codec_name"], "vp9")
        done = self.run_rushes("verify", "a.webm", "--source", "rec.mp4", "--cache", "cache")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_rushes("verify", "a.m4a", "--source", "rec.mp4", "--cache", "cache")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_another_codec_has_a_quality_of_its_own(self):
        self.record(seconds=1)
        for codec, name in (("av1", "a.webm"), ("av1", "a.mp4"), ("hevc", "b.mp4"), ("prores", "a.mov")):
            self.one("rec.mp4", "--set", f"video.codec={codec}", "-o", name, lossless=False, quick=False)
            self.assertEqual(self.streams(name)["video"]["codec_name"], codec)

    def test_presets_that_do_not_go_into_the_file(self):
        self.record()
        (self.folder / "mine.json").write_text('{"version": 1, "video": {"crf": 21, "preset": "veryfast"}}')
        for name, output, says in (("1080p-h264", "a.webm", r'a .webm file does not hold H.264; .*presets for .webm: av1, webm'),
                                   ("4k-hevc", "a.gif", r"presets for .gif: gif"), ("webm", "a.mp4", r"is for .webm files.*presets for .mp4: 1080p-h264"),
                                   ("mine.json", "a.webm", r'VP9.* no \\*"veryfast\\*".*presets for .webm: av1, webm')):
            report = self.transcode("rec.mp4", "--preset", name, "-o", output, code=2, lossless=False, quick=False)
            self.assertRegex(report["error"]["message"], says)
            self.assertEqual(report["error"]["code"], "E0300")

    def test_settings_that_exclude_each_other(self):
        self.record()
        for more, says in ((("--quality", "ssim=0.98", "--set", "video.crf=20"), "--quality and --set video.crf exclude each other"),
                           (("--set", "video.bitrate=4M", "--quality", "ssim=0.98"), "--quality and --set video.bitrate exclude"),
                           (("--quality", "ssim=0.98", "--set", "video.quality.ssim=0.9"), "--quality and --set video.quality.ssim exclude"),
                           (("--set", "video.bitrate=4M", "--set", "video.crf=20"), "--set video.bitrate and --set video.crf exclude"),
                           (("--set", "lines=90", "--set", "size=square"), "--set lines and --set size exclude")):
            report = self.transcode("rec.mp4", *more, "-o", "no.mp4", code=2, lossless=False)
            self.assertEqual(report["error"]["code"], "E0300")
            self.assertIn(says, report["error"]["message"])
        self.one("rec.mp4", "--set", "video.crf=null", "--set", "video.lossless=false", "--quality", "ssim=0.9", "-o", "yes.mp4", lossless=False)
        self.one("rec.mp4", "--set", "video.crf=20", "--set", "video.crf=40", "-o", "yes.mp4", lossless=False)

    def test_mistakes_are_told_by_what_was_written(self):
        """By the option, or the preset and its field; not by a document that nobody wrote."""
        self.record()
        (self.folder / "mine.json").write_text('{"version": 1, "video": {"crf": 99}}')
        for more, says in ((("--set", "video.crf=99"), "--set video.crf: must be <= 63"),
                           (("--set", "video.foo=1"), '--set video.foo: unknown key "foo"'),
                           (("--set", "video.quality.ssim=9"), "--set video.quality.ssim: must be"),
                           (("--set", "lines=x"), "--set lines: must be a whole number"),
                           (("--quality", "ssim=9"), "--quality: must be"),
                           (("--preset", "mine.json"), 'preset "mine": /video/crf: must be <= 63'),
                           (("--set", "lines=16", "--set", "video.codec=av1"), "--set lines: width and height must be at least 64")):
            report = self.transcode("rec.mp4", *more, "-o", "no.mp4", code=2, lossless=False, quick=False)
            self.assertIn(says, self.stderr)
            self.assertNotRegex(self.stderr + json.dumps(report), r" as (1080p|mine)|/output/")

    def test_links_keep_their_names(self):
        """What is made is named by the link, not by what it leads to."""
        (self.folder / "store").mkdir()
        (self.folder / "named").mkdir()
        self.record("store/0af3.mp4")
        (self.folder / "named/game.mp4").symlink_to("../store/0af3.mp4")
        result = self.one("named/game.mp4", "-o", "{folder}_{name}.mp4")
        self.assertEqual(result["output"], str(self.folder / "named_game.mp4"))
        self.refused(2, "named/game.mp4", "-o", "store/0af3.mp4", says="0af3.mp4")

    def test_names_that_are_not_utf8(self):
        """They are refused, and nothing is written under another name."""
        self.record()
        odd = os.fsencode(self.folder) + b"/caf\xe9.mp4"
        before = sorted(os.listdir(os.fsencode(self.folder)))
        done = self.run_rushes("transcode", "rec.mp4", "-o", odd, "--cache", "cache")
        self.assertEqual(done.returncode, 2)
        self.assertIn(r"caf\xe9.mp4", done.stderr)
        self.assertIn("not UTF-8", done.stderr)
        self.assertEqual(sorted(set(os.listdir(os.fsencode(self.folder))) - {b"cache"}), before)
        os.rename(self.folder / "rec.mp4", odd)
        for command in (("transcode", odd, "-o", "out.mp4", "--cache", "cache"), ("probe", odd), ("verify", odd, "--source", odd, "--cache", "cache")):
            done = self.run_rushes(*command)
            self.assertEqual(done.returncode, 2)
            self.assertIn(r'caf\xe9.mp4"', done.stderr)
            self.assertIn("not UTF-8", done.stderr)

    def test_presets_that_are_wrong(self):
        self.record()
        self.refused(2, "rec.mp4", "--preset", "720p-h246", says="did you mean.*720p-h264")
        self.refused(2, "rec.mp4", "--preset", "gone.json", says="gone.json")
        self.refused(2, "rec.mp4", "--set", "lins=90", says="did you mean.*lines")
        self.refused(2, "rec.mp4", "--set", "lines=big", says="must be a whole number")
        self.refused(2, "rec.mp4", "--set", "lines", says="--set wants")
        (self.folder / "both.json").write_text('{"version": 1, "lines": 90, "size": "square"}')
        self.refused(2, "rec.mp4", "--preset", "both.json", says="two ways")
        self.refused(2, "rec.mp4", "--set", "video.crf=99", says="crf")
        self.refused(2, "rec.mp4", "--set", "video.codec=mpeg2", says="codec")

    def test_the_same_bytes_from_any_number_of_workers(self):
        self.record(seconds=4)
        outputs = []
        for workers in ("1", "3"):
            self.one("rec.mp4", "--workers", workers, "--segment", "1s", "-o", "out.mp4", cache=f"cache{workers}")
            outputs.append((self.folder / "out.mp4").read_bytes())
        self.assertEqual(outputs[0], outputs[1])
        again = self.one("rec.mp4", "--segment", "1s", "-o", "out.mp4", cache="cache1")
        self.assertEqual(again["segments"]["rendered"], 0)


if __name__ == "__main__":
    RUSHES = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
