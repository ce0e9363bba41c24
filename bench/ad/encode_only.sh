#!/bin/bash
# What FFmpeg needs only to encode the finished frames and the finished sound.
# Usage: encode_only.sh FRAMES.y4m SOUND.wav OUT.mp4
exec ffmpeg -v error -nostdin -y -i "$1" -i "$2" -c:v libx264 -preset veryfast -crf 21 -c:a aac -b:a 128k "$3"
