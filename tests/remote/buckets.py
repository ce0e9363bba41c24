#!/usr/bin/env python3
"""Recordings that stay in their bucket: chapters that are found there, outputs that are verified there, cuts that the
server copies.

  buckets.py RUSHES FAKE_SERVER [-v] [TestCase.test_name]
"""

import json
import subprocess
import sys
import time
import unittest
from pathlib import Path

import run

DENIED = {"method": "GET", "contains": "list-type=2", "status": 403, "code": "AccessDenied"}


class Bucket(run.Remote):
    def requests(self, method, part):
        return [entry for entry in self.server.log() if entry["method"] == method and part in entry["target"]]

    def lists(self):
        return len(self.requests("GET", "list-type=2"))


class Chapters(Bucket):
    def setUp(self):
        super().setUp()
        self.names = ["GX010123.MP4", "GX020123.MP4", "GX030123.MP4"]
        for number, name in enumerate(self.names):
            self.record(name, seconds=2, more=f"-metadata title={number}")
            self.plant(self.folder / name, f"bucket/card/{name}")
        # What is no chapter of it.
        for name in ("GX010123.LRV", "GX010124.MP4", "more/GX040123.MP4", "notes.txt"):
            self.plant(self.folder / self.names[0], f"bucket/card/{name}")
        self.words = ("--from", "1", "--to", "5")

    def test_the_first_names_all(self):
        self.run_rushes("cut", *self.names, *self.words, "-o", "near.mp4")
        out = self.run_rushes("cut", "s3://bucket/card/GX010123.MP4", *self.words, "-o", "far.mp4", "--json")
        self.assertEqual(json.loads(out)["chapters"], [f"s3://bucket/card/{name}" for name in self.names])
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        self.assertEqual(self.lists(), 1)
        self.transcode("GX010123.MP4", "near.mp4", cache="near")
        self.transcode("s3://bucket/card/GX010123.MP4", "far.mp4", cache="far")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))

    def test_a_folder_is_one_recording(self):
        self.run_rushes("cut", "s3://bucket/card/", "-o", "far.mp4", code=2)
        self.assertIn("2 recordings; name the first chapter of one: GX010123.MP4, GX010124.MP4", self.stderr)
        self.server.control(s3={"remove": ["bucket/card/GX010124.MP4"]})
        self.run_rushes("cut", "s3://bucket/card/", *self.words, "-o", "far.mp4")
        self.run_rushes("cut", *self.names, *self.words, "-o", "near.mp4")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        self.run_rushes("cut", "s3://bucket/nothing/", "-o", "none.mp4", code=2)
        self.assertIn("s3://bucket/nothing/", self.stderr)
        self.run_rushes("cut", "s3://nobucket/card/", "-o", "none.mp4", code=2)
        self.assertIn("no bucket \"nobucket\"", self.stderr)

    def test_one_that_is_missing_is_told_of(self):
        self.server.control(s3={"remove": ["bucket/card/GX020123.MP4"]})
        self.run_rushes("cut", "s3://bucket/card/GX010123.MP4", "-o", "far.mp4", code=2)
        self.assertIn('chapter 2 is missing before "GX030123.MP4"', self.stderr)

    def test_who_may_not_list_is_told(self):
        self.server.control(faults=[DENIED])
        out = self.run_rushes("cut", "s3://bucket/card/GX010123.MP4", "-o", "far.mp4", "--json")
        self.assertEqual(json.loads(out)["chapters"], ["s3://bucket/card/GX010123.MP4"])
        self.assertIn("may not be listed", self.stderr)
        self.run_rushes("cut", "s3://bucket/card/", "-o", "none.mp4", code=2)
        self.assertIn("AccessDenied", self.stderr)

    def test_all_of_a_card_are_ingested_each_once(self):
        out = self.run_rushes("ingest", "s3://bucket/card/", "-o", "s3://bucket/in/{name}.mp4", "--cache", "cache", "--json")
        report = json.loads(out)
        self.assertEqual([len(result["chapters"]) for result in report["results"]], [3, 1])
        self.assertEqual(self.lists(), 1)
        self.run_rushes("cut", *self.names, "-o", "near.mp4")
        self.assertEqual(self.stored("bucket/in/GX010123.mp4"), self.bytes("near.mp4"))


class Verified(Bucket):
    def setUp(self):
        super().setUp()
        self.source = self.record(seconds=3)

    def test_what_lies_in_the_bucket_is_verified(self):
        result = self.transcode(self.source, "s3://bucket/a/out.mp4", "--verify")["results"][0]
        self.assertIn(result["verify"]["verdict"], ("pass", "warn"))
        self.assertEqual(result["verify"]["report"], "s3://bucket/a/out.mp4.qc.json")
        report = json.loads(self.stored("bucket/a/out.mp4.qc.json"))
        self.assertEqual(report["verdict"], result["verify"]["verdict"])
        self.assertIn(b"<svg", self.stored("bucket/a/out.mp4.qc.html"))
        with run.urllib.request.urlopen(self.server.at + "/_object/bucket/a/out.mp4.qc.html") as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        # The same as of a file.
        near = self.transcode(self.source, "near.mp4", "--verify=near.json")["results"][0]
        self.assertEqual(near["verify"]["verdict"], result["verify"]["verdict"])
        near = json.loads(self.bytes("near.json"))
        for member in ("pictures", "sound", "reasons"):
            self.assertEqual(report.get(member), near.get(member), member)
        self.run_rushes("verify", "s3://bucket/a/out.mp4", "--source", self.source, "--set", "video.preset=ultrafast", "--report",
                        "again.json", "--cache", "cache")
        self.assertEqual(json.loads(self.bytes("again.json"))["verdict"], report["verdict"])

    def test_a_render_has_its_report_where_it_is_told_to(self):
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30}, "tracks": [{"clips": [{"video": "rec.mp4"}]}]}
        (self.folder / "a.json").write_text(json.dumps(timeline))
        self.run_rushes("render", "a.json", "-o", "s3://bucket/a.mp4", "--cache", "cache", "--verify=qc.json")
        self.assertEqual(json.loads(self.bytes("qc.json"))["output"], "s3://bucket/a.mp4")
        self.run_rushes("render", "a.json", "-o", "a.mp4", "--cache", "cache", "--verify=s3://bucket/qc.json")
        self.assertTrue(self.is_stored("bucket/qc.json"))
        self.run_rushes("verify", self.server.at + "/plain/files/a.mp4?secret=planted", "--against", "a.json", code=2)
        self.assertIn("FILE.json", self.stderr)
        self.assertNotIn("planted", self.stderr)
        self.server.control(files={"a.mp4": {"path": str(self.folder / "a.mp4")}})
        self.run_rushes("verify", self.server.at + "/plain/files/a.mp4?secret=planted", "--against", "a.json", "--report", "web.json",
                        "--cache", "cache")
        self.assertNotIn(b"planted", self.bytes("web.json") + self.bytes("web.html"))

    def test_a_report_replaces_reports_alone(self):
        """In a bucket as on a disk; who may not look is told that it was not."""
        self.plant(self.source, "bucket/out.mp4")
        verify = ("verify", "s3://bucket/out.mp4", "--source", self.source, "--cache", "cache")
        notes = self.folder / "notes.txt"
        notes.write_text('{"mine": true}')
        for name in ("out.mp4.qc.json", "out.mp4.qc.html"):
            self.plant(notes, f"bucket/{name}")
            self.run_rushes(*verify, code=2)
            self.assertIn(f'report "s3://bucket/{name}": what is there is no report', self.stderr)
            self.assertEqual(self.stored(f"bucket/{name}"), notes.read_bytes())
            self.server.control(s3={"remove": [f"bucket/{name}"]})
        self.run_rushes(*verify)
        self.server.control(faults=[{"method": "HEAD", "contains": ".qc.", "status": 403, "code": "AccessDenied"}])
        self.run_rushes(*verify)
        self.assertIn("may not be looked at", self.stderr)
        self.server.control(no_faults=True)
        self.run_rushes(*verify)
        self.assertIn("verdict", json.loads(self.stored("bucket/out.mp4.qc.json")))
        self.assertNotIn("may not be looked at", self.stderr)

    def test_what_is_not_what_it_should_be_fails(self):
        self.plant(self.record("other.mp4", seconds=2), "bucket/out.mp4")
        self.run_rushes("verify", "s3://bucket/out.mp4", "--source", self.source, "--cache", "cache", code=7)
        self.assertEqual(json.loads(self.stored("bucket/out.mp4.qc.json"))["verdict"], "fail")
        self.run_rushes("verify", "s3://bucket/none.mp4", "--source", self.source, "--cache", "cache", code=2)
        self.assertIn("none.mp4", self.stderr)

    def test_an_object_that_is_replaced_is_not_taken_for_the_output(self):
        other = self.record("other.mp4", seconds=3, more="-metadata title=other")
        self.transcode(self.source, "s3://bucket/out.mp4")
        # As soon as the file is asked for: it is written again, since nothing but the upload is left to do.
        self.server.control(no_log=True)
        process = self.start("transcode", self.source, "-o", "s3://bucket/out.mp4", "--cache", "cache", "--progress", "none", "--set",
                             "video.preset=ultrafast", "--verify")
        while len(self.requests("HEAD", "out.mp4")) <= len(self.requests("HEAD", "out.mp4.qc")) and process.poll() is None:
            time.sleep(0.001)
        self.plant(other, "bucket/out.mp4")
        _, err = process.communicate(timeout=120)
        self.assertNotEqual(process.returncode, 0, err)
        self.assertTrue("changed meanwhile" in err or process.returncode == 7, err)
        self.assertFalse(self.is_stored("bucket/out.mp4.qc.json") and process.returncode == 0)

    def test_sources_go_once_their_output_is_verified_there(self):
        words = ("--verify", "--delete-source-after-verify", "--verify-ssim", "0.5", "--set", "video.crf=12")
        # It is another one by then. Before it, both parts of the report are looked for.
        self.server.control(faults=[{"method": "HEAD", "contains": "out.mp4", "skip": 3, "status": 404}])
        result = self.transcode(self.source, "s3://bucket/out.mp4", *words)["results"][0]
        self.assertEqual(result["verify"]["verdict"], "pass", result)
        self.assertEqual(result["deleted"], [])
        self.assertIn("out.mp4", result["kept"])
        self.assertTrue(self.source.exists())
        self.server.control(no_faults=True)
        result = self.transcode(self.source, "s3://bucket/out.mp4", *words)["results"][0]
        self.assertEqual(result["deleted"], [str(self.source)])
        self.assertFalse(self.source.exists())
        self.assertTrue(self.is_stored())

    def test_sources_in_buckets_stay(self):
        self.plant(self.source, "bucket/rec.mp4")
        result = self.transcode("s3://bucket/rec.mp4", "s3://bucket/out.mp4", "--verify", "--delete-source-after-verify", "--set",
                                "video.crf=12")["results"][0]
        self.assertIn("does not lie on this machine", result["kept"])
        self.assertTrue(self.is_stored("bucket/rec.mp4"))


class ServerCopies(Bucket):
    """Parts have 5 MiB."""

    def setUp(self):
        super().setUp()
        self.source = self.record(size="640x360", seconds=30)
        self.size = self.source.stat().st_size
        self.assertGreater(self.size, 30_000_000)
        self.plant(self.source, "bucket/rec.mp4")
        self.words = ("--from", "2", "--to", "28")

    def cut(self, *more, output="s3://bucket/cut.mp4", source="s3://bucket/rec.mp4", code=0):
        out = self.run_rushes("cut", source, *self.words, *more, "-o", output, "--cache", "cache", "--json", code=code)
        return json.loads(out)

    def test_what_is_copied_never_comes_here(self):
        for mode in ("copy", "smart"):
            self.run_rushes("cut", self.source, *self.words, "--mode", mode, "-o", "near.mp4")
            self.server.control(no_log=True)
            before = self.server.sent()
            report = self.cut("--mode", mode)
            # The index, what fills up the first part, and what is encoded anew.
            self.assertLess(self.server.sent() - before, self.size / 3)
            self.assertEqual(self.stored("bucket/cut.mp4"), self.bytes("near.mp4"))
            self.assertGreater(report["copied_by_server"], self.size * 0.7)
            self.assertLess(sum(entry["bytes"] for entry in self.server.log()), 8_000_000)
            self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_what_lies_elsewhere_is_sent(self):
        self.run_rushes("cut", self.source, *self.words, "-o", "near.mp4")
        self.server.control(s3={"buckets": {"another": {"region": None, "redirect": False}}})
        for source, output in [("s3://bucket/rec.mp4", "another"), (self.source, "bucket")]:
            report = self.cut(source=source, output=f"s3://{output}/cut.mp4")
            self.assertNotIn("copied_by_server", report)
            self.assertEqual(self.stored(f"{output}/cut.mp4"), self.bytes("near.mp4"))

    def test_a_copy_goes_on_after_a_crash(self):
        # The end is long enough for a part of its own.
        self.plant(self.record("second.mp4", size="640x360", seconds=20), "bucket/second.mp4")
        sources = ("s3://bucket/rec.mp4", "s3://bucket/second.mp4")
        self.run_rushes("cut", self.source, "second.mp4", *self.words[:2], "-o", "near.mp4")
        self.server.control(no_log=True, faults=[{"method": "PUT", "contains": "partNumber=3", "stall": True}])
        words = ("cut", *sources, *self.words[:2], "-o", "s3://bucket/cut.mp4", "--cache", "cache")
        process = subprocess.Popen([run.RUSHES, *words], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        journal = self.folder / "cache/uploads"
        while not any(b'\\"number\\":2' in path.read_bytes() for path in journal.glob("*.json")) and process.poll() is None:
            time.sleep(0.01)
        self.assertIsNone(process.poll())
        self.kill_all(process)
        self.server.control(no_faults=True, no_log=True)
        self.run_rushes(*words)
        self.assertEqual(self.stored("bucket/cut.mp4"), self.bytes("near.mp4"))
        self.assertNotIn("2", self.parts_put())
        self.assertIn("3", self.parts_put())

    def test_a_source_that_changes_is_an_error(self):
        other = self.record("other.mp4", size="640x360", seconds=30, more="-metadata title=other")
        # While what fills up the first part is read.
        process = self.start("cut", "s3://bucket/rec.mp4", *self.words, "-o", "s3://bucket/cut.mp4", "--cache", "cache")
        while not self.requests("POST", "uploads") and process.poll() is None:
            time.sleep(0.001)
        self.plant(other, "bucket/rec.mp4")
        _, err = process.communicate(timeout=120)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("changed meanwhile", err)
        self.assertFalse(self.is_stored("bucket/cut.mp4"))

    def test_a_copy_that_fails_says_so_and_leaves_nothing(self):
        error = "<Error><Code>InternalError</Code></Error>"
        self.server.control(faults=[{"method": "PUT", "contains": "partNumber=2", "status": 200, "body": error}])
        report = self.cut(code=5)
        self.assertIn("InternalError", json.dumps(report))
        self.assertFalse(self.is_stored("bucket/cut.mp4"))
        self.server.control(no_faults=True)
        self.cut()
        self.assertTrue(self.is_stored("bucket/cut.mp4"))


if __name__ == "__main__":
    run.RUSHES, run.SERVER = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve())
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
