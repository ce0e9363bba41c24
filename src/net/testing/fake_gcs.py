"""Google Cloud Storage's XML interface in memory: as S3 is spoken, but for what Google has otherwise.

Access tokens in place of signatures; x-goog- headers; conditions on writes are generations, and none are taken when an
upload is completed; parts cannot be copied; Content-MD5 is checked. Its source is the XML API reference.
"""

import base64
import hashlib
import urllib.parse

import fake_s3
from fake_s3 import Refused


class Gcs(fake_s3.S3):
    meta_prefix = "x-goog-meta-"

    def __init__(self):
        super().__init__()
        self.settings["token"] = "planted-google-token"

    def check_signature(self, method, path, query, headers, body, region):
        if headers.get("Authorization") != f"Bearer {self.settings['token']}":
            raise Refused(401, "AuthenticationRequired")
        if any(name.lower().startswith("x-amz-meta-") or name.lower() == "x-amz-copy-source" for name in headers.keys()):
            raise Refused(400, "InvalidArgument")
        digest = headers.get("Content-MD5")
        if digest is not None and digest != base64.b64encode(hashlib.md5(body).digest()).decode():
            raise Refused(400, "BadDigest")

    def check_absent(self, at, headers):
        if headers.get("x-goog-if-generation-match") == "0" and at in self.objects:
            raise Refused(412, "PreconditionFailed")

    def plain(self, method, at, headers, body):
        source = headers.get("x-goog-copy-source")
        if method != "PUT" or source is None:
            return super().plain(method, at, headers, body)
        bucket, _, key = urllib.parse.unquote(source.lstrip("/")).partition("/")
        if (bucket, key) not in self.objects:
            raise Refused(404, "NoSuchKey")
        self.check_absent(at, headers)
        self.objects[at] = dict(self.objects[bucket, key])
        return 200, fake_s3.xml("CopyObjectResult", f"<ETag>{self.objects[at]['etag']}</ETag>"), {}

    def put_part(self, at, arguments, headers, body):
        if "x-goog-copy-source" in headers:
            raise Refused(400, "InvalidArgument")
        return super().put_part(at, arguments, headers, body)

    def complete(self, at, arguments, headers, body):
        if "x-goog-if-generation-match" in headers or "If-None-Match" in headers:
            raise Refused(400, "InvalidArgument")
        return super().complete(at, arguments, headers, body)
