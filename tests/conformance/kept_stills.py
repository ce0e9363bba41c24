#!/usr/bin/env python3
"""Large stills are decoded once: what was made of them is found again, and is the same.

  kept_stills.py RUSHES

What a render decoded is told by its segments' results. Bytes and warnings are compared with those of an empty cache.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PHOTO = "testsrc2=s=2400x1600,noise=alls=12:all_seed=3"


class Desk:
    def __init__(self, rushes, folder):
        self.rushes, self.folder, self.caches = rushes, folder, 0
        self.still("photo.jpg", PHOTO)
        self.still("other.jpg", PHOTO + ",hue=h=90")
        self.still("matte.png", "gradients=s=2000x1200:c0=black:c1=white:seed=5,format=gray")
        self.still("small.jpg", "testsrc2=s=640x480")
        # A colour profile, of which a warning tells.
        data = (folder / "photo.jpg").read_bytes()
        profile = b"ICC_PROFILE\0\1\1" + bytes(128)
        (folder / "photo.jpg").write_bytes(data[:2] + b"\xff\xe2" + (len(profile) + 2).to_bytes(2, "big") + profile + data[2:])

    def still(self, name, source):
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1", name],
                       cwd=self.folder, check=True)

    def new_cache(self):
        self.caches += 1
        return self.folder / f"cache{self.caches}"

    def write(self, caption, images=("photo.jpg", "other.jpg")):
        zoom = {"zoom": [1, 1.2]}
        clips = [{"image": images[0], "duration": 2, "motion": zoom},
                 {"image": images[1], "duration": 2, "motion": zoom, "transition": {"type": "luma", "luma": "matte.png", "duration": 1}}]
        title = {"text": caption, "duration": 3, "style": {"font": "DejaVu Sans", "size": 24}}
        (self.folder / "ad.json").write_text(json.dumps({
            "version": 1, "output": {"size": "320x180", "fps": 10, "video": {"preset": "ultrafast"}}, "tracks": [clips, [title]]}))

    def run(self, *arguments):
        done = subprocess.run([self.rushes, "render", "ad.json", *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"render {arguments}: exit {done.returncode}\n{done.stderr}")
        return done

    def render(self, cache, workers="1"):
        """Bytes and warnings; how many stills were decoded, and how many came from the store."""
        done = self.run("--cache", cache, "--segment", "0.5", "--workers", workers, "--json", "--progress", "json", "-o", "out.mp4")
        events = [json.loads(line) for line in done.stderr.splitlines()]
        stills = [e["result"]["stills"] for e in events if e["type"] == "result" and e.get("task") == "video"]
        count = {key: sum(s[key] for s in stills) for key in ("decoded", "from_store")}
        warnings = sorted({w["text"] for w in json.loads(done.stdout)["warnings"]})
        return ((self.folder / "out.mp4").read_bytes(), warnings), count

    def fresh(self):
        return self.render(self.new_cache())[0]

    def kept(self, cache):
        return sorted(p for p in (cache / "objects").glob("*/*") if p.read_bytes()[:8] == b"RSHFRM\r\n")


def check(what, got, want):
    if got != want:
        sys.exit(f"{what}: {got if not isinstance(got, tuple) else 'other bytes or warnings'} instead of {want if not isinstance(want, tuple) else 'those'}")


def main():
    with tempfile.TemporaryDirectory(prefix="rushes-stills-") as name:
        desk = Desk(os.path.abspath(sys.argv[1]), Path(name))
        desk.write("one")
        cache = desk.new_cache()
        first, count = desk.render(cache)
        check("first", count, {"decoded": 3, "from_store": 0})
        check("kept", len(desk.kept(cache)), 3)
        check("a warning of its profile", [w.startswith("photo.jpg") for w in first[1]], [True])

        desk.write("two")
        again, count = desk.render(cache, "2")
        check("other words", count["decoded"], 0)
        assert count["from_store"] >= 3, count
        check("other words", again, desk.fresh())

        # Damaged ones are replaced, those that are missing made again.
        kept = desk.kept(cache)
        for path in kept[:2]:
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        kept[2].unlink()
        desk.write("three")
        mended, count = desk.render(cache)
        check("damaged", count, {"decoded": 3, "from_store": 0})
        check("damaged", mended, desk.fresh())
        check("mended", desk.kept(cache), kept)
        report = json.loads(subprocess.run([desk.rushes, "cache", "verify", "--cache", cache, "--json"], check=True,
                                           capture_output=True, text=True).stdout)
        check("sound", report["damaged"]["objects"], 0)

        # Somebody else's file among those that are read: what its worker may have spoilt is not believed.
        desk.write("four", ("photo.jpg", "small.jpg"))
        _, count = desk.render(cache)
        check("other files", count, {"decoded": 3, "from_store": 0})
        check("small ones are not kept", len(desk.kept(cache)), 5)

        # One picture, with and without what renders have kept.
        pictures = []
        for where in (cache, desk.new_cache()):
            desk.run("--cache", where, "--still", "1.9", "-o", "still.png", "--progress", "none")
            pictures.append((desk.folder / "still.png").read_bytes())
        check("one picture", pictures[0] == pictures[1], True)
    print("large stills are decoded once, and look the same")


main()
