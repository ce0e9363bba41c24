#!/usr/bin/env python3
"""Workers keep below --memory, by being fewer, and no more is taken by a longer video.

  run.py RUSHES CASE      one case; run.py RUSHES --list prints their names

Of each program the memory that rushes reckons with for one worker (plan/memory.cc) is asked for. With as much of it as
two take, two render it, and all engines together, those of the sound and of the joining too, peak below it; with as
much as one takes, one. With less nothing is begun; and a task that is given less than it needs says so. Memory is the
proportional set size, watched all the time.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
from processes import descendants, peak_memory  # noqa: E402

MB = 1 << 20
# Arguments of ffmpeg that make NAME.
MEDIA = {
    "a.jpg": "-f lavfi -i testsrc2=s=3000x2000 -frames:v 1",
    "b.jpg": "-f lavfi -i mandelbrot=s=3000x2000 -frames:v 1",
    "deep.png": "-f lavfi -i testsrc2=s=6000x4000 -frames:v 1 -pix_fmt rgba64be",
    "4k.mp4": "-f lavfi -i testsrc2=s=3840x2160:r=30:d=1.5 -c:v libx264 -preset superfast -bf 3 -refs 4 -pix_fmt yuv420p",
    "720p.mp4": "-f lavfi -i testsrc2=s=1280x720:r=30:d=2 -c:v libx264 -preset superfast -bf 3 -pix_fmt yuv420p",
    "sound.wav": "-f lavfi -i sine=440:r=48000:d=20",
}


def stills(duration, **more):
    return [{"image": name, "duration": duration / 2, "motion": {"zoom": [1, 1.3]}, **more} for name in ("a.jpg", "b.jpg")]


def captions(seconds):
    words = [{"word": f"word{i}", "start": i / 4, "end": i / 4 + 0.2} for i in range(4 * seconds)]
    return [{"captions": "words.json", "effect": "karaoke", "style": {"font": "DejaVu Sans", "size": 60}}], words


def long_program(seconds):
    clips = [{"video": "720p.mp4", "loop": True, "duration": seconds}]
    return ({"size": "2560x1440", "fps": 15, "video": {"preset": "superfast"}}, seconds, [clips], ["720p.mp4"])


# name: (output, seconds, tracks beside captions and sound, media)
PROGRAMS = {
    "stills": ({"size": "1080x1920", "fps": 30, "video": {"preset": "medium"}}, 3, [stills(3)], ["a.jpg", "b.jpg"]),
    "large_source": ({"size": "1920x1080", "fps": 30, "video": {"preset": "veryfast"}}, 2,
                     [[{"video": "4k.mp4", "loop": True, "duration": 2}]], ["4k.mp4"]),
    "four_films": ({"size": "1280x720", "fps": 30, "video": {"preset": "ultrafast"}}, 1,
                   [[{"video": "4k.mp4", "duration": 1, **place}]
                    for place in ({}, *({"size": "40%", "position": p} for p in ("top-left", "top-right", "bottom")))], ["4k.mp4"]),
    "deep_still": ({"size": "1280x720", "fps": 30, "video": {"preset": "ultrafast"}}, 2, [[{"image": "deep.png", "duration": 2}]],
                   ["deep.png"]),
    "large_output": ({"size": "3840x2160", "fps": 24, "video": {"preset": "veryfast"}}, 2, [stills(2)], ["a.jpg", "b.jpg"]),
}


class Scene:
    def __init__(self, rushes, folder):
        self.rushes, self.folder, self.caches = rushes, folder, 0

    def write(self, output, seconds, tracks, media, captioned=True):
        for name in [*media, "sound.wav"]:
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *MEDIA[name].split(), name], cwd=self.folder, check=True)
        if captioned:
            shown, words = captions(seconds)
            (self.folder / "words.json").write_text(json.dumps(words))
            tracks = [*tracks, shown, [{"audio": "sound.wav", "duration": "end"}]]
        (self.folder / "ad.json").write_text(json.dumps({"version": 1, "output": output, "tracks": tracks}))

    def run(self, *more, again=False):
        """The exit status, the report, the peak of memory. From nothing, or with the cache of the run before."""
        self.caches += not again
        with open(self.folder / "report.json", "w+") as report:
            process = subprocess.Popen(
                [self.rushes, "render", "ad.json", "--cache", f"cache{self.caches}", "--json", "--progress", "none", *more], cwd=self.folder, stdout=report, stderr=subprocess.DEVNULL)
            peak = peak_memory(process, descendants)
            process.wait()
            report.seek(0)
            return process.returncode, json.load(report), peak

    def render(self, *more):
        status, report, peak = self.run(*more)
        assert status == 0, report["error"]
        return report, peak


def limits(scene, name):
    scene.write(*PROGRAMS[name])
    seconds = PROGRAMS[name][1]
    model = scene.run("--explain")[1]["memory"]["worker"]
    wrong = []
    for workers in (2, 1):
        limit = model * workers + MB
        report, peak = scene.render("--workers", "3", "--memory", str(limit), "--segment", f"{seconds / 2}s")
        print(f"{name}: {workers} x {model / MB:.0f} MB reckoned, {peak / MB:.0f} MB measured "
              f"({100 * peak / limit:.0f} %), {report['workers']} workers")
        died = [w["text"] for w in report["warnings"] if w["number"] == 307]
        if report["workers"] != workers or peak > limit or died:
            wrong.append((report["workers"], peak, limit, died))
    assert not wrong, wrong
    # Where nothing has to be rendered, nothing is taken.
    status, report, peak = scene.run("--memory", str(model // 2), "--segment", f"{seconds / 2}s", again=True)
    assert status == 0 and report["segments"]["rendered"] == 0, report
    status, report, peak = scene.run("--memory", str(model // 2), "-o", "none.mp4")
    assert (status, report["error"]["number"]) == (4, 310), report
    assert f"--memory {model // MB + 1}M" in report["error"]["message"], report
    assert not (scene.folder / "none.mp4").exists()
    # Where nothing has to be rendered, nothing is taken.


def too_little(scene, engine):
    """Whatever a task is given, it ends well or says that it was too little."""
    media = ["720p.mp4", "deep.png"]
    films = [[{"video": media[0], "duration": 1}], [{"video": media[0], "duration": 1, "size": "40%"}]]
    scene.write(PROGRAMS["deep_still"][0], 1, [*films, [{"image": media[1], "duration": 1, "size": "30%"}]], media, captioned=False)
    folder = str(scene.folder)

    def task(kind, inputs, outputs, **more):
        document = {"version": 1, "kind": kind, "inputs": {name: f"{folder}/{file}" for name, file in inputs.items()},
                    "outputs": outputs, "roots": [folder], "store": f"{folder}/store", "durable": False, **more}
        done = subprocess.run([engine], input=json.dumps(document), cwd=scene.folder, capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    status, event = task("compile", {"timeline": "ad.json", "source:0": media[0], "source:1": media[1]}, {"program": f"{folder}/program.json"},
                         params={"filename": "ad.json", "sources": media, "set": {}, "preview": False}, hashes=True)
    assert status == 0, event
    failed, limit, status = 0, 0, None
    while status != 0:
        limit += 17
        status, event = task("segments", {"program": "program.json", "input:0": media[0], "input:1": media[1]}, {"segment:0": {"key": "0" * 32}},
                             params={"segments": [{"number": 0, "first": 0, "end": 30}]}, limits={"memory_bytes": limit * MB})
        if status != 0:
            failed += 1
            assert (status, event["class"], event["cause"]) == (4, "out of resources", "failed"), (limit, event)
        assert limit < 1000, event
    assert failed > 3, failed
    print(f"too little {failed} times, enough with {limit} MB")


def length(scene):
    peaks = []
    for seconds in (4, 16):
        scene.write(*long_program(seconds))
        report, peak = scene.render("--workers", "1", "--segment", "2s")
        print(f"{report['frames']} frames in {report['segments']['total']} segments: {peak / MB:.0f} MB")
        peaks.append(peak)
    assert peaks[1] < 1.1 * peaks[0], "memory grows with the length"


def main():
    rushes, name = sys.argv[1:]
    if name == "--list":
        print("\n".join([*PROGRAMS, "length", "too_little"]))
        return
    with tempfile.TemporaryDirectory(prefix="rushes-memory-") as folder:
        scene = Scene(os.path.abspath(rushes), Path(folder))
        if name == "length":
            length(scene)
        elif name == "too_little":
            too_little(scene, Path(scene.rushes).parent / "rushes-engine")
        else:
            limits(scene, name)


main()
