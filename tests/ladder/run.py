#!/usr/bin/env python3
"""Ladders: rushes transcode --ladder, and rushes render --hls of a timeline with renditions.

  run.py RUSHES [-v] [TestCase.test_name]

What is written holds to RFC 8216 and to DASH, plays, and shows in each size what a transcode to that size alone shows.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import hls_check  # noqa: E402
import vtt  # noqa: E402
from recording import numbers_of, record  # noqa: E402

RUSHES = None
SECONDS, FRAMES = 20, 600
VIDEO = {"crf": 23, "preset": "ultrafast"}
# A quality of its own, and a highest rate that some pieces reach.
RUNGS = {360: {}, 270: {"crf": 28}, 180: {"maxrate": "400k", "bufsize": "400k"}}
SIZES = {360: (640, 360), 270: (480, 270), 180: (320, 180)}
AUDIO = {"bitrate": "96k"}


def preset(lines, **more):
    return {"version": 1, "lines": lines, "video": VIDEO, "audio": AUDIO, **more}


def contents(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def listed(folder):
    """How many pieces each playlist of pictures has so far."""
    return [path.read_text().count("#EXTINF") for path in folder.glob("video-*.m3u8")]


def seconds_of(text):
    hours, minutes, seconds = text.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def numbers_in(report):
    """Of all warnings, wherever they stand."""
    if isinstance(report, list):
        return [n for part in report for n in numbers_in(part)]
    if not isinstance(report, dict):
        return []
    found = [w.get("number") for kind in ("warnings", "diagnostics") for w in report.get(kind, [])]
    return found + [n for part in report.values() for n in numbers_in(part)]


class Case(unittest.TestCase):
    """A folder with a recording and a preset; what is the same for all tests of a class is made once."""

    seconds = 4

    @classmethod
    def setUpClass(cls):
        held = tempfile.TemporaryDirectory(prefix="rushes-ladder-")
        cls.addClassCleanup(held.cleanup)
        cls.folder = Path(held.name)
        record(cls.folder / "rec.mp4", cls.seconds)
        renditions = [{"lines": lines, **({"video": own} if own else {})} for lines, own in RUNGS.items()]
        (cls.folder / "ladder.json").write_text(json.dumps(preset(360, renditions=renditions)))

    @classmethod
    def command(cls, *arguments, cache="cache"):
        return [RUSHES, "transcode", "--cache", cache, "--json", "--progress", "none", "--segment", "2s", *map(str, arguments)]

    @classmethod
    def transcode(cls, *arguments, code=0, cache="cache"):
        done = subprocess.run(cls.command(*arguments, cache=cache), cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, f"{arguments}: {done.returncode}: {done.stderr}"
        cls.stderr = done.stderr
        return json.loads(done.stdout) if done.stdout else {}

    @classmethod
    def ladder(cls, output, *arguments, cache="cache", source="rec.mp4"):
        """The result of the only recording."""
        report = cls.transcode(source, "--preset", "ladder.json", "-o", output, *arguments, cache=cache)
        assert len(report["results"]) == 1, report
        return report["results"][0]

    def ffmpeg(self, *arguments):
        """Names are whole: from a name with a folder, its reader of DASH takes the folder twice."""
        done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], cwd=self.folder, capture_output=True)
        self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), arguments)
        return done.stdout

    def frames(self, source, stream="0:v"):
        out = self.ffmpeg("-i", self.folder / source, "-map", stream, "-fps_mode", "passthrough", "-f", "framemd5", "-").decode()
        return [line.split(",")[-1].strip() for line in out.splitlines() if not line.startswith("#")]

    def sound(self, source, samples):
        """From time 0 on, whatever the priming before it."""
        return self.ffmpeg("-copyts", "-i", source, "-map", "0:a", "-af", f"atrim=start_pts=0:end_pts={samples}", "-f", "s16le", "-")

    def check(self, folder):
        self.assertEqual(hls_check.check(self.folder / folder), [])


class Ladder(Case):
    """Twenty seconds, in three sizes."""

    seconds = SECONDS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = cls.ladder("out")

    def test_it_conforms(self):
        self.check("out")

    def test_every_size_plays(self):
        """From the master playlist, from its own, and from the manifest: all frames, in order."""
        for i, lines in enumerate(RUNGS):
            own = self.frames(f"out/video-{lines}p.m3u8")
            self.assertEqual(len(own), FRAMES)
            self.assertEqual(numbers_of(self.folder / f"out/video-{lines}p.m3u8"), list(range(FRAMES)))
            for whole in ("master.m3u8", "manifest.mpd"):
                with self.subTest(f"{lines} lines of {whole}"):
                    self.assertEqual(self.frames(f"out/{whole}", f"0:v:{i}"), own)

    def test_what_a_transcode_to_one_size_shows(self):
        """Bit for bit, and the same sound. With another cache, so that nothing is taken over."""
        samples = FRAMES * 1001 * 48000 // 30000
        for lines, own in RUNGS.items():
            (self.folder / "single.json").write_text(json.dumps({**preset(lines), "video": {**VIDEO, **own}}))
            self.transcode("rec.mp4", "--preset", "single.json", "-o", "single.mp4", cache="cache-of-one")
            with self.subTest(f"{lines} lines"):
                self.assertEqual(self.frames(f"out/video-{lines}p.m3u8"), self.frames("single.mp4"))
        heard = [self.sound(source, samples) for source in ("single.mp4", "out/audio.m3u8")]
        self.assertEqual(len(heard[0]), samples * 4)
        self.assertTrue(heard[0] == heard[1], "other sound")

    def test_what_is_reported(self):
        report = self.result["hls"]
        self.assertEqual(report["playlist"], str(self.folder / "out/master.m3u8"))
        self.assertEqual(report["manifest"], str(self.folder / "out/manifest.mpd"))
        self.assertEqual(len(report["pictures"]), len(RUNGS))
        for lines, told in zip(RUNGS, report["pictures"]):
            pieces = sorted((self.folder / "out").glob(f"video-{lines}p_*.m4s"))
            sizes = [path.stat().st_size for path in pieces]
            self.assertTrue(told["name"].endswith(f"{lines}p"), told)
            self.assertEqual((told["width"], told["height"]), SIZES[lines])
            self.assertEqual((told["pieces"], told["bytes"]), (len(pieces), sum(sizes)))
            self.assertRegex(told["codec"], r"^avc1\.[0-9a-f]{6}$")
            self.assertAlmostEqual(told["average"], sum(sizes) * 8 * 30000 / 1001 / FRAMES, delta=2)
            durations = re.findall(r"#EXTINF:([\d.]+)", (self.folder / f"out/video-{lines}p.m3u8").read_text())
            self.assertAlmostEqual(told["peak"] / max(size * 8 / float(d) for size, d in zip(sizes, durations)), 1, delta=1e-5)
        self.assertGreaterEqual(report["pictures"][0]["pieces"], 8)

    def test_a_second_run_renders_nothing(self):
        before = contents(self.folder / "out")
        result = self.ladder("out")
        self.assertEqual(result["segments"]["rendered"], 0)
        self.assertEqual(result["segments"]["reused"], result["segments"]["total"])
        self.assertEqual(contents(self.folder / "out"), before)

    def test_any_number_of_workers(self):
        for workers in (1, 3):
            with self.subTest(f"{workers} workers"):
                self.ladder(f"out-{workers}", "--workers", workers, cache=f"cache-{workers}")
                self.assertEqual(contents(self.folder / f"out-{workers}"), contents(self.folder / "out"))

    def test_after_a_kill(self):
        out = self.folder / "killed"
        process = subprocess.Popen(self.command("rec.mp4", "--preset", "ladder.json", "-o", "killed", "--workers", "2", cache="cache-killed"),
                                   cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and (len(listed(out)) < len(RUNGS) or min(listed(out)) < 2):
            time.sleep(0.002)
        self.assertIsNone(process.poll(), "it was faster")
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = {name: hash_ for name, hash_ in contents(out).items() if name.endswith((".m4s", "header.mp4"))}
        result = self.ladder("killed", cache="cache-killed")
        self.assertGreaterEqual(result["segments"]["reused"], 2 * len(RUNGS))
        after = contents(out)
        self.assertEqual(after, contents(self.folder / "out"))
        # A player that had begun goes on: what it has read is still the same.
        self.assertLessEqual(before.items(), after.items())


class Rendering(Case):
    """Four seconds: what is rendered when, and what is refused."""

    def test_each_segment_is_rendered_once_for_all_sizes(self):
        """One worker decodes from the beginning to the end, and of each segment all sizes are there before the next."""
        (self.folder / "plain.json").write_text(json.dumps(preset(360, renditions=[{"lines": lines} for lines in RUNGS])))
        done = subprocess.run([RUSHES, "transcode", "rec.mp4", "--preset", "plain.json", "-o", "once", "--cache", "cache-once", "--segment", "1s",
                               "--workers", "1", "--progress", "json"], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [e for e in map(json.loads, done.stderr.splitlines()) if e.get("task") == "video"]
        stored = [e["segment"] for e in events if e["type"] == "segment"]
        pieces = len(list((self.folder / "once").glob("video-360p_*.m4s")))
        self.assertGreaterEqual(pieces, 3)
        self.assertEqual(len(stored), pieces * len(RUNGS))
        self.assertEqual(len({segment["key"] for segment in stored}), len(stored))
        self.assertEqual([segment["number"] for segment in stored], [n for n in range(pieces) for _ in RUNGS])
        # Of each run: how many frames it has. Together they have those of the recording.
        runs = []
        for event in events:
            if event["type"] == "started":
                runs.append(0)
            elif event["type"] == "progress" and event["phase"] == "render":
                runs[-1] = event["total"]
        self.assertEqual(sum(runs), self.seconds * 30, runs)

    def test_what_one_size_lacks_is_rendered_alone(self):
        """A quality that changes for one of them leaves the others as they are."""
        self.ladder("changing", cache="cache-changing")
        before = contents(self.folder / "changing")
        text = (self.folder / "ladder.json").read_text()
        (self.folder / "other.json").write_text(text.replace('"crf": 28', '"crf": 30'))
        report = self.transcode("rec.mp4", "--preset", "other.json", "-o", "changing", cache="cache-changing")
        segments = report["results"][0]["segments"]
        self.assertEqual(segments["rendered"] * len(RUNGS), segments["total"])
        self.check("changing")
        after = contents(self.folder / "changing")
        for lines in (360, 180):
            pieces = {name for name in after if name.startswith(f"video-{lines}p_")}
            self.assertEqual({name: before.get(name) for name in pieces}, {name: after[name] for name in pieces})
        self.assertFalse({name for name in set(before) & set(after) if name.startswith("video-270p_")})

    def test_the_usual_ladder(self):
        """Nothing is enlarged: of the usual sizes one is left, and of the others it is said."""
        result = self.transcode("rec.mp4", "--ladder", "-o", "usual")
        self.assertEqual([p["height"] for p in result["results"][0]["hls"]["pictures"]], [360])
        self.assertEqual(numbers_in(result).count(187), 3, result)
        self.check("usual")

    def test_a_recording_of_odd_lines_has_a_size_of_its_own(self):
        """1072 lines are offered as they are, and 96, which is below all sizes, with thumbnails and a poster."""
        for lines, sizes in ((1072, [1072, 720, 480, 360]), (96, [96])):
            self.ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={lines * 2}x{lines}:r=10:d=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", self.folder / "odd_size.mp4")
            result = self.transcode("odd_size.mp4", "--ladder", "-o", f"own{lines}", "--set", "video.preset=ultrafast")
            self.assertEqual([p["height"] for p in result["results"][0]["hls"]["pictures"]], sizes)
            self.assertIn(187, numbers_in(result))
            self.assertIn(f"{lines} lines", self.stderr)
            self.assertTrue((self.folder / f"own{lines}/poster.jpg").is_file())
            self.check(f"own{lines}")

    def test_sizes_of_the_command_line(self):
        result = self.transcode("rec.mp4", "--ladder=720,360,180", "-o", "lines")
        self.assertEqual([(p["width"], p["height"]) for p in result["results"][0]["hls"]["pictures"]], [(640, 360), (320, 180)])
        self.assertIn(187, numbers_in(result))
        self.assertIn("720", self.stderr)
        self.check("lines")

    def test_sizes_that_do_not_divide(self):
        """426 by 240 is no whole part of 640 by 360: what is shown differs from a transcode to that size by less than a pixel."""
        self.transcode("rec.mp4", "--ladder=240,160", "-o", "odd", "--set", "video.preset=ultrafast")
        self.check("odd")
        for lines, width in ((240, 426), (160, 284)):
            playlist = self.folder / f"odd/video-{lines}p.m3u8"
            self.assertEqual(numbers_of(playlist), list(range(self.seconds * 30)))
            self.ffmpeg("-i", playlist, "-i", self.folder / "rec.mp4", "-lavfi",
                        f"[1:v]scale={width}:{lines}:flags=area[b];[0:v][b]psnr=stats_file=psnr.log", "-f", "null", "-")
            values = re.findall(r"psnr_y:(\S+)", (self.folder / "psnr.log").read_text())
            self.assertGreater(min(map(float, values)), 28)

    def test_another_ladder_into_the_same_folder(self):
        self.ladder("again")
        notes = self.folder / "again/notes.txt"
        notes.write_text("mine")
        (self.folder / "small.json").write_text(json.dumps(preset(360, renditions=[{"lines": 240}, {"lines": 180}])))
        self.transcode("rec.mp4", "--preset", "small.json", "-o", "again")
        self.assertEqual(notes.read_text(), "mine")
        notes.unlink()
        # The check tells of files that are in no list.
        self.check("again")
        self.assertEqual(sorted(path.name for path in (self.folder / "again").glob("*.m3u8")),
                         ["audio.m3u8", "keyframes-180p.m3u8", "keyframes-240p.m3u8", "master.m3u8", "video-180p.m3u8", "video-240p.m3u8"])

    def test_keyframes(self):
        """What a player that skims sees: the frames at which pieces begin, and no others."""
        self.ladder("skim")
        for lines in RUNGS:
            text = (self.folder / f"skim/keyframes-{lines}p.m3u8").read_text()
            header = (self.folder / "skim" / re.search('MAP:URI="(.*?)"', text)[1]).read_bytes()
            known = self.frames(f"skim/video-{lines}p.m3u8")
            at = 0
            for duration, size, name in re.findall(r"#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@0\n(.*)", text):
                (self.folder / "one.mp4").write_bytes(header + (self.folder / "skim" / name).read_bytes()[:int(size)])
                done = subprocess.run(["ffmpeg", "-v", "quiet", "-i", "one.mp4", "-f", "framemd5", "-"], cwd=self.folder,
                                      capture_output=True, text=True)
                shown = [line.split(",")[-1].strip() for line in done.stdout.splitlines() if not line.startswith("#")]
                self.assertEqual(shown, [known[at]])
                at += round(float(duration) * 30000 / 1001)
            self.assertEqual(at, len(known))

    def test_codecs_together(self):
        """One size in HEVC: a codec of its own in the playlist, a set of its own in the manifest."""
        (self.folder / "both.json").write_text(json.dumps(preset(360, renditions=[
            {"lines": 360}, {"lines": 240}, {"lines": 240, "name": "240p-hevc", "video": {"codec": "hevc", "preset": "ultrafast"}}])))
        self.transcode("rec.mp4", "--preset", "both.json", "-o", "both")
        self.check("both")
        master = (self.folder / "both/master.m3u8").read_text()
        self.assertRegex(master, r'CODECS="hvc1\.[^"]*,mp4a\.40\.2".*\nvideo-240p-hevc\.m3u8')
        manifest = (self.folder / "both/manifest.mpd").read_text()
        self.assertEqual(manifest.count('mimeType="video/mp4"'), 2)

    def test_without_sound(self):
        self.ffmpeg("-i", "rec.mp4", "-map", "0:v", "-c", "copy", "silent.mp4")
        self.ladder("silent", source="silent.mp4")
        self.check("silent")
        self.assertFalse((self.folder / "silent/audio.m3u8").exists())
        self.assertNotIn("audio", (self.folder / "silent/manifest.mpd").read_text())

    def test_a_part(self):
        self.ladder("part", "--from", "17f", "--to", "92f")
        self.check("part")
        for lines in RUNGS:
            self.assertEqual(numbers_of(self.folder / f"part/video-{lines}p.m3u8"), list(range(17, 92)))

    def test_subtitles(self):
        cues = [("00:00:00,500", "00:00:01,500", "Hello"), ("00:00:01,900", "00:00:03,100", "over a cut"), ("00:00:03,200", "00:00:03,900", "Bye")]
        (self.folder / "words.en.srt").write_text("\n".join(f"{i}\n{a} --> {b}\n{text}\n" for i, (a, b, text) in enumerate(cues, 1)))
        for name, more, shift in (("words", (), 0), ("later", ("--from", "30f"), 1.001)):
            self.ladder(name, "--subtitles", "words.en.srt", *more)
            self.check(name)
            master = (self.folder / name / "master.m3u8").read_text()
            self.assertRegex(master, r'#EXT-X-MEDIA:TYPE=SUBTITLES,.*LANGUAGE="en"')
            uri = re.search(r'TYPE=SUBTITLES,.*URI="(.*?)"', master)[1]
            found = set()
            for piece in re.findall(r"^[^#\n]+", (self.folder / name / uri).read_text(), re.M):
                found |= set(vtt.cues_of((self.folder / name / piece).read_bytes(), self.fail))
            self.assertEqual([text for *_, text in sorted(found)], [text for *_, text in cues])
            for (start, end, _), (a, b, _) in zip(sorted(found), cues):
                self.assertAlmostEqual(float(start), max(seconds_of(a) - shift, 0), delta=0.0011)
                self.assertAlmostEqual(float(end), seconds_of(b) - shift, delta=0.0011)

    def test_thumbnails(self):
        """Each is the frame with which its time begins."""
        self.ladder("pictured")
        found = vtt.cues_of((self.folder / "pictured/thumbnails.vtt").read_bytes(), self.fail)
        self.assertGreaterEqual(len(found), 2)
        for start, _, text in found:
            name, places = text.split("#xywh=")
            x, y, width, height = places.split(",")
            self.ffmpeg("-i", f"pictured/{name}", "-vf", f"crop={width}:{height}:{x}:{y}", "one.png")
            self.assertEqual(numbers_of(self.folder / "one.png"), [round(float(start) * 30000 / 1001)])
        self.assertEqual(len(numbers_of(self.folder / "pictured/poster.jpg")), 1)

    def test_sheets_are_named_by_what_they_show(self):
        """They are of the smallest size: one that looks otherwise has another name, and the largest has no say."""
        names = []
        for low, high in ((30, 28), (40, 28), (40, 35)):
            document = preset(180, renditions=[{"lines": 180, "video": {"crf": high}}, {"lines": 90, "video": {"crf": low}}])
            (self.folder / "crf.json").write_text(json.dumps(document))
            self.transcode("rec.mp4", "--preset", "crf.json", "-o", "named")
            names.append([path.name for path in (self.folder / "named").glob("thumbnails_*")])
        self.assertNotEqual(names[0], names[1])
        self.assertEqual(names[1], names[2])

    def refused(self, *arguments, says):
        """With exit code 2, and before anything is written."""
        report = self.transcode(*arguments, code=2)
        self.assertRegex(json.dumps(report, ensure_ascii=False) + self.stderr, says)
        self.assertEqual(list(self.folder.glob("no*/*")) + list(self.folder.glob("no.mp4")), [])

    def test_what_is_refused(self):
        for value in ("big", "360,", ",360", "360,360", "0", "-360", "99999999", "3.5", ",".join(str(16 + 2 * i) for i in range(13))):
            with self.subTest(value):
                self.refused("rec.mp4", f"--ladder={value}", "-o", "no", says="--ladder")
        self.refused("rec.mp4", "--ladder", "-o", "no.mp4", says="folder")
        self.refused("rec.mp4", "--ladder", "-o", "https://example.org/no", says="web servers only read")
        self.refused("rec.mp4", "--ladder", "--verify", "-o", "no", says="--verify")
        self.refused("rec.mp4", "rec.mp4", "other.mp4", "--ladder", "-o", "no", says="fields")
        (self.folder / "vp9.json").write_text(json.dumps(preset(360, renditions=[{"lines": 360, "video": {"codec": "vp9"}}])))
        self.refused("rec.mp4", "--preset", "vp9.json", "-o", "no", says="vp9|VP9")
        (self.folder / "twice.json").write_text(json.dumps(preset(360, renditions=[{"lines": 360}, {"lines": 240, "name": "360p"}])))
        self.refused("rec.mp4", "--preset", "twice.json", "-o", "no", says="360p.* is there already")

    def test_a_folder_of_somebody_else(self):
        folder = self.folder / "theirs"
        folder.mkdir()
        (folder / "manifest.mpd").write_text("<MPD/>")
        self.refused("rec.mp4", "--ladder=360", "-o", "theirs", says="manifest.mpd.* not of Rushes")
        self.assertEqual([path.name for path in folder.iterdir()], ["manifest.mpd"])


class Timelines(Case):
    """rushes render --hls of a timeline with renditions."""

    def render(self, document, *arguments, code=0):
        (self.folder / "ad.json").write_text(json.dumps(document))
        done = subprocess.run([RUSHES, "render", "ad.json", "-o", "ad.mp4", "--segment", "1s", "--json", "--progress", "none",
                               *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def document(self, **output):
        return {"version": 1, "output": {"size": "640x360", "fps": 30, "video": {"preset": "veryfast"}, **output},
                "tracks": [[{"video": "rec.mp4", "duration": 3}], [{"text": "Seven islands", "duration": 2}]]}

    def test_a_ladder_beside_the_file(self):
        renditions = [{"lines": 360, "video": {"crf": 23}}, {"lines": 180}, {"lines": 96, "name": "phone"}]
        self.render(self.document(), "--cache", "cache-plain")
        want = (self.folder / "ad.mp4").read_bytes()
        report = self.render(self.document(renditions=renditions), "--cache", "cache-hls", "--hls", "live")
        self.assertEqual((self.folder / "ad.mp4").read_bytes(), want)
        self.check("live")
        self.assertEqual([(p["width"], p["height"]) for p in report["hls"]["pictures"]], [(640, 360), (320, 180), (170, 96)])
        for i, name in enumerate(("360p", "180p", "phone")):
            self.assertEqual(len(self.frames(f"live/video-{name}.m3u8")), 90)
            self.assertEqual(self.frames("live/master.m3u8", f"0:v:{i}"), self.frames(f"live/video-{name}.m3u8"))

    def test_subtitles_of_another_part_have_other_names(self):
        (self.folder / "part.srt").write_text("1\n00:00:00,200 --> 00:00:02,000\nHello\n")
        found = []
        document = {**self.document(), "tracks": [[{"color": "red", "duration": 3}]]}
        for frames in ("0:24", "12:36"):  # a segment each
            self.render(document, "--hls", "part", "--frames", frames, "--subtitles", "part.srt", "--cache", "cache-part")
            found.append({path.name: path.read_text() for path in (self.folder / "part").glob("subtitles_*_whole.vtt")})
        self.assertIn("00:00:00.000 --> 00:00:01.600", "".join(found[1].values()))
        self.assertEqual(found[0].keys() & found[1].keys(), set())

    def test_without_hls_renditions_change_nothing(self):
        self.render(self.document(), "--cache", "cache-without")
        want = (self.folder / "ad.mp4").read_bytes()
        report = self.render(self.document(renditions=[{"lines": 180}]), "--cache", "cache-without")
        self.assertEqual(report["segments"]["rendered"], 0)
        self.assertEqual((self.folder / "ad.mp4").read_bytes(), want)

    def test_mistakes_are_told_with_their_places(self):
        for wrong, says in (({"height": 360}, "did you mean .*lines"), ({"lines": 360, "crf": 23}, "video"), ({"lines": "360"}, "lines"),
                            ({"lines": 360, "name": "Big"}, "small letters"), ({"lines": 360, "video": {"crf": 99}}, "crf")):
            with self.subTest(wrong):
                report = self.render(self.document(renditions=[wrong]), "--hls", "no", code=2)
                self.assertRegex(json.dumps(report), says)
                self.assertEqual(list((self.folder / "no").glob("*")), [])


if __name__ == "__main__":
    RUSHES = os.path.abspath(sys.argv.pop(1))
    if shutil.which("ffmpeg") is None:
        sys.exit("ffmpeg is missing: ./dev setup test")
    unittest.main()
