#!/usr/bin/env python3
"""Transcodes a recording from a bucket into a bucket, through a line on which the larger of the two, what is read and what
is written, takes as long as encoding does. Run it as ./dev bench overlap.

The store is Ceph's S3 gateway on loopback (./dev setup stores), behind a proxy that lets so many bytes a second pass in
each direction. Encoding is timed with files on this machine, in turn with the bucket; the rate follows from it. Beside
the time: how much of the recording was read, by all tasks together, with one, two and four workers.
"""

import argparse
import os
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/stores"), str(ROOT / "bench/transcode")]
import radosgw  # noqa: E402
from bench import prepare  # noqa: E402
from contest import measure, run, say, spread  # noqa: E402

PIECE = 16 << 10


class Limit:
    """So many bytes a second, of all connections together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rate, self.free_at, self.bytes = None, 0.0, 0

    def take(self, count):
        with self.lock:
            self.bytes += count
            if not self.rate:
                return
            now = time.monotonic()
            self.free_at = max(self.free_at, now) + count / self.rate
            wait = self.free_at - now
        time.sleep(wait)


class Line:
    """A proxy: what goes up and what comes down is limited, each by itself."""

    def __init__(self, port):
        self.to, self.up, self.down = port, Limit(), Limit()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.socket.accept()
            server = socket.create_connection(("127.0.0.1", self.to))
            for source, sink, limit in ((client, server, self.up), (server, client, self.down)):
                # A sender sees the line, not a large buffer in front of it.
                source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
                threading.Thread(target=self.pump, args=(source, sink, limit), daemon=True).start()

    @staticmethod
    def pump(source, sink, limit):
        try:
            while data := source.recv(PIECE):
                limit.take(len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(prog="./dev bench overlap", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", nargs="?", default=os.environ.get("RUSHES_MEDIA"),
                        help="folder with changi.mp4 (default: $RUSHES_MEDIA, else a recording is made)")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds (default 3)")
    parser.add_argument("--seconds", type=int, default=120, help="length of the recording (default 120)")
    parser.add_argument("--shrink", type=int, default=1, metavar="N", help="sides N times as short: for a try")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4], metavar="N",
                        help="how many workers to count what is read with (default 1 2 4)")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/overlap", help="folder for what is made")
    arguments = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [program for program in radosgw.PROGRAMS if not shutil.which(program)]
    if missing:
        sys.exit(f"there is no {', '.join(missing)}; ./dev setup stores installs them")
    work = Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    media = Path(arguments.media).resolve() if arguments.media else None
    source = prepare(media, work, arguments.seconds, arguments.shrink)
    size = source.stat().st_size
    with tempfile.TemporaryDirectory(prefix="rushes-overlap-") as folder:
        cluster = radosgw.Cluster(folder)
        try:
            cluster.up()
            contest(arguments, work, source, size, Line(cluster.port))
        finally:
            cluster.down()


def contest(arguments, work, source, size, line):
    rushes = Path(arguments.rushes).resolve()
    os.environ.update({"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{line.port}", "AWS_ACCESS_KEY_ID": radosgw.KEYS[0],
                       "AWS_SECRET_ACCESS_KEY": radosgw.KEYS[1], "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"})
    run(["aws", "--endpoint-url", os.environ["AWS_ENDPOINT_URL_S3"], "s3", "mb", "s3://bench"])
    run(["aws", "--endpoint-url", os.environ["AWS_ENDPOINT_URL_S3"], "s3", "cp", source, "s3://bench/source.mp4"])
    cache, near = work / "cache", work / "near.mp4"

    def transcode(source, output, *more):
        shutil.rmtree(cache, ignore_errors=True)
        command = [rushes, "transcode", source, "-o", output, "--preset", "1080p-h264", "--set",
                   f"lines={1080 // arguments.shrink}", "--cache", cache, *more]
        before = line.down.bytes, line.up.bytes
        wall = measure(command, work)["wall"]
        return wall, line.down.bytes - before[0], line.up.bytes - before[1]

    far = ("s3://bench/source.mp4", "s3://bench/out.mp4")
    for workers in arguments.workers:
        _, read, written = transcode(*far, "--workers", workers)
        print(f"{workers} workers: {read / size:.3f} of the recording read, {read - size} bytes more; {written} bytes written")
    transcode(source, near)
    if not arguments.workers:
        transcode(*far)
    most = max(size, near.stat().st_size)
    fetched = work / "fetched.mp4"
    run(["aws", "--endpoint-url", os.environ["AWS_ENDPOINT_URL_S3"], "s3", "cp", "s3://bench/out.mp4", fetched])
    if fetched.read_bytes() != near.read_bytes():
        sys.exit("the object is not what the file is")
    ratios, rates = [], []
    for number in range(arguments.rounds):
        encoding, _, _ = transcode(source, near)
        line.up.rate = line.down.rate = most / encoding
        both, read, written = transcode(*far)
        line.up.rate = line.down.rate = None
        ratios.append(both / encoding)
        rates.append(most / encoding)
        say(f"round {number + 1} of {arguments.rounds}: files {encoding:.1f} s; at {most / encoding / 1e6:.2f} MB/s both ways "
            f"{both:.1f} s, {read} bytes read, {written} written")
    print(f"{source.name}: {size} bytes, made into {near.stat().st_size}, {len(os.sched_getaffinity(0))} cores, {arguments.rounds} rounds, "
          f"{statistics.median(rates) / 1e6:.2f} MB/s each way")
    print(f"from and to the bucket / files    {spread(ratios)}")
    shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    main()
