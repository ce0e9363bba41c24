#!/usr/bin/env python3
"""Validates every ```json block of README.md and docs/ that is a timeline, or a list of clips.

  run.py RUSHES

The media that the pages speak of are stood in for by those of the examples.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEDIA = {"beach.jpg": "slideshow/1.jpg", "boat.jpg": "slideshow/2.jpg", "clip.mp4": "captions/cockatoo.mp4",
         "music.m4a": "ad/music.m4a", "voice.m4a": "ad/voice.m4a", "words.json": "ad/words.json"}


def main():
    rushes, failed, checked = str(Path(sys.argv[1]).resolve()), 0, 0
    with tempfile.TemporaryDirectory(prefix="rushes-docs-") as folder:
        for name, source in MEDIA.items():
            shutil.copy(ROOT / "examples" / source, Path(folder) / name)
        for page in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")]):
            text = page.read_text()
            for block in re.finditer(r"^```json\n(.*?)^```", text, re.S | re.M):
                body = block[1]
                if body.startswith("["):
                    body = f'{{"version": 1, "output": {{"size": "vertical", "duration": 20}}, "tracks": [{body}]}}'
                elif '"tracks"' not in body:
                    continue
                line = text[:block.start()].count("\n") + 1
                # A required variable gets a value; what is not JSON at all is for the program to say.
                values = re.findall(r'"(\w+)": \{"type": "\w+"\}', body)
                command = [rushes, "validate", "-", "--root", folder]
                for value in values:
                    command += ["--set", f"{value}=1"]
                done = subprocess.run(command, cwd=folder, input=body, capture_output=True, text=True)
                checked += 1
                if done.returncode:
                    failed += 1
                    print(f"{page.relative_to(ROOT)}:{line}:\n{done.stderr}")
    print(f"{checked} timelines in the documentation, {failed} wrong")
    return 1 if failed or checked < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
