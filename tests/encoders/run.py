#!/usr/bin/env python3
"""Renders with hardware that works, lies, hangs and dies, and where there is none.

  run.py RUSHES ENGINE_OF_FAKES [-v] [TestCase.test_name]

ENGINE_OF_FAKES has the devices of src/media/testing/fake_devices.cc in the place of real ones.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUSHES = FAKES = None
DEVICES = ["nvenc", "qsv", "vaapi"]
NO_HARDWARE = 319


class Encoders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-encoders-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        subprocess.run("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=320x180:r=30:d=2 -c:v libx264 -preset ultrafast a.mp4".split(),
                       cwd=self.folder, check=True)

    def run_rushes(self, *arguments, fakes=True):
        environment = {**os.environ, **({"RUSHES_ENGINE": FAKES} if fakes else {})}
        return subprocess.run([RUSHES, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120, env=environment)

    def write(self, **video):
        """Letters too: their fonts are opened where hardware is in reach as well."""
        shown = {"text": "Hardware", "duration": 2, "style": {"font": "DejaVu Sans", "size": 30}}
        (self.folder / "ad.json").write_text(json.dumps(
            {"version": 1, "output": {"size": "320x180", "fps": 30, "video": {"preset": "ultrafast", **video}},
             "tracks": [[{"video": "a.mp4", "duration": 2}], [shown]]}))

    def render(self, output, *arguments, code=0, fakes=True):
        done = self.run_rushes("render", "ad.json", "-o", output, "--cache", "cache", "--segment", "1s", "--json", "--progress",
                               "none", *arguments, fakes=fakes)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def frames(self, name):
        """Frames, and how many of them are B-frames."""
        done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=pict_type", "-of", "csv=p=0",
                               name], cwd=self.folder, check=True, capture_output=True, text=True)
        kinds = done.stdout.split()
        return len(kinds), sum(kind.startswith("B") for kind in kinds)

    def ssim(self, a, b):
        done = subprocess.run(["ffmpeg", "-v", "info", "-nostdin", "-i", a, "-i", b, "-lavfi", "ssim", "-f", "null", "-"],
                              cwd=self.folder, check=True, capture_output=True, text=True)
        return float(re.search(r"All:([\d.]+)", done.stderr)[1])

    def bytes_of(self, name):
        return (self.folder / name).read_bytes()

    def tried(self, report):
        (choice,) = report["hardware"]
        return {one["device"]: one.get("reason", one.get("driver")) for one in choice["tried"]}

    def nothing_here(self):
        """Skips where there is hardware."""
        done = self.run_rushes("encoders", "--json", fakes=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        encoders = json.loads(done.stdout)["encoders"]
        works = [e["device"] for e in encoders if e["works"] and e["device"] != "software"]
        if works:
            self.skipTest(f"{works} work here")
        return encoders


class Here(Encoders):
    def test_says_what_there_is(self):
        encoders = self.nothing_here()
        software = {e["codec"]: e["encoder"] for e in encoders if e["device"] == "software"}
        self.assertEqual(software["h264"], "libx264")
        self.assertEqual(set(software), {"h264", "hevc", "av1", "vp9", "prores", "gif"})
        for codec in ("h264", "hevc"):
            devices = {e["device"]: e["reason"] for e in encoders if e["codec"] == codec and e["device"] != "software"}
            self.assertEqual(list(devices), DEVICES)
            self.assertIn("libcuda.so.1", devices["nvenc"])
            self.assertIn("/dev/dri", devices["vaapi"])
        self.assertRegex(self.run_rushes("encoders", fakes=False).stdout, r"(?m)^h264 +nvenc +h264_nvenc +no +NVIDIA")

    def test_by_name_is_an_error_that_says_what_there_is(self):
        self.nothing_here()
        self.write()
        error = self.render("out.mp4", "--encoder", "nvenc", code=2, fakes=False)["error"]
        self.assertEqual(error["number"], NO_HARDWARE)
        self.assertIn("nvenc: NVIDIA's driver is not installed", error["message"])
        self.assertIn("what works here: software", error["message"])
        self.assertFalse((self.folder / "out.mp4").exists())
        self.assertIn("software", self.run_rushes("render", "ad.json", "--encoder", "cuda", fakes=False).stderr)

    def test_auto_falls_back_and_says_so(self):
        self.nothing_here()
        self.write()
        plain = self.render("plain.mp4", fakes=False)
        self.assertIsNone(plain["hardware"])
        report = self.render("auto.mp4", "--encoder", "auto", fakes=False)
        self.assertEqual(report["encoder"], "libx264")
        self.assertEqual([w["number"] for w in report["warnings"]], [NO_HARDWARE])
        self.assertEqual(list(self.tried(report)), DEVICES)
        self.assertEqual(report["segments"]["rendered"], 0)
        self.assertEqual(self.bytes_of("plain.mp4"), self.bytes_of("auto.mp4"))


class Fakes(Encoders):
    def test_auto_takes_the_first_that_works(self):
        self.write()
        software = self.render("soft.mp4", "--encoder", "software")
        report = self.render("out.mp4", "--encoder", "auto")
        self.assertEqual(report["encoder"], "h264_vaapi")
        tried = self.tried(report)
        self.assertIn("longer than its limit", tried["nvenc"])
        self.assertIn("not what it was given", tried["qsv"])
        self.assertEqual(tried["vaapi"], "Fake V, driver 3")
        self.assertEqual(report["warnings"], [])
        self.assertEqual(report["segments"], {**software["segments"], "rendered": 2, "reused": 0})
        self.assertEqual(self.frames("out.mp4"), (60, 0))
        self.assertGreater(self.ssim("soft.mp4", "out.mp4"), 0.95)

    def test_a_driver_that_dies_is_found_out(self):
        self.write(codec="hevc", encoder="auto")
        report = self.render("out.mp4")
        self.assertEqual(report["encoder"], "libx265")
        tried = self.tried(report)
        self.assertIn("crashed", tried["nvenc"])
        self.assertIn("cannot be decoded", tried["qsv"])
        self.assertIn("no such video encoder", tried["vaapi"])
        self.assertEqual([w["number"] for w in report["warnings"]], [NO_HARDWARE])
        self.assertEqual(report["hardware"][0]["device"], "software")

    def test_by_name(self):
        self.write()
        soft = self.render("soft.mp4")
        report = self.render("out.mp4", "--encoder", "vaapi")
        self.assertEqual((report["encoder"], report["segments"]["rendered"]), ("h264_vaapi", 2))
        self.assertEqual(self.render("again.mp4", "--encoder", "vaapi")["segments"]["reused"], 2)
        self.assertEqual(self.bytes_of("out.mp4"), self.bytes_of("again.mp4"))
        self.assertEqual(soft["encoder"], "libx264")
        self.assertEqual(self.render("back.mp4")["segments"]["reused"], 2)
        error = self.render("no.mp4", "--encoder", "qsv", code=2)["error"]
        self.assertIn("what works here: vaapi, software", error["message"])

    def test_aims_at_sizes(self):
        self.write(bitrate="400k")
        report = self.render("out.mp4", "--encoder", "vaapi")
        self.assertEqual(report["encoder"], "h264_vaapi")
        self.assertLess(abs(report["bytes"] * 8 / 2 / 400_000 - 1), 0.15)

    def test_what_hardware_cannot(self):
        for video, place in (({"lossless": True}, "lossless"), ({"codec": "av1", "preset": 12}, "encoder"), ({"threads": 2}, "threads")):
            self.write(encoder="vaapi", **video)
            report = self.render("out.mp4", code=2)
            self.assertIn(place, json.dumps(report["diagnostics"]))
        self.write(encoder="auto", lossless=True)
        report = self.render("out.mp4")
        self.assertEqual(set(self.tried(report).values()), {"it cannot be lossless"})
        self.assertEqual(report["encoder"], "libx264")

    def test_another_driver_does_not_go_on(self):
        """What one machine settled is not encoded by hardware of another kind."""
        self.write(encoder="vaapi")
        folder = str(self.folder)

        def task(kind, inputs, outputs, **more):
            document = {"version": 1, "kind": kind, "inputs": {name: f"{folder}/{file}" for name, file in inputs.items()},
                        "outputs": outputs, "roots": [folder], "store": f"{folder}/store", "durable": False, **more}
            done = subprocess.run([FAKES], input=json.dumps(document), cwd=self.folder, capture_output=True, text=True, timeout=60)
            return done.returncode, json.loads(done.stdout.splitlines()[-1])

        status, event = task("compile", {"timeline": "ad.json", "source:0": "a.mp4"}, {"program": f"{folder}/program.json"},
                             params={"filename": "ad.json", "sources": ["a.mp4"], "set": {}, "preview": False}, hashes=True)
        self.assertEqual(status, 0, event)
        program = json.loads((self.folder / "program.json").read_text())
        self.assertEqual(program["video"]["device"], "vaapi")
        for driver, expected in (("Fake V, driver 2", 2), ("Fake V, driver 3", 0)):
            program["video"]["driver"] = driver
            (self.folder / "program.json").write_text(json.dumps(program))
            status, event = task("segments", {"program": "program.json", "input:0": "a.mp4"}, {"segment:0": {"key": "0" * 32}},
                                 params={"segments": [{"number": 0, "first": 0, "end": 30}]}, devices=True,
                                 fonts=[{"path": f["path"], "hash": f["hash"], "index": f.get("index", 0), "family": f["family"]}
                                        for f in program["fonts"]])
            self.assertEqual(status, expected, event)
            if expected:
                self.assertIn("Fake V, driver 3", event["message"])


if __name__ == "__main__":
    RUSHES, FAKES = (os.path.abspath(path) for path in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
