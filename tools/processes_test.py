#!/usr/bin/env python3
"""Tests of processes.py."""

import os
import subprocess
import sys
import threading
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
from processes import descendants  # noqa: E402


class Descendants(unittest.TestCase):
    def test_finds_children_and_theirs(self):
        process = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
        grandchild = int(process.stdout.readline())
        self.assertEqual(descendants(os.getpid()), [process.pid, grandchild])
        os.kill(grandchild, 9)
        process.communicate()
        self.assertEqual(descendants(process.pid), [])

    def test_processes_may_end_meanwhile(self):
        ended = threading.Event()

        def start_again_and_again():
            while not ended.is_set():
                subprocess.run(["sh", "-c", "true & wait"], check=True)

        threads = [threading.Thread(target=start_again_and_again) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(1500):
                descendants(os.getpid())
        finally:
            ended.set()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    unittest.main()
