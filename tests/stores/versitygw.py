#!/usr/bin/env python3
"""The suite of all stores and whole commands on a second S3 server: versitygw, on loopback, over a folder.

  versitygw.py STORE_TEST RUSHES

It checks signatures, knows conditions, and wants parts of 5 MiB, as Amazon does; what it keeps are files. Where it has
not been built (./dev setup stores, which needs go), says so and exits with 77.
"""

import os
import sys
import tempfile
from pathlib import Path

import live
from s3_commands import S3Commands

KEYS = {"AWS_ACCESS_KEY_ID": "TESTKEY", "AWS_SECRET_ACCESS_KEY": "planted/secret+key", "AWS_EC2_METADATA_DISABLED": "true"}


def main():
    program, _ = live.find("versitygw", "aws")
    with tempfile.TemporaryDirectory(prefix="rushes-versitygw-") as folder:
        port = live.free_port()
        for name in ("objects", "about"):
            (Path(folder) / name).mkdir()
        words = [program, "--port", f"127.0.0.1:{port}", "posix", "--sidecar", f"{folder}/about", f"{folder}/objects"]
        secrets = {**os.environ, "ROOT_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]}
        at = f"http://127.0.0.1:{port}"
        with live.Server(words, f"{folder}/log", port, secrets):
            good = live.suite(sys.argv[1], "Live", {**KEYS, "RUSHES_TEST_S3": at, "RUSHES_TEST_FILES": "1",
                                                    "RUSHES_TEST_MIN_PART": str(5 << 20)})
            good &= live.commands(S3Commands, rushes=os.path.abspath(sys.argv[2]), folder=folder,
                                  environment={**KEYS, "AWS_ENDPOINT_URL_S3": at})
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
