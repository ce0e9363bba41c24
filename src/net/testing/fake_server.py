#!/usr/bin/env python3
"""A server on loopback that is everything the tests ask: plain files, S3, GCS, and who hands out credentials.

  fake_server.py [--tls]

It prints one JSON line, {"port": N, "certificate": PATH}, and ends when its standard input is closed. It speaks S3
strictly: signatures are worked out here, from the request as it came, by code that has nothing in common with the
signer under test. POST /_control takes settings and faults (see Control), GET /_log tells what was asked, /_sent how
many bytes were sent, /_uploads how many uploads are open, /_keys/BUCKET what a bucket holds, and /_object/BUCKET/KEY
one of these. {"s3": {"plant": {"BUCKET/KEY": PATH}}} puts a file there.
"""

import base64
import hashlib
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent))
import fake_gcs  # noqa: E402
import fake_s3  # noqa: E402


class Control:
    """What the tests have set.

    Faults are tried in order, the first that matches is used:
      {"method": "PUT", "contains": "partNumber=57", "skip": 2, "times": 1, <action>}
    Actions: {"status": 503, "code": "SlowDown", "headers": {..}}   answer that, do nothing
             {"close": true}      close the connection, do nothing
             {"forget": true}     do it, then close the connection without an answer
             {"cut": 10}          do it, send 10 bytes of the body, close
             {"stall": true}      do nothing until the server ends
             {"body": "..", "status": 200}   answer that, do nothing
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.faults = []
        self.log = []
        self.sent = 0  # bytes of bodies
        self.settings = {}
        self.s3 = fake_s3.S3()
        self.gcs = fake_gcs.Gcs()

    def fault_for(self, method, target):
        with self.lock:
            for fault in self.faults:
                if fault.get("method", method) != method or fault.get("contains", "") not in target:
                    continue
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                if fault.get("times", -1) == 0:
                    continue
                fault["times"] = fault.get("times", -1) - 1
                return fault
        return None

    def set(self, wanted):
        with self.lock:
            if wanted.pop("no_faults", False):
                self.faults = []
            self.faults += wanted.pop("faults", [])
            if wanted.pop("no_log", False):
                self.log = []
            self.s3.set(wanted.pop("s3", {}))
            self.gcs.set(wanted.pop("gcs", {}))
            self.settings.update(wanted)


def content(size, seed=0):
    """The bytes of /plain/data: content_byte() of the tests says the same."""
    period = bytes((i * 31 + i // 251 + seed) & 255 for i in range(251 * 256))
    return (period * (size // len(period) + 1))[:size]


class Answer:
    def __init__(self, status, body=b"", headers=None):
        self.status, self.body, self.headers = status, body, headers or {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    control = None

    def log_message(self, *_):
        pass

    def handle_any(self):
        self.close_connection = False
        target = self.path
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else b""
        if target.startswith("/_"):
            return self.send(self.of_the_test(target, body))
        with self.control.lock:
            self.control.log.append({"method": self.command, "target": target, "headers": dict(self.headers.items()),
                                     "bytes": len(body)})
        fault = self.control.fault_for(self.command, target) or {}
        if fault.get("stall"):
            threading.Event().wait()
        if fault.get("close"):
            self.close_connection = True
            return None
        if "status" in fault:
            text = fault.get("body")
            if text is None:
                text = fake_s3.error_body(fault.get("code", "Fault"), "as told by the test", fault.get("fields", {}))
            return self.send(Answer(fault["status"], text.encode(), fault.get("headers", {})))
        answer = self.answer(target, body)
        if fault.get("forget"):
            self.close_connection = True
            return None
        return self.send(answer, fault.get("cut"))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def send(self, answer, cut=None):
        self.send_response(answer.status)
        body = answer.body
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD" or answer.status in (204, 304):
            return
        if cut is not None:
            body = body[:cut]
            self.close_connection = True
        with self.control.lock:
            self.control.sent += len(body)
        self.wfile.write(body)

    def of_the_test(self, target, body):
        if target == "/_control":
            self.control.set(json.loads(body))
            return Answer(204)
        if target == "/_sent":
            return Answer(200, str(self.control.sent).encode())
        if target == "/_log":
            with self.control.lock:
                return Answer(200, json.dumps(self.control.log).encode())
        if target == "/_uploads":
            with self.control.lock:
                return Answer(200, json.dumps(len(self.control.s3.uploads)).encode())
        if target.startswith("/_object/"):
            bucket, _, key = urllib.parse.unquote(target[len("/_object/"):]).partition("/")
            with self.control.lock:
                stored = self.control.s3.objects.get((bucket, key))
                return Answer(200, stored["data"], stored["meta"]) if stored else Answer(404)
        if target.startswith("/_keys/"):
            with self.control.lock:
                return Answer(200, json.dumps(sorted(key for bucket, key in self.control.s3.objects
                                                     if bucket == target[len("/_keys/"):])).encode())
        return Answer(404)

    def answer(self, target, body):
        path, _, query = target.partition("?")
        arguments = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        if path.startswith("/plain/"):
            return self.plain(path[len("/plain/"):], arguments, body)
        if path.startswith(("/latest/", "/container", "/sts", "/computeMetadata/", "/token")):
            return self.credentials(path, body)
        google = self.headers.get("Authorization", "").startswith("Bearer ")
        handler = self.control.gcs if google else self.control.s3
        with self.control.lock:
            return Answer(*handler.answer(self.command, target, self.headers, body))

    # Plain HTTP

    def plain(self, name, arguments, body):
        if name == "echo":
            told = {"method": self.command, "target": self.path, "headers": dict(self.headers.items()),
                    "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
            return Answer(200, json.dumps(told).encode(), {"X-Answer": "yes"})
        if name == "status":
            headers = {"Retry-After": arguments["retry_after"]} if "retry_after" in arguments else {}
            return Answer(int(arguments["code"]), arguments.get("body", "").encode(), headers)
        if name == "redirect":
            return Answer(int(arguments.get("code", 302)), b"moved", {"Location": arguments["to"]})
        if name == "headers":
            return Answer(200, b"", {f"X-{i}": "h" * 1000 for i in range(int(arguments["count"]))})
        if name.startswith("files/") or name == "data":
            return self.file(name, arguments)
        return Answer(404)

    def file(self, name, arguments):
        """A file: /plain/data?size=N, or what the test has set under "files"."""
        if name == "data":
            data, options = content(int(arguments["size"])), arguments
        else:
            key = urllib.parse.unquote(name[len("files/"):])
            options = self.control.settings.get("files", {}).get(key)
            if options is None:
                return Answer(404)
            data = Path(options["path"]).read_bytes() if "path" in options else content(options["size"], options.get("seed", 0))
        headers = {}
        if options.get("etag", '"v1"'):
            headers["ETag"] = options.get("etag", '"v1"')
        if options.get("modified"):
            headers["Last-Modified"] = options["modified"]
        if self.command == "HEAD" and options.get("no_head"):
            return Answer(405)
        return ranged(self.command, self.headers, data, headers, ranges=options.get("ranges", True) not in (False, "0"),
                      conditions=options.get("conditions", True))

    # Credentials

    def credentials(self, path, body):
        settings = self.control.settings
        keys = settings.get("keys", {"AccessKeyId": "ID", "SecretAccessKey": "planted-secret", "Token": "planted-token",
                                     "Expiration": "2099-01-01T00:00:00Z"})
        if path == "/latest/api/token":
            wanted = self.command == "PUT" and "x-aws-ec2-metadata-token-ttl-seconds" in self.headers
            return Answer(200, b"imds-session") if wanted else Answer(400)
        if path.startswith("/latest/"):
            if self.headers.get("x-aws-ec2-metadata-token") != "imds-session":
                return Answer(401)
            if path.endswith("/security-credentials/"):
                return Answer(200, settings.get("role", "render role").encode())
            role = urllib.parse.unquote(path.rpartition("/")[2])
            return Answer(200, json.dumps(keys).encode()) if role == "render role" else Answer(404)
        if path == "/container":
            if self.headers.get("Authorization") != settings.get("container_token"):
                return Answer(401)
            return Answer(200, json.dumps(keys).encode())
        if path == "/computeMetadata/v1/instance/service-accounts/default/token":
            if self.headers.get("Metadata-Flavor") != "Google":
                return Answer(403)
            token = {"access_token": settings.get("google_token", "planted-google-token"), "expires_in": 3599,
                     "token_type": "Bearer"}
            return Answer(200, json.dumps(token).encode(), {"Metadata-Flavor": "Google"})
        if path == "/token":
            return self.google_grant(dict(urllib.parse.parse_qsl(body.decode())))
        return self.sts(body, keys)

    def google_grant(self, form):
        settings = self.control.settings
        if form.get("grant_type") == "refresh_token":
            right = form.get("refresh_token") == "planted-refresh" and form.get("client_secret") == "planted-secret"
        else:
            right = self.is_signed(form.get("assertion", ""), settings.get("google_public_key", ""))
        if not right:
            return Answer(400, b'{"error": "invalid_grant"}')
        # As a text, which happens.
        return Answer(200, json.dumps({"access_token": settings.get("google_token", "planted-google-token"),
                                       "expires_in": "3599"}).encode())

    @staticmethod
    def is_signed(token, public_key):
        parts = token.split(".")
        if len(parts) != 3:
            return False
        header, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        lasts = json.loads(claims)["exp"] - json.loads(claims)["iat"]
        if json.loads(header)["alg"] != "RS256" or not 0 < lasts <= 3600:
            return False
        with tempfile.NamedTemporaryFile() as file:
            file.write(signature)
            file.flush()
            return subprocess.run(["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", file.name],
                                  input=".".join(parts[:2]).encode(), stdout=subprocess.DEVNULL).returncode == 0

    def sts(self, body, keys):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if form.get("Action") != "AssumeRoleWithWebIdentity" or form.get("WebIdentityToken") != "web token+/=":
            return Answer(400, b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>")
        fields = {"AccessKeyId": keys["AccessKeyId"], "SecretAccessKey": keys["SecretAccessKey"],
                  "SessionToken": keys["Token"], "Expiration": keys["Expiration"]}
        xml = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        return Answer(200, ('<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                            f"<AssumeRoleWithWebIdentityResult><Credentials>{xml}</Credentials>"
                            "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>").encode())


def ranged(method, headers, data, extra, ranges=True, conditions=True):
    """An answer to GET or HEAD, as RFC 9110 has ranges and conditions."""
    extra = dict(extra)
    tag = extra.get("ETag")
    if conditions and "If-Match" in headers and headers["If-Match"] not in (tag, "*"):
        return Answer(412)
    unmodified = headers.get("If-Unmodified-Since")
    if conditions and unmodified and extra.get("Last-Modified") not in (None, unmodified):
        return Answer(412)
    if ranges:
        extra["Accept-Ranges"] = "bytes"
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range", ""))
    if not ranges or not wanted or method == "HEAD":
        return Answer(200, data, extra)
    first = int(wanted[1])
    last = min(int(wanted[2] or len(data)), len(data) - 1)
    if first > last:
        return Answer(416, b"", {**extra, "Content-Range": f"bytes */{len(data)}"})
    return Answer(206, data[first:last + 1], {**extra, "Content-Range": f"bytes {first}-{last}/{len(data)}"})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)


def main():
    Handler.control = Control()
    server = Server(("127.0.0.1", 0), Handler)
    with tempfile.TemporaryDirectory(prefix="rushes-tls-") as folder:
        certificate = ""
        if "--tls" in sys.argv[1:]:
            certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                            certificate], check=True, stderr=subprocess.DEVNULL)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print(json.dumps({"port": server.server_port, "certificate": certificate}), flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
    # Whoever is still being served is not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
