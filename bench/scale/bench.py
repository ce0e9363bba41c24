#!/usr/bin/env python3
"""Does dividing the work cost work? Run it as ./dev bench scale.

Renders the same program with 1, 2, 4 and 8 workers, in turn, each time from nothing, and compares the CPU
seconds of all processes: stills with Ken Burns, a recording in H.264 with keyframes 250 frames apart, and
one in 4K HEVC of half the length, delivered at 720p. From that follows what eight machines like this one would take.
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
WORKERS = (1, 2, 4, 8)


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


def render(rushes, work, workers, segment):
    cache = work / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([rushes, "render", "program.json", "-o", "out.mp4", "--cache", cache, "--json", "--progress",
                           "none", "--workers", str(workers), *(["--segment", segment] if segment else []),
                           "--memory", "200G"],
                          cwd=work, capture_output=True, text=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu, "wall": wall, "hash": report["hashes"]["xxh3_128"], "segments": report["segments"]["total"],
            "compile": report["wall_seconds"]["compile"], "assemble": report["wall_seconds"]["assemble"]}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench scale", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--seconds", type=int, default=240, help="length of the programs (default 240)")
    parser.add_argument("--segment", help="length of a segment (default: as rushes has it)")
    parser.add_argument("--shrink", type=int, default=1, metavar="N", help="all sides N times as short: for a try")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/scale", help="folder for what is made")
    arguments = parser.parse_args()
    work, rushes = Path(arguments.work).resolve(), Path(arguments.rushes).resolve()
    work.mkdir(parents=True, exist_ok=True)
    cores = len(os.sched_getaffinity(0))
    print(f"{arguments.rounds} rounds on {cores} cores. Medians of CPU seconds; ratios to one worker within a round "
          "(lowest to highest).")
    for name, program in prepare(work, arguments.seconds, arguments.shrink).items():
        (work / "program.json").write_text(json.dumps({"version": 1, **program}))
        runs = {workers: [] for workers in WORKERS}
        for number in range(arguments.rounds):
            order = WORKERS[number % 4:] + WORKERS[:number % 4]
            for workers in order:
                runs[workers].append(render(rushes, work, workers, arguments.segment))
        hashes = {run["hash"] for of_one in runs.values() for run in of_one}
        if len(hashes) != 1:
            sys.exit(f"{name}: the outputs differ")
        segments = runs[1][0]["segments"]
        print(f"{name} ({segments} segments)")
        for workers in WORKERS:
            ratios = [run["cpu"] / one["cpu"] for run, one in zip(runs[workers], runs[1])]
            print(f"  {workers} workers  {statistics.median(run['cpu'] for run in runs[workers]):7.2f} s   "
                  f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
        # A machine with these cores renders at the pace of one worker that has them all.
        one = {key: statistics.median(run[key] for run in runs[1]) for key in ("wall", "compile", "assemble")}
        work_share = statistics.median(run["cpu"] / first["cpu"] for run, first in zip(runs[8], runs[1]))
        longest = -(-segments // 8) / segments
        model = one["compile"] + one["assemble"] + (one["wall"] - one["compile"] - one["assemble"]) * longest * work_share
        print(f"  eight such machines, by this model: {model:.1f} s in place of {one['wall']:.1f} s")
    shutil.rmtree(work / "cache", ignore_errors=True)


main()
