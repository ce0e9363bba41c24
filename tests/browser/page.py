"""Headless Chromium, by ChromeDriver, and the server of what it is shown: for tests of this folder."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.request

KINDS = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".js": "text/javascript", ".vtt": "text/vtt"}


def missing_programs():
    """Why nothing can be shown; empty where it can."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"no {' and no '.join(missing)} (./dev setup browser installs them)" if missing else ""


class Files(http.server.BaseHTTPRequestHandler):
    """A page, and the files of a folder, with Range."""

    def __init__(self, page, folder, *arguments):
        self.page, self.folder = page, folder
        super().__init__(*arguments)

    def do_GET(self):
        path = (self.folder / self.path.partition("?")[0].lstrip("/")).resolve()
        if self.path == "/":
            data, kind = self.page.encode(), "text/html"
        elif path.is_relative_to(self.folder.resolve()) and path.is_file():
            data, kind = path.read_bytes(), KINDS.get(path.suffix, "video/mp4")
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


class Shown:
    """A page in a browser of its own, with what lies in a folder."""

    def __init__(self, page, folder):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, page, folder))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.browser = Browser(folder / "profile")
        self.browser.open(f"http://127.0.0.1:{self.server.server_port}/")

    def close(self):
        self.browser.close()
        self.server.shutdown()
        self.server.server_close()
