#!/usr/bin/env python3
"""Clicks and flashes stay together for an hour, and no boundary can be heard.

  sound.py RUSHES

A recording flashes and clicks every ten seconds. An hour of it is rendered in segments by two workers, beside a
steady tone: the clicks of the output are where its flashes are to within a millisecond. And the tone of a
render in many segments is that of a render in one, sample by sample.
"""

import array
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

HOUR, EVERY, FPS, RATE = 3600, 10, 12, 48000


def write_clicks(path):
    """Silence with a click of one millisecond at every flash."""
    click = [int(30000 * (-1) ** (i // 8)) for i in range(RATE // 1000)]
    period = array.array("h", click + [0] * (RATE * EVERY - len(click)))
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        for _ in range(HOUR // EVERY):
            out.writeframes(period.tobytes())


def write_tone(path, seconds):
    samples = array.array("h", (int(9000 * math.sin(2 * math.pi * 331 * i / RATE)) for i in range(RATE * seconds)))
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())


def run(folder, *command):
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def flashes(folder, name):
    """Times of frames that are brighter than the one before."""
    raw = run(folder, "ffmpeg", "-v", "error", "-nostdin", "-i", name, "-an", "-vf", "scale=1:1:flags=area", "-f", "rawvideo", "-pix_fmt",
              "gray", "-")
    return [n / FPS for n in range(len(raw)) if raw[n] > 120 and (n == 0 or raw[n - 1] <= 120)], len(raw)


def samples_of(folder, name):
    raw = run(folder, "ffmpeg", "-v", "error", "-nostdin", "-i", name, "-vn", "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-")
    return array.array("h", raw)


def clicks(samples):
    """Where the loudest sample of every period is, in seconds: the click's first or one of its next."""
    out = []
    for start in range(0, len(samples), RATE * EVERY):
        lead = RATE // 10  # a click may come a little early
        window = samples[max(0, start - lead):start + RATE]
        loudest = max(max(window), -min(window))
        first = next(i for i, s in enumerate(window) if abs(s) > loudest // 2)
        out.append((max(0, start - lead) + first) / RATE)
    return out


def render(rushes, folder, timeline, cache, *more):
    (folder / "case.json").write_text(json.dumps(timeline))
    run(folder, rushes, "render", "case.json", "-o", "out.mp4", "--cache", cache, "--progress", "none", *more)


def hour(rushes, folder):
    write_clicks(folder / "clicks.wav")
    run(folder, "ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"color=black:s=32x32:r={FPS}:d={HOUR}", "-i", "clicks.wav",
        "-vf", f"drawbox=t=fill:color=white:enable='lt(mod(t+0.001,{EVERY}),{1 / FPS})'", "-c:v", "libx264", "-preset", "ultrafast", "-g",
        "250", "-c:a", "pcm_s16le", "film.mov")
    # The second half by a cut in the middle, so that two clips and their sounds meet.
    half = HOUR // 2
    clips = [{"video": "film.mov", "duration": half}, {"video": "film.mov", "trim": {"start": half}, "duration": half}]
    render(rushes, folder, {"version": 1, "output": {"size": "32x32", "fps": FPS, "video": {"preset": "ultrafast"}}, "tracks": [clips]},
           "hour", "--workers", "2")
    seen, frames = flashes(folder, "out.mp4")
    assert frames == HOUR * FPS, frames
    heard = clicks(samples_of(folder, "out.mp4"))
    assert len(seen) == len(heard) == HOUR // EVERY, (len(seen), len(heard))
    apart = [abs(a - b) * 1000 for a, b in zip(seen, heard)]
    assert max(apart) < 1, f"{max(apart)} ms apart"
    print(f"an hour, {len(seen)} flashes and clicks, at most {max(apart):.2f} ms apart")


def boundaries(rushes, folder):
    write_tone(folder / "tone.wav", 30)
    timeline = {"version": 1, "output": {"size": "32x32", "fps": 30, "video": {"preset": "ultrafast"}},
                "tracks": [[{"color": "#404040", "duration": 30}], [{"audio": "tone.wav"}]]}
    heard = []
    for cache, segment in (("one", "60"), ("many", "0.6")):
        render(rushes, folder, timeline, cache, "--segment", segment, "--workers", "3")
        heard.append(samples_of(folder, "out.mp4"))
    assert heard[0] == heard[1], "the sound depends on the segments"
    worst = max(abs(a - 9000 * math.sin(2 * math.pi * 331 * i / RATE)) for i, a in enumerate(heard[0][RATE:-RATE], RATE))
    assert worst < 400, f"off by {worst}"
    print(f"a tone over {len(heard[0])} samples: the same in 1 and in many segments, at most {worst:.0f} of 9000 off")


def main():
    rushes = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="rushes-sound-") as name:
        boundaries(rushes, Path(name))
        hour(rushes, Path(name))


main()
