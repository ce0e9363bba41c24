#!/usr/bin/env python3
"""The suite of all stores and whole commands on a real S3 server: Ceph's radosgw, on loopback and in memory.

  radosgw.py STORE_TEST RUSHES

Starts a monitor, an object store and the gateway from Debian's packages, each under a process ID of its own, runs
STORE_TEST and RUSHES on what they serve and stops them. Where they are not installed, says so and exits with 77.
"""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import live
from s3_commands import S3Commands

PROGRAMS = ["ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin", "aws"]
KEYS = ("TESTKEY", "planted-secret")

CONFIGURATION = """[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = {folder}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 1073741824
run dir = {folder}/run
admin socket = {folder}/run/$name.$pid.asok
pid file = {folder}/run/$name.pid
log file = {folder}/$name.log
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
keyring = {folder}/osd/keyring
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw multipart min part size = 1
"""


class Cluster:
    def __init__(self, folder):
        self.folder, self.port, self.processes = Path(folder), live.free_port(), []
        self.fsid, self.osd = str(uuid.uuid4()), str(uuid.uuid4())
        self.mon_port = live.free_port()

    def run(self, *words, **more):
        # Each names its configuration; none may reach one that the machine itself has.
        done = subprocess.run([*words], capture_output=True, text=True, timeout=120, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def start(self, *words):
        with open(self.folder / f"{words[0]}.out", "w") as out:
            self.processes.append(subprocess.Popen([*words, "-c", self.conf, "-f"], stdout=out, stderr=out))

    def up(self):
        folder = self.folder
        for name in ("mon", "osd", "run"):
            (folder / name).mkdir()
        self.conf = str(folder / "ceph.conf")
        Path(self.conf).write_text(CONFIGURATION.format(fsid=self.fsid, folder=folder, port=self.port,
                                                        mon_port=self.mon_port))
        keyring = str(folder / "keyring")
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        for user in ("client.admin", "client.rgw"):
            self.run("ceph-authtool", keyring, "--gen-key", "-n", user, "--cap", "mon", "allow *", "--cap", "osd",
                     "allow *", "--cap", "mgr", "allow *")
        monmap = str(folder / "monmap")
        self.run("monmaptool", "--create", "--addv", "a", f"[v2:127.0.0.1:{self.mon_port}]", "--fsid", self.fsid,
                 monmap)
        self.run("ceph-mon", "-c", self.conf, "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        self.start("ceph-mon", "-i", "a")
        ceph = ["ceph", "-c", self.conf]
        self.run(*ceph, "osd", "new", self.osd, "0")
        key = self.run("ceph-authtool", "--gen-print-key")
        (folder / "osd" / "keyring").write_text(f"[osd.0]\n\tkey = {key}\n")
        self.run(*ceph, "auth", "add", "osd.0", "mon", "allow profile osd", "osd", "allow *", "mgr",
                 "allow profile osd", "-i", str(folder / "osd" / "keyring"))
        self.run("ceph-osd", "-c", self.conf, "-i", "0", "--mkfs", "--osd-uuid", self.osd)
        self.start("ceph-osd", "-i", "0")
        self.start("radosgw", "-n", "client.rgw")
        self.wait_until_it_answers()
        self.run("radosgw-admin", "-c", self.conf, "-n", "client.rgw", "user", "create", "--uid=t",
                 "--display-name=t", f"--access-key={KEYS[0]}", f"--secret-key={KEYS[1]}")

    def wait_until_it_answers(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for process in self.processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{process.args[0]} has ended with {process.returncode}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", "/")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"the gateway does not answer after {seconds} s")

    def tell_of_the_dead(self):
        for process in self.processes:
            if process.poll() is not None:
                log = (self.folder / f"{process.args[0]}.out").read_text(errors="replace")
                print(f"{process.args[0]} has ended with {process.returncode}:\n{log[-3000:]}")

    # The gateway first: what is left without its monitor does not listen to signals.
    def down(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main():
    live.find(*PROGRAMS)
    with tempfile.TemporaryDirectory(prefix="rushes-radosgw-") as folder:
        cluster = Cluster(folder)
        try:
            start = time.monotonic()
            cluster.up()
            print(f"radosgw is up after {time.monotonic() - start:.0f} s", flush=True)
            at = f"http://127.0.0.1:{cluster.port}"
            keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1], "AWS_EC2_METADATA_DISABLED": "true"}
            good = live.suite(sys.argv[1], "Live", {**keys, "RUSHES_TEST_S3": at})
            good &= live.commands(S3Commands, rushes=os.path.abspath(sys.argv[2]), folder=folder,
                                  environment={**keys, "AWS_ENDPOINT_URL_S3": at})
            cluster.tell_of_the_dead()
            return 0 if good else 1
        finally:
            cluster.down()


if __name__ == "__main__":
    sys.exit(main())
