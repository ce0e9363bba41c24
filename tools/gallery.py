#!/usr/bin/env python3
"""Draws docs/gallery: the golden cases as contact sheets, six moments of each in a row.

    tools/gallery.py [RUSHES]     default: build/rushes

Needs ffmpeg and ImageMagick's montage.
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
SHEETS = {
    "clips": ["clip_image", "clip_image_alpha", "clip_video", "clip_video_speed", "clip_video_loop",
              "clip_video_freeze", "clip_color", "clip_gradient", "crop", "motion_zoom",
              "motion_rectangles", "picture_in_picture", "keyframes"],
    "fits": ["fit_cover", "fit_contain", "fit_fill", "fit_blur"],
    "text": ["clip_text", "text_styles", "text_layout", "text_scripts"],
    "captions": [f"captions_{e}" for e in ("plain", "karaoke", "highlight", "pop", "bounce",
                                           "typewriter", "fade", "srt", "vtt", "ass")],
    "transitions": ["transition_fade", "transition_dip", "transition_flash", "transition_zoom",
                    "transition_circle", "transition_luma", "transition_boxes"]
                   + [f"transition_{k}_{d}" for k in ("wipe", "slide", "push")
                      for d in ("left", "right", "up", "down")],
    "easings": ["easings"],
}
MOMENTS = 6


def run(*command):
    subprocess.run([str(c) for c in command], check=True, capture_output=True)


def strip(rushes, case, folder):
    """One row: moments evenly spread over the case."""
    video, row = folder / f"{case}.mp4", folder / f"{case}.png"
    run(rushes, "render", GOLDEN / case / "timeline.json", "-o", video, "--progress", "none",
        "--root", ROOT / "examples", "--root", ROOT / "tests" / "media")
    frames = sum(1 for _ in open(GOLDEN / case / "expect.txt"))
    wanted = sorted({round(i * (frames - 1) / (MOMENTS - 1)) for i in range(MOMENTS)})
    chosen = "+".join(f"eq(n,{n})" for n in wanted)
    run("ffmpeg", "-v", "error", "-y", "-i", video, "-vf",
        f"select='{chosen}',tile={len(wanted)}x1:padding=4:color=white", "-frames:v", "1",
        "-fps_mode", "passthrough", row)
    return row


def main():
    rushes = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "rushes").resolve()
    gallery = ROOT / "docs" / "gallery"
    gallery.mkdir(parents=True, exist_ok=True)
    page = ["# Gallery", "",
            "The golden cases of `tests/golden`, six moments of each from left to right. Every frame of",
            "them is compared, bit for bit, in each run of the tests. Drawn by `tools/gallery.py`.", ""]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for sheet, cases in SHEETS.items():
            labelled = []
            for case in cases:
                labelled += ["-label", case, strip(rushes, case, folder)]
            run("montage", *labelled, "-tile", "1x", "-geometry", "+6+6", "-background", "white",
                "-font", "DejaVu-Sans", "-pointsize", "18", "-quality", "65",
                gallery / f"{sheet}.jpg")
            page += [f"## {sheet.capitalize()}", "", f"![{sheet}]({sheet}.jpg)", ""]
    (gallery / "README.md").write_text("\n".join(page))


main()
