#!/usr/bin/env python3
"""Every output frame shows the source frame that is due.

  frames.py RUSHES

The source is a film whose frames carry their own numbers, as sixteen black or white fields, with keyframes 250
frames apart and B-frames, at six frame rates. It is rendered at six frame rates, trimmed and at several speeds, in
short segments by three workers, without loss, and the numbers are read back.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

RATES = ["24", "25", "30000/1001", "30", "50", "60"]
BITS, FIELD = 16, 10
SECONDS = 12


def make_film(folder, rate, name):
    # N is wrong in a filter of the source's own frames; T is not.
    number = "floor(T*{}+0.5)".format(rate)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"color=black:s={BITS * FIELD}x16:r={rate}:d={SECONDS}",
                    "-vf", f"format=gray,geq=lum='if(mod(floor(({number})/pow(2,floor(X/{FIELD}))),2),235,16)',format=yuv420p",
                    "-c:v", "libx264", "-preset", "veryfast", "-crf", "10", "-g", "250", "-bf", "3", name], cwd=folder, check=True)


def numbers_in(folder, name):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", name, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                         cwd=folder, check=True, capture_output=True).stdout
    size = BITS * FIELD * 16
    out = []
    for at in range(0, len(raw), size):
        row = raw[at + 8 * BITS * FIELD:at + 9 * BITS * FIELD]
        out.append(sum(1 << bit for bit in range(BITS) if row[bit * FIELD + FIELD // 2] > 128))
    return out


def expected(n, output, source, trim, speed):
    """As docs/how_to/write_a_timeline.md has it: the frame shown at the time, which may be stamped 2 ms late."""
    slack = min(Fraction(1), speed) / 500
    return int((trim + n / output * speed + slack) * source)


def main():
    rushes = os.path.abspath(sys.argv[1])
    dice = random.Random(3)
    checked = 0
    with tempfile.TemporaryDirectory(prefix="rushes-frames-") as name:
        folder = Path(name)
        for i, source in enumerate(RATES):
            make_film(folder, source, f"film{i}.mp4")
            for output in RATES:
                trim = Fraction(dice.randrange(0, 500), 100)
                speed = dice.choice([Fraction(1), Fraction(1), Fraction(1, 2), Fraction(5, 2), Fraction(13, 10)])
                clip = {"video": f"film{i}.mp4", "trim": {"start": float(trim)}, "speed": float(speed), "duration": 2.4}
                (folder / "case.json").write_text(json.dumps({"version": 1, "tracks": [[clip]], "output": {
                    "size": f"{BITS * FIELD}x16", "fps": output, "video": {"preset": "ultrafast", "lossless": True}}}))
                subprocess.run([rushes, "render", "case.json", "-o", "out.mp4", "--cache", f"cache{checked}", "--progress",
                                "none", "--workers", "3", "--segment", "0.5"], cwd=folder, check=True)
                got = numbers_in(folder, "out.mp4")
                want = [expected(n, Fraction(output), Fraction(source), trim, speed) for n in range(len(got))]
                frames = -(-Fraction(24, 10) * Fraction(output) // 1)
                if got != want or len(got) != frames:
                    wrong = [(n, a, b) for n, (a, b) in enumerate(zip(got, want)) if a != b]
                    sys.exit(f"{source} in {output} from {trim} at {speed}: {len(got)} of {frames} frames; "
                             f"(frame, shown, due): {wrong[:10]}")
                checked += len(got)
    print(f"{checked} frames, each the one that was due")


main()
