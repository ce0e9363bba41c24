#!/usr/bin/env python3
"""Renders a minute of video, changes one word of its captions, and renders again. Run it as ./dev bench edit.

A round, each with an empty cache of its own:

  cold        `rushes render minute.json`
  unchanged   the same command again
  one word    after one word of the captions has become another

Wall time is from start to exit. Ratios are taken within a round.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 60
STILLS = 6


def make_timeline(media, work, size, word):
    """Stills with Ken Burns and cross-fades, as in the ad, under captions word by word."""
    names = "one two three four five six seven eight nine".split()
    words, at = [], 0.2
    # As somebody speaks: sentences of nine words, and a breath between them.
    while at < SECONDS - 4:
        number = len(words) // len(names)
        for i, name in enumerate(names):
            words.append({"word": f"{name}{number}" + "." * (i == 8), "start": round(at, 2), "end": round(at + 0.3, 2)})
            at += 1 / 3
        at += 0.6
    words[len(words) // 2]["word"] = word  # in the middle of a sentence
    (work / "words.json").write_text(json.dumps(words))
    stills = [{"image": f"{i % STILLS + 1}.jpg", "duration": 4.5, "motion": {"zoom": [1, 1.18]},
               **({"transition": {"type": "fade", "duration": 0.5}} if i else {})} for i in range(15)]
    timeline = {"version": 1, "output": {"size": size, "fps": 30, "duration": SECONDS,
                                         "video": {"preset": "veryfast", "crf": 21}},
                "tracks": [stills, [{"captions": "words.json", "effect": "karaoke", "style": {"size": "4%"}}],
                           [{"audio": "music.m4a", "loop": True, "volume": 0.4, "duration": "end"}]]}
    (work / "minute.json").write_text(json.dumps(timeline, indent=1))
    for name in [f"{i + 1}.jpg" for i in range(STILLS)] + ["music.m4a"]:
        if not (work / name).exists():
            shutil.copyfile(media / name, work / name)


def render(rushes, work, cache):
    start = time.monotonic()
    done = subprocess.run([rushes, "render", "minute.json", "-o", "minute.mp4", "--cache", cache, "--json",
                           "--progress", "none"], cwd=work, capture_output=True, text=True)
    wall = time.monotonic() - start
    if done.returncode:
        sys.exit(done.stderr)
    return wall, json.loads(done.stdout)["segments"]


def spread(values, digits=3):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main():
    parser = argparse.ArgumentParser(prog="./dev bench edit", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", nargs="?", default=os.environ.get("RUSHES_MEDIA") or ROOT / "examples/ad",
                        help="folder with 1.jpg to 6.jpg and music.m4a (default: $RUSHES_MEDIA, else examples/ad)")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--size", default="1080x1920", help="default 1080x1920")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/edit", help="folder for what is made")
    arguments = parser.parse_args()
    work, rushes = Path(arguments.work).resolve(), Path(arguments.rushes).resolve()
    work.mkdir(parents=True, exist_ok=True)
    walls = {name: [] for name in ("cold", "unchanged", "one word")}
    for number in range(arguments.rounds):
        cache = work / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        make_timeline(Path(arguments.media).resolve(), work, arguments.size, "before")
        cold, all_of_it = render(rushes, work, cache)
        unchanged, nothing = render(rushes, work, cache)
        make_timeline(Path(arguments.media).resolve(), work, arguments.size, "after")
        changed, some = render(rushes, work, cache)
        if nothing["rendered"] or not 0 < some["rendered"] < some["total"]:
            sys.exit("the cache does not work as it should")
        for name, wall in zip(walls, (cold, unchanged, changed)):
            walls[name].append(wall)
        print(f"round {number + 1}: cold {cold:.2f} s, unchanged {unchanged:.2f} s, one word {changed:.2f} s; "
              f"rendered {all_of_it['rendered']}, {nothing['rendered']}, {some['rendered']} of {some['total']} segments",
              file=sys.stderr, flush=True)
    shutil.rmtree(work / "cache", ignore_errors=True)
    print(f"A minute of {arguments.size}, {arguments.rounds} rounds. Medians (lowest to highest).")
    for name, values in walls.items():
        print(f"  {name:12} {spread(values, 2)} s")
    print(f"  one word / cold  {spread([c / a for a, c in zip(walls['cold'], walls['one word'])])}")


main()
