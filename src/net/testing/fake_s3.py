"""S3 in memory, as strict as the real one where it matters: signatures, part sizes, conditions, ranges.

Its sources are the S3 API reference and the description of Signature Version 4.
"""

import calendar
import hashlib
import hmac
import re
import time
import urllib.parse
import uuid
from email.utils import formatdate
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


class Refused(Exception):
    def __init__(self, status, code, headers=None, **fields):
        super().__init__(code)
        self.status, self.code, self.headers, self.fields = status, code, headers or {}, fields


def error_body(code, message, fields):
    more = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{escape(message)}</Message>{more}</Error>'


def xml(root, inside):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inside}</{root}>'.encode()


def quoted(text, keep=""):
    return urllib.parse.quote(text, safe=keep + "-._~")


def hashed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class S3:
    meta_prefix = "x-amz-meta-"

    def __init__(self):
        self.settings = {"region": "us-east-1", "clock_offset": 0, "ignore_if_none_match_on_complete": False,
                         "ignore_copy_condition": False, "ignore_encoding_type": False,
                         "min_part": 5 << 20, "page": 1000, "ranges": True}
        self.keys = {"TESTKEY": {"secret": "planted-secret", "token": None, "expired": False}}
        self.buckets = {"bucket": {"region": None, "redirect": False}}
        self.objects = {}
        self.uploads = {}

    def set(self, wanted):
        self.keys.update(wanted.pop("keys", {}))
        self.buckets.update(wanted.pop("buckets", {}))
        for name, path in wanted.pop("plant", {}).items():
            data = Path(path).read_bytes()
            self.objects[tuple(name.split("/", 1))] = {"data": data, "etag": f'"{hashlib.md5(data).hexdigest()}"',
                                                       "meta": {}, "modified": formatdate(usegmt=True)}
        for name in wanted.pop("remove", []):
            self.objects.pop(tuple(name.split("/", 1)), None)
        self.settings.update(wanted)

    def answer(self, method, target, headers, body):
        try:
            return self.dispatch(method, target, headers, body)
        except Refused as refused:
            text = error_body(refused.code, "refused", refused.fields)
            return refused.status, (b"" if method == "HEAD" else text.encode()), refused.headers

    # Who asks?

    def check_signature(self, method, path, query, headers, body, region):
        parameters = urllib.parse.parse_qsl(query, keep_blank_values=True)
        given = dict(parameters)
        presigned = "X-Amz-Signature" in given
        if presigned:
            credential, names = given["X-Amz-Credential"], given["X-Amz-SignedHeaders"]
            signature, date = given["X-Amz-Signature"], given["X-Amz-Date"]
            parameters = [(name, value) for name, value in parameters if name != "X-Amz-Signature"]
            payload, token = "UNSIGNED-PAYLOAD", given.get("X-Amz-Security-Token")
        else:
            found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
                                 headers.get("Authorization", ""))
            if not found:
                raise Refused(403, "AccessDenied")
            credential, names, signature = found.groups()
            date, payload = headers.get("x-amz-date", ""), headers.get("x-amz-content-sha256", "")
            token = headers.get("x-amz-security-token")
        identity, day, signed_region, service, end = credential.split("/")
        key = self.keys.get(identity)
        if key is None:
            raise Refused(403, "InvalidAccessKeyId")
        self.check_time(date, int(given["X-Amz-Expires"]) if presigned else None)
        if signed_region != region:
            raise Refused(400, "AuthorizationHeaderMalformed", {"x-amz-bucket-region": region}, Region=region)
        if (service, end, day) != ("s3", "aws4_request", date[:8]):
            raise Refused(400, "AuthorizationHeaderMalformed")
        self.check_signed_names(names.split(";"), headers, presigned)

        query_text = "&".join(sorted(f"{quoted(name)}={quoted(value)}" for name, value in parameters))
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names.split(";"))
        canonical_path = quoted(urllib.parse.unquote(path), keep="/")
        canonical = f"{method}\n{canonical_path}\n{query_text}\n{lines}\n{names}\n{payload}"
        to_sign = (f"AWS4-HMAC-SHA256\n{date}\n{day}/{signed_region}/s3/aws4_request\n"
                   f"{hashlib.sha256(canonical.encode()).hexdigest()}")
        secret = hashed(hashed(hashed(hashed(b"AWS4" + key["secret"].encode(), day), signed_region), "s3"),
                        "aws4_request")
        if not hmac.compare_digest(hashed(secret, to_sign).hex(), signature):
            raise Refused(403, "SignatureDoesNotMatch")
        if payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(body).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch")
        if token != key.get("token"):
            raise Refused(403, "InvalidToken")
        if key.get("expired"):
            raise Refused(400, "ExpiredToken")
        if key.get("denied"):
            raise Refused(403, "AccessDenied")

    def check_time(self, date, lasts):
        now = time.time() + self.settings["clock_offset"]
        try:
            signed = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            raise Refused(403, "AccessDenied") from None
        if lasts is not None and now > signed + lasts:
            raise Refused(403, "AccessDenied")
        if lasts is None and abs(now - signed) > 900:
            raise Refused(403, "RequestTimeTooSkewed")

    @staticmethod
    def check_signed_names(names, headers, presigned):
        must = {"host"} | (set() if presigned else {"x-amz-date", "x-amz-content-sha256"})
        must |= {name.lower() for name in headers.keys() if name.lower().startswith("x-amz-")}
        if names != sorted(names) or not must <= set(names):
            raise Refused(403, "SignatureDoesNotMatch")

    # What is asked?

    def bucket_and_key(self, path, headers):
        host = headers.get("Host", "").partition(":")[0]
        if host.endswith(".s3.localhost"):
            return host[:-len(".s3.localhost")], urllib.parse.unquote(path[1:])
        bucket, _, key = path[1:].partition("/")
        return bucket, urllib.parse.unquote(key)

    def dispatch(self, method, target, headers, body):
        path, _, query = target.partition("?")
        bucket, key = self.bucket_and_key(path, headers)
        if bucket not in self.buckets:
            raise Refused(404, "NoSuchBucket")
        home = self.buckets[bucket]
        region = home.get("region") or self.settings["region"]
        if home.get("redirect") and f"/{region}/s3/" not in headers.get("Authorization", ""):
            raise Refused(301, "PermanentRedirect", {"x-amz-bucket-region": region}, Endpoint="elsewhere")
        self.check_signature(method, path, query, headers, body, region)
        arguments = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        if not key:
            return self.list(bucket, arguments)
        at = (bucket, key)
        if method == "PUT" and "partNumber" in arguments:
            return self.put_part(at, arguments, headers, body)
        if method == "POST" and "uploads" in arguments:
            return self.start_upload(at, headers)
        if method == "POST" and "uploadId" in arguments:
            return self.complete(at, arguments, headers, body)
        if method == "GET" and "uploadId" in arguments:
            return self.list_parts(at, arguments)
        if method == "DELETE" and "uploadId" in arguments:
            self.upload_of(at, arguments)
            del self.uploads[arguments["uploadId"]]
            return 204, b"", {}
        return self.plain(method, at, headers, body)

    def plain(self, method, at, headers, body):
        if method == "PUT":
            self.check_absent(at, headers)
            return self.store(at, body, hashlib.md5(body).hexdigest(), headers)
        if method == "DELETE":
            self.objects.pop(at, None)
            return 204, b"", {}
        if at not in self.objects:
            raise Refused(404, "NoSuchKey")
        return self.read(method, self.objects[at], headers)

    def read(self, method, stored, headers):
        data, extra = stored["data"], {"ETag": stored["etag"], "Last-Modified": stored["modified"], **stored["meta"]}
        if headers.get("If-Match", stored["etag"]) != stored["etag"]:
            raise Refused(412, "PreconditionFailed")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("Range", ""))
        if not wanted or not self.settings["ranges"]:
            return 200, data, extra
        first, last = int(wanted[1]), min(int(wanted[2]), len(data) - 1)
        if first > last:
            raise Refused(416, "InvalidRange")
        return 206, data[first:last + 1], {**extra, "Content-Range": f"bytes {first}-{last}/{len(data)}"}

    def check_absent(self, at, headers):
        if headers.get("If-None-Match") == "*" and at in self.objects:
            raise Refused(412, "PreconditionFailed")

    def store(self, at, data, tag, headers):
        meta = {name: value for name, value in headers.items()
                if name.lower().startswith(self.meta_prefix) or name in ("Content-Type", "Cache-Control")}
        self.objects[at] = {"data": data, "etag": f'"{tag}"', "meta": meta, "modified": formatdate(usegmt=True)}
        return 200, b"", {"ETag": f'"{tag}"'}

    def list(self, bucket, arguments):
        prefix, start = arguments.get("prefix", ""), arguments.get("continuation-token", "")
        if arguments.get("list-type") != "2":
            raise Refused(501, "NotImplemented")
        keys = [key for home, key in self.objects if home == bucket and key.startswith(prefix)]
        # With a delimiter, all that lie in one folder are one entry.
        delimiter = arguments.get("delimiter", "")
        folded = {prefix + key[len(prefix):].partition(delimiter)[0] + delimiter
                  for key in keys if delimiter and delimiter in key[len(prefix):]}
        names = sorted((name for name in {key for key in keys if not delimiter or delimiter not in key[len(prefix):]} | folded
                        if name > start), key=lambda key: key.encode())
        page = names[:min(self.settings["page"], int(arguments.get("max-keys", 1000)))]
        encodes = arguments.get("encoding-type") == "url" and not self.settings["ignore_encoding_type"]
        shown = urllib.parse.quote_plus if encodes else escape
        inside = "<EncodingType>url</EncodingType>" if encodes else ""
        inside += "".join(
            f"<Contents><Key>{shown(name)}</Key><Size>{len(self.objects[bucket, name]['data'])}</Size>"
            f"<ETag>{escape(self.objects[bucket, name]['etag'])}</ETag></Contents>" for name in page if name not in folded)
        inside += "".join(f"<CommonPrefixes><Prefix>{shown(name)}</Prefix></CommonPrefixes>" for name in page if name in folded)
        more = len(page) < len(names)
        inside += f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        if more:
            inside += f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>"
        return 200, xml("ListBucketResult", inside), {}

    # Multipart

    def start_upload(self, at, headers):
        upload = uuid.uuid4().hex
        self.uploads[upload] = {"at": at, "parts": {}, "headers": headers}
        return 200, xml("InitiateMultipartUploadResult", f"<UploadId>{upload}</UploadId>"), {}

    def upload_of(self, at, arguments):
        upload = self.uploads.get(arguments["uploadId"])
        if upload is None or upload["at"] != at:
            raise Refused(404, "NoSuchUpload")
        return upload

    def put_part(self, at, arguments, headers, body):
        upload, number = self.upload_of(at, arguments), int(arguments["partNumber"])
        if not 1 <= number <= 10000:
            raise Refused(400, "InvalidArgument")
        source = headers.get("x-amz-copy-source")
        if source is None:
            tag = hashlib.md5(body).hexdigest()
            upload["parts"][number] = (tag, body)
            return 200, b"", {"ETag": f'"{tag}"'}
        bucket, _, key = urllib.parse.unquote(source.lstrip("/")).partition("/")
        if (bucket, key) not in self.objects:
            raise Refused(404, "NoSuchKey")
        stored = self.objects[bucket, key]
        wanted = headers.get("x-amz-copy-source-if-match", stored["etag"])
        if wanted != stored["etag"] and not self.settings["ignore_copy_condition"]:
            raise Refused(412, "PreconditionFailed")
        data = stored["data"]
        if "x-amz-copy-source-range" in headers:
            first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", headers["x-amz-copy-source-range"]).groups())
            if last >= len(data):
                raise Refused(400, "InvalidArgument")
            data = data[first:last + 1]
        tag = hashlib.md5(data).hexdigest()
        upload["parts"][number] = (tag, data)
        return 200, xml("CopyPartResult", f"<ETag>&quot;{tag}&quot;</ETag>"), {}

    def list_parts(self, at, arguments):
        upload, after = self.upload_of(at, arguments), int(arguments.get("part-number-marker", 0))
        numbers = sorted(number for number in upload["parts"] if number > after)
        page = numbers[:self.settings["page"]]
        inside = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>&quot;{upload['parts'][n][0]}&quot;</ETag>"
                         f"<Size>{len(upload['parts'][n][1])}</Size></Part>" for n in page)
        inside += f"<IsTruncated>{str(len(page) < len(numbers)).lower()}</IsTruncated>"
        if page:
            inside += f"<NextPartNumberMarker>{page[-1]}</NextPartNumberMarker>"
        return 200, xml("ListPartsResult", inside), {}

    def complete(self, at, arguments, headers, body):
        upload = self.upload_of(at, arguments)
        if not self.settings["ignore_if_none_match_on_complete"]:
            self.check_absent(at, headers)
        wanted = [(int(part.findtext("{*}PartNumber")), part.findtext("{*}ETag").strip('"'))
                  for part in ElementTree.fromstring(body)]
        if not wanted or wanted != sorted(wanted, key=lambda part: part[0]):
            raise Refused(400, "InvalidPartOrder")
        for index, (number, tag) in enumerate(wanted):
            stored = upload["parts"].get(number)
            if stored is None or stored[0] != tag:
                raise Refused(400, "InvalidPart")
            if index + 1 < len(wanted) and len(stored[1]) < self.settings["min_part"]:
                raise Refused(400, "EntityTooSmall")
        tags = b"".join(bytes.fromhex(tag) for _, tag in wanted)
        data = b"".join(upload["parts"][number][1] for number, _ in wanted)
        tag = f"{hashlib.md5(tags).hexdigest()}-{len(wanted)}"
        self.store(at, data, tag, upload["headers"])
        del self.uploads[arguments["uploadId"]]
        return 200, b"\n \n" + xml("CompleteMultipartUploadResult", f"<ETag>&quot;{tag}&quot;</ETag>"), {}
