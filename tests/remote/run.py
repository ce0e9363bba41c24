#!/usr/bin/env python3
"""Recordings and pictures in stores: what is rendered from them is what is rendered from files, whatever a server does.

  run.py RUSHES FAKE_SERVER [-v] [TestCase.test_name]
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

RUSHES = SERVER = None
KEYS = {"AWS_ACCESS_KEY_ID": "TESTKEY", "AWS_SECRET_ACCESS_KEY": "planted-secret", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1"}
H264 = "-c:v libx264 -preset ultrafast -g 30 -crf 12 -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709"


class Server:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.at = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['port']}"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def get(self, path):
        with urllib.request.urlopen(self.at + path, timeout=30) as answer:
            return answer.read()

    def control(self, **settings):
        data = json.dumps(settings).encode()
        urllib.request.urlopen(urllib.request.Request(self.at + "/_control", data=data), timeout=30).close()

    def log(self):
        return json.loads(self.get("/_log"))

    def sent(self):
        return int(self.get("/_sent"))


class Remote(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-remote-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.environment = {**os.environ, **KEYS, "AWS_ENDPOINT_URL_S3": self.server.at, "HOME": str(self.folder)}

    def ffmpeg(self, *arguments):
        words = [word for argument in arguments for word in (argument.split() if isinstance(argument, str) else [argument])]
        return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words], cwd=self.folder, check=True,
                              capture_output=True, text=True)

    def record(self, name="rec.mp4", size="320x180", seconds=4, more=""):
        """Of many bytes, in GOPs of a second."""
        self.ffmpeg(f"-f lavfi -i testsrc2=s={size}:r=30:d={seconds},noise=alls=20:allf=t -f lavfi -i "
                    f"aevalsrc=0.3*sin(2*PI*(200+150*t)*t):s=48000:d={seconds} {H264} -c:a aac {more}", Path(name))
        return self.folder / name

    def plant(self, path, name):
        self.server.control(s3={"plant": {name: str(path)}})

    def start(self, *arguments):
        return subprocess.Popen([RUSHES, *map(str, arguments)], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run_rushes(self, *arguments, code=0):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, code, out + err)
        self.stderr = err
        return out

    def transcode(self, source, output, *more, code=0, cache="cache"):
        out = self.run_rushes("transcode", source, "-o", output, "--cache", cache, "--json", "--progress", "none", "--set",
                              "video.preset=ultrafast", *more, code=code)
        return json.loads(out)

    def bytes(self, name):
        return (self.folder / name).read_bytes()

    def stored(self, name="bucket/out.mp4"):
        return self.server.get("/_object/" + name)

    def is_stored(self, name="bucket/out.mp4"):
        try:
            self.stored(name)
            return True
        except urllib.error.HTTPError:
            return False

    def parts_put(self):
        return [entry["target"].partition("partNumber=")[2].partition("&")[0] for entry in self.server.log()
                if entry["method"] == "PUT" and "partNumber=" in entry["target"]]

    def interrupt(self, process):
        """As Ctrl-C does; it ends by that, and hangs nowhere."""
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)

    @staticmethod
    def kill_all(process):
        """Of its process group, engines and all."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        try:
            while True:
                os.killpg(process.pid, 0)
                time.sleep(0.01)
        except ProcessLookupError:
            pass


class Inputs(Remote):
    def test_a_file_and_an_object_give_the_same_film(self):
        source = self.record()
        self.plant(source, "bucket/games/a b é.mp4")
        self.server.control(files={"rec": {"path": str(source)}})
        self.transcode(source, "file.mp4", cache="one")
        for number, uri in enumerate(["s3://bucket/games/a b é.mp4", f"{self.server.at}/plain/files/rec?X-Amz-Signature=1"]):
            self.transcode(uri, f"far{number}.mp4", cache=f"far{number}", *(["--workers", 3] if number else []))
            self.assertEqual(self.bytes(f"far{number}.mp4"), self.bytes("file.mp4"))

    def test_pieces_of_an_object_are_kept(self):
        self.plant(self.record(), "bucket/rec.mp4")
        first = self.transcode("s3://bucket/rec.mp4", "a.mp4")["results"][0]
        self.assertEqual(first["segments"]["reused"], 0)
        before = self.server.sent()
        again = self.transcode("s3://bucket/rec.mp4", "b.mp4")["results"][0]
        self.assertEqual(again["segments"]["rendered"], 0)
        self.assertEqual(self.bytes("a.mp4"), self.bytes("b.mp4"))
        # It is probed and compiled, no more, and of what that takes all is kept.
        self.assertLess(self.server.sent() - before, 1000)
        # Another version is another recording.
        self.plant(self.record(more="-metadata title=other"), "bucket/rec.mp4")
        other = self.transcode("s3://bucket/rec.mp4", "c.mp4")["results"][0]
        self.assertEqual(other["segments"]["reused"], 0)

    def test_workers_share_the_reading(self):
        source = self.record(size="640x360", seconds=16)
        self.plant(source, "bucket/rec.mp4")
        size = source.stat().st_size
        self.assertGreater(size, 20_000_000)
        for workers in (1, 3):
            before = self.server.sent()
            self.transcode("s3://bucket/rec.mp4", "out.mp4", "--workers", workers, "--segment", "2s", cache=f"of{workers}")
            read = self.server.sent() - before
            # A second of video is a GOP here; each run may begin with one, and opening costs a little.
            self.assertLess(read, 1.1 * size + workers * (size / 16 + 1_000_000), f"{workers} workers")

    def test_sound_among_the_picture_is_read_once(self):
        """Packets in turn and few bytes: reading the sound would be reading everything."""
        self.ffmpeg("-f lavfi -i testsrc2=s=640x360:r=30:d=20,noise=alls=6:allf=t -f lavfi -i aevalsrc=0.3*sin(2*PI*440*t):s=48000:d=20 "
                    "-c:v libx264 -preset ultrafast -g 30 -b:v 2M -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 "
                    "-color_trc bt709 -c:a aac", Path("rec.mp4"))
        source = self.folder / "rec.mp4"
        self.plant(source, "bucket/rec.mp4")
        size = source.stat().st_size
        self.transcode(source, "near.mp4", "--segment", "2s", cache="near")
        quiet = ("--set", "loudness.target=-20", "--segment", "2s")
        self.transcode(source, "near-quiet.mp4", *quiet, cache="near")
        for workers in (1, 3):
            for output in ("far.mp4", "s3://bucket/far.mp4"):
                before = self.server.sent()
                self.transcode("s3://bucket/rec.mp4", output, "--workers", workers, "--segment", "2s", cache=f"{output[0]}{workers}")
                self.assertLess(self.server.sent() - before, 1.1 * size + workers * size / 20, f"{workers} workers, {output}")
            self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
            self.assertEqual(self.server.get("/_object/bucket/far.mp4"), self.bytes("near.mp4"))
        before = self.server.sent()
        self.transcode("s3://bucket/rec.mp4", "quiet.mp4", *quiet, "--workers", 2, cache="quiet")
        self.assertLess(self.server.sent() - before, 1.1 * size + 2 * size / 20)
        self.assertEqual(self.bytes("quiet.mp4"), self.bytes("near-quiet.mp4"))
        for name, more in (("hls", ("--segment", "2s")), ("hls-quiet", quiet)):
            before = self.server.sent()
            self.transcode("s3://bucket/rec.mp4", name, "--preset", "1080p-h264", "--ladder=360,180", *more, "--workers", 2, cache=name)
            self.assertLess(self.server.sent() - before, 1.1 * size + 2 * size / 20, name)

    def test_a_ladder_is_decoded_once(self):
        """What is decoded has to be read: for all sizes once."""
        source = self.record(size="640x360", seconds=10)
        self.plant(source, "bucket/rec.mp4")
        size = source.stat().st_size
        before = self.server.sent()
        self.transcode("s3://bucket/rec.mp4", "hls", "--preset", "1080p-h264", "--ladder=360,270,180,90", "--workers", 2)
        self.assertLess(self.server.sent() - before, 1.1 * size + 2 * size / 10)
        self.assertEqual(len(list((self.folder / "hls").glob("video-*.m3u8"))), 4)

    def test_a_stretch_reads_its_own_bytes(self):
        source = self.record(size="640x360", seconds=16)
        self.plant(source, "bucket/rec.mp4")
        before = self.server.sent()
        self.transcode("s3://bucket/rec.mp4", "out.mp4", "--from", "10", "--to", "12")
        self.assertLess(self.server.sent() - before, source.stat().st_size * 4 / 16 + 3_000_000)

    def test_what_passes_is_tried_again_and_told(self):
        source = self.record(seconds=2)
        self.plant(source, "bucket/rec.mp4")
        self.transcode(source, "file.mp4", cache="one")
        for fault in ({"status": 503, "code": "SlowDown"}, {"close": True}, {"cut": 1000}):
            self.server.control(no_faults=True, faults=[{**fault, "method": "GET", "skip": 2, "times": 2}])
            report = self.transcode("s3://bucket/rec.mp4", "far.mp4", cache=f"of{len(fault)}{next(iter(fault))}")
            self.assertEqual(self.bytes("far.mp4"), self.bytes("file.mp4"))
            self.assertIn("W0287", self.stderr)
            self.assertTrue(any(w["number"] == 287 for w in report["warnings"] + report["results"][0]["warnings"]), report)

    def test_errors_say_what_is_wrong(self):
        self.plant(self.record(seconds=1), "bucket/rec.mp4")
        (self.folder / "empty").touch()
        self.plant(self.folder / "empty", "bucket/empty")
        self.server.control(files={"none": {"size": 1000, "etag": ""}, "text": {"size": 1000}})
        for uri, says in [("s3://bucket/none.mp4", "bucket/none.mp4"), ("s3://nobucket/a", "nobucket"),
                          ("s3://bucket/empty", "empty"), (self.server.at + "/plain/gone.mp4", "404"),
                          (self.server.at + "/plain/files/none", "ETag"),
                          (self.server.at + "/plain/files/text", "not a media file")]:
            report = self.transcode(uri, "out.mp4", code=2)
            self.assertIn(says, json.dumps(report))
            self.assertFalse((self.folder / "out.mp4").exists())
        self.environment["AWS_SECRET_ACCESS_KEY"] = "wrong"
        self.transcode("s3://bucket/rec.mp4", "out.mp4", code=2)
        for name in KEYS:
            self.environment.pop(name)
        self.environment["AWS_EC2_METADATA_DISABLED"] = "true"
        report = self.transcode("s3://bucket/rec.mp4", "out.mp4", code=2)
        self.assertIn("no AWS credentials", json.dumps(report))

    def test_one_that_changes_is_an_error_and_never_a_mixture(self):
        source = self.record(size="640x360", seconds=3)
        self.plant(source, "bucket/rec.mp4")
        # The compile task has seen it; the bytes of the frames are of another.
        other = self.record("other.mp4", size="640x360", seconds=3, more="-metadata title=other")
        process = self.start("transcode", "s3://bucket/rec.mp4", "-o", "out.mp4", "--cache", "cache", "--json", "--progress",
                             "none", "--segment", "1s")
        # Probed, and looked at for the compile task.
        while [entry["method"] for entry in self.server.log()].count("HEAD") < 2 and process.poll() is None:
            time.sleep(0.002)
        self.plant(other, "bucket/rec.mp4")
        out, _ = process.communicate(timeout=120)
        self.assertNotEqual(process.returncode, 0, out)
        self.assertIn("changed meanwhile", out)
        self.assertFalse((self.folder / "out.mp4").exists())

    def test_a_stalled_server_can_be_left(self):
        self.plant(self.record(seconds=2), "bucket/rec.mp4")
        self.server.control(faults=[{"stall": True, "method": "GET", "skip": 3}])
        process = self.start("transcode", "s3://bucket/rec.mp4", "-o", "out.mp4", "--cache", "cache")
        while len(self.server.log()) < 5 and process.poll() is None:
            time.sleep(0.01)
        self.interrupt(process)

    def test_timelines_name_objects_within_their_roots(self):
        self.ffmpeg("-f lavfi -i testsrc2=s=640x360 -frames:v 1", Path("a.png"))
        self.plant(self.folder / "a.png", "bucket/ads/a.png")
        self.plant(self.record(seconds=2), "bucket/ads/clip.mp4")
        tracks = [{"clips": [{"image": "s3://bucket/ads/a.png", "duration": 1}, {"video": "s3://bucket/ads/clip.mp4"}]}]
        far = {"version": 1, "output": {"size": "320x180", "fps": 30}, "tracks": tracks}
        (self.folder / "far.json").write_text(json.dumps(far))
        near = json.dumps(far).replace("s3://bucket/ads/", "").replace("clip.mp4", "rec.mp4")
        (self.folder / "near.json").write_text(near)
        common = ("--progress", "none", "--cache")
        self.run_rushes("render", "far.json", *common, "cache", code=2)
        self.assertIn("--root adds one", self.stderr)
        self.run_rushes("render", "far.json", *common, "cache", "--root", "s3://bucket/ad", code=2)
        self.run_rushes("render", "far.json", *common, "cache", "--root", "s3://bucket/ads")
        self.run_rushes("render", "near.json", *common, "other")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        web = json.dumps(far).replace("s3://bucket/ads/", self.server.at + "/plain/files/")
        (self.folder / "web.json").write_text(web)
        self.server.control(files={"a.png": {"path": str(self.folder / "a.png")}, "clip.mp4": {"path": str(self.folder / "rec.mp4")}})
        self.run_rushes("render", "web.json", *common, "cache", code=2)
        self.run_rushes("render", "web.json", *common, "cache", "--private-network")
        self.assertEqual(self.bytes("web.mp4"), self.bytes("near.mp4"))

    def test_secrets_of_addresses_go_nowhere(self):
        source = self.record(seconds=1)
        self.server.control(files={"rec.mp4": {"path": str(source)}})
        uri = self.server.at + "/plain/files/rec.mp4?X-Amz-Signature=planted-signature"
        report = self.transcode(uri, "out.mp4")
        self.assertNotIn("planted", json.dumps(report) + self.stderr)
        self.server.control(files={"rec.mp4": {"size": 1000}})
        report = self.transcode(uri, "other.mp4", code=2)
        self.assertNotIn("planted", json.dumps(report) + self.stderr)
        for path in (self.folder / "cache").rglob("*"):
            if path.is_file():
                self.assertNotIn(b"planted", path.read_bytes(), path)

    def test_cuts(self):
        source = self.record(seconds=4)
        self.plant(source, "bucket/rec.mp4")
        self.run_rushes("cut", source, "--from", "1", "--to", "3", "-o", "near.mp4")
        self.run_rushes("cut", "s3://bucket/rec.mp4", "--from", "1", "--to", "3", "-o", "far.mp4")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        self.run_rushes("probe", "s3://bucket/rec.mp4")


class Outputs(Remote):
    """Parts have 5 MiB."""

    def setUp(self):
        super().setUp()
        self.source = self.record(size="640x360", seconds=8)
        self.big = ("--set", "video.crf=4", "--segment", "1s")

    def wanted(self):
        self.transcode(self.source, "near.mp4", *self.big, cache="near")
        self.assertGreater(len(self.bytes("near.mp4")), 4 * 8 << 20)
        return self.bytes("near.mp4")

    def kill_once(self, parts, *arguments):
        process = subprocess.Popen([RUSHES, "transcode", self.source, "-o", "s3://bucket/out.mp4", "--cache", "far", "--progress",
                                    "none", "--set", "video.preset=ultrafast", *arguments], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        while len(self.parts_put()) < parts and process.poll() is None:
            time.sleep(0.01)
        self.assertIsNone(process.poll(), "it ended before it could be killed")
        self.kill_all(process)

    def test_an_object_is_the_file(self):
        report = self.transcode(self.source, "s3://bucket/games/{name} {preset}.mp4", *self.big)["results"][0]
        self.assertEqual(report["output"], "s3://bucket/games/rec 1080p-h264.mp4")
        self.assertEqual(self.stored("bucket/games/rec%201080p-h264.mp4"), self.wanted())
        self.assertEqual(report["bytes"], len(self.wanted()))
        self.assertTrue(report["version"])
        self.assertEqual(self.server.get("/_uploads"), b"0")
        self.assertFalse(any((self.folder / "cache/uploads").iterdir()))

    def test_an_upload_goes_on_after_a_crash(self):
        self.kill_once(3, *self.big)
        self.assertFalse(self.is_stored())
        self.assertEqual(self.server.get("/_uploads"), b"1")
        self.server.control(no_log=True)
        self.transcode(self.source, "s3://bucket/out.mp4", *self.big, cache="far")
        self.assertEqual(self.stored(), self.wanted())
        total = -(-len(self.wanted()) // (5 << 20))
        self.assertLess(len(self.parts_put()), total, "all parts were sent again")
        self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_no_upload_is_forgotten_however_early_it_is_stopped(self):
        self.server.control(faults=[{"method": "PUT", "contains": "partNumber=", "stall": True}])
        process = self.start("transcode", self.source, "-o", "s3://bucket/out.mp4", "--cache", "far", "--set",
                             "video.preset=ultrafast", *self.big)
        while not list((self.folder / "far").glob("uploads/*.json")) and process.poll() is None:
            time.sleep(0.01)
        self.interrupt(process)
        self.assertEqual(self.server.get("/_uploads"), b"1")
        self.server.control(no_faults=True)
        self.transcode(self.source, "s3://bucket/out.mp4", cache="far")
        self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_what_cannot_be_remembered_is_told_and_uploaded(self):
        self.plant(self.source, "bucket/rec.mp4")
        (self.folder / "file").touch()
        self.run_rushes("cut", self.source, "--to", "2", "-o", "near.mp4")
        self.run_rushes("cut", self.source, "--to", "2", "-o", "s3://bucket/cut.mp4", "--cache", "file/cache")
        self.assertIn("W0288", self.stderr)
        self.assertEqual(self.stored("bucket/cut.mp4"), self.bytes("near.mp4"))
        (self.folder / "far").mkdir()
        (self.folder / "far/uploads").touch()
        self.run_rushes("cut", self.source, "--to", "2", "-o", "s3://bucket/cut2.mp4", "--cache", "far")
        self.assertIn("W0288", self.stderr)
        self.assertEqual(self.stored("bucket/cut2.mp4"), self.bytes("near.mp4"))

    def test_an_upload_of_something_else_is_removed(self):
        self.kill_once(2, *self.big)
        self.transcode(self.source, "s3://bucket/out.mp4", cache="far")
        self.transcode(self.source, "near.mp4", cache="near")
        self.assertEqual(self.stored(), self.bytes("near.mp4"))
        self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_a_part_that_always_fails_is_an_error(self):
        self.server.control(faults=[{"method": "PUT", "contains": "partNumber=3", "status": 500, "code": "InternalError"}])
        report = self.transcode(self.source, "s3://bucket/out.mp4", *self.big, code=5, cache="far")
        self.assertIn("InternalError", json.dumps(report))
        self.assertFalse(self.is_stored())
        self.server.control(no_faults=True, no_log=True)
        self.transcode(self.source, "s3://bucket/out.mp4", *self.big, cache="far")
        self.assertEqual(self.stored(), self.wanted())
        self.assertNotIn("2", self.parts_put())

    def test_an_answer_that_is_lost_does_no_harm(self):
        self.server.control(faults=[{"method": "POST", "contains": "uploadId=", "forget": True, "times": 1},
                                    {"method": "PUT", "contains": "partNumber=2", "forget": True, "times": 1}])
        self.transcode(self.source, "s3://bucket/out.mp4", *self.big, cache="far")
        self.assertEqual(self.stored(), self.wanted())

    def test_what_cannot_be_written_is_known_at_once(self):
        self.server.control(s3={"keys": {"TESTKEY": {"secret": "planted-secret", "token": None, "denied": True}}})
        report = self.transcode(self.source, "s3://bucket/out.mp4", *self.big, code=2)
        self.assertEqual(self.parts_put(), [])
        self.assertIn("s3://bucket/out.mp4", json.dumps(report))
        for output, says in [("s3://nobucket/out.mp4", "nobucket"), ("s3://bucket/out.avi", "files are written"), ("s3://bucket", "mp4"),
                             ("https://example.org/out.mp4", "can only be read")]:
            report = self.transcode(self.source, output, *self.big, code=2)
            self.assertIn(says, json.dumps(report))

    def test_ctrl_c_leaves_no_object_and_an_upload_that_goes_on(self):
        process = self.start("transcode", self.source, "-o", "s3://bucket/out.mp4", "--cache", "far", "--set",
                             "video.preset=ultrafast", *self.big)
        while len(self.parts_put()) < 2 and process.poll() is None:
            time.sleep(0.01)
        self.interrupt(process)
        self.assertFalse(self.is_stored())
        self.server.control(no_log=True)
        self.transcode(self.source, "s3://bucket/out.mp4", *self.big, cache="far")
        self.assertEqual(self.stored(), self.wanted())
        self.assertNotIn("2", self.parts_put())

    def test_a_cut_goes_on_after_a_crash(self):
        """From a card into a bucket, over a line that breaks down."""
        words = ("cut", self.source, "--from", "1", "--to", "7", "-o")
        self.run_rushes(*words, "near.mp4")
        self.assertGreater(len(self.bytes("near.mp4")), 3 * 8 << 20)
        self.server.control(faults=[{"method": "PUT", "contains": "partNumber=3", "stall": True}])
        process = subprocess.Popen([RUSHES, *map(str, words), "s3://bucket/cut.mp4", "--cache", "far"], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        journal = self.folder / "far/uploads"
        while not any(b'\\"number\\":2' in path.read_bytes() for path in journal.glob("*.json")) and process.poll() is None:
            time.sleep(0.01)
        self.assertIsNone(process.poll())
        self.kill_all(process)
        self.server.control(no_faults=True, no_log=True)
        self.run_rushes(*words, "s3://bucket/cut.mp4", "--cache", "far")
        self.assertEqual(self.stored("bucket/cut.mp4"), self.bytes("near.mp4"))
        self.assertNotIn("2", self.parts_put())
        self.assertIn("3", self.parts_put())
        self.assertEqual(list(self.folder.glob("far/objects/*/*")), [])

    def test_an_object_is_not_written_over_itself(self):
        self.plant(self.source, "bucket/rec.mp4")
        self.transcode("s3://bucket/rec.mp4", "s3://bucket/rec.mp4", code=2)
        self.assertEqual(self.stored("bucket/rec.mp4"), self.bytes("rec.mp4"))

    def test_uploads_keep_to_a_rate(self):
        """However many parts are on their way at once."""
        self.run_rushes("cut", self.source, "--from", "1", "--to", "7", "-o", "near.mp4")
        size = len(self.bytes("near.mp4"))
        begin = time.monotonic()
        self.run_rushes("cut", self.source, "--from", "1", "--to", "7", "-o", "s3://bucket/cut.mp4", "--cache", "far", "--limit-rate",
                        "10M")
        # A fifth of a second may be made good for, and one piece of each of four parts.
        self.assertGreater(time.monotonic() - begin, size / (10 << 20) - 0.4)
        self.assertEqual(self.stored("bucket/cut.mp4"), self.bytes("near.mp4"))
        self.transcode(self.source, "s3://bucket/out.mp4", "--to", "1", "--limit-rate", "1.5M", cache="far")
        self.transcode(self.source, "near.mp4", "--to", "1", cache="far")
        self.assertEqual(self.stored(), self.bytes("near.mp4"))

    def test_a_rate_is_for_what_is_uploaded(self):
        for rate, output, says in [("20X", "s3://bucket/a.mp4", "--limit-rate must be a size"), ("1000", "s3://bucket/a.mp4", "at least 1K"),
                                   ("20M", "a.mp4", "for outputs in stores")]:
            for command in ("cut", "transcode"):
                self.run_rushes(command, self.source, "-o", output, "--limit-rate", rate, code=2)
                self.assertIn(says, self.stderr)
                self.assertIn("E0300", self.stderr)
        self.assertEqual(self.parts_put(), [])

    def test_cuts_and_stills(self):
        self.plant(self.source, "bucket/rec.mp4")
        self.run_rushes("cut", self.source, "--from", "1", "--to", "3", "-o", "near.mp4")
        out = self.run_rushes("cut", "s3://bucket/rec.mp4", "--from", "1", "--to", "3", "-o", "s3://bucket/cut.mp4", "--json",
                              "--cache", "cache")
        self.assertEqual(self.stored("bucket/cut.mp4"), self.bytes("near.mp4"))
        self.assertEqual(json.loads(out)["bytes"], len(self.bytes("near.mp4")))
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30}, "tracks": [{"clips": [{"video": "rec.mp4"}]}]}
        (self.folder / "a.json").write_text(json.dumps(timeline))
        self.run_rushes("render", "a.json", "--still", "1", "-o", "s3://bucket/a.png", "--cache", "cache")
        self.assertEqual(self.stored("bucket/a.png")[:4], b"\x89PNG")


if __name__ == "__main__":
    RUSHES, SERVER = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve())
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
