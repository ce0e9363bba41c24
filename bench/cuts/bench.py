#!/usr/bin/env python3
"""What it costs to cut a video into segments, by where the cut lies. Run it as ./dev bench cuts.

The frames of the ad are encoded as a whole, and in two pieces that meet at one frame, by x264 with one thread
(veryfast, crf 21, at most 250 frames from keyframe to keyframe). A cut changes the size and, a little, the SSIM; 0.001
of SSIM is worth about 6 % of size, so one figure tells both. Nothing here depends on the machine.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "bench/ad"))
import bench as ad  # noqa: E402

# A fade begins at every 105th frame, and lasts 15.
CUTS = [105, 150, 180, 225, 240, 285, 345, 375, 435, 480, 540]
SIZE_OF_SSIM = 6 / 0.001  # per cent


def encode(frames, first, end):
    """Bytes and mean SSIM of frames [first, end)."""
    output = frames.parent / f"piece-{first}-{end}.264"
    done = subprocess.run(["ffmpeg", "-v", "info", "-nostdin", "-y", "-i", frames, "-vf",
                           f"trim=start_frame={first}:end_frame={end},setpts=PTS-STARTPTS", "-c:v", "libx264", "-preset",
                           "veryfast", "-crf", "21", "-threads", "1", "-x264-params",
                           "cpu-independent=1:stitchable=1:b-pyramid=normal:ssim=1", "-an", "-f", "h264", output],
                          capture_output=True, text=True, check=True)
    size = output.stat().st_size
    output.unlink()
    return size, float(re.search(r"SSIM Mean Y:([0-9.]+)", done.stderr)[1])


def main():
    parser = argparse.ArgumentParser(prog="./dev bench cuts", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("media", nargs="?", default=os.environ.get("RUSHES_MEDIA") or ROOT / "examples/ad",
                        help="folder of the ad, as of ./dev bench ad (default: $RUSHES_MEDIA, else examples/ad)")
    parser.add_argument("--at", type=int, nargs="+", default=CUTS, metavar="FRAME", help="where to cut (default: 11 places)")
    parser.add_argument("--rushes", default=ROOT / "build/rushes", help="the program that composes the frames")
    parser.add_argument("--work", default=ROOT / "build/bench/cuts", help="folder for what is made; 2.5 GB")
    arguments = parser.parse_args()
    if not all(0 < at < ad.FRAMES for at in arguments.at):
        parser.error(f"--at wants frames from 1 to {ad.FRAMES - 1}")
    maker = ad.Bench(arguments)
    ad.prepare(Path(arguments.media).resolve(), maker.work)
    maker.make_frames()
    size, ssim = encode(maker.frames, 0, ad.FRAMES)
    print(f"whole: {size} bytes, SSIM {ssim:.5f}")
    with ThreadPoolExecutor(2) as pool:
        for at in arguments.at:
            pieces = list(pool.map(lambda part: encode(maker.frames, *part), [(0, at), (at, ad.FRAMES)]))
            larger = 100 * (sum(p[0] for p in pieces) / size - 1)
            better = (at * pieces[0][1] + (ad.FRAMES - at) * pieces[1][1]) / ad.FRAMES - ssim
            print(f"cut at {at:4}: size {larger:+.1f} %, SSIM {better:+.5f}, together {larger - better * SIZE_OF_SSIM:+.1f} %",
                  flush=True)
    maker.frames.unlink()


main()
