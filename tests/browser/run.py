#!/usr/bin/env python3
"""What rushes makes, in a browser: each frame that headless Chromium shows is the one that is due.

  run.py RUSHES [-v] [TestCase.test_name]

Needs Debian's chromium and chromium-driver (./dev setup browser); without them it is skipped, which it says.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from page import Shown, missing_programs  # noqa: E402

RUSHES = None
SKIPPED = 77
FPS = 30
# Eight bars, dark or light: the bits of the frame's number, the lowest first.
NUMBERED = "-f lavfi -i color=black:s=320x240:r=30:d=6,format=yuv420p,geq=lum='if(mod(floor(N/pow(2\\,floor(X/40)))\\,2)\\,235\\,16)':cb=128:cr=128"
SOUND = "-f lavfi -i sine=f=500:r=48000:d=6"
PAGE = """<!doctype html><video id=v muted playsinline></video><script>
const video = document.getElementById("v");
const canvas = new OffscreenCanvas(320, 240).getContext("2d", {willReadFrequently: true});
function number() {
  canvas.drawImage(video, 0, 0, 320, 240);
  const row = canvas.getImageData(0, 120, 320, 1).data;
  let n = 0;
  for (let bit = 0; bit < 8; ++bit) if (row[(bit * 40 + 20) * 4] > 128) n += 1 << bit;
  return n;
}
const once = (name) => new Promise((done, failed) => {
  video.addEventListener(name, done, {once: true});
  video.addEventListener("error", () => failed(new Error("video: " + video.error.message)), {once: true});
});
async function played(url) {
  const loaded = once("loadeddata");
  video.src = url;
  await loaded;
  return play();
}
async function play() {
  const numbers = [];
  const look = () => { numbers.push(number()); video.requestVideoFrameCallback(look); };
  video.requestVideoFrameCallback(look);
  const ended = once("ended");
  await video.play();
  await ended;
  return numbers;
}
// The numbers of the frames as they are sought, one after the other, and as they are played.
const shown = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
async function seen(url, frames, fps) {
  const loaded = once("loadeddata");
  video.src = url;
  await loaded;
  const sought = [];
  for (let i = 0; i < frames; ++i) {
    const arrived = once("seeked");
    video.currentTime = (i + 0.5) / fps;
    await arrived;
    await shown();
    sought.push(number());
  }
  const begun = once("seeked");
  video.currentTime = 0;
  await begun;
  return {sought, played: await play(), duration: video.duration, dropped: video.getVideoPlaybackQuality().droppedVideoFrames};
}
</script>"""


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.held = tempfile.TemporaryDirectory(prefix="rushes-browser-")
        cls.folder = Path(cls.held.name)
        cls.addClassCleanup(cls.held.cleanup)
        shown = Shown(PAGE, cls.folder)
        cls.addClassCleanup(shown.close)
        cls.browser = shown.browser

    def ffmpeg(self, arguments):
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments.split()], cwd=self.folder, check=True)

    def check(self, name, first, end, seek_to=None):
        # Each time another address: what lies there has changed.
        seen = self.browser.run(f"seen('{name}?{os.urandom(4).hex()}', {(seek_to or end) - first}, {FPS})")
        self.assertEqual(seen["sought"], list(range(first, seek_to or end)))
        # A busy machine shows fewer; what it shows comes in order, to the end.
        self.assertEqual(seen["played"], sorted(seen["played"]))
        self.assertTrue(set(seen["played"]) <= set(range(first, end)))
        self.assertGreater(len(set(seen["played"])), (end - first) // 4)
        self.assertGreaterEqual(seen["played"][-1], end - 4)
        self.assertAlmostEqual(seen["duration"], (end - first) / FPS, delta=0.05)

    def test_smart_cuts(self):
        for kind, options in (("closed", ""), ("open", ":open-gop=1"), ("strict", ":open-gop=1:b-pyramid=strict:ref=4")):
            self.ffmpeg(f"{NUMBERED} {SOUND} -c:v libx264 -preset veryfast -g 30 -bf 3 -x264-params scenecut=0{options} -c:a aac source.mp4")
            # Chromium cannot begin to decode with a keyframe of open GOPs like these, not in the source either: it is
            # made to seek no farther than before the second.
            for first, end, next_key in ((17, 80, 57), (88, 131, 117)):
                with self.subTest(f"{kind} {first} to {end}"):
                    subprocess.run([RUSHES, "cut", "source.mp4", "--mode", "smart", "--from", f"{first}f", "--to", f"{end}f", "-o", "out.mp4"],
                                   cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
                    self.check("out.mp4", first, end, None if kind == "closed" else next_key)

    def test_pieces(self):
        """HLS, which Chromium plays by itself. (While it grows, Chromium 156 gives up at the first look that finds nothing new.)"""
        self.ffmpeg(f"{NUMBERED} {SOUND} -c:v libx264 -preset veryfast -g 30 -bf 3 -c:a aac source.mp4")
        (self.folder / "t.json").write_text(json.dumps({"version": 1, "output": {"size": "320x240", "fps": FPS, "video": {"crf": 12}},
                                                        "tracks": [[{"video": "source.mp4"}]]}))
        subprocess.run([RUSHES, "render", "t.json", "-o", "out.mp4", "--segment", "1s", "--cache", "cache", "--hls", "hls", "--progress", "none"],
                       cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        played = self.browser.run("played('hls/master.m3u8')")
        self.assertEqual(played, sorted(played))
        self.assertGreaterEqual(played[-1], 176)
        self.assertGreater(len(set(played)), 45)

    def test_renders(self):
        self.ffmpeg(f"{NUMBERED} {SOUND} -c:v libx264 -preset veryfast -g 30 -bf 3 -c:a aac source.mp4")
        (self.folder / "t.json").write_text(json.dumps({"version": 1, "output": {"size": "320x240", "fps": FPS, "video": {"crf": 12}},
                                                        "tracks": [[{"video": "source.mp4"}]]}))
        subprocess.run([RUSHES, "render", "t.json", "-o", "out.mp4", "--segment", "1s", "--cache", "cache", "--progress", "none"],
                       cwd=self.folder, check=True, stderr=subprocess.DEVNULL)
        self.check("out.mp4", 0, 180)


if __name__ == "__main__":
    RUSHES = os.path.abspath(sys.argv[1])
    if missing := missing_programs():
        print(f"skipped: {missing}")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
