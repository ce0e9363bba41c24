"""A recording whose frames can be told apart, whatever is made of them."""

import subprocess

RATE = "30000/1001"
# Bars along the lower edge, dark or light: the bits of the frame's number, the lowest first.
BITS = 10


def record(path, seconds, more=""):
    """640x360 in H.264 with B-frames, and sound of which no two moments are the same."""
    bars = (f"color=black:s={BITS}x2:r={RATE}:d={seconds},format=gray,geq=lum='if(mod(floor(N/pow(2,X)),2),235,16)',"
            "scale=640:40:flags=neighbor,format=yuv420p")
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"testsrc2=s=640x360:r={RATE}:d={seconds}", "-f", "lavfi",
                    "-i", bars, "-f", "lavfi", "-i", f"aevalsrc=0.3*sin(2*PI*(200+20*t)*t):s=48000:d={seconds * 1001 / 1000}", "-lavfi",
                    "[0:v][1:v]overlay=0:320", *f"-c:v libx264 -preset veryfast -g 48 -bf 3 -pix_fmt yuv420p "
                    f"-colorspace bt709 -color_primaries bt709 -color_trc bt709 -c:a aac -ac 2 {more}".split(), path], check=True)


def numbers_of(path):
    """The numbers of the frames, as they are shown."""
    out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-vf",
                          f"crop=iw:ih/18:0:ih*17/18,scale={BITS}:1:flags=area,format=gray", "-f", "rawvideo", "-"],
                         capture_output=True, check=True).stdout
    return [sum(1 << bit for bit in range(BITS) if out[at + bit] > 125) for at in range(0, len(out), BITS)]
