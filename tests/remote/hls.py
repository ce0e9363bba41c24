#!/usr/bin/env python3
"""HLS and ladders that are written into buckets while they render: what a folder of this machine would hold, and at no
time a list of what is not there.

  hls.py RUSHES FAKE_SERVER [-v] [TestCase.test_name]
"""

import json
import re
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

import run

TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".m4s": "video/iso.segment", ".mp4": "video/mp4",
         ".vtt": "text/vtt", ".jpg": "image/jpeg"}
LISTS = (".m3u8", ".mpd", "thumbnails.vtt")


class Hls(run.Remote):
    def setUp(self):
        super().setUp()
        self.source = self.record(seconds=8)
        (self.folder / "rec.en.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHello\n")

    def ladder(self, output, *more, code=0, cache="cache"):
        return self.transcode(self.source, output, "--ladder=180,90", "--set", "video.threads=1", "--segment", "2s", "--subtitles",
                              "rec.en.srt", *more, code=code, cache=cache)

    def names(self, folder="game"):
        keys = json.loads(self.server.get("/_keys/bucket"))
        return sorted(key[len(folder) + 1:] for key in keys if key.startswith(folder + "/"))

    def in_bucket(self, name, folder="game"):
        return self.server.get(f"/_object/bucket/{folder}/{urllib.parse.quote(name)}")

    def put(self, ending=""):
        """Names in the order in which they were put."""
        return [entry["target"].rpartition("/")[2] for entry in self.server.log()
                if entry["method"] == "PUT" and entry["target"].endswith(ending)]

    def same_as_near(self, near="near"):
        far = {name: self.in_bucket(name) for name in self.names()}
        self.assertEqual(far, {path.name: path.read_bytes() for path in (self.folder / near).iterdir()})

    def lists_only_what_is_there(self):
        names = self.names()
        for name in names:
            if not name.endswith(".m3u8"):
                continue
            text = self.in_bucket(name).decode()
            listed = re.findall(r"^[^#\n].*$", text, re.M) + re.findall(r'URI="([^"]+)"', text)
            self.assertLessEqual(set(listed), set(names), name)

    def test_a_ladder_is_what_a_folder_would_hold(self):
        self.ladder("near")
        report = self.ladder("s3://bucket/game/")["results"][0]
        self.assertEqual(report["output"], "s3://bucket/game/master.m3u8")
        self.assertEqual(report["hls"]["reused"], 0)
        self.same_as_near()
        for name in self.names():
            with urllib.request.urlopen(f"{self.server.at}/_object/bucket/game/{name}") as answer:
                self.assertEqual(answer.headers["Content-Type"], TYPES["." + name.rpartition(".")[2]], name)
                # Lists grow, and pieces stay as they are.
                self.assertEqual(answer.headers["Cache-Control"], "no-cache" if name.endswith(LISTS) else None, name)

    def test_nothing_is_listed_before_it_is_there(self):
        self.ladder("s3://bucket/game")
        order = self.put()
        for track in ("video-180p", "video-90p", "audio"):
            first_list = order.index(f"{track}.m3u8")
            pieces = [name for name in order if name.startswith(track + "_")]
            self.assertTrue(any(name.endswith("_header.mp4") for name in order[:first_list] if name in pieces), track)
            self.assertTrue(any(name.endswith("_00000.m4s") for name in order[:first_list] if name in pieces), track)
            self.assertLess(first_list, order.index("master.m3u8"))
        # Of the many times that a list is written the last is after all.
        last = {name: index for index, name in enumerate(order)}
        self.assertGreater(last["master.m3u8"], max(index for name, index in last.items() if name != "master.m3u8"))

    def test_a_piece_that_fails_is_never_listed(self):
        self.server.control(faults=[{"method": "PUT", "contains": "_00002.m4s", "status": 403, "code": "AccessDenied"}])
        report = self.ladder("s3://bucket/game", code=2)
        self.assertIn("_00002.m4s", json.dumps(report))
        self.assertIn("AccessDenied", json.dumps(report))
        self.lists_only_what_is_there()
        there = [name for name in self.names() if name.endswith((".m4s", "_header.mp4"))]
        self.assertTrue(there)
        # What is there is not sent again.
        self.server.control(no_faults=True, no_log=True)
        report = self.ladder("s3://bucket/game")["results"][0]
        self.assertEqual(set(self.put()) & set(there), set())
        self.assertGreaterEqual(report["hls"]["reused"], len(there))
        self.ladder("near")
        self.same_as_near()

    def test_what_is_there_and_is_something_else_is_sent_again(self):
        self.ladder("near")
        self.ladder("s3://bucket/game")
        piece = next(name for name in self.names() if name.endswith("_00001.m4s"))
        size = len(self.in_bucket(piece))
        (self.folder / "damaged").write_bytes(bytes(size))
        self.plant(self.folder / "damaged", f"bucket/game/{piece}")
        self.server.control(no_log=True)
        self.ladder("s3://bucket/game")
        self.assertEqual(self.put(".m4s"), [piece])
        self.same_as_near()

    def test_one_that_was_killed_is_carried_on(self):
        """At several moments."""
        self.ladder("near", cache="near-cache")
        for pieces in (1, 4, 9):
            self.server.control(no_log=True)
            process = subprocess.Popen([run.RUSHES, "transcode", self.source, "-o", "s3://bucket/game", "--cache", "cache", "--progress",
                                        "none", "--set", "video.preset=ultrafast", "--ladder=180,90", "--set", "video.threads=1",
                                        "--segment", "2s", "--subtitles", "rec.en.srt"], cwd=self.folder, env=self.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            while len(self.put(".m4s")) < pieces and process.poll() is None:
                time.sleep(0.005)
            if process.poll() is None:
                self.kill_all(process)
            self.lists_only_what_is_there()
        self.ladder("s3://bucket/game")
        self.same_as_near()

    def test_another_ladder_takes_the_place_of_the_first(self):
        self.ladder("s3://bucket/game")
        (self.folder / "notes").write_text("somebody's")
        self.plant(self.folder / "notes", "bucket/game/notes.txt")
        self.plant(self.folder / "notes", "bucket/game/more/video_00000000_00000.m4s")
        self.ladder("s3://bucket/game", "--set", "video.crf=40")
        self.ladder("near", "--set", "video.crf=40")
        (self.folder / "near/notes.txt").write_text("somebody's")
        self.assertIn("more/video_00000000_00000.m4s", self.names())
        self.server.control(s3={"remove": ["bucket/game/more/video_00000000_00000.m4s"]})
        self.same_as_near()

    def test_what_cannot_be_is_known_at_once(self):
        (self.folder / "mine").write_text("#EXTM3U\nmine.ts\n")
        self.plant(self.folder / "mine", "bucket/mine/video.m3u8")
        for output, says in [("s3://bucket/mine", "not of Rushes"), ("s3://nobucket/game", "no bucket"),
                             ("s3://bucket", "name a folder in it"), ("https://example.org/game", "web servers only read"),
                             ("s3://bucket/game.mp4", "a ladder is a folder")]:
            report = self.ladder(output, code=2)
            self.assertIn(says, json.dumps(report))
        self.server.control(s3={"keys": {"TESTKEY": {"secret": "planted-secret", "token": None, "denied": True}}})
        report = self.ladder("s3://bucket/game", code=2)
        self.assertIn("AccessDenied", json.dumps(report))
        self.assertEqual(self.put(".m4s"), [])
        self.assertEqual(self.bytes("mine"), self.stored("bucket/mine/video.m3u8"))
        self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_a_render_beside_its_file(self):
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30, "loudness": -20},
                    "tracks": [{"clips": [{"video": "rec.mp4"}]}]}
        (self.folder / "a.json").write_text(json.dumps(timeline))
        common = ("--cache", "cache", "--segment", "2s", "--progress", "none")
        self.run_rushes("render", "a.json", "-o", "s3://bucket/a.mp4", "--hls", "s3://bucket/game", *common, "--limit-rate", "20M")
        self.run_rushes("render", "a.json", "-o", "a.mp4", "--hls", "near", *common)
        self.assertEqual(self.stored("bucket/a.mp4"), self.bytes("a.mp4"))
        # The preview of the sound is heard only where the final one has to be made.
        far = {name for name in self.names() if not name.startswith("preview")}
        self.assertEqual(far, {path.name for path in (self.folder / "near").iterdir() if not path.name.startswith("preview")})
        self.assertEqual(self.in_bucket("master.m3u8"), (self.folder / "near/master.m3u8").read_bytes())

    def test_ctrl_c_ends_it_soon(self):
        self.server.control(faults=[{"method": "PUT", "contains": "_00001.m4s", "stall": True}])
        process = self.start("transcode", self.source, "-o", "s3://bucket/game", "--cache", "cache", "--ladder=180,90", "--set",
                             "video.preset=ultrafast", "--segment", "2s")
        while not self.put("_00001.m4s") and process.poll() is None:
            time.sleep(0.01)
        self.interrupt(process)
        self.lists_only_what_is_there()


if __name__ == "__main__":
    run.RUSHES, run.SERVER = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve())
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
