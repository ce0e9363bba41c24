#!/usr/bin/env python3
"""Renders during which the power goes, on a disk that loses what was not synced.

  power_cut.py RUSHES LOSSY_DISK [SEEDS]

The library LOSSY_DISK (lossy_disk.cc) writes down what is synced and which names came and went since their folder was,
and stops the render at one of these operations. Everything is killed then. Of each folder the last changes are undone,
by chance as many as were not synced; of each file that was not, pages are lost. The same render is begun again.

Every other seed has a disk that says that it syncs and does not.
"""

import ctypes
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import unittest
import wave
from pathlib import Path

sys.dont_write_bytecode = True
import case  # noqa: E402
from case import Crash, timeline  # noqa: E402

SEEDS = 24
LIBRARY = ""
PAGE = 4096


class Disk:
    """What was written below a folder, and what of it lasts."""

    def __init__(self, folder, log):
        self.folder, self.log = folder, log
        (log / "synced").mkdir(parents=True)
        os.mkfifo(log / "cut")
        for path in self.files():
            self.synced(path).write_bytes(path.read_bytes())

    def files(self):
        return sorted(p for p in self.folder.rglob("*") if p.is_file())

    def synced(self, path):
        return self.log / "synced" / str(path.stat().st_ino)

    def environment(self, cut, lies):
        return {"LD_PRELOAD": LIBRARY, "DISK_ROOT": str(self.folder), "DISK_LOG": str(self.log), "DISK_CUT": str(cut),
                **({"DISK_LIES": "1"} if lies else {})}

    def operations(self):
        return (self.log / "count").stat().st_size

    def run(self, command, environment, cut=0, lies=False):
        """The exit status, None if the power went; what was said on stderr."""
        # Whoever is left behind becomes ours, so that its end can be waited for.
        ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
        reader = os.open(self.log / "cut", os.O_RDONLY | os.O_NONBLOCK)
        with open(self.log / "said", "w+") as said:
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=said,
                                       env={**environment, **self.environment(cut, lies)}, start_new_session=True)
            poll = select.poll()
            for fd in (reader, end := os.pidfd_open(process.pid)):
                poll.register(fd, select.POLLIN)
            gone = reader in dict(poll.poll(120_000))
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            status = process.wait()
            for fd in (reader, end):
                os.close(fd)
            try:
                while True:
                    os.waitpid(-1, 0)
            except ChildProcessError:
                pass
            said.seek(0)
            return None if gone else status, said.read()

    def lose(self, dice):
        """How many names and files are not what they were."""
        return self.lose_names(dice), self.lose_bytes(dice)

    def lose_names(self, dice):
        unsynced = {}
        lines = (self.log / "operations").read_text().splitlines()
        for verb, path, *more in (line.split("\t") for line in lines):
            if verb == "sync-folder":
                unsynced[path] = []
            else:
                unsynced.setdefault(os.path.dirname(path), []).append((verb, path, *more))
        count = 0
        for operations in unsynced.values():
            for operation in reversed(operations[dice.randint(0, len(operations)):]):
                count += undo(*operation)
        return count

    def lose_bytes(self, dice):
        count = 0
        for path in self.files():
            now, kept = path.read_bytes(), self.synced(path)
            last = kept.read_bytes() if kept.exists() else None
            if now != last:
                path.write_bytes(damaged(dice, now, last or b""))
                count += path.read_bytes() != now
        return count


def undo(verb, path, *more):
    """False if the folder itself is gone."""
    try:
        if verb == "mkdir":
            shutil.rmtree(path)
        elif verb == "rmdir":
            os.mkdir(path)
        elif verb == "unlink":
            os.link(more[0], path)
        elif verb == "rename":
            os.rename(more[0], path)
            if more[1] != "-":
                os.link(more[1], more[0])
        else:
            os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def damaged(dice, now, last):
    """Some pages of what was written, some of what was there before, or of nothing."""
    pages = range(-(-len(now) // PAGE))
    kind = dice.randrange(5)
    if kind == 0:
        return last
    if kind == 1:
        return bytes(len(now))
    if kind == 2:
        return now[:dice.choice([*pages, 0]) * PAGE]
    if kind == 3:
        return now
    old = last.ljust(len(now), b"\0")
    return b"".join(dice.choice((now, old))[i * PAGE:(i + 1) * PAGE] for i in pages)[:len(now)]


class PowerCut(Crash):
    def setUp(self):
        super().setUp()
        self.base = self.folder
        self.enter("before")

    def enter(self, name, like=None):
        """A folder of its own, which is all that the disk has."""
        self.folder = self.base / name
        if like:
            shutil.copytree(self.base / like, self.folder)
        self.home, self.cache = self.folder / "home", self.folder / "cache"
        self.home.mkdir(parents=True, exist_ok=True)
        return Disk(self.folder, self.base / f"{name}-log") if like else None

    def scenes(self, last_color):
        document = timeline(seconds=2.4, preset="ultrafast")
        document["tracks"][0][1]["gradient"]["colors"][1] = last_color
        document["output"]["size"] = "160x90"
        document["tracks"].append([{"audio": "sound.wav"}])
        self.write(document)
        with wave.open(str(self.folder / "sound.wav"), "wb") as out:
            out.setparams((1, 2, 48000, 0, "NONE", ""))
            out.writeframes(bytes(range(256)) * 900)

    def test_power_cuts(self):
        # Another video under the same name, of which half the pieces are the same.
        self.scenes("#4080c0")
        _, old = self.render()
        self.scenes("#c0c0c0")
        disk = self.enter("undisturbed", like="before")
        status, said = disk.run(self.command(), self.environment())
        self.assertEqual(status, 0, said)
        total = disk.operations()
        new = (self.folder / "ad.mp4").read_bytes()
        self.assertNotEqual(new, old)
        names, files, done = 0, 0, 0
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                lies = seed % 2 == 1
                disk = self.enter(f"seed{seed}", like="before")
                cut = 0 if seed % 8 < 2 else dice.randint(1, total)
                command = self.command()
                command[command.index("none")] = "json"
                status, said = disk.run(command, self.environment(), cut=cut, lies=lies)
                self.assertIn(status, (0, None), said)
                done += status == 0
                lost = disk.lose(dice)
                names, files = names + lost[0], files + lost[1]
                if not lies:
                    self.check_kept(said, {old, new} if status is None else {new})
                self.check_again(new)
                shutil.rmtree(self.folder)
        print(f"{SEEDS} power cuts, {done} of them after the end, in about {total} operations; {names} names and "
              f"{files} files were lost")
        # Of a few seeds none may lose anything.
        if SEEDS >= 24:
            self.assertGreater(names, SEEDS)
            self.assertGreater(files, SEEDS // 4)

    def check_kept(self, said, outputs):
        """On a disk that syncs."""
        self.assertTrue((self.folder / "ad.mp4").read_bytes() in outputs, "not whole")
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{") and line.endswith("}")]
        for event in events:
            if event["type"] == "segment":
                key = event["segment"]["key"]
                self.assertTrue((self.cache / "objects" / key[:2] / key[2:]).exists(), "a stored piece is lost")
        self.assertEqual(self.verify()["damaged"]["objects"], 0)

    def check_again(self, new):
        # Some time later: a work folder that lost its lock might be one that is only just being made.
        for path in self.home.rglob("render-*"):
            os.utime(path, (0, 0))
        _, got = self.render()
        self.assertTrue(got == new, "other bytes")
        self.verify()
        self.assertEqual(self.left(), [])
        report, got = self.render()
        self.assertEqual(report["segments"]["rendered"], 0)
        self.assertTrue(got == new, "other bytes")
        self.assertEqual(self.verify()["damaged"]["objects"], 0)

    def test_what_was_done_stays(self):
        """Of the other outputs: after the end of the program nothing may happen to them any more."""
        self.scenes("#4080c0")
        for name, option in (("one.png", ["--still", "1"]), ("hashes.txt", ["--hashes"])):
            for seed in range(6):
                disk = self.enter(f"{name}{seed}", like="before")
                status, said = disk.run(self.command(*option, output=name), self.environment())
                self.assertEqual(status, 0, said)
                whole = (self.folder / name).read_bytes()
                disk.lose(random.Random(seed))
                self.assertTrue((self.folder / name).exists(), f"{name} is gone")
                self.assertTrue((self.folder / name).read_bytes() == whole, f"{name} is not whole")


if __name__ == "__main__":
    case.RUSHES, LIBRARY = (os.path.abspath(path) for path in sys.argv[1:3])
    SEEDS = int(sys.argv[3]) if sys.argv[3:] else SEEDS
    unittest.main(argv=sys.argv[:1])
