#!/usr/bin/env python3
"""Reading over HTTPS from nginx, with certificates of an authority of the test's own: the suite of all stores, and
whole commands.

  nginx.py STORE_TEST RUSHES

Where nginx is not installed, says so and exits with 77.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import live

# Nothing of the machine's own nginx: all it reads and writes lies in the folder.
CONFIGURATION = """daemon off;
user {user};
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  gzip on;
  gzip_types *;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name localhost;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    root {folder}/files;
    merge_slashes off;
    location /slow/ {{ alias {folder}/files/; limit_rate 400k; }}
    location /whole/ {{ alias {folder}/files/; max_ranges 0; }}
    location /moved/ {{ rewrite ^/moved/(.*)$ https://localhost:{other}/$1 redirect; }}
    location /plain/ {{ rewrite ^/plain/(.*)$ http://localhost:{plain}/$1 redirect; }}
    location /circle/ {{ return 307 /circle/; }}
    location /private/ {{ return 403; }}
  }}
  server {{
    listen 127.0.0.1:{other} ssl;
    server_name localhost;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    root {folder}/files;
  }}
  server {{
    listen 127.0.0.1:{plain};
    root {folder}/files;
  }}
}}
"""


def make_certificates(folder):
    """An authority, and a certificate for localhost that it has signed."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new, "-days", "2", "-subj", "/CN=An authority of a test", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *new, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
            "names", "-out", "server.pem")


class Commands(live.OnServer):
    server = None
    at = ""
    NAME = "\u00c4rger & Gr\u00f6\u00dfe 100%+\u65e5\u672c.mp4"
    ENCODED = "%C3%84rger%20&%20Gr%C3%B6%C3%9Fe%20100%25+%E6%97%A5%E6%9C%AC.mp4"

    def setUp(self):
        super().setUp()
        self.files = Path(self.folder) / "files"
        self.name = self.home.name + ".mp4"
        self.more = {"SSL_CERT_FILE": str(Path(self.folder) / "ca.pem")}

    def put(self, **more):
        os.replace(self.record(**more), self.files / self.name)
        return self.files / self.name

    def compare(self, place, *more):
        self.transcode(self.files / self.name, "near.mp4", *more, cache="near")
        said = self.transcode(f"{self.at}/{place}{self.name}", "far.mp4", *more, cache="far")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        return said

    def test_a_film_of_an_address_is_that_of_the_file(self):
        self.put()
        self.compare("")
        self.run_rushes("cut", f"{self.at}/{self.name}", "--to", "1", "-o", "far.mp4")
        self.run_rushes("cut", self.files / self.name, "--to", "1", "-o", "near.mp4")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))

    def test_names_with_spaces_and_of_all_the_world(self):
        os.replace(self.put(), self.files / self.NAME)
        self.transcode(self.files / self.NAME, "near.mp4", cache="near")
        self.transcode(f"{self.at}/{self.ENCODED}", "far.mp4", cache="far")
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))
        self.assertIn("percent-encoded", self.run_rushes("probe", f"{self.at}/{self.NAME}", code=2))

    def test_an_authority_has_to_be_trusted(self):
        self.put(seconds=1)
        self.more = {}
        self.assertIn("certificate is not trusted", self.run_rushes("probe", f"{self.at}/{self.name}", code=2))
        self.more = {"SSL_CERT_FILE": str(self.home / "none.pem")}
        self.run_rushes("probe", f"{self.at}/{self.name}", code=2)
        # For another name it is no certificate.
        self.more = {"SSL_CERT_FILE": str(Path(self.folder) / "ca.pem")}
        at = self.at.replace("localhost", "127.0.0.1")
        self.assertIn("certificate is not trusted", self.run_rushes("probe", f"{at}/{self.name}", code=2))

    def test_redirects(self):
        self.put()
        self.compare("moved/")
        self.assertIn("leads from https to http", self.run_rushes("probe", f"{self.at}/plain/{self.name}", code=2))
        self.assertIn("too many redirects", self.run_rushes("probe", f"{self.at}/circle/{self.name}", code=2))

    def test_a_server_without_ranges(self):
        self.put()
        self.compare("whole/")

    def test_what_is_not_there(self):
        self.assertIn("HTTP 404", self.run_rushes("probe", f"{self.at}/none.mp4", code=2))
        self.assertIn("HTTP 403", self.run_rushes("probe", f"{self.at}/private/a.mp4", code=2))

    def test_connections_that_are_lost(self):
        """While the film is read the server is killed, and started again."""
        self.assertGreater(self.put(size="640x360", seconds=4).stat().st_size, 4 << 20)
        self.transcode(self.files / self.name, "near.mp4", cache="near")
        log = Path(self.folder) / "access.log"

        def answers():
            return log.read_text().count(f"GET /slow/{self.name}")

        process = self.start("transcode", f"{self.at}/slow/{self.name}", "-o", "far.mp4", "--cache", "far", "--progress", "none",
                             "--set", "video.preset=ultrafast")
        kills = 0
        for _ in range(3):
            before = answers()
            while answers() < before + 2 and process.poll() is None:
                time.sleep(0.01)
            if process.poll() is None:
                self.server.down(signal.SIGKILL)
                self.server.up()
                kills += 1
        out, err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, 0, out + err)
        self.assertGreater(kills, 0)
        self.assertIn("W0287", err)
        self.assertEqual(self.bytes("far.mp4"), self.bytes("near.mp4"))

    def test_a_file_that_changes_is_no_mixture(self):
        self.put(size="640x360", seconds=4)
        process = self.start("transcode", f"{self.at}/slow/{self.name}", "-o", "far.mp4", "--cache", "far")
        log = Path(self.folder) / "access.log"
        while f"GET /slow/{self.name}" not in log.read_text() and process.poll() is None:
            time.sleep(0.01)
        os.replace(self.record("other.mp4", size="640x360", seconds=5), self.files / self.name)
        out, err = process.communicate(timeout=120)
        self.assertNotEqual(process.returncode, 0, out + err)
        self.assertIn("changed meanwhile", out + err)
        self.assertFalse((self.home / "far.mp4").exists())


def main():
    program, _ = live.find("nginx", "openssl")
    with tempfile.TemporaryDirectory(prefix="rushes-nginx-") as name:
        folder = Path(name)
        (folder / "files").mkdir()
        make_certificates(folder)
        ports = {kind: live.free_port() for kind in ("port", "other", "plain")}
        user = "root" if os.getuid() == 0 else "nobody"  # the latter is not looked at
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, user=user, **ports))
        at = f"https://localhost:{ports['port']}"
        words = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        with live.Server(words, folder / "out", ports["port"]) as server:
            good = live.suite(sys.argv[1], "LiveHttp", {"RUSHES_TEST_HTTP": at, "RUSHES_TEST_HTTP_FOLDER": str(folder / "files"),
                                                        "RUSHES_TEST_CA": str(folder / "ca.pem")})
            good &= live.commands(Commands, rushes=os.path.abspath(sys.argv[2]), folder=name, environment={}, server=server, at=at)
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
