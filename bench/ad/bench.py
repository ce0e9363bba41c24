#!/usr/bin/env python3
"""Renders one ad with Rushes and with FFmpeg, in turn, and prints ratios. Run it as ./dev bench ad.

Three contestants take turns in every round, each round beginning with another one:

  rushes        `rushes render ad.json`, with an empty cache
  ffmpeg graph  zoompan, xfade, ass and amix, as a person would write it (ffmpeg_graph.sh)
  encode only   FFmpeg encoding the frames and the sound that Rushes made, read from memory (encode_only.sh)

Wall time is from start to exit. CPU time is user and system time of the process and all its children.
Busy is the CPU time of what all cores had from start to exit.
Peak memory is the largest sum of proportional set sizes over the process and all its descendants, watched
in a round of its own, which is not timed. Ratios are taken within a round.

SSIM is of luma, each output in its own colour matrix:
  to the ideal   against reference.sh: sub-pixel motion by a slow way through FFmpeg. A renderer whose picture
                 trembles is punished here.
  to its own     against the same frames before encoding: what the encoder lost.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
from contest import frame_count, measure, run, say, spread  # noqa: E402

FRAMES = 645
CRFS = (20, 21, 22)
MEDIA = [f"{k}.jpg" for k in range(1, 7)] + ["music.m4a", "voice.m4a"]


def ass_time(seconds):
    centis = round(seconds * 100)
    return f"{centis // 360000}:{centis // 6000 % 60:02}:{centis // 100 % 60:02}.{centis % 100:02}"


def captions_from(words):
    """Karaoke captions, four words at a time, for media that come with words.json alone."""
    head = (HERE / "captions_head.ass").read_text()
    lines = []
    for first in range(0, len(words), 4):
        group = words[first:first + 4]
        following = words[first + 4]["start"] if first + 4 < len(words) else group[-1]["end"] + 0.2
        starts = [word["start"] for word in group] + [following]
        text = " ".join(f"{{\\k{round((end - start) * 100)}}}{word['word']}"
                        for word, start, end in zip(group, starts, starts[1:]))
        lines.append(f"Dialogue: 0,{ass_time(starts[0])},{ass_time(following)},Default,,0,0,0,,{text}")
    return head + "\n".join(lines) + "\n"


def prepare(media, work):
    work.mkdir(parents=True, exist_ok=True)
    for name in MEDIA:
        if not (media / name).is_file():
            sys.exit(f"{media} has no {name}")
        shutil.copyfile(media / name, work / name)
    if (media / "captions.ass").is_file():
        shutil.copyfile(media / "captions.ass", work / "captions.ass")
    else:
        (work / "captions.ass").write_text(captions_from(json.loads((media / "words.json").read_text())))
    script = "ffmpeg_graph.sh"
    shutil.copy((media if (media / script).is_file() else HERE) / script, work / script)
    shutil.copy(HERE / "reference.sh", work / "reference.sh")
    timeline = json.loads((HERE / "ad.json").read_text())
    (work / "ad.json").write_text(json.dumps(timeline, indent=1))
    timeline["output"]["video"] = {"lossless": True}
    (work / "lossless.json").write_text(json.dumps(timeline, indent=1))


def matrix_of(path):
    out = run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=color_space", "-of",
               "csv=p=0", path]).stdout.strip()
    return "bt709" if out.startswith("bt709") else "bt601"  # untagged: the matrix of the JPEG stills


def ssim(path, other, every=1):
    select = f"select='not(mod(n,{every}))'," if every > 1 else ""
    out = run(["ffmpeg", "-v", "info", "-nostdin", "-i", path, "-i", other, "-lavfi",
               f"[0:v]{select}setpts=N/6/TB[a];[1:v]setpts=N/6/TB[b];[a][b]ssim", "-f", "null", "-"]).stderr
    return float(re.search(r"SSIM Y:([0-9.]+)", out)[1])


def picture_bytes(path):
    sizes = run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=size", "-of", "csv=p=0", path])
    return sum(int(line.strip(",")) for line in sizes.stdout.split())


def bytes_at(points, quality):
    """Between the two points (SSIM, bytes) about a quality, or through the nearest two: by the logarithm of the size."""
    points = sorted(points)
    at = max(1, min(len(points) - 1, sum(ssim < quality for ssim, _ in points)))
    (low, fewer), (high, more) = points[at - 1:at + 1]
    return fewer * (more / fewer) ** ((quality - low) / (high - low))


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = Path(arguments.work).resolve()
        self.rushes = Path(arguments.rushes).resolve()
        self.frames = self.work / "frames.y4m"
        self.sound = self.work / "sound.wav"
        self.cache = self.work / "cache"
        self.outputs = {name: self.work / f"{name.replace(' ', '_')}.mp4"
                        for name in ("rushes", "ffmpeg graph", "encode only")}

    def command(self, name):
        return {
            "rushes": [self.rushes, "render", self.work / "ad.json", "--cache", self.cache, "-o", self.outputs[name]],
            "ffmpeg graph": [self.work / "ffmpeg_graph.sh", self.outputs[name]],
            "encode only": [HERE / "encode_only.sh", self.frames, self.sound, self.outputs[name]],
        }[name]

    def make_frames(self):
        say("composing the frames for encode-only, losslessly")
        run([self.rushes, "render", self.work / "lossless.json", "--cache", self.cache, "-o", self.work / "lossless.mp4"])
        run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", self.work / "lossless.mp4", "-an", "-pix_fmt", "yuv420p",
             "-f", "yuv4mpegpipe", self.frames])
        run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", self.work / "lossless.mp4", "-vn", self.sound])

    def rounds(self):
        results = {name: [] for name in self.outputs}
        names = list(self.outputs)
        shutil.rmtree(self.cache, ignore_errors=True)
        say("a first round, to warm up and to watch memory")
        self.peaks = {name: measure(self.command(name), self.work, watch_memory=True)["peak"] for name in names}
        for number in range(self.arguments.rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                self.outputs[name].unlink(missing_ok=True)
                shutil.rmtree(self.cache, ignore_errors=True)
                # Touch every page, so that nobody reads from the disk.
                with open(self.frames, "rb") as frames:
                    while frames.read(1 << 24):
                        pass
                results[name].append(measure(self.command(name), self.work))
            say(f"round {number + 1} of {self.arguments.rounds}: wall " +
                ", ".join(f"{name} {results[name][-1]['wall']:.2f} s" for name in names))
        return results

    def qualities(self):
        say("drawing the ideal frames and comparing")
        references = {matrix: self.work / f"reference-{matrix}.mkv" for matrix in ("bt709", "bt601")}
        run([self.work / "reference.sh", references["bt709"], references["bt601"]])
        graph = (self.work / "ffmpeg_graph.sh").read_text()
        (self.work / "ffmpeg_graph_lossless.sh").write_text(graph.replace("-crf 21", "-qp 0"))
        run(["bash", self.work / "ffmpeg_graph_lossless.sh", self.work / "graph_lossless.mp4"])
        own = {"rushes": self.frames, "encode only": self.frames, "ffmpeg graph": self.work / "graph_lossless.mp4"}
        out = {}
        for name, path in self.outputs.items():
            matrix = matrix_of(path if name != "encode only" else self.outputs["rushes"])
            out[name] = {"ideal": ssim(path, references[matrix], every=5), "own": ssim(path, own[name])}
        out["size"] = self.size_at_equal_quality(out["rushes"]["own"])
        return out

    def size_at_equal_quality(self, quality):
        """The picture of rushes against that of one continuous encode which would look as good."""
        points = []
        for crf in CRFS:
            path = self.work / f"crf{crf}.mp4"
            run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", self.frames, "-c:v", "libx264", "-preset", "veryfast", "-crf", crf, path])
            points.append((ssim(path, self.frames), picture_bytes(path)))
            path.unlink()
        return picture_bytes(self.outputs["rushes"]) / bytes_at(points, quality)


def report(bench, results, quality):
    names = list(results)
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    ffmpeg = run(["ffmpeg", "-version"]).stdout.split()[2]
    rounds = len(results["rushes"])
    print(f"The ad: {FRAMES} frames of 1080x1920. {rounds} rounds, {len(os.sched_getaffinity(0))} cores ({cpu}), "
          f"FFmpeg {ffmpeg}. Medians.")
    print(f"{'':14}{'wall s':>8}{'CPU s':>8}{'busy %':>8}{'peak MB':>9}{'bytes':>10}{'SSIM to the ideal':>19}{'to its own':>12}")
    rows = {}
    for name in names:
        row = {key: statistics.median(result[key] for result in results[name]) for key in ("wall", "cpu")}
        cores = len(os.sched_getaffinity(0))
        row["busy"] = statistics.median(100 * result["cpu"] / result["wall"] / cores for result in results[name])
        row |= {"peak": bench.peaks[name], "bytes": bench.outputs[name].stat().st_size}
        row |= quality.get(name, {})
        rows[name] = row
        ideal, own = (f"{row[key]:.4f}" if key in row else "-" for key in ("ideal", "own"))
        print(f"{name:14}{row['wall']:8.2f}{row['cpu']:8.2f}{row['busy']:8.1f}{row['peak'] / 1e6:9.0f}{row['bytes']:10}{ideal:>19}{own:>12}")
    print("Ratios: median (lowest to highest)")
    ratios = {}
    for peer in names[1:]:
        for key in ("wall", "cpu"):
            values = [ours[key] / theirs[key] for ours, theirs in zip(results["rushes"], results[peer])]
            ratios[f"{key} to {peer}"] = values
            print(f"  rushes / {peer:13}{key:>5}  {spread(values)}")
    if quality:
        print(f"Size of the picture at equal SSIM, rushes / one encoder (between crf {CRFS[0]} and {CRFS[-1]}): {quality['size']:.4f}")
    return {"version": 1, "size_at_equal_ssim": quality.get("size"), "rounds": results, "medians": rows, "ratios": ratios, "ffmpeg": ffmpeg, "cpu": cpu}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench ad", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", nargs="?", default=os.environ.get("RUSHES_MEDIA") or ROOT / "examples/ad",
                        help="folder with 1.jpg to 6.jpg, music.m4a, voice.m4a and captions.ass or words.json "
                        "(default: $RUSHES_MEDIA, else examples/ad)")
    parser.add_argument("--rounds", type=int, default=7, help="timed rounds (default 7)")
    parser.add_argument("--no-ssim", action="store_true", help="leave out the comparison of pictures")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to measure")
    parser.add_argument("--work", default=ROOT / "build/bench/ad", help="folder for what is made; 2.5 GB")
    parser.add_argument("--json", metavar="FILE", help="also write all figures to FILE")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")

    bench = Bench(arguments)
    say(f"media: {arguments.media}")
    prepare(Path(arguments.media).resolve(), bench.work)
    bench.make_frames()
    results = bench.rounds()
    for name, path in bench.outputs.items():
        if (frames := frame_count(path)) != FRAMES:
            sys.exit(f"{name} made {frames} frames in place of {FRAMES}")
    quality = {} if arguments.no_ssim else bench.qualities()
    figures = report(bench, results, quality)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=1) + "\n")
    bench.frames.unlink()
    shutil.rmtree(bench.cache, ignore_errors=True)


if __name__ == "__main__":
    main()
