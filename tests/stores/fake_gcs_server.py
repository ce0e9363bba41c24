#!/usr/bin/env python3
"""Reading from fake-gcs-server, somebody else's Google Cloud Storage: the suite of all stores, and whole commands.

  fake_gcs_server.py STORE_TEST RUSHES FAKE_SERVER

It does not know the XML interface's uploads in parts, so nothing is written there; it asks for no tokens, which come
from our own server, as from the metadata service of a machine. Where it has not been built (./dev setup stores, which
needs go), says so and exits with 77.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
from contextlib import closing

import live

BUCKET = "conformance"


class Commands(live.OnServer):
    port = None

    def plant(self, path, key):
        status, said = live.answer(self.port, "POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name="
                                   + urllib.parse.quote(key, safe=""), body=path.read_bytes())
        self.assertEqual(status, 200, said)

    def test_a_film_of_an_object_is_that_of_the_file(self):
        key = "a b/\u00c4rger & Gr\u00f6\u00dfe 100%+\u65e5\u672c.mp4"
        source = self.record()
        self.plant(source, key)
        self.transcode(source, "near.mp4", cache="near")
        self.transcode(f"gs://{BUCKET}/{key}", "far.mp4", cache="far")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        self.run_rushes("cut", source, "--to", "1", "-o", "near.mp4")
        self.run_rushes("cut", f"gs://{BUCKET}/{key}", "--to", "1", "-o", "far.mp4")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))

    def test_timelines_name_objects(self):
        self.plant(self.record(), "ads/clip.mp4")
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30},
                    "tracks": [{"clips": [{"video": f"gs://{BUCKET}/ads/clip.mp4"}]}]}
        (self.home / "far.json").write_text(json.dumps(timeline))
        (self.home / "near.json").write_text(json.dumps(timeline).replace(f"gs://{BUCKET}/ads/clip.mp4", "rec.mp4"))
        self.assertIn("--root adds one", self.run_rushes("render", "far.json", code=2))
        for name, more in (("far", ("--root", f"gs://{BUCKET}/ads")), ("near", ())):
            self.run_rushes("render", f"{name}.json", *more, "--cache", name)
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))

    def test_what_is_wrong_is_told(self):
        self.assertIn("there is no such object", self.run_rushes("probe", f"gs://{BUCKET}/none.mp4", code=2))
        self.more = {"GCE_METADATA_HOST": "127.0.0.1:1"}
        self.assertIn("Google credentials", self.run_rushes("probe", f"gs://{BUCKET}/none.mp4", code=2))


def main():
    program, = live.find("fake-gcs-server")
    with tempfile.TemporaryDirectory(prefix="rushes-fake-gcs-") as folder:
        port = live.free_port()
        words = [program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory", "-public-host",
                 f"127.0.0.1:{port}"]
        tokens = subprocess.Popen([sys.executable, sys.argv[3]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with live.Server(words, f"{folder}/log", port), closing(tokens.stdin):
            metadata = json.loads(tokens.stdout.readline())["port"]
            status, said = live.answer(port, "POST", "/storage/v1/b?project=test", body=json.dumps({"name": BUCKET}),
                                       headers={"Content-Type": "application/json"})
            assert status == 200, said
            at = f"http://127.0.0.1:{port}"
            good = live.suite(sys.argv[1], "LiveGoogle", {"RUSHES_TEST_GCS": at})
            good &= live.commands(Commands, rushes=os.path.abspath(sys.argv[2]), folder=folder, port=port,
                                  environment={"STORAGE_EMULATOR_HOST": at, "GCE_METADATA_HOST": f"127.0.0.1:{metadata}"})
        tokens.wait()
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
