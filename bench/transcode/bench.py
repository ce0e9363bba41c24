#!/usr/bin/env python3
"""Transcodes a phone's 4K HEVC to 1080 lines of H.264 with Rushes and with FFmpeg, in turn. Run it as
./dev bench transcode.

Both encode with x264 veryfast at crf 21 and AAC at 192 kb/s. Wall time is from start to exit, with an empty cache; CPU
time is user and system time of the process and all its children; peak memory is the largest sum of proportional set
sizes, watched in a round of its own, which is not timed. Ratios are taken within a round. SSIM is of luma against the
source: every seventh frame, enlarged to its size (keyframes, which are better than others, tend to lie at multiples of
ten or so).
"""

import argparse
import os
import re
import shutil
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
from contest import frame_count, measure, run, say, spread  # noqa: E402

EVERY = 7  # frames that are compared


def prepare(media, work, seconds, shrink):
    """The recording: footage, if there is some, again and again."""
    footage = media / "changi.mp4" if media else None
    source = work / f"source-{'footage' if footage else 'made'}-{seconds}-{shrink}.mp4"
    if source.exists():
        return source
    say("making a recording")
    ffmpeg = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    if not footage:
        footage = work / "part.mp4"
        run([*ffmpeg, *f"-f lavfi -i testsrc2=s={2160 // shrink}x{3840 // shrink}:r=30000/1001:d=8,noise=alls=8:allf=t -f lavfi "
             "-i sine=r=44100:d=8 -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=30 -crf 28 -pix_fmt "
             "yuv420p -c:a aac".split(), footage])
    elif shrink > 1:
        whole, footage = footage, work / "part.mp4"
        run([*ffmpeg, "-i", whole, "-vf", f"scale=iw/{shrink}:ih/{shrink}:flags=area", "-c:v", "libx265", "-preset", "fast", "-x265-params",
             "log-level=none", "-b:v", "3M", "-c:a", "copy", footage])
    run([*ffmpeg, "-stream_loop", "-1", "-i", footage, "-t", seconds, "-c", "copy", work / "whole.mp4"])
    (work / "part.mp4").unlink(missing_ok=True)
    return (work / "whole.mp4").rename(source)


def size_of(path):
    text = run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0", path]).stdout
    return [int(word) for word in text.strip().strip(",").split(",")[:2]]


def ssim(path, source):
    width, height = size_of(source)
    # One time base for both: frames are paired by their numbers.
    take = f"select='not(mod(n,{EVERY}))',settb=1/6,setpts=N"
    out = run(["ffmpeg", "-v", "info", "-nostdin", "-i", path, "-i", source, "-lavfi",
               f"[0:v]{take},scale={width}:{height}:flags=bicubic[a];[1:v]{take}[b];[a][b]ssim", "-f", "null", "-"]).stderr
    return float(re.search(r"SSIM Y:([0-9.]+)", out)[1])


def main():
    parser = argparse.ArgumentParser(prog="./dev bench transcode", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", nargs="?", default=os.environ.get("RUSHES_MEDIA"),
                        help="folder with changi.mp4 (default: $RUSHES_MEDIA, else a recording is made)")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds (default 5)")
    parser.add_argument("--seconds", type=int, default=120, help="length of the recording (default 120)")
    parser.add_argument("--shrink", type=int, default=1, metavar="N", help="sides N times as short: for a try")
    parser.add_argument("--no-ssim", action="store_true", help="leave out the comparison of pictures")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/transcode", help="folder for what is made")
    arguments = parser.parse_args()
    work = Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    media = Path(arguments.media).resolve() if arguments.media else None
    source = prepare(media, work, arguments.seconds, arguments.shrink)
    lines = 1080 // arguments.shrink
    cache = work / "cache"
    outputs = {name: work / f"{name}.mp4" for name in ("rushes", "ffmpeg")}
    width, height = size_of(source)
    scale = f"scale={lines}:-2" if width < height else f"scale=-2:{lines}"
    commands = {
        "rushes": [Path(arguments.rushes).resolve(), "transcode", source, "-o", outputs["rushes"], "--preset", "1080p-h264",
                   "--set", f"lines={lines}", "--cache", cache],
        "ffmpeg": ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", source, "-vf", scale, "-c:v", "libx264", "-preset", "veryfast",
                   "-crf", 21, "-c:a", "aac", "-b:a", "192k", outputs["ffmpeg"]],
    }
    names = list(outputs)

    def turn(name, **options):
        outputs[name].unlink(missing_ok=True)
        shutil.rmtree(cache, ignore_errors=True)
        return measure(commands[name], work, **options)

    say("a first round, to warm up and to watch memory")
    peaks = {name: turn(name, watch_memory=True)["peak"] for name in names}
    results = {name: [] for name in names}
    for number in range(arguments.rounds):
        for name in names if number % 2 == 0 else names[::-1]:
            results[name].append(turn(name))
        say(f"round {number + 1} of {arguments.rounds}: wall " + ", ".join(f"{name} {results[name][-1]['wall']:.1f} s" for name in names))
    frames = {name: frame_count(path) for name, path in outputs.items()}
    if frames["rushes"] != frames["ffmpeg"]:
        say(f"frames differ: {frames}")
    print(f"{source.name}: {width}x{height}, {frames['rushes']} frames. {arguments.rounds} rounds, {len(os.sched_getaffinity(0))} cores. Medians.")
    print(f"{'':10}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'bytes':>12}{'SSIM':>9}")
    for name in names:
        wall, cpu = (statistics.median(result[key] for result in results[name]) for key in ("wall", "cpu"))
        quality = "-" if arguments.no_ssim else f"{ssim(outputs[name], source):.5f}"
        print(f"{name:10}{wall:8.1f}{cpu:8.1f}{peaks[name] / 1e6:9.0f}{outputs[name].stat().st_size:12}{quality:>9}")
    for key in ("wall", "cpu"):
        print(f"rushes / ffmpeg {key:>5}  {spread([ours[key] / theirs[key] for ours, theirs in zip(results['rushes'], results['ffmpeg'])])}")
    shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    main()
