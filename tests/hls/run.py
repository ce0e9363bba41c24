#!/usr/bin/env python3
"""Renders that are watched while they run: rushes render --hls.

  run.py RUSHES [CASE]

The folder is looked at again and again. Each playlist extends the one before; what it lists is there, whole, and stays
as it is; in the end it shows and sounds what the MP4 does, which is the same as without --hls.
"""

import fcntl
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
from processes import descendants  # noqa: E402

RUSHES = ""
FPS = 30


def timeline(seconds=8, preset="slow", loudness=-16, video=None):
    """Moving gradients, and tones that are far from the loudness that is asked for."""
    half = {"duration": seconds / 2}
    clips = [{"gradient": {"colors": ["#203040", "#c08040"]}, "rotation": {"from": 0, "to": 20}, **half},
             {"gradient": {"colors": ["#204030", "#4080c0"]}, "rotation": {"from": 0, "to": -20}, **half}]
    return {"version": 1,
            "output": {"size": "320x180", "fps": FPS, "video": {"preset": preset, **(video or {})},
                       **({"loudness": loudness} if loudness else {})},
            "tracks": [clips, [{"audio": "tone.wav", "volume": 0.1, "duration": seconds}]]}


class Watcher(threading.Thread):
    """Looks at a folder until it is told to stop, and holds it to what HLS promises."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.stopped, self.wrong = folder, threading.Event(), []
        self.versions = {name: [] for name in ("master", "video", "audio", "preview")}
        self.files = {}  # name: hash when it was first listed

    def run(self):
        while not self.stopped.wait(0.005):
            self.look()

    def stop(self):
        self.stopped.set()
        self.join()
        self.look()

    def look(self):
        for name, versions in self.versions.items():
            try:
                text = (self.folder / f"{name}.m3u8").read_text()
            except FileNotFoundError:
                continue
            if versions and versions[-1] == text:
                continue
            if name == "master":
                self.check_names(re.findall(r'URI="(.*?)"', text) + re.findall(r"^video.*$", text, re.M))
            else:
                same = versions and header_of(text) == header_of(versions[-1])
                if same and not text.startswith(versions[-1]):
                    self.wrong.append(f"{name}.m3u8 is no extension:\n{versions[-1]}\n{text}")
                self.check_pieces(text)
            versions.append(text)

    def check_names(self, names):
        for name in names:
            if not (self.folder / name).is_file():
                self.wrong.append(f"{name} is listed, but is not there")

    def check_pieces(self, text):
        for name in [header_of(text), *pieces_of(text)]:
            if name not in self.files:
                try:
                    self.files[name] = hash_of(self.folder / name)
                except FileNotFoundError:
                    self.wrong.append(f"{name} is listed, but is not there")


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def header_of(text):
    return re.search(r'#EXT-X-MAP:URI="(.*?)"', text)[1]


def pieces_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def durations_of(text):
    return [float(d) for d in re.findall(r"#EXTINF:(.*?),", text)]


def output_of(*command):
    done = subprocess.run(command, capture_output=True)
    if done.returncode or done.stderr:
        raise AssertionError(f"{command}: {done.stderr.decode()}")
    return done.stdout


def frames_of(path):
    text = output_of("ffmpeg", "-v", "error", "-xerror", "-i", path, "-map", "0:v", "-f", "framemd5", "-").decode()
    return [line.split(",")[-1].strip() for line in text.splitlines() if not line.startswith("#")]


def samples_of(path, count):
    """From time 0 on, whatever the priming before it."""
    return output_of("ffmpeg", "-v", "error", "-copyts", "-i", path, "-map", "0:a", "-af",
                     f"atrim=start_pts=0:end_pts={count}", "-f", "s16le", "-")


class Hls(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-hls-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.live = self.folder / "live"
        self.cache = self.folder / "cache"
        output_of("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine=440:r=48000:d=9", "-ac", "2",
                  self.folder / "tone.wav")
        self.write(timeline())

    def write(self, document):
        (self.folder / "ad.json").write_text(json.dumps(document))

    def start(self, *more, output="ad.mp4", hls=True, cache="cache"):
        command = [RUSHES, "render", "ad.json", "-o", output, "--cache", self.folder / cache, "--segment", "0.6", "--workers", "2",
                   "--json", "--progress", "none", *(["--hls", self.live] if hls else []), *more]
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process, code=0):
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, code, err)
        return json.loads(out)

    def watch(self, *more, disturb=None):
        """A render from start to end; its report, and what was seen."""
        process, watcher = self.start(*more), Watcher(self.live)
        watcher.start()
        if disturb:
            disturb(process, watcher)
        try:
            report = self.finish(process)
        finally:
            watcher.stop()
        self.assertEqual(watcher.wrong, [])
        for name in [n for n in self.names_listed() if n in watcher.files]:
            was = watcher.files[name]
            self.assertEqual(hash_of(self.live / name), was, f"{name} has changed since it was listed")
        return report, watcher

    def names_listed(self):
        return [name for list_ in self.live.glob("[!m]*.m3u8") for text in [list_.read_text()]
                for name in [header_of(text), *pieces_of(text)]]

    def text(self, name):
        return (self.live / f"{name}.m3u8").read_text()

    def check_whole(self, report, sound=True):
        """What is there shows what the MP4 shows, and no more is there."""
        self.assertEqual(report["hls"]["playlist"], str(self.live / "master.m3u8"))
        self.assertEqual([p["pieces"] for p in report["hls"]["pictures"]], [report["segments"]["total"]])
        want = frames_of(self.folder / "ad.mp4")
        self.assertEqual(len(want), report["frames"])
        self.assertEqual(frames_of(self.live / "master.m3u8"), want)
        listed = set()
        for name in ("video", *(["audio"] if sound else [])):
            text = self.text(name)
            self.assertTrue(text.endswith("#EXT-X-ENDLIST\n"), text)
            durations = durations_of(text)
            self.assertAlmostEqual(sum(durations), report["frames"] / FPS, 5)
            self.assertLessEqual(round(max(durations)), int(re.search(r"TARGETDURATION:(\d+)", text)[1]))
            listed |= {header_of(text), *pieces_of(text)}
        targets = [re.findall(r"TARGETDURATION:\d+", path.read_text()) for path in self.live.glob("[!m]*.m3u8")]
        self.assertEqual(len({t for found in targets for t in found}), 1, targets)
        if sound:
            samples = report["frames"] * 48000 // FPS
            sounds = [samples_of(path, samples) for path in (self.folder / "ad.mp4", self.live / "audio.m3u8")]
            self.assertEqual(len(sounds[0]), samples * 4)
            self.assertTrue(sounds[0] == sounds[1], "other sound")
            start = output_of("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=start_pts", "-of",
                              "csv=p=0", self.live / header_first(self.live, self.text("video")))
            self.assertEqual(start.decode().strip(), "0")
        self.assertNotIn("review", self.text("master"))
        self.assertNotIn("SESSION-DATA", self.text("master"))
        there = {p.name for p in self.live.iterdir() if not p.name.startswith(("preview", "joined"))}
        playlists = {"master.m3u8", "manifest.mpd", "keyframes.m3u8", "video.m3u8", *(["audio.m3u8"] if sound else [])}
        self.assertEqual(there, listed | playlists)

    def reference(self):
        self.finish(self.start(output="want.mp4", hls=False, cache="reference"))
        return (self.folder / "want.mp4").read_bytes()

    def test_watched_while_it_renders(self):
        report, seen = self.watch()
        self.check_whole(report)
        self.assertEqual((self.folder / "ad.mp4").read_bytes(), self.reference())
        self.assertEqual(json.loads(json.dumps(report["warnings"])), [])
        # It grew, and could be watched, before it was over.
        self.assertGreater(len(seen.versions["video"]), 5)
        first, last = seen.versions["master"][0], seen.versions["master"][-1]
        self.assertIn('NAME="Preview, loudness not adjusted"', first)
        self.assertIn("#EXT-X-SESSION-DATA:", first)
        self.assertIn('URI="preview.m3u8"', first)
        self.assertIn('URI="audio.m3u8"', last)
        self.assertRegex(last, r'CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2",RESOLUTION=320x180,FRAME-RATE=30\.000')
        # Whoever joined half way could decode all that was listed.
        half = seen.versions["video"][len(seen.versions["video"]) // 2]
        frames = frames_of(self.live / header_first(self.live, half))
        self.assertEqual(len(frames), round(sum(durations_of(half)) * FPS))
        self.assertEqual(frames, frames_of(self.folder / "ad.mp4")[:len(frames)])
        # The preview is whole too: the same sound, as loud as it was mixed.
        self.assertTrue(self.text("preview").endswith("#EXT-X-ENDLIST\n"))
        preview, final = (samples_of(self.live / f"{name}.m3u8", 48000 * 8) for name in ("preview", "audio"))
        self.assertEqual(len(preview), len(final))
        self.assertGreater(loudest(final), 2 * loudest(preview))

    def test_from_the_cache_after_a_kill(self):
        notes = self.live / "notes.txt"
        self.live.mkdir()
        notes.write_text("mine")
        process = self.start()
        listed = 0
        while listed < 3 and process.poll() is None:
            listed = len(pieces_of(self.text("video"))) if (self.live / "video.m3u8").exists() else 0
            time.sleep(0.002)
        self.assertIsNone(process.poll(), "it was faster")
        process.kill()
        process.communicate(timeout=60)
        report, seen = self.watch()
        self.assertGreaterEqual(report["segments"]["reused"], 3)
        # A player that had begun went on.
        self.assertGreaterEqual(len(pieces_of(seen.versions["video"][0])), 3)
        self.assertEqual(notes.read_text(), "mine")
        notes.unlink()
        self.check_whole(report)
        # All from the cache: the final sound is there from the start.
        report, seen = self.watch()
        self.assertEqual(report["segments"]["rendered"], 0)
        self.check_whole(report)
        self.assertFalse((self.live / "preview.m3u8").exists())
        self.assertFalse([t for t in seen.versions["master"] if "review" in t])
        # Another version, in the same folder.
        document = timeline(seconds=4, preset="veryfast", loudness=None)
        self.write(document)
        report, seen = self.watch()
        self.check_whole(report)
        self.assertFalse([t for t in seen.versions["master"] if "review" in t])

    def test_engines_are_killed(self):
        def kill(process, watcher):
            """After each of the first pieces one of those that last longest: they make the files."""
            for i in range(3):
                while process.poll() is None and len(pieces_of((watcher.versions["video"] or ["#"])[-1])) <= i:
                    time.sleep(0.005)
                victims = [pid for pid in sorted(descendants(process.pid)) if parent_of(pid) == process.pid]
                if len(victims) > i:
                    os.kill(victims[i], signal.SIGKILL)

        report, _ = self.watch(disturb=kill)
        self.assertTrue([w for w in report["warnings"] if w["number"] == 307], report["warnings"])
        self.check_whole(report)
        # A piece is lost, another damaged.
        objects = [p for p in self.cache.glob("objects/*/*") if p.read_bytes()[:6] == b"RSHPKT"]
        objects[0].unlink()
        objects[1].write_bytes(objects[1].read_bytes()[:-1])
        report, _ = self.watch()
        self.check_whole(report)

    def test_parts_and_bit_rates(self):
        self.write(timeline(preset="veryfast", video={"bitrate": "300k"}))
        report, _ = self.watch("--frames", "20:101")
        self.check_whole(report)
        document = timeline(preset="veryfast")
        document["tracks"].pop()
        self.write(document)
        report, _ = self.watch("--frames", "7:8")
        self.check_whole(report, sound=False)
        self.assertNotIn("AUDIO", self.text("master"))

    def refused(self, why):
        report = self.finish(self.start(), code=2)
        self.assertEqual(report["error"]["code"], "E0301")
        self.assertIn("live", report["error"]["message"])
        self.assertIn(why, report["error"]["message"])

    def test_refused_before_anything_is_done(self):
        self.live.write_text("a file")
        self.refused("is not a folder")
        self.live.unlink()
        (self.live / "master.m3u8").mkdir(parents=True)
        self.refused("is not a file")
        (self.live / "master.m3u8").rmdir()
        held = os.open(self.live, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        self.refused("another render")
        os.close(held)
        self.assertFalse(self.cache.exists())
        for more in (["--still", "1"], ["--hashes"], ["--explain"]):
            process = self.start(*more)
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 2)
            self.assertIn("--hls", err)


def parent_of(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return None


def header_first(folder, text):
    """The listed pieces behind their header, as one file of the folder."""
    joined = folder / "joined.mp4"
    joined.write_bytes(b"".join((folder / name).read_bytes() for name in [header_of(text), *pieces_of(text)]))
    return joined.name


def loudest(samples):
    return max(abs(int.from_bytes(samples[i:i + 2], "little", signed=True)) for i in range(0, len(samples), 2))


if __name__ == "__main__":
    RUSHES = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
