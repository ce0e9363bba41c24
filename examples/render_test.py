#!/usr/bin/env python3
"""Renders an example and looks at the file as a player would.

  render_test.py RUSHES TIMELINE.json OUT.mp4
"""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

SIZES = {"vertical": (1080, 1920), "square": (1080, 1080), "landscape": (1920, 1080)}


def output(*command):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} {command[1]}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    rushes, timeline_path, out = map(Path, sys.argv[1:])
    out.unlink(missing_ok=True)
    result = json.loads(output(rushes, "render", timeline_path, "-o", out, "--json", "--progress", "none"))
    asked = json.loads(timeline_path.read_text())["output"]
    # The last words of a decoder that met an error would stand on stderr.
    probe = json.loads(output("ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", out))
    video, audio = ({stream["codec_type"]: stream for stream in probe["streams"]}[kind] for kind in ("video", "audio"))

    failures = []

    def expect(what, found, wanted):
        if found != wanted:
            failures.append(f"{what} is {found}, not {wanted}")

    fps = Fraction(asked["fps"])
    frames = int(video["nb_read_frames"])
    expect("size", (video["width"], video["height"]), SIZES.get(asked["size"]) or
           tuple(map(int, asked["size"].split("x"))))
    expect("frame rate", Fraction(video["r_frame_rate"]), fps)
    expect("matrix and range", (video.get("color_space"), video.get("color_range")), ("bt709", "tv"))
    expect("codecs", (video["codec_name"], audio["codec_name"]), ("h264", "aac"))
    expect("frames in the result", result["frames"], frames)
    expect("warnings", result["warnings"], [])
    if "duration" in asked:
        expect("frames", frames, round(Fraction(str(asked["duration"])) * fps))
    apart = abs(Fraction(video["duration"]) - Fraction(audio["duration"]))
    if apart >= 1 / fps:
        failures.append(f"sound and picture differ by {float(apart):.3f} s")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{out.name}: {frames} frames, in order")


if __name__ == "__main__":
    main()
