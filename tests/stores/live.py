"""What tests of stores on other people's servers share: servers on loopback, the suite of all stores, whole commands."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

SKIPPED = 77
ROOT = Path(__file__).resolve().parents[2]
# Of the bits that are drawn for every frame most stay: some megabytes a second.
H264 = "-c:v libx264 -preset ultrafast -g 30 -crf 12 -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709"


def find(*programs):
    """Where they are, those that ./dev setup stores has built first. Ends the test as skipped where one is missing."""
    os.environ["PATH"] = f"{ROOT}/build/servers:{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [program for program in programs if not shutil.which(program)]
    if not missing:
        return [shutil.which(program) for program in programs]
    print(f"skipped: there is no {', '.join(missing)}; ./dev setup stores installs what can be had")
    sys.exit(SKIPPED)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program under a process ID of its own that answers on a port of loopback."""

    def __init__(self, words, log, port, environment=None):
        self.words, self.log, self.port, self.environment, self.process = words, Path(log), port, environment, None

    def up(self, seconds=60):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                                            start_new_session=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.words[0]} does not answer:\n{self.log.read_text(errors='replace')[-3000:]}")

    # With its children.
    def down(self, how=signal.SIGTERM):
        if self.process is None:
            return
        for number in (how, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(timeout=15)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self.up()

    def __exit__(self, *_):
        self.down()


def suite(store_test, backend, environment):
    """store_conformance_test.cc on a server: whether all of it went well. None would be no test."""
    done = subprocess.run([store_test, f"--gtest_filter=*/{backend}", "--gtest_brief=1"], env={**os.environ, **environment},
                          timeout=600, capture_output=True, text=True)
    print(done.stdout[-20000:], done.stderr[-5000:], flush=True)
    ran = re.search(r"^\[=+\] (\d+) tests? from .* ran", done.stdout, re.M)
    return done.returncode == 0 and ran is not None and int(ran[1]) > 0


def commands(case, **settings):
    """Runs the tests of a case; whether all of them went well."""
    for name, value in settings.items():
        setattr(case, name, value)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    return result.wasSuccessful() and result.testsRun > 0


class OnServer(unittest.TestCase):
    """Whole commands. `commands` sets these."""

    rushes = folder = environment = None

    def setUp(self):
        self.home = Path(self.folder) / self.id().rpartition(".")[2]
        self.home.mkdir()
        self.more = {}  # of the environment

    def start(self, *words, **more):
        environment = {**os.environ, **self.environment, "HOME": str(self.home), **self.more}
        return subprocess.Popen([self.rushes, *map(str, words)], cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=environment, **more)

    def run_rushes(self, *words, code=0):
        """What it says on both streams."""
        process = self.start(*words)
        self.out, err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, code, self.out + err)
        return self.out + err

    def transcode(self, source, output, *more, cache="cache", code=0):
        return self.run_rushes("transcode", source, "-o", output, "--cache", cache, "--progress", "none", "--set",
                               "video.preset=ultrafast", *more, code=code)

    def bytes(self, name):
        return (self.home / name).read_bytes()

    def record(self, name="rec.mp4", size="320x180", seconds=2):
        words = (f"ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s={size}:r=30:d={seconds},noise=alls=20:allf=t -f lavfi -i "
                 f"aevalsrc=0.3*sin(2*PI*(200+150*t)*t):s=48000:d={seconds} {H264} -c:a aac").split()
        subprocess.run([*words, str(self.home / name)], check=True)
        return self.home / name


def answer(port, method, path, body=None, headers=None):
    """Of an HTTP server of the test's own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body=body, headers=headers or {})
    got = connection.getresponse()
    return got.status, got.read()
