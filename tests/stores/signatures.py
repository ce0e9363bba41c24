#!/usr/bin/env python3
"""Signs what the AWS command line has signed once more, and compares.

  signatures.py SIGN_REQUEST

The requests are caught by a server on loopback; SIGN_REQUEST (sign_request.cc) gets them as they came, without the
signature. Needs Debian's awscli; where there is none, says so and exits with 77.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

AWS = "/usr/bin/aws"
SKIPPED = 77
REGION = "eu-central-1"
KEYS = {"id": "AKIDTEST", "secret": "planted/secret+key", "token": "planted/session+token=="}

# In the words of the command line. KEY is a key with everything in it that is encoded in some way.
KEY = "a b/c+d/100%/\u00e4\u65e5/e//f=&?#~.-_*'()!"
COMMANDS = [
    ["s3api", "list-buckets"],
    ["s3api", "get-object", "--bucket", "bucket", "--key", KEY, "OUT"],
    ["s3api", "get-object", "--bucket", "bucket", "--key", "k", "--range", "bytes=0-9", "--if-match", '"etag"', "OUT"],
    ["s3api", "put-object", "--bucket", "bucket", "--key", KEY, "--body", "IN", "--metadata", "a=1,a-b=two  spaces"],
    ["s3api", "delete-object", "--bucket", "bucket", "--key", "a/../b"],
    ["s3api", "head-object", "--bucket", "bucket", "--key", "x"],
    ["s3api", "list-objects-v2", "--bucket", "bucket", "--prefix", "a b/+%=&\u00e4", "--delimiter", "/"],
    ["s3api", "list-object-versions", "--bucket", "bucket"],
    ["s3api", "get-bucket-lifecycle-configuration", "--bucket", "bucket"],
    ["s3api", "create-multipart-upload", "--bucket", "bucket", "--key", KEY],
    ["s3api", "upload-part", "--bucket", "bucket", "--key", "k", "--part-number", "3", "--upload-id", "a/b+c=", "--body",
     "IN"],
    ["s3api", "upload-part-copy", "--bucket", "bucket", "--key", "k", "--part-number", "3", "--upload-id", "u",
     "--copy-source", "bucket/a%20b", "--copy-source-range", "bytes=0-9"],
    ["batch", "describe-jobs", "--jobs", "one", "two"],
    ["sts", "get-caller-identity"],
    ["secretsmanager", "get-secret-value", "--secret-id", "name"],
    ["dynamodb", "list-tables"],
    ["lambda", "get-function", "--function-name", "a:b"],
]
SERVICES = {"s3api": "s3"}


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def log_message(self, *_):
        pass

    def record(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        Recorder.seen.append((self.command, self.path, list(self.headers.items())))
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = record


def request_of(seen, service, port):
    """What was signed, and the signature."""
    method, target, headers = seen
    given = dict((name.lower(), value) for name, value in headers)
    authorization = given["authorization"]
    names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    ours = {"host", "x-amz-date", "x-amz-security-token", "authorization"}
    date = given["x-amz-date"]
    time = f"{date[:4]}-{date[4:6]}-{date[6:11]}:{date[11:13]}:{date[13:15]}Z"
    request = {"method": method, "url": f"http://127.0.0.1:{port}{target}", "time": time, "region": REGION,
               "service": service, "headers": [[name, given[name]] for name in names if name not in ours], **KEYS}
    request["hash"] = given.get("x-amz-content-sha256", "")
    return request, authorization


def payload_hash(command, folder):
    """Only S3 sends it along."""
    debug = subprocess.run(command + ["--debug"], cwd=folder, capture_output=True, text=True, env=environment(folder),
                           timeout=60).stderr
    canonical = debug.split("CanonicalRequest:\n", 1)[1].split("\n20", 1)[0]
    return canonical.strip().rsplit("\n", 1)[1]


def environment(folder):
    return {"PATH": "/usr/bin:/bin", "HOME": folder, "AWS_ACCESS_KEY_ID": KEYS["id"], "LC_ALL": "C.UTF-8",
            "AWS_SECRET_ACCESS_KEY": KEYS["secret"], "AWS_SESSION_TOKEN": KEYS["token"],
            "AWS_DEFAULT_REGION": REGION, "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def ask(signer, request):
    signer.stdin.write(json.dumps(request) + "\n")
    signer.stdin.flush()
    return signer.stdout.readline().strip()


def compare(signer, port, folder, arguments):
    service = SERVICES.get(arguments[0], arguments[0])
    files = {"IN": f"{folder}/in", "OUT": f"{folder}/out"}
    command = [AWS, "--endpoint-url", f"http://127.0.0.1:{port}"] + [files.get(word, word) for word in arguments]
    Recorder.seen.clear()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(folder), timeout=60)
    if not Recorder.seen:
        return f"nothing was asked: {done.stderr}"
    request, wanted = request_of(Recorder.seen[0], service, port)
    request["hash"] = request["hash"] or payload_hash(command, folder)
    answer = ask(signer, request)
    return None if answer == wanted else f"ours:   {answer}\ntheirs: {wanted}"


def main():
    if not os.access(AWS, os.X_OK):
        print(f"skipped: there is no {AWS}; ./dev setup stores installs it")
        return SKIPPED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signer = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="rushes-signatures-") as folder:
        Path(folder, "in").write_text("what is sent")
        for arguments in COMMANDS:
            wrong = compare(signer, server.server_port, folder, arguments)
            print(f"{'WRONG' if wrong else 'same '} {' '.join(arguments)}" + (f"\n{wrong}" if wrong else ""))
            failed += bool(wrong)
    signer.stdin.close()
    signer.wait()
    server.shutdown()
    print(f"{len(COMMANDS)} requests, {failed} signed in another way")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
