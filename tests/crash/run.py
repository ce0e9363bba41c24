#!/usr/bin/env python3
"""Renders that are killed, and caches in every bad state.

  run.py RUSHES kills      200 times killed at a random moment: always whole, always the same bytes
  run.py RUSHES states     a cache that is write-protected, full, deleted, damaged, shared
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
import case  # noqa: E402
from case import Crash, timeline  # noqa: E402
from processes import descendants  # noqa: E402

KILLS = 200


class Kills(Crash):
    def test_killed_at_random_moments(self):
        want = self.reference()
        dice = random.Random(1)
        kills, renders = 0, 0
        while kills < KILLS:
            shutil.rmtree(self.cache, ignore_errors=True)
            (self.folder / "ad.mp4").unlink(missing_ok=True)
            rendered = 0
            for attempt in range(30):
                process = self.start()
                # Of one that is left alone, the last of these comes too late.
                time.sleep(dice.uniform(0, 0.25 + 0.02 * attempt))
                if process.poll() is None:
                    kills += 1
                    self.kill_some(dice, process.pid)
                out, _ = process.communicate(timeout=60)
                if (self.folder / "ad.mp4").exists():
                    self.assertEqual((self.folder / "ad.mp4").read_bytes(), want, "not whole")
                if process.returncode == 0:
                    rendered = json.loads(out)["segments"]["rendered"]
                    break
            else:
                self.render()
            renders += 1
            self.assertLessEqual(rendered, 5)
            self.assertEqual((self.folder / "ad.mp4").read_bytes(), want)
            self.assertEqual(self.verify()["damaged"]["objects"], 0)
            self.wait_for_orphans()
            report, got = self.render()  # sweeps what the killed ones left
            self.assertEqual(report["segments"]["rendered"], 0)
            self.assertEqual(got, want)
            self.assertEqual(self.left(), [])
        print(f"{kills} kills in {renders} renders")

    def kill_some(self, dice, pid):
        """The program itself, or any of its engines."""
        family = descendants(pid)
        victims = [pid] if dice.random() < 0.5 or not family else [dice.choice(family)]
        for victim in victims:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def wait_for_orphans(self):
        """Engines whose program was killed end by themselves."""
        for _ in range(200):
            if not engines_in(self.folder):
                return
            time.sleep(0.02)
        self.fail("engines outlive their program")


class States(Crash):
    def test_two_at_once(self):
        want = self.reference()
        both = [self.start(output=name) for name in ("one.mp4", "two.mp4")]
        for process in both:
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err)
        for name in ("one.mp4", "two.mp4"):
            self.assertEqual((self.folder / name).read_bytes(), want)
        self.assertEqual(self.left(), [])

    def test_damaged_pieces_are_rendered_again(self):
        want = self.reference()
        self.render()
        pieces = self.objects()
        harm = [lambda data: data[:len(data) // 2],                       # truncated
                lambda data: data[:-20] + bytes([data[-20] ^ 1]) + data[-19:],
                lambda data: data[:100] + bytes([data[100] ^ 128]) + data[101:],
                lambda data: b"",                                        # as after a power cut
                lambda data: bytes(len(data))]
        for piece, change in zip(pieces, harm):
            piece.write_bytes(change(piece.read_bytes()))
        hurt = min(len(pieces), len(harm))
        report, got = self.render()
        self.assertEqual(got, want)
        self.assertEqual(report["segments"]["rendered"], hurt)
        self.assertTrue(any("damaged" in w["text"] for w in report["warnings"]), report["warnings"])
        self.assertEqual(self.verify()["damaged"]["objects"], 0)

    def test_verify_throws_away_what_is_damaged(self):
        self.render()
        piece = self.objects()[0]
        piece.write_bytes(piece.read_bytes()[:-1])
        self.assertEqual(self.verify()["damaged"]["objects"], 1)
        self.assertFalse(piece.exists())

    def test_deleted_while_rendering(self):
        self.write(timeline(seconds=8, preset="slow"))
        want = self.reference()
        process = self.start()
        for _ in range(3):
            # Once there is a piece, all of it goes.
            for _ in range(400):
                if process.poll() is not None or self.objects():
                    break
                time.sleep(0.005)
            shutil.rmtree(self.cache, ignore_errors=True)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual((self.folder / "ad.mp4").read_bytes(), want)

    def test_cleared_while_rendering(self):
        """What a running render needs is not removed."""
        self.write(timeline(seconds=8, preset="slow"))
        process = self.start()
        for _ in range(400):
            if len(self.objects()) >= 2:
                break
            time.sleep(0.005)
        before = self.objects()
        subprocess.run([case.RUSHES, "cache", "clear", "--cache", self.cache], check=True, capture_output=True)
        self.assertTrue(set(before) <= set(self.objects()))
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(json.loads(out)["segments"]["rendered"], json.loads(out)["segments"]["total"])

    def test_no_folder_to_be_had(self):
        want = self.reference()
        blocked = self.folder / "file"
        blocked.write_text("not a folder")
        report, got = self.render(cache=blocked / "cache")
        self.assertEqual(got, want)
        self.assertEqual([w["number"] for w in report["warnings"]], [306])

    def test_no_home(self):
        want = self.reference()
        command = [part for part in self.command() if part not in ("--cache", str(self.cache))]
        bare = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME", "RUSHES_CACHE")}
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=bare)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "ad.mp4").read_bytes(), want)
        report = json.loads(done.stdout)
        self.assertEqual([w["number"] for w in report["warnings"]], [306])
        self.assertIn("home", report["warnings"][0]["text"])

    def test_write_protected(self):
        if os.geteuid() != 0:
            self.skipTest("wants to become another user")

        def become_nobody():
            os.setgid(65534)
            os.setuid(65534)

        try:
            subprocess.run([case.RUSHES, "--version"], cwd="/", preexec_fn=become_nobody, capture_output=True, check=True)
        except (OSError, subprocess.SubprocessError):
            self.skipTest("other users cannot run what was built here")
        want = self.reference()
        self.render()
        searched = timeline()
        searched["output"]["video"]["bitrate"] = "500k"
        self.write(searched)
        self.render()
        self.write(timeline())
        for path in [self.folder, self.home]:
            os.chmod(path, 0o777)
        for path in [p for p in self.cache.rglob("*")] + [self.cache]:
            os.chmod(path, 0o555 if path.is_dir() else 0o444)
        (self.folder / "ad.mp4").unlink()
        shutil.rmtree(self.home)
        self.home.mkdir(mode=0o777)
        os.chmod(self.home, 0o777)
        report, got = self.render(before=become_nobody)
        self.assertEqual(got, want)
        self.assertEqual([w["number"] for w in report["warnings"]], [306])
        # What is there is read all the same.
        self.assertEqual(report["segments"]["rendered"], 0)
        self.write(searched)
        report, _ = self.render(before=become_nobody)
        self.assertEqual(report["segments"]["rendered"], 0)
        done = subprocess.run(self.command("--explain"), cwd=self.folder, capture_output=True, text=True,
                              env=self.environment(), preexec_fn=become_nobody)
        report = json.loads(done.stdout)
        self.assertEqual([piece["kept"] for piece in report["explain"]], [True] * len(report["explain"]))
        self.assertEqual(report["warnings"], [])

    def test_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=28k", "tmpfs", disk], capture_output=True)
        if mounted.returncode:
            self.skipTest("cannot mount a small disk here")
        try:
            _, want = self.render()
            report, got = self.render(cache=disk / "cache")
            self.assertEqual(got, want)
            self.assertIn(306, [w["number"] for w in report["warnings"]])
            self.assertIn("full", report["warnings"][-1]["text"])
            # What others left there goes first; then there is room, and what is rendered stays.
            subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
            self.write(timeline(preset="ultrafast"))
            self.render(cache=disk / "cache")
            with self.assertRaises(OSError), open(disk / "filler", "wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(1000))
            self.write(timeline(preset="medium"))
            report, _ = self.render(cache=disk / "cache")
            self.assertIn("were removed", report["warnings"][0]["text"])
            self.assertEqual(self.render(cache=disk / "cache")[0]["segments"]["rendered"], 0)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)

    def test_disk_that_fills_up_on_the_way(self):
        """What the render itself has put there stays, with a bit rate too, where pieces are tried."""
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", disk], capture_output=True)
        if mounted.returncode:
            self.skipTest("cannot mount a small disk here")
        try:
            cache = disk / "cache"
            for video in {"preset": "ultrafast", "crf": 8}, {"preset": "ultrafast", "bitrate": "4M"}:
                document = timeline(seconds=6)
                document["output"]["video"] = video
                self.write(document)
                want = self.reference()
                need = sum(p.stat().st_size for p in self.objects(self.folder / "reference"))
                shutil.rmtree(self.folder / "reference")
                self.write(timeline(seconds=6, preset="medium"))
                self.render(cache=cache)
                self.write(document)
                free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
                with open(disk / "filler", "wb", buffering=0) as filler:
                    filler.write(bytes(free - need // 2))
                command = ["json" if part == "none" else part for part in self.command(cache=cache)]
                done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True,
                                      env=self.environment())
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual((self.folder / "ad.mp4").read_bytes(), want)
                events = [json.loads(line) for line in done.stderr.splitlines()]
                self.assertTrue(any("were removed" in e.get("text", "") for e in events), done.stderr)
                keys = [e["segment"]["key"] for e in events if e["type"] == "segment"]
                self.assertEqual(len(keys), len(set(keys)), "rendered twice")
                report = json.loads(done.stdout)
                self.assertEqual(report["segments"]["rendered"], report["segments"]["total"])
                (disk / "filler").unlink()
                shutil.rmtree(cache)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)

    def test_an_input_that_changes(self):
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=s=320x180", "-t", "6",
                        "-pix_fmt", "yuv420p", "in.mp4"], cwd=self.folder, check=True)
        document = timeline()
        document["output"]["video"]["preset"] = "veryslow"
        document["tracks"] = [[{"video": "in.mp4"}]]
        self.write(document)
        process = self.start()
        while process.poll() is None and not self.objects():
            time.sleep(0.002)
        with open(self.folder / "in.mp4", "r+b") as file:
            file.seek(60)
            file.write(b"x")
        out, err = process.communicate(timeout=120)
        if process.returncode == 0:
            self.skipTest("it was faster")
        self.assertEqual(process.returncode, 5, err)
        self.assertIn("has changed", json.loads(out)["error"]["message"])


def engines_in(folder):
    """Processes that work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(folder):
                found.append(entry.name)
        except OSError:
            pass
    return found


if __name__ == "__main__":
    case.RUSHES = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], {"kills": "Kills", "states": "States"}[sys.argv[2]], *sys.argv[3:]])
