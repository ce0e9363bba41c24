#!/usr/bin/env bash
# Every fifth frame of the ad, as well as FFmpeg can draw it, however long it takes, losslessly and in
# both matrices, for outputs are compared in their own. Usage: reference.sh OUT-bt709.mkv OUT-bt601.mkv
#
# Sub-pixel motion by `perspective` on a picture of twice the size, reduced afterwards: no jitter and no
# aliasing. `perspective` counts from pixel centres, hence the half pixels.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
inputs=() graph=
zoom='(1+0.0015*5*(on-1))'  # it counts from one
left="(W/2-W/2/$zoom+0.5/$zoom-0.5)" right="(W/2+W/2/$zoom+0.5/$zoom-0.5)"
top="(H/2-H/2/$zoom+0.5/$zoom-0.5)" bottom="(H/2+H/2/$zoom+0.5/$zoom-0.5)"
for k in 1 2 3 4 5 6; do
  inputs+=(-loop 1 -framerate 6 -t 4 -i "$here/$k.jpg")
  graph+="[$((k - 1)):v]scale=2160:3840:flags=lanczos+accurate_rnd+full_chroma_int,format=gbrp,"
  graph+="perspective=eval=frame:interpolation=cubic:sense=source:"
  graph+="x0=$left:y0=$top:x1=$right:y1=$top:x2=$left:y2=$bottom:x3=$right:y3=$bottom,"
  graph+="scale=1080:1920:flags=lanczos+accurate_rnd,setsar=1,format=gbrp[still$k];"
done
last=still1
for k in 2 3 4 5 6; do
  graph+="[$last][still$k]xfade=transition=fade:duration=0.5:offset=$(awk "BEGIN {print 3.5 * ($k - 1)}")[to$k];"
  last=to$k
done
graph+="[$last]split[one][two]"
for matrix in bt709 bt601; do
  from=one; [[ $matrix == bt601 ]] && from=two
  graph+=";[$from]scale=out_color_matrix=$matrix:out_range=tv:flags=lanczos+accurate_rnd+full_chroma_inp,"
  graph+="format=yuv420p,ass=$here/captions.ass[$matrix]"
done
exec ffmpeg -v error -nostdin -y "${inputs[@]}" -filter_complex "$graph" \
  -map '[bt709]' -c:v libx264 -qp 0 -preset ultrafast "$1" -map '[bt601]' -c:v libx264 -qp 0 -preset ultrafast "$2"
