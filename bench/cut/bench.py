#!/usr/bin/env python3
"""Is cutting by stream copy as fast as the disk? Run it as ./dev bench cut.

All of a long recording is cut and copied with cp, in turn, onto the same disk. Wall seconds of both, and how many times
as fast as cp the cut is, round by round: most of what differs between rounds is the disk.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def prepare(work, megabytes):
    """A recording of about this size: noise, with sound."""
    name = work / f"rec-{megabytes}.mp4"
    if name.exists():
        return name
    print("making a recording", file=sys.stderr, flush=True)
    part, whole = work / "part.mp4", work / "whole.mp4"
    ffmpeg = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    subprocess.run([*ffmpeg, *"-f lavfi -i testsrc2=s=1280x720:r=30:d=5,noise=alls=20:allf=t -f lavfi -i sine=d=5 -c:v "
                    "libx264 -preset ultrafast -g 30 -crf 22 -pix_fmt yuv420p -c:a aac".split(), part], check=True)
    times = max(megabytes * 1_000_000 // part.stat().st_size, 1) - 1
    subprocess.run([*ffmpeg, "-stream_loop", str(times), "-i", part, "-c", "copy", whole], check=True)
    part.unlink()
    return whole.rename(name)


def seconds(command, output):
    output.unlink(missing_ok=True)
    os.sync()
    start = time.monotonic()
    subprocess.run([*command, output], check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - start
    output.unlink()
    return took


def main():
    parser = argparse.ArgumentParser(prog="./dev bench cut", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="default 9")
    parser.add_argument("--megabytes", type=int, default=800, help="size of the recording (default 800)")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/cut", help="folder for what is made, on the disk to measure")
    arguments = parser.parse_args()
    work = Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    recording = prepare(work, arguments.megabytes)
    copies, cuts = [], []
    for _ in range(arguments.rounds):
        copies.append(seconds(["cp", recording], work / "copied.mp4"))
        cuts.append(seconds([Path(arguments.rushes).resolve(), "cut", recording, "-o"], work / "cut.mp4"))
    ratios = [copy / cut for copy, cut in zip(copies, cuts)]
    print(f"{recording.stat().st_size / 1e6:.0f} MB: cp {statistics.median(copies):.2f} s, cut {statistics.median(cuts):.2f} s; "
          f"{statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f}), medians of "
          f"{arguments.rounds} rounds")


if __name__ == "__main__":
    main()
