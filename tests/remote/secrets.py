#!/usr/bin/env python3
"""Secrets are planted wherever a command finds any; none may stand in what it says or writes, nor in a core file.

  secrets.py RUSHES FAKE_SERVER [-v] [TestCase.test_name]

Looked at are both streams of every command, with --json and with its events, and every file below the test's folder:
outputs, reports, caches, journals, work folders, cores. Only the folder "given" holds what the test itself has planted.
"""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import run

# Parts of all that is planted: of keys, tokens, signed addresses, passwords; and what requests are signed with.
WORDS = [b"planted", b"web token", b"imds-session", b"Signature="]
KEYS = {"AWS_SECRET_ACCESS_KEY": "planted-secret", "AWS_SESSION_TOKEN": "planted-token"}
OF_S3 = {"keys": {"TESTKEY": {"secret": "planted-secret", "token": "planted-token"},
                  "ID": {"secret": "planted-secret", "token": "planted-token"}}}
SIGNED = "?X-Amz-Credential=planted-id&X-Amz-Signature=planted-signature"

# What a server does to every request, and whether a command can still come to its end.
ALL_FAULTS = {
    "nothing": ([], True),
    "denied": ([{"status": 403, "code": "SignatureDoesNotMatch", "fields": {"StringToSign": "planted-echo"}}], False),
    "expired": ([{"status": 400, "code": "ExpiredToken", "fields": {"Token-0": "planted-token"}}], False),
    "cut": ([{"cut": 3, "times": 1}, {"close": True, "times": 1}], True),
}
ODD_FAULTS = {
    "odd code": ([{"status": 400, "code": "planted-secret in the code"}], False),
    "odd body": ([{"status": 503, "body": "planted-body", "times": 2}], True),
    "redirect": ([{"status": 301, "headers": {"Location": "http://planted-host/?planted-query"}}], False),
    "denied in the middle": ([{"status": 403, "code": "AccessDenied", "method": "PUT", "fields": {"Key": "planted"}}], False),
    "nonsense": ([{"status": 200, "body": "<planted", "method": "POST", "times": 1}], True),
}


class Secrets(run.Remote):
    def setUp(self):
        super().setUp()
        self.given = self.folder / "given"
        self.given.mkdir()
        self.words = list(WORDS)
        home = self.folder / "home"
        home.mkdir()
        self.environment |= {**KEYS, "HOME": str(home)}
        self.environment.pop("XDG_CACHE_HOME", None)
        self.server.control(s3=OF_S3)
        self.record("given/rec.mp4", seconds=1)
        self.plant(self.given / "rec.mp4", "bucket/rec.mp4")
        self.server.control(files={"rec.mp4": {"path": str(self.given / "rec.mp4")}},
                            gcs={"plant": {"bucket/rec.mp4": str(self.given / "rec.mp4")}})
        self.signed = f"{self.server.at}/plain/files/rec.mp4{SIGNED}"

    def command(self, *words, succeeds=None):
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        if succeeds is not None:
            self.assertEqual(process.returncode == 0, succeeds, out + err)
        self.assertTrue(out + err, "it has said nothing")
        self.look(out, err)
        return out + err

    def look(self, *texts):
        for text in texts:
            for word in self.words:
                self.assertNotIn(word.decode(), text)
        for path in self.folder.rglob("*"):
            if self.given in path.parents or not path.is_file():
                continue
            data = path.read_bytes()
            for word in self.words:
                self.assertFalse(word in data, f"{path} holds {word}")


class Commands(Secrets):
    def commands(self):
        """Every command that speaks with stores, each with other ways of telling what it does."""
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30},
                    "tracks": [{"clips": [{"video": "s3://bucket/rec.mp4"}, {"video": self.signed}]}]}
        (self.given / "far.json").write_text(json.dumps(timeline))
        usual = ("--cache", "cache", "--json")
        quick = ("--set", "video.preset=ultrafast")
        yield "transcode", ("transcode", "s3://bucket/rec.mp4", "-o", "s3://bucket/film.mp4", *usual, *quick, "--progress", "json")
        yield "cut", ("cut", "s3://bucket/rec.mp4", "-o", "s3://bucket/cut.mp4", *usual)
        yield "ingest", ("ingest", self.given / "rec.mp4", "-o", "s3://bucket/in.mp4", "--replace", "--on-done",
                         'cat; echo "$RUSHES_OUTPUT"', *usual)
        yield "render", ("render", self.given / "far.json", "-o", "s3://bucket/ad.mp4", "--root", "s3://bucket",
                         "--private-network", *usual, "--progress", "json")
        yield "verify", ("verify", "near.mp4", "--source", "s3://bucket/rec.mp4", "--report", "qc.json", "--cache", "cache",
                         "--json")
        yield "probe", ("probe", "s3://bucket/rec.mp4", "--json")

    def use(self, faults):
        # What is kept would hide what a server does.
        subprocess.run(["rm", "-rf", self.folder / "cache"], check=True)
        self.server.control(no_faults=True, faults=json.loads(json.dumps(faults)))

    def test_commands_tell_none(self):
        self.command("transcode", self.given / "rec.mp4", "-o", "near.mp4", "--set", "video.preset=ultrafast", succeeds=True)
        for name, (faults, succeeds) in ALL_FAULTS.items():
            for command, words in self.commands():
                with self.subTest(server=name, command=command):
                    self.use(faults)
                    # A recording that lies here is not asked for.
                    self.command(*words, succeeds=succeeds)
        for name, (faults, succeeds) in ODD_FAULTS.items():
            with self.subTest(server=name):
                self.use(faults)
                self.command("cut", "s3://bucket/rec.mp4", "-o", "s3://bucket/cut.mp4", "--cache", "cache", succeeds=succeeds)

    def test_addresses_are_told_without_what_is_signed(self):
        quick = ("--set", "video.preset=ultrafast", "--cache", "cache")
        self.command("transcode", self.signed, "-o", "film.mp4", "--verify", "--json", "--progress", "json", *quick, succeeds=True)
        self.assertTrue((self.folder / "film.mp4.qc.html").exists())
        self.command("cut", self.signed, "-o", "cut.mp4", "--json", succeeds=True)
        self.command("ingest", self.signed, "-o", "s3://bucket/in/", "--on-done", "cat", "--json", *quick[2:], succeeds=True)
        self.command("probe", self.signed, succeeds=True)
        self.command("verify", "film.mp4", "--source", self.signed, "--cache", "cache", "--json", succeeds=True)
        self.command("validate", self.write(self.signed), "--private-network", succeeds=True)
        self.command("render", self.write(self.signed), "--private-network", "-o", "ad.mp4", "--explain", *quick[2:], succeeds=True)
        # Nothing to be seen there, or no recording, or no address at all.
        self.server.control(files={"none.txt": {"size": 1000}, "sound.wav": {"path": str(self.sound())}})
        for name in ("none.mp4", "none.txt", "sound.wav"):
            address = self.signed.replace("rec.mp4", name)
            for words in (("transcode", address, "-o", "a.mp4", "--json"), ("cut", address, "-o", "a.mp4"),
                          ("ingest", address, "-o", "s3://bucket/a.mp4", "--cache", "cache"),
                          ("render", self.write(address), "--private-network", "-o", "a.mp4"),
                          ("verify", "film.mp4", "--source", address)):
                # A timeline may be of sound alone.
                self.command(*words, succeeds=None if name == "sound.wav" else False)
        for address in (self.signed.replace("127.0.0.1", "user:planted-password@127.0.0.1"), self.signed + " x",
                        self.signed.replace("http://", "http:///"), self.signed.replace("http:", "https:")):
            for words in (("transcode", address, "-o", "a.mp4"), ("cut", address, "-o", "a.mp4"), ("probe", address),
                          ("render", self.write(address), "--private-network", "-o", "a.mp4"),
                          ("transcode", self.given / "rec.mp4", "-o", address, "--json", "--progress", "json"),
                          ("cut", self.given / "rec.mp4", "-o", address), ("verify", address, "--source", address, "--json"),
                          ("ingest", self.given / "rec.mp4", "-o", address, "--json")):
                self.command(*words, succeeds=False)

    def write(self, address):
        clip = {"audio" if "sound" in address else "video": address}
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30}, "tracks": [{"clips": [clip]}]}
        (self.given / "ad.json").write_text(json.dumps(timeline))
        return self.given / "ad.json"

    def sound(self):
        self.ffmpeg("-f lavfi -i sine=d=1", self.given / "sound.wav")
        return self.given / "sound.wav"


class Credentials(Secrets):
    """From everywhere where they are found; good ones, and such as are refused."""

    def try_them(self, store, **environment):
        for name in ("AWS_ACCESS_KEY_ID", *KEYS, "AWS_EC2_METADATA_DISABLED"):
            self.environment.pop(name, None)
        self.environment |= environment
        words = ("cut", f"{store}://bucket/rec.mp4", "-o", f"{store}://bucket/cut.mp4", "--cache", "cache", "--json")
        self.command(*words, succeeds=True)
        self.server.control(s3={"keys": {key: {"secret": "other", "token": None} for key in OF_S3["keys"]}},
                            gcs={"token": "another"})
        self.command(*words, succeeds=False)

    def test_profile(self):
        (self.given / "credentials").write_text("[default]\naws_access_key_id = TESTKEY\naws_secret_access_key = planted-secret\n"
                                                "aws_session_token = planted-token\n")
        self.try_them("s3", AWS_SHARED_CREDENTIALS_FILE=str(self.given / "credentials"), AWS_EC2_METADATA_DISABLED="true")

    def test_container(self):
        self.server.control(container_token="planted-container")
        self.try_them("s3", AWS_CONTAINER_CREDENTIALS_FULL_URI=self.server.at + "/container",
                      AWS_CONTAINER_AUTHORIZATION_TOKEN="planted-container")

    def test_web_identity(self):
        (self.given / "token").write_text("web token+/=")
        self.try_them("s3", AWS_WEB_IDENTITY_TOKEN_FILE=str(self.given / "token"), AWS_ROLE_ARN="arn:role",
                      AWS_ENDPOINT_URL_STS=self.server.at + "/sts")

    def test_instance(self):
        self.try_them("s3", AWS_EC2_METADATA_SERVICE_ENDPOINT=self.server.at)

    def test_google_service_account(self):
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", "key.pem", "2048"], cwd=self.given, check=True,
                       capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem"], cwd=self.given, check=True,
                       capture_output=True)
        pem = (self.given / "key.pem").read_text()
        self.words.append(pem.splitlines()[9].encode())
        self.server.control(google_public_key=str(self.given / "public.pem"))
        account = {"type": "service_account", "client_email": "a@example.org", "private_key_id": "1", "private_key": pem,
                   "token_uri": self.server.at + "/token"}
        self.try_google(account)

    def test_google_user(self):
        self.try_google({"type": "authorized_user", "client_id": "1", "client_secret": "planted-secret",
                         "refresh_token": "planted-refresh", "token_uri": self.server.at + "/token"})

    def test_google_machine(self):
        self.try_them("gs", STORAGE_EMULATOR_HOST=self.server.at, GCE_METADATA_HOST=self.server.at.removeprefix("http://"))

    def try_google(self, account):
        (self.given / "google.json").write_text(json.dumps(account))
        self.try_them("gs", STORAGE_EMULATOR_HOST=self.server.at, GOOGLE_APPLICATION_CREDENTIALS=str(self.given / "google.json"))
        # It is told what is wrong with one, too.
        (self.given / "google.json").write_text(json.dumps(account | {"private_key": "planted-key", "refresh_token": "planted-no"}))
        self.command("probe", "gs://bucket/rec.mp4", succeeds=False)


class Crashes(Secrets):
    """Of all processes of a command at once, in the middle of it."""

    def crash(self, **environment):
        """What was in the memory of each, the cores that were written, and what is found in them."""
        self.environment |= environment
        timeline = {"version": 1, "output": {"size": "320x180", "fps": 30},
                    "tracks": [{"clips": [{"video": "s3://bucket/rec.mp4"}, {"video": self.signed}]}]}
        (self.given / "far.json").write_text(json.dumps(timeline))
        # The keys have been used, and a child waits for bytes.
        self.server.control(no_faults=True, no_log=True, faults=[{"stall": True, "method": "GET", "contains": "/plain/files/rec.mp4"}])
        words = ("render", self.given / "far.json", "-o", "s3://bucket/ad.mp4", "--root", "s3://bucket", "--private-network",
                 "--cache", "cache", "--progress", "json")
        process = subprocess.Popen([run.RUSHES, *map(str, words)], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, preexec_fn=allow_cores)
        while not any(e["method"] == "GET" and "/plain/" in e["target"] for e in self.server.log()) and process.poll() is None:
            time.sleep(0.01)
        self.assertIsNone(process.poll(), "it ended before it could be killed")
        everybody = {"rushes": process.pid}
        for pid in descendants(process.pid):
            is_child = b"--jailed-child" in Path(f"/proc/{pid}/cmdline").read_bytes()
            everybody["child" if is_child else "broker"] = pid
        self.assertEqual(set(everybody), {"rushes", "broker", "child"})
        for pid in everybody.values():
            os.kill(pid, signal.SIGSTOP)
        memories = {name: memory_of(pid) for name, pid in everybody.items()}
        for pid in everybody.values():
            os.kill(pid, signal.SIGABRT)
        for pid in everybody.values():
            os.kill(pid, signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGABRT, out + err)
        for pid in everybody.values():
            while is_alive(pid):
                time.sleep(0.01)
        cores = list(self.folder.glob("core*"))
        found = {word for word in self.words for core in cores if word in core.read_bytes()}
        for core in cores:
            core.unlink()
        self.look(out, err)
        return memories, cores, found

    def test_no_core_is_written(self):
        control = subprocess.Popen(["sleep", "100"], cwd=self.folder, preexec_fn=allow_cores)
        control.send_signal(signal.SIGABRT)
        control.wait()
        written = list(self.folder.glob("core*"))
        for core in written:
            core.unlink()
        memories, cores, _ = self.crash()
        self.assertEqual(cores, [])
        self.look_into(memories)
        if not written:
            print("this machine writes its core files elsewhere: /proc/sys/kernel/core_pattern", file=sys.stderr)
            return
        # Only where the user asks for it.
        _, cores, found = self.crash(RUSHES_CORE_DUMPS="1")
        self.assertNotEqual(cores, [])
        self.assertIn(b"planted", found, "the test does not look where secrets are")

    def look_into(self, memories):
        if any(memory is None for memory in memories.values()):
            # Whoever may not look into one may look into none.
            self.assertEqual(set(memories.values()), {None})
            return
        self.assertTrue(b"planted-secret" in memories["broker"], "the test does not look where secrets are")
        self.assertTrue(b"jailed-child" in memories["child"])
        self.assertFalse(b"planted" in memories["child"])


def allow_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def descendants(pid):
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found, level = [], [pid]
    while level:
        level = [child for child, parent in parents.items() if parent in level]
        found += level
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def memory_of(pid):
    """What a debugger sees that has all rights; None where there is no such right."""
    out = bytearray()
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for begin, end, inode in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ (\d+)", maps, re.M):
                memory.seek(int(begin, 16))
                left = int(end, 16) - int(begin, 16)
                while left > 0:
                    try:
                        data = memory.read(min(left, 1 << 20))
                    except OSError:
                        break  # a page of the kernel's own
                    if not data:
                        break
                    out += data
                    left -= len(data)
    except PermissionError:
        return None
    return bytes(out)


if __name__ == "__main__":
    run.RUSHES, run.SERVER = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve())
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
