"""WebVTT as far as pieces of subtitles need it."""

import re
from fractions import Fraction

TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"


def seconds(hours, minutes, whole, thousandths):
    return Fraction(((int(hours or 0) * 60 + int(minutes)) * 60 + int(whole)) * 1000 + int(thousandths), 1000)


def cues_of(data, say):
    """[(start, end, text)]; `say(what, rule)` is told what is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        say("is not UTF-8", "WebVTT 4.1")
        return []
    blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n"))
    if not re.match(r"WEBVTT($|[ \t\n])", blocks[0]):
        say("does not begin with WEBVTT", "RFC 8216 3.5")
    cues = []
    for block in blocks[1:]:
        if re.match(r"(NOTE|STYLE|REGION)($|[ \t\n])", block):
            continue
        lines = block.split("\n")
        at = 0 if "-->" in lines[0] else 1
        timed = re.fullmatch(rf"{TIME}[ \t]+-->[ \t]+{TIME}([ \t].*)?", lines[at]) if at < len(lines) else None
        if not timed:
            say(f"a block that is no cue: {lines[0]!r}", "WebVTT 4.1")
            continue
        start, end = seconds(*timed.groups()[:4]), seconds(*timed.groups()[4:8])
        if end <= start:
            say(f"a cue that ends before it begins: {lines[at]}", "WebVTT 4.1")
        cues.append((start, end, "\n".join(lines[at + 1:])))
    return cues
