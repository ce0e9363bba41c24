#!/usr/bin/env python3
"""What rushes makes, in a browser: each frame that headless Chromium shows is the one that is due.

  run.py RUSHES [-v] [TestCase.test_name]

Needs Debian's chromium and chromium-driver (./dev setup browser); without them it is skipped, which it says.
"""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

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


class Files(http.server.BaseHTTPRequestHandler):
    """Files of a folder, with Range."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        super().__init__(*arguments)

    def do_GET(self):
        path = (self.folder / self.path.partition("?")[0].lstrip("/")).resolve()
        if self.path == "/":
            data, kind = PAGE.encode(), "text/html"
        elif path.is_relative_to(self.folder.resolve()) and path.is_file():
            data, kind = path.read_bytes(), {".m3u8": "application/vnd.apple.mpegurl"}.get(path.suffix, "video/mp4")
        else:
            return self.send_error(404)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        part = data[first:int(asked[2]) + 1 if asked and asked[2] else len(data)]
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
        for name, value in (("Accept-Ranges", "bytes"), ("Cache-Control", "no-store"), ("Content-Type", kind), ("Content-Length", len(part))):
            self.send_header(name, str(value))
        self.end_headers()
        try:
            self.wfile.write(part)
        except ConnectionError:
            pass  # a browser leaves what it has seen enough of

    def log_message(self, *_):
        pass


class Browser:
    """By ChromeDriver's wire protocol."""

    def __init__(self, folder):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if port := re.search(r"started successfully on port (\d+)", line):
                break
        self.base = f"http://127.0.0.1:{port[1]}"
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={folder}"]
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "timeouts": {"script": 120000}, "goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": arguments}}}})["sessionId"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method, data=json.dumps(body).encode() if body is not None else None,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, url):
        self.call("POST", f"/session/{self.session}/url", {"url": url})

    def run(self, script):
        """What an expression comes to, when it is settled."""
        wrapped = f"const done = arguments[0]; Promise.resolve({script}).then(done, (e) => done({{error: String(e)}}));"
        value = self.call("POST", f"/session/{self.session}/execute/async", {"script": wrapped, "args": []})
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(value["error"])
        return value

    def close(self):
        self.call("DELETE", f"/session/{self.session}")
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.held = tempfile.TemporaryDirectory(prefix="rushes-browser-")
        cls.folder = Path(cls.held.name)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, cls.folder))
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.browser = Browser(cls.folder / "profile")
        cls.browser.open(f"http://127.0.0.1:{cls.server.server_port}/")

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.server.shutdown()
        cls.server.server_close()
        cls.held.cleanup()

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
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        print(f"skipped: no {' and no '.join(missing)} (./dev setup browser installs them)")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
