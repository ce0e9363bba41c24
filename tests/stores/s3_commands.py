"""Whole commands from and to an S3 server that is not ours."""

import json
import os
import signal
import subprocess
import time

import live

NAME = "a b/\u00c4rger & Gr\u00f6\u00dfe 100%+\u65e5\u672c.mp4"


class S3Commands(live.OnServer):
    bucket = "conformance"

    def at(self, key):
        return f"s3://{self.bucket}/{self.id().rpartition('.')[2]}/{key}"

    def stored(self, key):
        """By somebody else's hands."""
        out = self.home / "stored"
        out.unlink(missing_ok=True)
        bucket, _, whole = self.at(key).removeprefix("s3://").partition("/")
        environment = {**os.environ, **self.environment, "AWS_REGION": "us-east-1"}
        done = subprocess.run([live.find("aws")[0], "--endpoint-url", environment["AWS_ENDPOINT_URL_S3"], "s3api", "get-object",
                               "--bucket", bucket, "--key", whole, str(out)], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out.read_bytes()

    def test_from_bucket_to_bucket(self):
        source = self.record()
        self.run_rushes("cut", source, "-o", "near.mp4")
        self.run_rushes("cut", source, "-o", self.at(NAME))
        self.assertEqual(self.stored(NAME), self.bytes("near.mp4"))
        self.transcode("near.mp4", "film.mp4", cache="near")
        self.transcode(self.at(NAME), self.at("film " + NAME), cache="far")
        self.assertEqual(self.stored("film " + NAME), self.bytes("film.mp4"))
        # Over what is there, and back.
        self.run_rushes("cut", self.at(NAME), "--to", "1", "-o", self.at("film " + NAME))
        self.run_rushes("cut", "near.mp4", "--to", "1", "-o", "begin.mp4")
        self.assertEqual(self.stored("film " + NAME), self.bytes("begin.mp4"))

    def test_an_upload_goes_on_after_a_crash(self):
        source = self.record(size="640x360", seconds=8)
        self.run_rushes("cut", source, "-o", "near.mp4")
        self.assertGreater(len(self.bytes("near.mp4")), 4 * 5 << 20)
        words = ("ingest", source, "-o", self.at("rec.mp4"), "--cache", "far", "--json")
        process = self.start(*words, "--limit-rate", "8M", start_new_session=True)
        while self.parts() < 2 and process.poll() is None:
            time.sleep(0.01)
        self.assertIsNone(process.poll(), "it ended before it could be killed")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        result = self.result(*words)
        self.assertEqual(result["state"], "uploaded")
        self.assertGreaterEqual(result["reused"], 2 * 5 << 20)
        self.assertEqual(self.stored("rec.mp4"), self.bytes("near.mp4"))
        self.assertEqual(self.result(*words)["state"], "there")
        # What somebody else has written meanwhile is not replaced.
        self.run_rushes("cut", source, "--to", "1", "-o", self.at("rec.mp4"))
        self.assertIn("E0289", self.run_rushes("ingest", source, "-o", self.at("rec.mp4"), "--cache", "far", code=2))

    def result(self, *words):
        self.run_rushes(*words)
        return json.loads(self.out)["results"][0]

    def parts(self):
        """That the journal knows of."""
        states = [json.loads(path.read_text()).get("state", "") for path in (self.home / "far/uploads").glob("*.json")]
        return sum(len(json.loads(state)["parts"]) for state in states if state)

    def test_what_is_wrong_is_told(self):
        source = self.record(seconds=1)
        said = self.run_rushes("probe", self.at("none.mp4"), code=2)
        self.assertIn("there is no such object", said)
        said = self.run_rushes("cut", source, "-o", "s3://no-such-bucket-here/a.mp4", code=2)
        self.assertIn('there is no bucket "no-such-bucket-here"', said)
        self.run_rushes("cut", source, "-o", self.at("a.mp4"))
        self.more = {"AWS_SECRET_ACCESS_KEY": "wrong"}
        for words in (("probe", self.at("a.mp4")), ("cut", source, "-o", self.at("b.mp4"))):
            said = self.run_rushes(*words, code=2)
            self.assertIn("the secret key is not that of the key ID", said)
