#!/usr/bin/env python3
"""Recordings that go into a bucket over a line that breaks down: whole, once, and with the user's command after each.

  ingest.py RUSHES FAKE_SERVER [-v] [TestCase.test_name]
"""

import json
import random
import subprocess
import sys
import time
import unittest
from pathlib import Path

import run

PART = 5 << 20


class Ingest(run.Remote):
    def ingest(self, *arguments, code=0, output="s3://bucket/{name}.mp4"):
        out = self.run_rushes("ingest", *arguments, "-o", output, "--cache", "far", "--json", code=code)
        return json.loads(out)

    def start_ingest(self, *arguments):
        return subprocess.Popen([run.RUSHES, "ingest", *map(str, arguments), "-o", "s3://bucket/{name}.mp4", "--cache", "far"],
                                cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def card(self, seconds=1):
        """Two recordings, one of two chapters, and what is none."""
        card = self.folder / "card"
        card.mkdir()
        for name in ("GX010001.MP4", "GX020001.MP4", "b.mp4"):
            self.record(f"card/{name}", seconds=seconds, more=f"-metadata creation_time=2026-02-03T01:00:00Z -metadata title={name}")
        (card / "GX010001.THM").write_text("a thumbnail")
        return card

    def whole(self, *chapters):
        self.run_rushes("cut", *chapters, "-o", "near.mp4")
        return (self.folder / "near.mp4").read_bytes()

    def journal(self):
        """Numbers of the parts that are known to be there."""
        numbers = set()
        for path in (self.folder / "far/uploads").glob("*.json"):
            numbers |= {part["number"] for part in json.loads(json.loads(path.read_text())["state"])["parts"]}
        return numbers

    def numbers_put(self):
        return {int(number) for number in self.parts_put()}


class Recordings(Ingest):
    def test_a_card_is_copied_once(self):
        card = self.card()
        report = self.ingest(card, output="s3://bucket/{date}/{name}.mp4")
        self.assertEqual((report["uploaded"], report["there"], report["failed"]), (2, 0, 0), report)
        self.assertEqual([result["state"] for result in report["results"]], ["uploaded"] * 2)
        self.assertEqual([len(result["chapters"]) for result in report["results"]], [2, 1])
        self.assertEqual(self.stored("bucket/2026-02-03/GX010001.mp4"), self.whole(card / "GX010001.MP4"))
        self.assertEqual(self.stored("bucket/2026-02-03/b.mp4"), self.whole(card / "b.mp4"))
        self.server.control(no_log=True)
        report = self.ingest(card / "GX010001.MP4", card / "b.mp4", "--jobs", "1", output="s3://bucket/{date}/{name}.mp4")
        self.assertEqual((report["uploaded"], report["there"], report["failed"]), (0, 2, 0), report)
        self.assertEqual({entry["method"] for entry in self.server.log()}, {"HEAD"})
        self.assertEqual(self.server.get("/_uploads"), b"0")
        self.assertEqual(list((self.folder / "far/uploads").iterdir()), [])
        # What is gone from the bucket is sent again; another part of it is another object.
        self.server.control(s3={"remove": ["bucket/2026-02-03/b.mp4"]})
        report = self.ingest(card, output="s3://bucket/{date}/{name}.mp4")
        self.assertEqual((report["uploaded"], report["there"]), (1, 1), report)
        report = self.ingest(card / "b.mp4", "--to", "0.5", code=0, output="s3://bucket/{name}_half.mp4")
        self.assertEqual(report["uploaded"], 1)

    def test_a_card_has_its_recordings_in_dcim(self):
        card = self.card()
        (card / "DCIM").mkdir()
        (card / "DCIM/100GOPRO").mkdir()
        for name in ("GX010001.MP4", "GX020001.MP4"):
            (card / name).rename(card / "DCIM/100GOPRO" / name)
        report = self.ingest(card, output="s3://bucket/{folder}/{name}.mp4")
        self.assertEqual((report["uploaded"], report["failed"]), (2, 0), report)
        self.assertTrue(self.is_stored("bucket/100GOPRO/GX010001.mp4"))
        self.assertTrue(self.is_stored("bucket/card/b.mp4"))

    def test_one_that_fails_does_not_stop_the_others(self):
        card = self.card()
        (card / "a.mp4").write_text("not a video")
        report = self.ingest(card, self.folder / "none.mp4", code=2)
        self.assertEqual((report["uploaded"], report["failed"]), (2, 2), report)
        told = {Path(result["input"]).name: result["ok"] for result in report["results"]}
        self.assertEqual(told, {"GX010001.MP4": True, "a.mp4": False, "b.mp4": True, "none.mp4": False})
        self.assertIn("2 of 4 recordings failed", self.stderr)
        self.assertEqual(self.stored("bucket/b.mp4"), self.whole(card / "b.mp4"))

    def test_no_other_object_is_replaced_unawares(self):
        card = self.card()
        other = self.record("other.mp4", seconds=1)
        self.plant(other, "bucket/b.mp4")
        report = self.ingest(card / "b.mp4", code=2)
        self.assertIn("E0289", self.stderr)
        self.assertEqual(report["results"][0]["error"]["number"], 289)
        self.assertEqual(self.stored("bucket/b.mp4"), other.read_bytes())
        self.assertEqual(self.server.get("/_uploads"), b"0")
        self.ingest(card / "b.mp4", "--replace")
        self.assertEqual(self.stored("bucket/b.mp4"), self.whole(card / "b.mp4"))
        # Ours, but of another recording by now.
        self.plant(other, "bucket/b.mp4")
        self.ingest(card / "b.mp4", code=2)
        self.assertEqual(self.stored("bucket/b.mp4"), other.read_bytes())

    def test_mistakes_are_told_before_anything_is_sent(self):
        card = self.card()
        for arguments, output, says in [((), "out/{name}.mp4", "rushes cut writes files"), ((), "s3://bucket/a.mp4", "name with fields"),
                                        ((), "s3://bucket/{preset}.mp4", "there is no {preset}"),
                                        ((), "https://example.org/{name}.mp4", "writes to s3:// and gs:// alone"),
                                        (("--field", "court=3"), "s3://bucket/{court}.mp4", "would both be written"),
                                        (("--limit-rate", "5"), "s3://bucket/{name}.mp4", "at least 1K"),
                                        (("--give-up-after", "soon"), "s3://bucket/{name}.mp4", "must be a time"),
                                        ((), "s3://bucket/{name}.webm", "MP4 and QuickTime files are written"),
                                        (("--clock-offset", "x"), "s3://bucket/{name}.mp4", "--clock-offset must be"),
                                        (("--from", "x"), "s3://bucket/{name}.mp4", "--from")]:
            self.ingest(card, *arguments, output=output, code=2)
            self.assertIn(says, self.stderr)
        self.assertEqual(self.server.log(), [])
        (self.folder / "far").rename(self.folder / "gone")
        (self.folder / "far").touch()
        self.ingest(card, code=2)
        self.assertIn("E0306", self.stderr)
        self.assertEqual(self.server.log(), [])

    def test_all_of_them_together_keep_to_a_rate(self):
        names = [self.record(f"{i}.mp4", size="640x360", seconds=2) for i in range(3)]
        size = sum(path.stat().st_size for path in names)
        self.assertGreater(size, 12_000_000)
        begin = time.monotonic()
        self.ingest(*names, "--jobs", "3", "--limit-rate", "6M")
        self.assertGreater(time.monotonic() - begin, size / (6 << 20) - 0.6)
        self.assertEqual(self.stored("bucket/2.mp4"), self.whole(names[2]))


class Hooks(Ingest):
    NOTE = 'printf "%s|%s|%s|%s\\n" "$RUSHES_INPUT" "$RUSHES_OUTPUT" "$RUSHES_BYTES" "$RUSHES_VERSION" >> told; cat >> about'

    def told(self):
        path = self.folder / "told"
        return path.read_text().splitlines() if path.exists() else []

    def test_a_command_is_told_once_of_each(self):
        card = self.card()
        report = self.ingest(card, "--on-done", self.NOTE)
        self.assertEqual([result["handed_over"] for result in report["results"]], ["now"] * 2)
        wanted = [f"{(card / name).resolve()}|{result['output']}|{result['bytes']}|{result['version']}"
                  for name, result in zip(("GX010001.MP4", "b.mp4"), report["results"])]
        self.assertEqual(sorted(self.told()), sorted(wanted))
        about = [json.loads(line) for line in (self.folder / "about").read_text().splitlines()]
        self.assertEqual({one["output"] for one in about}, {"s3://bucket/GX010001.mp4", "s3://bucket/b.mp4"})
        self.assertEqual(sorted(len(one["chapters"]) for one in about), [1, 2])
        report = self.ingest(card, "--on-done", self.NOTE)
        self.assertEqual([result["handed_over"] for result in report["results"]], ["earlier"] * 2)
        self.assertEqual(len(self.told()), 2)

    def test_names_are_no_commands(self):
        name = "$(touch pwned); `touch pwned` \"'\n é.mp4"
        (self.folder / name).write_bytes(self.record(seconds=1).read_bytes())
        self.ingest(self.folder / name, "--on-done", 'printf %s "$RUSHES_INPUT" > told; cat > about', output="s3://bucket/a.mp4")
        self.assertEqual((self.folder / "told").read_text(), str((self.folder / name).resolve()))
        self.assertEqual(json.loads((self.folder / "about").read_text())["chapters"], [str((self.folder / name).resolve())])
        self.assertFalse((self.folder / "pwned").exists())

    def test_one_that_fails_is_run_again_without_an_upload(self):
        card = self.card()
        report = self.ingest(card, "--on-done", '[ -e fixed ] || [ "${RUSHES_OUTPUT%b.mp4}" = "$RUSHES_OUTPUT" ] || exit 3; ' + self.NOTE,
                             code=5)
        self.assertEqual((report["uploaded"], report["failed"]), (2, 1), report)
        self.assertIn("E0315", self.stderr)
        self.assertIn("ended with status 3", self.stderr)
        self.assertEqual(len(self.told()), 1)
        (self.folder / "fixed").touch()
        self.server.control(no_log=True)
        report = self.ingest(card, "--on-done", '[ -e fixed ] || [ "${RUSHES_OUTPUT%b.mp4}" = "$RUSHES_OUTPUT" ] || exit 3; ' + self.NOTE)
        self.assertEqual((report["uploaded"], report["there"], report["failed"]), (0, 2, 0), report)
        self.assertEqual(len(self.told()), 2)
        self.assertEqual({entry["method"] for entry in self.server.log()}, {"HEAD"})

    def test_one_that_runs_is_ended_by_ctrl_c(self):
        process = self.start_ingest(self.record(seconds=1), "--on-done", "touch runs; sleep 600 & wait")
        while not (self.folder / "runs").exists() and process.poll() is None:
            time.sleep(0.01)
        self.interrupt(process)


class BadLine(Ingest):
    def test_a_line_may_be_down_for_a_while(self):
        source = self.record(seconds=1)
        self.server.control(faults=[{"method": "PUT", "close": True, "times": 7}])
        report = self.ingest(source)
        self.assertEqual(self.stored("bucket/rec.mp4"), self.whole(source))
        # Others give up after four; a connection that was kept and is closed is tried again without a word.
        self.assertGreater(sum(warning["number"] == 287 for warning in report["warnings"]), 4)

    def test_it_is_given_up_in_the_end_and_gone_on_with(self):
        source = self.record(size="640x360", seconds=8)
        self.assertGreater(source.stat().st_size, 3 * PART)
        self.server.control(faults=[{"method": "PUT", "contains": "partNumber=3", "close": True}])
        self.ingest(source, "--give-up-after", "1s", code=5)
        self.assertIn("W0287", self.stderr)
        known = self.journal()
        self.assertIn(2, known)
        self.server.control(no_faults=True, no_log=True)
        report = self.ingest(source)
        self.assertEqual(self.stored("bucket/rec.mp4"), self.whole(source))
        self.assertEqual(self.numbers_put() & known, set())
        self.assertGreater(report["results"][0]["reused"], 0)

    def test_ctrl_c_ends_the_waiting(self):
        self.server.control(faults=[{"method": "PUT", "close": True}])
        process = self.start_ingest(self.record(seconds=1))
        for line in process.stderr:
            if "W0287" in line:
                break
        self.interrupt(process)
        self.assertEqual(self.server.get("/_uploads"), b"1")
        self.server.control(no_faults=True)
        self.ingest(self.folder / "rec.mp4")
        self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_credentials_may_expire_meanwhile(self):
        def keys(name):
            return {"AccessKeyId": name, "SecretAccessKey": f"planted-{name}", "Token": f"token-{name}",
                    "Expiration": "2099-01-01T00:00:00Z"}

        def of_s3(name, expired):
            return {name: {"secret": f"planted-{name}", "token": f"token-{name}", "expired": expired}}

        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self.environment.pop(name)
        self.environment |= {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.server.at + "/container",
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t"}
        self.server.control(container_token="t", keys=keys("OLD"), s3={"keys": of_s3("OLD", False)})
        source = self.record(size="640x360", seconds=8)
        process = self.start_ingest(source, "--limit-rate", "12M")
        while not self.parts_put() and process.poll() is None:
            time.sleep(0.01)
        self.server.control(keys=keys("NEW"), s3={"keys": of_s3("OLD", True) | of_s3("NEW", False)})
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("ExpiredToken", err)
        self.assertEqual(self.stored("bucket/rec.mp4"), self.whole(source))

    def test_killed_at_any_moment_it_goes_on(self):
        source = self.record(size="640x360", seconds=8)
        parts = -(-source.stat().st_size // PART)
        chance = random.Random(7)
        for _ in range(4):
            self.server.control(no_log=True)
            known = self.journal()
            process = self.start_ingest(source, "--limit-rate", "10M")
            limit = time.monotonic() + chance.uniform(0.1, 1.5)
            while time.monotonic() < limit and process.poll() is None:
                time.sleep(0.01)
            self.kill_all(process)
            process.stderr.close()
            self.assertEqual(self.numbers_put() & known, set(), "what is known to be there was sent again")
            self.assertLessEqual(known, self.journal() or known)
        known = self.journal()
        self.server.control(no_log=True)
        self.ingest(source)
        self.assertEqual(self.numbers_put() & known, set())
        self.assertLessEqual(self.numbers_put(), set(range(1, parts + 2)))
        self.assertEqual(self.stored("bucket/rec.mp4"), self.whole(source))
        self.assertEqual(self.server.get("/_uploads"), b"0")

    def test_killed_between_the_end_and_its_note_it_sends_nothing_again(self):
        source = self.record(seconds=1)
        # Looked at when it begins, before it is completed, and then.
        self.server.control(faults=[{"method": "HEAD", "skip": 2, "stall": True}])
        process = self.start_ingest(source)
        while not self.is_stored("bucket/rec.mp4") and process.poll() is None:
            time.sleep(0.01)
        self.assertIsNone(process.poll())
        self.kill_all(process)
        process.stderr.close()
        self.server.control(no_faults=True, no_log=True)
        report = self.ingest(source)
        self.assertEqual(self.parts_put(), [])
        self.assertEqual(report["results"][0]["reused"], report["results"][0]["bytes"])
        self.assertEqual(self.stored("bucket/rec.mp4"), self.whole(source))
        self.assertEqual(self.ingest(source)["there"], 1)


if __name__ == "__main__":
    run.RUSHES, run.SERVER = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve())
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
