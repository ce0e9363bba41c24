#!/usr/bin/env bash
# What FFmpeg needs only to encode finished frames. Usage: encode_only.sh FRAMES.y4m OUT.mp4
exec ffmpeg -v error -nostdin -y -i "$1" -c:v libx264 -preset veryfast -crf 21 -an "$2"
