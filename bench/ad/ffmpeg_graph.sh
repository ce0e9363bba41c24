#!/usr/bin/env bash
# The ad as a person would write it for FFmpeg. Usage: ffmpeg_graph.sh OUT.mp4, in the folder of the media.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
inputs=() graph=
for k in 1 2 3 4 5 6; do
  inputs+=(-i "$here/$k.jpg")
  graph+="[$((k - 1)):v]zoompan=z='1+0.0015*on':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=120:s=1080x1920:fps=30,"
  graph+="setsar=1,format=yuv420p[still$k];"
done
last=still1
for k in 2 3 4 5 6; do
  graph+="[$last][still$k]xfade=transition=fade:duration=0.5:offset=$(awk "BEGIN {print 3.5 * ($k - 1)}")[to$k];"
  last=to$k
done
graph+="[$last]ass=$here/captions.ass[v];"
graph+="[6:a]volume=0.35[music];[music][7:a]amix=inputs=2:duration=longest:normalize=0[a]"
exec ffmpeg -v error -nostdin -y "${inputs[@]}" -i "$here/music.m4a" -i "$here/voice.m4a" \
  -filter_complex "$graph" -map '[v]' -map '[a]' -t 21.5 -c:v libx264 -preset veryfast -crf 21 \
  -c:a aac -b:a 128k -movflags +faststart "$1"
