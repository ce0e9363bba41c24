#!/usr/bin/env python3
"""A ladder in players that people have, in headless Chromium: it plays on while sizes change, and shows what is due.

  ladder.py RUSHES [-v] [TestCase.test_name]

Needs Debian's chromium and chromium-driver, and hls.js and Shaka (./dev setup browser); without them it is skipped, which
it says.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ladder")]
from page import Shown, missing_programs  # noqa: E402
from recording import record  # noqa: E402

RUSHES = None
SKIPPED = 77
SECONDS, FRAMES, FPS = 22, 660, 30000 / 1001
SIZES = (360, 270, 180)
PLAYERS = {"hls.js": "hls.js/dist/hls.min.js", "Shaka": "shaka-player/dist/shaka-player.dash.js"}
# From these seconds on, another size is asked for.
STEPS = [[2, 360], [7, 180], [12, 270], [17, 360]]
PAGE = """<!doctype html><video id=v muted playsinline width=640 height=360></video>
<script src="hls.min.js"></script><script src="shaka-player.dash.js"></script><script>
const video = document.getElementById("v");
const canvas = new OffscreenCanvas(640, 360).getContext("2d", {willReadFrequently: true});
// Bars along the lower edge are the bits of the frame's number.
function number() {
  canvas.drawImage(video, 0, 0, 640, 360);
  const row = canvas.getImageData(0, 340, 640, 1).data;
  let n = 0;
  for (let bit = 0; bit < 10; ++bit) if (row[(bit * 64 + 32) * 4] > 125) n += 1 << bit;
  return n;
}
const once = (thing, name) => new Promise((done) => thing.addEventListener(name, done, {once: true}));
// Plays to the end, and asks for sizes on the way. Each frame is told: its time, its height, its number.
async function played(steps, choose) {
  const frames = [], waits = [];
  const look = (now, about) => {
    frames.push([about.mediaTime, about.height, number()]);
    if (steps.length && about.mediaTime >= steps[0][0]) choose(steps.shift()[1]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  for (const name of ["waiting", "stalled"]) {
    video.addEventListener(name, () => { if (frames.length) waits.push(name + " at " + video.currentTime); });
  }
  const failed = once(video, "error").then(() => { throw new Error("video: " + video.error.message); });
  const ended = once(video, "ended");
  await video.play();
  await Promise.race([ended, failed]);
  return {frames, waits, duration: video.duration, heard: video.webkitAudioDecodedByteCount};
}
async function inHlsJs(url, first, steps) {
  const errors = [];
  const hls = new Hls({maxBufferLength: 4, startPosition: 0});
  hls.on(Hls.Events.ERROR, (name, about) => errors.push(about.details + (about.fatal ? ", fatal" : "")));
  const levelOf = (height) => hls.levels.findIndex((level) => level.height === height);
  const parsed = new Promise((done) => hls.on(Hls.Events.MANIFEST_PARSED, done));
  hls.loadSource(url);
  hls.attachMedia(video);
  await parsed;
  const levels = hls.levels.map((level) => [level.width, level.height, level.attrs.CODECS]);
  hls.loadLevel = levelOf(first);
  const seen = await played(steps, (height) => { hls.nextLevel = levelOf(height); });
  hls.destroy();
  return {...seen, errors, levels};
}
// Begins somewhere, in some size: what is shown once it is there, or after a while.
async function begun(url, places, fps) {
  const errors = [], seen = [];
  for (const [n, level] of places) {
    // A piece that ends soon is not passed over.
    const hls = new Hls({startPosition: (n + 0.5) / fps, startLevel: level, maxBufferLength: 2, maxFragLookUpTolerance: 0});
    // What it reads twice near the edges of pieces, or was still to read, is told as well.
    hls.on(Hls.Events.ERROR, (name, about) => { if (about.fatal) errors.push(about.details); });
    hls.loadSource(url);
    hls.attachMedia(video);
    const there = () => video.readyState >= 2 && !video.seeking && number() === n;
    for (let i = 0; i < 600 && !there(); ++i) await new Promise(requestAnimationFrame);
    seen.push([number(), video.videoHeight]);
    hls.destroy();
  }
  return {seen, errors};
}
async function inShaka(url, first, steps) {
  const errors = [];
  shaka.polyfill.installAll();
  const player = new shaka.Player();
  await player.attach(video);
  player.addEventListener("error", (event) => errors.push("error " + event.detail.code));
  player.configure({abr: {enabled: false, restrictToElementSize: false}, streaming: {bufferingGoal: 3}});
  const choose = (height) => player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === height));
  await player.load(url);
  const levels = player.getVariantTracks().map((track) => [track.width, track.height, track.codecs]);
  choose(first);
  const seen = await played(steps, choose);
  await player.destroy();
  return {...seen, errors, levels};
}
async function natively(url) {
  video.src = url;
  return played([], null);
}
</script>"""


class Players(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        held = tempfile.TemporaryDirectory(prefix="rushes-browser-")
        cls.addClassCleanup(held.cleanup)
        folder = Path(held.name)
        record(folder / "rec.mp4", SECONDS)
        (folder / "ladder.json").write_text(json.dumps({
            "version": 1, "lines": 360, "video": {"crf": 20, "preset": "veryfast"}, "renditions": [{"lines": lines} for lines in SIZES]}))
        subprocess.run([RUSHES, "transcode", "rec.mp4", "--preset", "ladder.json", "-o", "out", "--segment", "1s", "--cache", "cache",
                        "--progress", "none"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        for player in PLAYERS.values():
            shutil.copy(players_folder() / player, folder)
        cls.page, cls.folder = PAGE, folder

    def setUp(self):
        shown = Shown(self.page, self.folder)
        self.addCleanup(shown.close)
        self.browser = shown.browser

    def check_frames(self, seen):
        """Each is the one that is due; a busy machine shows fewer, but they come in order, to the end."""
        self.assertEqual([frame for frame in seen["frames"] if abs(frame[2] - frame[0] * FPS) > 1.01], [])
        numbers = [n for *_, n in seen["frames"]]
        self.assertEqual(numbers, sorted(numbers))
        self.assertGreater(len(set(numbers)), FRAMES // 4)
        self.assertLess(numbers[0], 8)
        self.assertGreaterEqual(numbers[-1], FRAMES - 4)
        self.assertAlmostEqual(seen["duration"], FRAMES / FPS, delta=0.05)
        # Nowhere is more than half a second missing, at changes of size least of all.
        self.assertLess(max(after - before for before, after in zip(numbers, numbers[1:])), 15)

    def check_sizes(self, seen):
        """Those that were asked for, one after the other, each before the next is asked for: what is buffered is shown first."""
        sizes = [[time, height] for i, (time, height, _) in enumerate(seen["frames"]) if i == 0 or height != seen["frames"][i - 1][1]]
        self.assertEqual([height for _, height in sizes], [180, *(height for _, height in STEPS)])
        for (shown, _), (asked, _) in zip(sizes[1:], STEPS):
            self.assertGreater(shown, asked)
            self.assertLess(shown, asked + 5)

    def check_switches(self, seen):
        self.assertEqual(seen["errors"], [])
        self.assertEqual(seen["waits"], [])
        self.assertEqual(sorted(height for _, height, _ in seen["levels"]), sorted(SIZES))
        self.check_sizes(seen)
        self.check_frames(seen)
        self.assertGreater(seen["heard"], 10000)

    def test_hls_js_changes_sizes(self):
        self.check_switches(self.browser.run(f"inHlsJs('out/master.m3u8', 180, {STEPS})"))

    def test_hls_js_begins_anywhere(self):
        """With the frame that was asked for, wherever it lies in its piece: the first, the last, any."""
        places = [[400, 360], [48, 180], [47, 270], [95, 360], [96, 180], [651, 270], [0, 360], [383, 180], [384, 270], [645, 360]]
        # hls.js sorts them by their bit rates.
        levels = [[n, sorted(SIZES).index(height)] for n, height in places]
        seen = self.browser.run(f"begun('out/master.m3u8', {levels}, {FPS})")
        self.assertEqual(seen["errors"], [])
        self.assertEqual(seen["seen"], places)

    def test_shaka_changes_sizes_of_the_manifest(self):
        self.check_switches(self.browser.run(f"inShaka('out/manifest.mpd', 180, {STEPS})"))

    def test_chromium_by_itself(self):
        """Which size it takes is its own affair."""
        self.check_frames(self.browser.run("natively('out/master.m3u8')"))


def players_folder():
    return HERE.parent.parent / "build/players/node_modules"


def missing_players():
    missing = [name for name, path in PLAYERS.items() if not (players_folder() / path).is_file()]
    return f"no {' and no '.join(missing)} (./dev setup browser installs them, with npm)" if missing else ""


if __name__ == "__main__":
    RUSHES = os.path.abspath(sys.argv.pop(1))
    if missing := missing_programs() or missing_players():
        print(f"skipped: {missing}")
        sys.exit(SKIPPED)
    unittest.main()
