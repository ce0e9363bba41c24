#!/usr/bin/env python3
"""Cuts and transcodes an hour of recording in three chapters, and kills that twenty times. Run it as ./dev bench kills.

The chapters are footage again and again, named as a GoPro names them. `rushes cut` joins them, and takes ten seconds off
either end; what it writes is transcoded once in peace, and once with `kill -9` to the whole process group at random
moments. The bytes must be the same, and picture and sound must end together: both are looked for in the last chapter,
by the brightness of frames and by samples.
"""

import argparse
import array
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
from contest import run, say  # noqa: E402

RATE = 4000  # samples a second in which sound is looked for
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]


def probe(path, what):
    out = run(["ffprobe", "-v", "error", "-show_entries", what, "-of", "json", path]).stdout
    return json.loads(out)


def prepare(media, work, seconds):
    """Three chapters."""
    chapters = [work / f"GX{number:02}0001.MP4" for number in (1, 2, 3)]
    if all(chapter.exists() for chapter in chapters):
        return chapters
    say("making chapters")
    made = ("-f lavfi -i testsrc2=s=854x480:r=24,noise=alls=8:allf=t -f lavfi -i aevalsrc=0.4*sin(2*PI*(200+40*t)*t):s=48000 "
            "-colorspace bt709 -color_primaries bt709 -color_trc bt709").split()
    footage = ["-i", media / "bbb480.mp4"] if media else made
    picture, sound = work / "part.mp4", work / "part.wav"
    run([*FFMPEG, *footage, *"-t 24 -an -c:v libx264 -preset ultrafast -crf 28 -g 48 -bf 2 -pix_fmt yuv420p".split(), picture])
    run([*FFMPEG, *footage, *"-t 24 -vn -ac 2".split(), sound])
    # The picture is repeated as it is, the sound encoded as a whole: repeated, too, it would have what an encoder
    # puts in front each time. Each begins elsewhere in the footage, so that a chapter too many or too few shows.
    for number, chapter in enumerate(chapters):
        part = work / f"whole{number}.mp4"
        run([*FFMPEG, "-stream_loop", "-1", "-i", picture, "-stream_loop", "-1", "-i", sound, "-t", seconds / 3 + 7 * number,
             *"-map 0:v -map 1:a -c:v copy -c:a aac".split(), part])
        part.rename(chapter)
    return chapters


def brightness(path, at, seconds):
    """Of each frame from there on."""
    out = subprocess.run([*FFMPEG, "-ss", f"{at:.6f}", "-i", path, "-t", str(seconds), "-vf", "scale=16:9:flags=area,format=gray",
                          "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
    return [sum(out[i:i + 144]) / 144 for i in range(0, len(out) - 143, 144)]


def samples(path, at, seconds):
    out = subprocess.run([*FFMPEG, "-ss", f"{at:.6f}", "-i", path, "-t", str(seconds), "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"],
                         capture_output=True, check=True).stdout
    return array.array("h", out)


def lag(where, what, most):
    """By how much `what` has to be shifted to lie on the middle of `where`, and how well it does then, of 1."""
    middle = (len(where) - len(what)) // 2
    mean = sum(what) / len(what)
    wanted = [v - mean for v in what]
    best = (-2.0, 0)
    for shift in range(-most, most + 1):
        part = where[middle + shift:middle + shift + len(what)]
        of_part = sum(part) / len(part)
        product = sum((p - of_part) * w for p, w in zip(part, wanted))
        size = (sum((p - of_part) ** 2 for p in part) * sum(w * w for w in wanted)) ** 0.5
        best = max(best, (product / size if size else -2.0, shift))
    return best[1], best[0]


def kill_again_and_again(command, work, times, peace, generator):
    killed = 0
    while killed < times:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True, cwd=work)
        time.sleep(generator.uniform(0.05, 1.2 * peace / times))
        if process.poll() is not None:
            sys.exit(f"it ended ({process.returncode}) after {killed} kills, before it could be killed again: try another --seed")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
        say(f"killed {killed} of {times}")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench kills", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", nargs="?", default=os.environ.get("RUSHES_MEDIA"),
                        help="folder with bbb480.mp4 (default: $RUSHES_MEDIA, else footage is made)")
    parser.add_argument("--seconds", type=int, default=3600, help="length of the recording (default 3600)")
    parser.add_argument("--kills", type=int, default=20, help="how often it is killed (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default 1)")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program to try")
    parser.add_argument("--work", default=ROOT / "build/bench/kills", help="folder for what is made")
    arguments = parser.parse_args()
    work = Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    rushes = Path(arguments.rushes).resolve()
    chapters = prepare(Path(arguments.media).resolve() if arguments.media else None, work, arguments.seconds)
    total = sum(float(probe(chapter, "format=duration")["format"]["duration"]) for chapter in chapters)
    run([rushes, "cut", chapters[0], "--from", "10", "--to", f"{total - 10:.3f}", "-o", work / "game.mp4"])

    def transcode(output, cache):
        return [rushes, "transcode", work / "game.mp4", "-o", work / output, "--cache", work / cache, "--workers", "2", "--set",
                "lines=240", "--set", "video.preset=ultrafast", "--json", "--progress", "none"]

    for folder in ("peace", "war"):
        run(["rm", "-rf", work / folder])
    begin = time.monotonic()
    run(transcode("peace.mp4", "peace"))
    peace = time.monotonic() - begin
    say(f"in peace {peace:.1f} s")
    (work / "war.mp4").unlink(missing_ok=True)
    kill_again_and_again(transcode("war.mp4", "war"), work, arguments.kills, peace, random.Random(arguments.seed))
    report = json.loads(run(transcode("war.mp4", "war")).stdout)
    same = (work / "war.mp4").read_bytes() == (work / "peace.mp4").read_bytes()
    segments = report["results"][0]["segments"]
    print(f"{arguments.kills} kills, the last run rendered {segments['rendered']} of {segments['total']} segments: "
          f"{'the same bytes' if same else 'OTHER BYTES'}")
    ok = same and ends_together(work / "war.mp4", chapters[-1])
    sys.exit(0 if ok else 1)


def ends_together(output, chapter):
    streams = {s["codec_type"]: s for s in probe(output, "stream=codec_type,duration,r_frame_rate,nb_frames")["streams"]}
    numerator, denominator = map(int, streams["video"]["r_frame_rate"].split("/"))
    frame = denominator / numerator
    length = float(streams["video"]["duration"])
    apart = float(streams["audio"]["duration"]) - length
    of_chapter = float(probe(chapter, "format=duration")["format"]["duration"])
    # The output ends ten seconds before the chapter does; both are looked at from a frame on.
    there, here = (int(at / frame) * frame for at in (of_chapter - 10 - 16, length - 14))
    picture, alike = lag(brightness(chapter, there, 14), brightness(output, here, 10), 40)
    sound, alike_sound = lag(samples(chapter, there + 4, 6), samples(output, here + 3.5, 3), RATE // 2)
    between = sound / RATE - picture * frame
    print(f"at the end: sound {apart * 1000:+.1f} ms longer than the picture; against the source the picture is off by {picture} "
          f"frames (likeness {alike:.3f}), the sound by {sound / RATE * 1000:+.1f} ms (likeness {alike_sound:.3f}): "
          f"{between * 1000:+.1f} ms between them, a frame is {frame * 1000:.1f} ms")
    return abs(apart) <= frame and abs(between) <= frame and min(alike, alike_sound) > 0.9


if __name__ == "__main__":
    main()
