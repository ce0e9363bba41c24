"""Renders that are disturbed: a folder of their own, a cache in it, and what must hold afterwards."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

RUSHES = ""  # the program; set by whoever runs the tests


def timeline(seconds=3, preset="veryfast"):
    clips = [{"gradient": {"colors": ["#203040", "#c08040"]}, "duration": seconds / 2, "rotation": {"from": 0, "to": 20}},
             {"gradient": {"colors": ["#204030", "#4080c0"]}, "duration": seconds / 2, "rotation": {"from": 0, "to": -20}}]
    return {"version": 1, "output": {"size": "320x180", "fps": 30, "video": {"preset": preset}}, "tracks": [clips]}


class Crash(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-crash-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.home = self.folder / "home"
        self.home.mkdir()
        self.cache = self.folder / "cache"
        self.write(timeline())

    def write(self, document):
        (self.folder / "ad.json").write_text(json.dumps(document))

    def command(self, *more, output="ad.mp4", cache=None):
        return [RUSHES, "render", "ad.json", "-o", output, "--cache", str(cache or self.cache), "--segment", "0.6",
                "--workers", "2", "--json", "--progress", "none", *more]

    def environment(self):
        return {**os.environ, "XDG_CACHE_HOME": str(self.home)}

    def start(self, *more, **options):
        return subprocess.Popen(self.command(*more, **options), cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment())

    def render(self, *more, code=0, before=None, **options):
        """The report and the bytes."""
        done = subprocess.run(self.command(*more, **options), cwd=self.folder, capture_output=True, text=True,
                              env=self.environment(), preexec_fn=before)
        self.assertEqual(done.returncode, code, done.stderr)
        output = self.folder / options.get("output", "ad.mp4")
        return json.loads(done.stdout), output.read_bytes() if code == 0 else None

    def reference(self):
        return self.render(output="want.mp4", cache=self.folder / "reference")[1]

    def objects(self, cache=None):
        """Pieces of video. Others come and go meanwhile."""
        def is_piece(path):
            try:
                return path.name[0] != "." and path.read_bytes()[:6] == b"RSHPKT"
            except FileNotFoundError:
                return False

        return sorted(p for p in (cache or self.cache).glob("objects/*/*") if is_piece(p))

    def verify(self):
        done = subprocess.run([RUSHES, "cache", "verify", "--cache", self.cache, "--json"], capture_output=True,
                              text=True, check=True)
        return json.loads(done.stdout)

    def left(self):
        """Temporary files and work folders."""
        hidden = [p for p in self.folder.rglob(".*") if p.is_file()]
        pins = list(self.cache.glob("pins/*"))
        return [str(p) for p in hidden + pins + list(self.home.rglob("render-*"))]
