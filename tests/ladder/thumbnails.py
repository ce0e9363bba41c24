"""Small pictures along a video: WebVTT that names parts of JPEG sheets, as players of HLS take it."""

import re
from fractions import Fraction

import vtt

NEAR = Fraction(2, 1000)
NAME = "thumbnails.vtt"


def jpeg_size(data):
    """Width and height; None if it is no JPEG."""
    at = 2
    if not data.startswith(b"\xff\xd8") or not data.endswith(b"\xff\xd9"):
        return None
    while at + 9 < len(data) and data[at] == 0xff:
        marker, size = data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
        if 0xc0 <= marker <= 0xcf and marker not in (0xc4, 0xc8, 0xcc):
            return int.from_bytes(data[at + 7:at + 9], "big"), int.from_bytes(data[at + 5:at + 7], "big")
        at += 2 + size
    return None


def check(folder, duration, problems):
    """The files that are used. Each moment of the video has one thumbnail, which lies within its sheet."""
    say, rule = problems.of(NAME), "Rushes: each moment has its thumbnail"
    sheets, places, time = {}, set(), Fraction(0)
    for start, end, text in vtt.cues_of((folder / NAME).read_bytes(), say):
        if start != time:
            say(f"a thumbnail begins at {float(start):.3f} s, and the one before ends at {float(time):.3f} s", rule)
        time = end
        named = re.fullmatch(r"([^#]+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)", text)
        if not named:
            say(f"names no part of a picture: {text!r}", "Media Fragments 4.2.2")
            continue
        name, (x, y, width, height) = named[1], map(int, named.groups()[1:])
        if name not in sheets:
            path = folder / name
            sheets[name] = jpeg_size(path.read_bytes()) if path.is_file() else None
            if sheets[name] is None:
                problems.add(name, "is not there, or no JPEG", rule)
        if sheets[name] and (x + width > sheets[name][0] or y + height > sheets[name][1] or not width or not height):
            say(f"{text} lies outside its sheet of {sheets[name][0]}x{sheets[name][1]}", "Media Fragments 4.2.2")
        if (name, x, y) in places:
            say(f"{text} is shown twice", rule)
        places.add((name, x, y))
    if abs(time - duration) > NEAR:
        say(f"ends at {float(time):.3f} s, and the picture at {float(duration):.3f} s", rule)
    return set(sheets)
