#!/usr/bin/env python3
"""Renders, breaks what was rendered, and looks at what rushes verify says of it.

  run.py RUSHES [-v] [TestCase.test_name]
"""

import html.parser
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUSHES = None
TIMELINE = {
    "version": 1,
    "output": {"size": "320x180", "fps": 25, "video": {"preset": "ultrafast", "crf": 20}, "loudness": -16},
    "tracks": [[{"video": "film.mp4"}], [{"text": "Hello", "at": 1, "duration": 2}], [{"audio": "sound.wav"}]],
}
SECONDS = 6
FRAMES = 25 * SECONDS
# As rushes itself writes it.
AS_RENDERED = ("-c:v libx264 -preset ultrafast -crf 12 -pix_fmt yuv420p -color_range tv -colorspace bt709 -color_primaries bt709 "
               "-color_trc bt709")


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory(prefix="rushes-verify-made-")
        folder = Path(cls.made.name)
        # It never stands still, and no two moments sound alike.
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", f"testsrc2=s=640x360:r=25:d={SECONDS}",
                        *AS_RENDERED.split(), folder / "film.mp4"], check=True)
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", f"anoisesrc=d={SECONDS}:c=pink:a=0.3:seed=1",
                        "-ar", "48000", "-ac", "2", folder / "sound.wav"], check=True)
        (folder / "ad.json").write_text(json.dumps(TIMELINE))
        subprocess.run([RUSHES, "render", "ad.json", "-o", "ad.mp4", "--cache", "cache", "--segment", "2s", "--progress", "none"],
                       cwd=folder, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-verify-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for file in Path(self.made.name).iterdir():
            if file.is_file():
                shutil.copy(file, self.folder)

    def ffmpeg(self, *arguments):
        words = [word for argument in arguments for word in (argument.split() if isinstance(argument, str) else [argument])]
        return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words], cwd=self.folder, check=True,
                              capture_output=True, text=True).stdout

    def run_rushes(self, *arguments):
        return subprocess.run([RUSHES, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=120)

    def verify(self, file, *arguments, code=0):
        """The report."""
        done = self.run_rushes("verify", file, "--against", "ad.json", "--cache", "cache", "--segment", "2s", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.stderr = done.stderr
        return json.loads((self.folder / f"{file}.qc.json").read_text())

    def broken(self, *says, video="null", audio="anull", more="", file="broken.mp4", code=7):
        """A verdict "fail", for these reasons among others, of the output as ffmpeg made it anew."""
        self.ffmpeg("-i ad.mp4 -vf", video, "-af", audio, AS_RENDERED, "-c:a aac -b:a 192k", more, Path(file))
        return self.failed(file, *says, code=code)

    def failed(self, file, *says, code=7):
        report = self.verify(file, code=code)
        self.assertEqual(report["verdict"], "fail")
        texts = "\n".join(reason["text"] for reason in report["reasons"] if reason["severity"] == "fail")
        for text in says:
            self.assertRegex(texts, text)
        self.assertIn("error E0313", self.stderr)
        self.check_schema(report)
        return report

    def test_what_is_rendered_passes(self):
        report = self.verify("ad.mp4")
        self.assertEqual((report["verdict"], report["reasons"], report["stretches"]), ("pass", [], []))
        self.assertEqual(report["frames"], {"planned": FRAMES, "packets": FRAMES, "compared": FRAMES, "missing": 0,
                                            "repeated": 0, "damaged": 0})
        self.assertEqual(report["sound"]["offset"], {"begin": 0, "end": 0})
        self.assertGreater(report["picture"]["worst"][0]["ssim"], 0.9)
        self.assertAlmostEqual(report["sound"]["loudness"]["integrated_lufs"], -16, delta=0.6)
        self.assertEqual(report["video"]["matrix"], "bt709")
        self.assertEqual(len(report["seconds"]), SECONDS)
        self.check_schema(report)
        # Encoded again it passes, too: what is found below is what was broken.
        self.ffmpeg("-i ad.mp4", AS_RENDERED, "-c:a aac -b:a 192k again.mp4")
        self.assertEqual(self.verify("again.mp4")["reasons"], [])

    def check_schema(self, report):
        schema = json.loads(self.run_rushes("schema", "qc").stdout)
        self.check_value(report, schema, "")

    def check_value(self, value, schema, place):
        """As far as schema/qc.json goes: types, keys, constants."""
        if "const" in schema:
            self.assertEqual(value, schema["const"], place)
        if "enum" in schema:
            self.assertIn(value, schema["enum"], place)
        if "type" in schema:
            types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
                     "null": type(None)}
            allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            self.assertTrue(any(isinstance(value, types[name]) for name in allowed), f"{place}: {value}")
        if isinstance(value, dict):
            self.assertEqual(sorted(set(schema["required"]) - set(value)), [], place)
            for key, part in value.items():
                self.assertIn(key, schema["properties"], place)
                self.check_value(part, schema["properties"][key], f"{place}/{key}")
        if isinstance(value, list):
            for part in value:
                self.check_value(part, schema["items"], place + "/0")

    def test_the_page(self):
        """It needs nothing but itself, and is well-formed."""
        shutil.copy(self.folder / "ad.mp4", self.folder / "<i>&.mp4")
        self.verify("<i>&.mp4")
        text = (self.folder / "<i>&.mp4.qc.html").read_text()
        self.assertIn("&lt;i&gt;&amp;.mp4", text)
        self.assertNotRegex(text, r"<script|<link|<img|@import|url\(|https?://")

        class Checker(html.parser.HTMLParser):
            open = []

            def handle_starttag(self, tag, attributes):
                if tag != "meta":
                    self.open.append(tag)

            def handle_endtag(self, tag):
                assert self.open.pop() == tag, tag

        checker = Checker()
        checker.feed(text)
        self.assertEqual(checker.open, [])
        self.assertEqual(text.count("<svg"), 4)

    def test_a_report_replaces_reports_alone(self):
        timeline = (self.folder / "ad.json").read_bytes()
        (self.folder / "notes.html").write_text("mine")
        for name, code, says in [("ad.json", 2, "what is there is no report"), ("notes.json", 2, "notes.html\": what is there is no report"),
                                 ("none/q.json", 2, "there is no folder")]:
            for command in (["verify", "ad.mp4", "--against", "ad.json", "--report", name],
                            ["render", "ad.json", "-o", "other.mp4", f"--verify={name}"]):
                done = self.run_rushes(*command, "--cache", "cache", "--segment", "2s")
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(says, done.stderr)
        self.assertFalse((self.folder / "other.mp4").exists(), "it was rendered first")
        self.assertEqual((self.folder / "ad.json").read_bytes(), timeline)
        self.assertEqual((self.folder / "notes.html").read_text(), "mine")
        self.verify("ad.mp4")
        self.verify("ad.mp4")

    def test_the_report_follows_from_the_file(self):
        """However many workers there are, whatever the processor can do."""
        first = self.verify("ad.mp4", "--workers", 1)
        self.assertEqual(self.verify("ad.mp4", "--workers", 3), first)
        os.environ["RUSHES_CPU"] = "sse2"
        self.addCleanup(os.environ.pop, "RUSHES_CPU")
        self.assertEqual(self.verify("ad.mp4"), first)

    def test_a_frame_dropped(self):
        report = self.broken("it has 149 frames, and should have 150", "SSIM|repeat|not there", video="select='not(eq(n,70))',setpts=N/25/TB")
        self.assertEqual(report["frames"]["packets"], FRAMES - 1)

    def test_a_frame_dropped_and_its_time_left_empty(self):
        report = self.broken("by their times, first before frame 70", "1 frames are not there, first frame 70",
                             video="select='not(eq(n,70))'", more="-fps_mode passthrough")
        self.assertEqual(report["timestamps"]["gaps"], [{"frame": 70, "at": 2.84, "step": 0.08}])

    def test_a_frame_doubled_in_place_of_another(self):
        report = self.broken("1 frames repeat the one before, where the reference moves, first frame 70",
                             video="select='not(eq(n,70))',fps=25", more="-fps_mode cfr")
        self.assertEqual(report["frames"]["packets"], FRAMES)

    def test_a_frame_too_many(self):
        self.broken("it has 151 frames", video="loop=1:1:70,setpts=N/25/TB")

    def test_sound_cut(self):
        self.broken("its sound is (0.99|1.00) s shorter", audio="atrim=end=5")

    def test_sound_silent_for_a_while(self):
        report = self.broken("it is silent for [01].[0-9]+ s, and the reference is not",
                             audio="volume=0:enable='between(t,2,3)'")
        [silent] = report["stretches"]
        self.assertEqual((silent["kind"], silent["in_reference"]), ("silent", False))
        self.assertAlmostEqual(silent["from"], 2, delta=0.11)
        self.assertAlmostEqual(silent["to"], 3, delta=0.11)

    def test_sound_shifted(self):
        report = self.broken("where it begins, its sound is 120.[0-9] ms late", "where it ends, its sound is 120.[0-9] ms late",
                             "another sound", audio="adelay=120:all=1,atrim=end=6")
        self.assertAlmostEqual(report["sound"]["offset"]["begin"], 0.12, delta=0.001)

    def test_another_sound(self):
        self.ffmpeg(f"-f lavfi -i anoisesrc=d={SECONDS}:c=pink:a=0.3:seed=2 -ar 48000 -ac 2 other.wav")
        self.ffmpeg("-i ad.mp4 -i other.wav -map 0:v -map 1:a -c:v copy -c:a aac other.mp4")
        self.failed("other.mp4", "another sound is heard in 6 seconds")

    def test_no_sound(self):
        self.ffmpeg("-i ad.mp4 -c copy -an mute.mp4")
        self.failed("mute.mp4", "it has no sound")

    def test_louder(self):
        self.broken("its loudness is -1[0-9.]+ LUFS, and should be -1", audio="volume=4dB")

    def test_a_black_stretch(self):
        report = self.broken("it is black for 1.[0-9]+ s", video="drawbox=t=fill:c=black:enable='between(t,2,3.0)'")
        self.assertIn("black", [s["kind"] for s in report["stretches"] if not s["in_reference"]])

    def test_a_frozen_stretch(self):
        report = self.broken("it is frozen for 0.9[0-9]+ s|it is frozen for 1.[0-9]+ s",
                             video="select='not(between(n,51,75))',fps=25", more="-fps_mode cfr")
        self.assertIn("frozen", [s["kind"] for s in report["stretches"] if not s["in_reference"]])

    def test_noise_that_the_encoder_leaves_out_is_no_motion(self):
        self.ffmpeg("-f lavfi -i testsrc2=s=640x360:r=25:d=1 -frames:v 1 still.png")
        self.ffmpeg("-loop 1 -r 25 -t 3 -i still.png -vf noise=alls=10:allf=t", AS_RENDERED, "film.mp4")
        (self.folder / "ad.json").write_text(json.dumps({
            "version": 1, "output": {"size": "640x360", "fps": 25, "video": {"preset": "veryfast", "crf": 38}},
            "tracks": [[{"video": "film.mp4"}]]}))
        self.run_rushes("render", "ad.json", "-o", "noise.mp4", "--cache", "cache", "--progress", "none")
        report = self.verify("noise.mp4", "--ssim", 0.1)
        self.assertEqual(report["frames"]["repeated"], 0)
        self.assertEqual([s for s in report["stretches"] if not s["in_reference"]], [])
        self.assertEqual([s["kind"] for s in report["stretches"]], ["frozen"])

    def test_another_matrix(self):
        self.ffmpeg("-i ad.mp4 -c copy -bsf:v h264_metadata=matrix_coefficients=6 matrix.mp4")
        self.failed("matrix.mp4", "its colour matrix is smpte170m", "off by|PSNR")

    def test_colours_of_another_matrix(self):
        self.broken("off by|PSNR of (luma|blue chroma|red chroma)", video="scale=in_color_matrix=bt601:out_color_matrix=bt709")

    def test_another_range(self):
        self.broken("off by|PSNR", video="scale=in_range=tv:out_range=pc")

    def test_a_damaged_packet(self):
        packets = json.loads(subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_packets", "-of", "json",
                                             "ad.mp4"], cwd=self.folder, check=True, capture_output=True).stdout)["packets"]
        data = bytearray((self.folder / "ad.mp4").read_bytes())
        at, size = int(packets[60]["pos"]), int(packets[60]["size"])
        for i in range(at + size // 3, at + size, 7):
            data[i] ^= 0x5A
        (self.folder / "damaged.mp4").write_bytes(data)
        self.failed("damaged.mp4", "its picture is damaged")

    def test_another_film(self):
        report = self.broken("SSIM of its worst second is [0-9.]+, below 0.85", video="hflip,vflip,negate")
        self.assertLess(report["picture"]["mean"]["ssim"], 0.8)

    def test_another_size(self):
        report = self.broken("it is 160x90, and should be 320x180: pictures were not compared", video="scale=160:90")
        self.assertIsNone(report["picture"])

    def test_one_file_that_is_no_film(self):
        for name, data in (("empty.mp4", b""), ("text.mp4", b"nothing"), ("cut.mp4", (self.folder / "ad.mp4").read_bytes()[:9000])):
            (self.folder / name).write_bytes(data)
            done = self.run_rushes("verify", name, "--against", "ad.json", "--cache", "cache")
            self.assertIn(done.returncode, (2, 3), done.stderr)
            self.assertIn(name, done.stderr)
            self.assertFalse((self.folder / f"{name}.qc.json").exists())

    def test_a_part_and_a_limit(self):
        self.run_rushes("render", "ad.json", "-o", "part.mp4", "--frames", "30:80", "--cache", "cache", "--progress", "none")
        self.assertEqual(self.verify("part.mp4", "--frames", "30:80")["verdict"], "pass")
        self.assertEqual(self.verify("part.mp4", "--frames", "30:80", "--ssim", 0.999, code=7)["verdict"], "fail")
        self.failed("part.mp4", "it has 50 frames")

    def test_a_recording(self):
        """What a transcode made of it; another part of it is something else."""
        done = self.run_rushes("transcode", "film.mp4", "-o", "small.mp4", "--preset", "720p-h264", "--set", "lines=180", "--from", 1,
                               "--cache", "cache", "--progress", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        same = ("verify", "small.mp4", "--source", "film.mp4", "--preset", "720p-h264", "--set", "lines=180", "--cache", "cache",
                "--json", "--report", "out.json")
        done = self.run_rushes(*same, "--from", 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["verify"], {"verdict": "pass", "reasons": [],
                                                             "report": str(self.folder / "out.json"),
                                                             "page": str(self.folder / "out.html")})
        done = self.run_rushes(*same, "--from", 2, "--to", 7)
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_render_verifies_what_it_wrote(self):
        done = self.run_rushes("render", "--verify", "ad.json", "-o", "x.mp4", "--cache", "cache", "--json", "--progress", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["verify"]["verdict"], "pass")
        self.assertIn("verify", report["wall_seconds"])
        self.check_schema(json.loads((self.folder / "x.mp4.qc.json").read_text()))
        # A limit that nothing meets: the output is there, and the exit code says what it is worth.
        done = self.run_rushes("render", "ad.json", "-o", "y.mp4", "--cache", "cache", "--verify=y.json", "--verify-ssim", 0.99999)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertEqual(json.loads((self.folder / "y.json").read_text())["verdict"], "fail")
        self.assertEqual((self.folder / "x.mp4").read_bytes(), (self.folder / "y.mp4").read_bytes())
        done = self.run_rushes("render", "ad.json", "-o", "z.mp4", "--cache", "cache", "--verify=https://example.org/z.json")
        self.assertEqual(done.returncode, 2)
        self.assertIn("web servers only read", done.stderr)
        for more in (["--verify=x.txt"], ["--verify", "--hashes"], ["--verify-ssim", "0.5"]):
            self.assertEqual(self.run_rushes("render", "ad.json", "-o", "z.mp4", "--cache", "cache", *more).returncode, 2, more)
        self.assertFalse((self.folder / "z.mp4").exists())

    def test_transcodes_are_verified(self):
        shutil.copy(self.folder / "film.mp4", self.folder / "second.mp4")
        common = ("transcode", "film.mp4", "second.mp4", "-o", "out/", "--preset", "720p-h264", "--cache", "cache", "--json",
                  "--progress", "none")
        (self.folder / "out").mkdir()
        done = self.run_rushes(*common, "--verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        for result in json.loads(done.stdout)["results"]:
            self.assertEqual(result["verify"]["verdict"], "pass")
            self.assertEqual(json.loads(Path(result["verify"]["report"]).read_text())["output"], result["output"])
        self.assertEqual(self.run_rushes(*common, "--verify=one.json").returncode, 2)

    def test_a_likeness_is_measured_by_itself(self):
        """Whoever asks for little gets that: it passes, and what falls short of it does not."""
        done = self.run_rushes("transcode", "film.mp4", "-o", "low.mp4", "--quality", "ssim=0.85", "--cache", "cache", "--json", "--progress", "none", "--verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["results"][0]["verify"]["verdict"], "pass", done.stdout)
        again = ("verify", "low.mp4", "--source", "film.mp4", "--cache", "cache", "--json")
        done = self.run_rushes(*again, "--quality", "ssim=0.85")
        self.assertEqual(json.loads(done.stdout)["verify"]["verdict"], "pass", done.stdout)
        done = self.run_rushes(*again, "--quality", "ssim=0.95")
        self.assertNotEqual(json.loads(done.stdout)["verify"]["verdict"], "pass", done.stdout)
        self.assertIn("0.95 was asked for", done.stdout)
        done = self.run_rushes(*again, "--quality", "ssim=0.85", "--ssim", 0.95)
        self.assertEqual(done.returncode, 7)

    def deletes(self, *arguments, code=0, preset=("--preset", "720p-h264", "--set", "lines=180", "--set", "video.preset=ultrafast")):
        """The results."""
        done = self.run_rushes("transcode", *arguments, *preset, "--cache", "cache", "--json", "--progress", "none", "--verify",
                               "--delete-source-after-verify")
        self.stderr = done.stderr
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)["results"] if done.stdout else []

    def kept(self, result, says, *files):
        self.assertRegex(result["kept"], says)
        self.assertEqual(result["deleted"], [])
        self.assertIn("W0314", self.stderr)
        for file in files:
            self.assertTrue((self.folder / file).exists(), file)

    def test_sources_go_once_their_outputs_have_passed(self):
        shutil.copy(self.folder / "film.mp4", self.folder / "GX020001.MP4")
        shutil.move(self.folder / "film.mp4", self.folder / "GX010001.MP4")
        [result] = self.deletes("GX010001.MP4", "-o", "small.mp4")
        chapters = [str(self.folder / name) for name in ("GX010001.MP4", "GX020001.MP4")]
        self.assertEqual(result["deleted"], chapters)
        self.assertEqual(result["verify"]["verdict"], "pass")
        self.assertNotIn("kept", result)
        for chapter in chapters:
            self.assertIn(f"deleted {chapter}", self.stderr)
            self.assertFalse(Path(chapter).exists())
        self.ffmpeg("-xerror -i small.mp4 -f null -")
        # The way people see it.
        done = self.run_rushes("transcode", "small.mp4", "-o", "smaller.mp4", "--cache", "cache", "--verify",
                               "--delete-source-after-verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"deleted {self.folder / 'small.mp4'}", done.stderr)

    def test_sources_of_what_failed_stay(self):
        [result] = self.deletes("film.mp4", "-o", "small.mp4", "--verify-ssim", 0.99999, code=7)
        self.kept(result, "no output", "film.mp4", "small.mp4", "small.mp4.qc.json")
        shutil.copy(self.folder / "film.mp4", self.folder / "second.mp4")
        (self.folder / "second.mp4").write_bytes((self.folder / "film.mp4").read_bytes()[:20000])
        results = self.deletes("film.mp4", "second.mp4", "-o", "{name}_s.mp4", code=3)
        self.assertEqual(results[0]["deleted"], [str(self.folder / "film.mp4")])
        self.kept(results[1], "no output", "second.mp4")

    def test_what_no_output_holds_keeps_its_source(self):
        """Each recording is the only place where something of it is."""
        self.ffmpeg("-i film.mp4 -i sound.wav -map 0 -map 1 -map 1 -c:v copy -c:a aac -t 6 two.mp4")
        self.ffmpeg("-i film.mp4 -f lavfi -i anoisesrc=d=9:c=pink:r=48000 -c:v copy -c:a aac long.mp4")
        self.ffmpeg("-i film.mp4 -i sound.wav -c:v copy -c:a aac -t 6 heard.mp4")
        self.ffmpeg("-i film.mp4 -c copy -timecode 01:00:00:00 data.mp4")
        (self.folder / "behind.mp4").write_bytes((self.folder / "film.mp4").read_bytes() + b"\x12\x34" * 500)
        for name, says, may_lose, *more in [("two", r"another sound track \(aac\); --may-lose sound", "sound"),
                                            ("long", r"3\.0\d+ s of sound after its picture", "data,sound"),
                                            ("heard", r"sound \(aac\)", "sound", "--set", "audio=false"),
                                            ("data", "data of the camera or a timecode", "data"),
                                            ("behind", "data behind its last box", "data")]:
            with self.subTest(name):
                [result] = self.deletes(f"{name}.mp4", "-o", "{name}_s.mp4", *more)
                self.kept(result, says, f"{name}.mp4", f"{name}_s.mp4")
                [result] = self.deletes(f"{name}.mp4", "-o", "{name}_s.mp4", *more, "--may-lose", may_lose)
                self.assertEqual(result["deleted"], [str(self.folder / f"{name}.mp4")])
        # With its sound in the output nothing is in the way.
        self.ffmpeg("-i film.mp4 -i sound.wav -c:v copy -c:a aac -t 6 heard.mp4")
        [result] = self.deletes("heard.mp4", "-o", "{name}_s.mp4")
        self.assertEqual(result["deleted"], [str(self.folder / "heard.mp4")])
        self.deletes("film.mp4", "-o", "small.mp4", "--may-lose", "everything", code=2)
        self.assertIn("--may-lose takes picture, sound, subtitles and data", self.stderr)

    def test_links_and_files_of_other_names_stay(self):
        (self.folder / "link.mp4").symlink_to("film.mp4")
        [result] = self.deletes("link.mp4", "-o", "small.mp4")
        self.kept(result, "link.mp4. is a link", "link.mp4", "film.mp4")
        (self.folder / "link.mp4").unlink()
        (self.folder / "hard.mp4").hardlink_to(self.folder / "film.mp4")
        [result] = self.deletes("film.mp4", "-o", "small.mp4")
        self.kept(result, "has other names", "film.mp4", "hard.mp4")

    def test_a_source_of_two_outputs_stays_if_one_fails(self):
        """The second is made of the same first chapter, and of one that is damaged."""
        shutil.copy(self.folder / "film.mp4", self.folder / "GX010001.MP4")
        (self.folder / "card").mkdir()
        (self.folder / "card" / "GX010002.MP4").symlink_to("../GX010001.MP4")
        (self.folder / "card" / "GX020002.MP4").write_bytes((self.folder / "film.mp4").read_bytes()[:20000])
        results = self.deletes("GX010001.MP4", "card", "-o", "{name}_s.mp4", code=3)
        self.kept(results[0], "is also what .card. should be made of", "GX010001.MP4")
        self.kept(results[1], "no output", "card/GX010002.MP4", "card/GX020002.MP4")

    def while_verifying(self, change, *arguments):
        """The exit code and the last report of a transcode during whose verification something happens."""
        command = [RUSHES, "transcode", "film.mp4", "-o", "small.mp4", "--preset", "720p-h264", "--set", "lines=180", "--cache", "cache",
                   "--progress", "json", "--json", "--verify", "--delete-source-after-verify", *arguments]
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            for line in running.stderr:
                event = json.loads(line)
                if event.get("task") == "compare" and event["type"] == "started":
                    change(running)
                    break
            self.stderr = running.stderr.read()
            out = running.stdout.read()
            return running.wait(timeout=60), json.loads(out)["results"][0] if out else {}

    def test_a_source_that_has_changed_stays(self):
        def rewrite(_):
            os.utime(self.folder / "film.mp4", ns=(1, 1))
        code, result = self.while_verifying(rewrite)
        self.assertTrue((self.folder / "film.mp4").exists())
        self.assertTrue(code != 0 or "has changed" in result["kept"], (code, result))

    def test_a_source_rewritten_with_its_time_set_back_stays(self):
        film = self.folder / "film.mp4"
        def rewrite(_):
            info = film.stat()
            with open(film, "r+b") as file:  # the last bytes: of nothing that is shown
                file.seek(-3, os.SEEK_END)
                file.write(b"abc")
            os.utime(film, ns=(info.st_atime_ns, info.st_mtime_ns))
        self.ffmpeg("-i film.mp4 -c copy -metadata comment=abcdefgh -movflags +use_metadata_tags tagged.mp4")
        shutil.move(self.folder / "tagged.mp4", film)
        code, result = self.while_verifying(rewrite)
        self.assertTrue(film.exists())
        self.assertTrue(code != 0 or "has changed since it was read" in result["kept"], (code, result))

    def test_an_output_that_has_changed_keeps_its_source(self):
        def rewrite(_):
            with open(self.folder / "small.mp4", "ab") as file:
                file.write(b"more")
        code, result = self.while_verifying(rewrite)
        self.assertTrue((self.folder / "film.mp4").exists())
        self.assertTrue(code != 0 or "has changed since it was verified" in result["kept"], (code, result))

    def test_whatever_is_killed_nothing_is_lost(self):
        """Either the source is there, or its output is, whole."""
        source, output = self.folder / "film.mp4", self.folder / "small.mp4"
        size = source.stat().st_size
        code, _ = self.while_verifying(lambda running: running.kill())
        self.assertEqual(code, -9)
        self.assertEqual(source.stat().st_size, size)
        for delay in (0.05, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5):
            command = [RUSHES, "transcode", "film.mp4", "-o", "small.mp4", "--preset", "720p-h264", "--set", "lines=180", "--cache",
                       "cache", "--verify", "--delete-source-after-verify", "--progress", "none"]
            with subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL) as running:
                try:
                    running.wait(timeout=delay)
                except subprocess.TimeoutExpired:
                    running.kill()
            if not source.exists():
                self.ffmpeg("-xerror -i small.mp4 -f null -")
                self.assertEqual(json.loads((self.folder / "small.mp4.qc.json").read_text())["verdict"], "pass")
                break
            self.assertEqual(source.stat().st_size, size)
        if source.exists():
            self.assertEqual(len(self.deletes("film.mp4", "-o", "small.mp4")[0]["deleted"]), 1)
        self.assertTrue(output.exists())

    def test_what_does_not_go_together(self):
        for arguments in (["--delete-source-after-verify"], ["--verify", "--delete-source-after-verify", "--from", "1"],
                          ["--verify", "--delete-source-after-verify", "--to", "2"]):
            self.assertEqual(self.run_rushes("transcode", "film.mp4", "-o", "small.mp4", *arguments).returncode, 2, arguments)
        self.assertEqual(self.run_rushes("transcode", "film.mp4", "-o", "film.mp4", "--verify", "--delete-source-after-verify").returncode, 2)
        self.assertTrue((self.folder / "film.mp4").exists())

    def test_verifying_can_be_interrupted(self):
        command = [RUSHES, "verify", "ad.mp4", "--against", "ad.json", "--cache", "cache", "--progress", "json"]
        with subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True) as running:
            for line in running.stderr:
                event = json.loads(line)
                if event.get("task") == "compare" and event["type"] == "progress":
                    running.send_signal(signal.SIGINT)
                    break
            running.stderr.read()
            self.assertEqual(running.wait(timeout=30), 130)
        self.assertEqual(list(self.folder.glob("*qc*")), [])

    def test_a_file_is_no_timeline(self):
        for file in ("film.mp4", "sound.wav"):
            done = self.run_rushes("verify", "ad.mp4", "--against", file)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, f'"{file}" is no timeline: .*--source the recording')

    def test_mistakes_of_the_command_line(self):
        for arguments in (["ad.mp4"], ["ad.mp4", "--against", "ad.json", "--source", "film.mp4"], ["--against", "ad.json"],
                          ["ad.mp4", "--against", "ad.json", "--report", "x.txt"], ["ad.mp4", "--against", "ad.json", "--ssim", "2"],
                          ["none.mp4", "--against", "ad.json"], ["s3://bucket/ad.mp4", "--against", "ad.json"], ["ad.mp4", "--against", "none.json"]):
            self.assertEqual(self.run_rushes("verify", *arguments).returncode, 2, arguments)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    RUSHES = Path(sys.argv.pop(1)).resolve()
    unittest.main()
