#!/usr/bin/env python3
"""Does dividing the work cost work? Run it as ./dev bench scale.

Renders the same programs as one piece of work and as 2, 4 and 8 shares of its segments: stills with Ken Burns,
a recording in H.264 with keyframes 250 frames apart, and one in 4K HEVC of half the length, delivered at 720p.

Shares are rendered in turn, each by a worker of its own that begins with nothing but what the shares before it put
into the store, as it would on a machine of its own: side by side on a few cores, workers would take time from one
another. CPU seconds are those of rendering: what `rushes render --frames A:B` takes, less what it takes when all its
pieces are kept. In the end the whole must be there without rendering anything, with the same bytes.

From that follows what eight machines like this one would take. With --at-once all workers run side by side instead,
and CPU seconds are those of the whole render.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SHARES = "1,2,4,8"


def ffmpeg(work, arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments.split()], cwd=work, check=True)


def prepare(work, seconds, shrink):
    """The programs by name."""
    def size(width, height):
        return f"{width // shrink}x{height // shrink}"

    # By what they are made with: they are kept for the next time.
    made = f"{seconds}s-{shrink}"
    if not (work / f"3-{made}.jpg").exists():
        print("making two recordings", file=sys.stderr, flush=True)
        # Noise on a moving picture: neither decoders nor encoders are idle. 25 s, three times 250 frames, again and
        # again.
        source = "-f lavfi -i testsrc2=s={size}:r=30:d=25,noise=alls=8:allf=t"
        ffmpeg(work, source.format(size=size(1920, 1080)) +
               " -c:v libx264 -preset veryfast -g 250 -bf 3 -crf 26 -pix_fmt yuv420p part.mp4")
        ffmpeg(work, f"-stream_loop -1 -i part.mp4 -t {seconds} -c copy long-{made}.mp4")
        ffmpeg(work, source.format(size=size(3840, 2160)) +
               " -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=250 -crf 30 -pix_fmt yuv420p part.mp4")
        ffmpeg(work, f"-stream_loop -1 -i part.mp4 -t {seconds / 2} -c copy hevc-{made}.mp4")
        (work / "part.mp4").unlink()
        for i in range(4):
            ffmpeg(work, f"-f lavfi -i mandelbrot=s={size(2400, 1600)}:start_scale={3 / 4 ** i} -frames:v 1 -q:v 3 {i}-{made}.jpg")
    video = {"preset": "veryfast"}
    # Each a little different: what shows the same is rendered once.
    stills = [{"image": f"{i % 4}-{made}.jpg", "duration": 4, "motion": {"zoom": [1, 1.2 + i / 1000]},
               **({"transition": {"type": "fade", "duration": 0.5}} if i else {})} for i in range(seconds // 4)]
    return {
        "stills": {"output": {"size": size(1280, 720), "fps": 30, "video": video}, "tracks": [stills]},
        "H.264, GOP 250": {"output": {"size": size(1280, 720), "fps": 30, "video": video}, "tracks": [[{"video": f"long-{made}.mp4"}]]},
        "4K HEVC": {"output": {"size": size(1280, 720), "fps": 30, "video": video}, "tracks": [[{"video": f"hevc-{made}.mp4"}]]},
    }


class Contest:
    """One program, rendered in many ways."""

    def __init__(self, arguments, work, program):
        self.work = work
        self.command = [Path(arguments.rushes).resolve(), "render", "program.json", "-o", "out.mp4", "--cache", "cache",
                        "--json", "--progress", "none", "--memory", "200G",
                        *(["--segment", arguments.segment] if arguments.segment else [])]
        self.at_once = arguments.at_once
        (work / "program.json").write_text(json.dumps({"version": 1, **program}))
        self.segments = [(s["first"], s["end"]) for s in self.run("--explain")["explain"]]

    def run(self, *options):
        """What it reports, with the CPU seconds of all its processes and the wall time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        done = subprocess.run([*self.command, *options], cwd=self.work, capture_output=True, text=True)
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(done.stderr)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {**json.loads(done.stdout), "cpu": cpu, "wall": wall}

    def rendering(self, first, end):
        """CPU seconds and wall time of rendering these segments, and nothing else."""
        options = ("--workers", "1", "--frames", f"{self.segments[first][0]}:{self.segments[end - 1][1]}")
        cold = self.run(*options)
        if cold["segments"] != {"total": end - first, "rendered": end - first, "reused": 0}:
            sys.exit(f"segments {first} to {end}: {cold['segments']}")
        kept = self.run(*options)
        return {"cpu": cold["cpu"] - kept["cpu"], "wall": cold["wall"] - kept["wall"]}

    def divided(self, count):
        """As so many shares, from nothing."""
        shutil.rmtree(self.work / "cache", ignore_errors=True)
        if self.at_once:
            whole = self.run("--workers", str(count))
            return {"cpu": whole["cpu"], "longest": whole["wall"], "rest": 0, "hash": whole["hashes"]["xxh3_128"]}
        cuts = [len(self.segments) * i // count for i in range(count + 1)]
        shares = [self.rendering(first, end) for first, end in zip(cuts, cuts[1:]) if first < end]
        whole = self.run()
        if whole["segments"]["reused"] != len(self.segments):
            sys.exit(f"the shares are not the whole: {whole['segments']}")
        return {"cpu": sum(share["cpu"] for share in shares), "longest": max(share["wall"] for share in shares),
                "rest": whole["wall"], "hash": whole["hashes"]["xxh3_128"]}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench scale", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--seconds", type=int, default=240, help="length of the programs (default 240)")
    parser.add_argument("--segment", help="length of a segment (default: as rushes has it)")
    parser.add_argument("--shrink", type=int, default=1, metavar="N", help="all sides N times as short: for a try")
    parser.add_argument("--only", default="", metavar="TEXT", help="programs whose name has this in it")
    parser.add_argument("--at-once", action="store_true", help="so many workers side by side, in one render")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/scale", help="folder for what is made")
    parser.add_argument("--shares", default=SHARES, metavar="N,N", help=f"how many, 1 among them (default {SHARES})")
    arguments = parser.parse_args()
    shares = [int(word) for word in arguments.shares.split(",")]
    if 1 not in shares:
        parser.error("--shares must have 1 among them")
    work = Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    print(f"{arguments.rounds} rounds on {len(os.sched_getaffinity(0))} cores. Medians of CPU seconds; ratios to one "
          "share within a round (lowest to highest), and of the lowest: others on the machine only ever add.")
    for name, program in prepare(work, arguments.seconds, arguments.shrink).items():
        if arguments.only not in name:
            continue
        contest = Contest(arguments, work, program)
        results = {count: [] for count in shares}
        for number in range(arguments.rounds):
            first = number % len(shares)
            for count in shares[first:] + shares[:first]:
                results[count].append(contest.divided(count))
        if len({result["hash"] for of_one in results.values() for result in of_one}) != 1:
            sys.exit(f"{name}: the outputs differ")
        print(f"{name} ({len(contest.segments)} segments)")

        def lowest(count):
            return min(result["cpu"] for result in results[count])

        for count in shares:
            ratios = [result["cpu"] / one["cpu"] for result, one in zip(results[count], results[1])]
            print(f"  {count} {'workers' if arguments.at_once else 'shares '}  "
                  f"{statistics.median(result['cpu'] for result in results[count]):7.2f} s   "
                  f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})   "
                  f"{lowest(count) / lowest(1):.3f}")
        if not arguments.at_once:
            wall = {count: statistics.median(result["longest"] + result["rest"] for result in results[count])
                    for count in shares}
            print(f"  {max(shares)} such machines, by this model: {wall[max(shares)]:.1f} s in place of {wall[1]:.1f} s")
    shutil.rmtree(work / "cache", ignore_errors=True)


main()
