#!/usr/bin/env python3
"""What ./dev bench ad measures with, tried on things whose measure is known."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import bench
from processes import family, memory_of


class BenchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)

    def python(self, program, **options):
        return bench.measure([sys.executable, "-c", program], self.work, **options)

    def test_memory_of_a_child_of_a_child_counts(self):
        hold = "import sys; held = b'x' * 200_000_000; print('held', flush=True); sys.stdin.read()"
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}], check=True)"
        with subprocess.Popen([sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), b"held\n")
            memory = memory_of(family(process.pid))
            process.stdin.close()
        self.assertGreater(memory, 200e6)
        self.assertLess(memory, 300e6)

    def test_memory_is_watched_while_a_contestant_runs(self):
        self.assertGreater(self.python("held = b'x' * 50_000_000\nfor i in range(20_000_000): pass",
                                       watch_memory=True)["peak"], 50e6)

    def test_sizes_between_qualities(self):
        points = [(0.98, 4000), (0.97, 2000), (0.99, 8000)]
        self.assertAlmostEqual(bench.bytes_at(points, 0.98), 4000)
        self.assertAlmostEqual(bench.bytes_at(points, 0.975), 2000 * 2 ** 0.5)
        self.assertAlmostEqual(bench.bytes_at(points, 0.995), 8000 * 2 ** 0.5)
        self.assertAlmostEqual(bench.bytes_at(points, 0.96), 1000)

    def test_cpu_time_of_a_child_of_a_child_counts(self):
        burn = "import time\nwhile time.process_time() < 0.5: pass"
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True)"
        self.assertGreater(self.python(outer)["cpu"], 0.5)

    def test_a_contestant_that_fails_ends_the_bench_with_its_words(self):
        with self.assertRaisesRegex(SystemExit, "out of paint"):
            self.python("import sys; sys.exit('out of paint')")

    def test_captions_from_words(self):
        words = [{"word": w, "start": i * 0.5, "end": i * 0.5 + 0.4} for i, w in enumerate("a b c d e".split())]
        lines = [line for line in bench.captions_from(words).splitlines() if line.startswith("Dialogue")]
        self.assertEqual(lines, [
            "Dialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,{\\k50}a {\\k50}b {\\k50}c {\\k50}d",
            "Dialogue: 0,0:00:02.00,0:00:02.60,Default,,0,0,0,,{\\k60}e"])

    def test_media_that_lack_a_file_are_refused(self):
        with self.assertRaisesRegex(SystemExit, "has no 1.jpg"):
            bench.prepare(self.work, self.work / "work")

    def test_the_lossless_timeline_differs_in_its_encoder_alone(self):
        bench.prepare(bench.ROOT / "examples/ad", self.work / "work")
        ad, lossless = (json.loads((self.work / "work" / name).read_text()) for name in ("ad.json", "lossless.json"))
        self.assertTrue(lossless["output"].pop("video")["lossless"])
        del ad["output"]["video"]
        self.assertEqual(ad, lossless)


if __name__ == "__main__":
    unittest.main()
