#!/usr/bin/env python3
"""Renders by every codec into every kind of file that holds it, and looks at what comes out.

  run.py RUSHES [-v] [TestCase.test_name]
"""

import array
import json
import math
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUSHES = None
FRAMES = 90

# name: what ffprobe says of its video, and settings that keep the test short
CODECS = {
    "h264": {"file": "mp4", "says": {"codec_name": "h264", "codec_tag_string": "avc1", "profile": "High"},
             "set": {"preset": "superfast"}},
    "hevc": {"file": "mp4", "says": {"codec_name": "hevc", "codec_tag_string": "hvc1", "profile": "Main"},
             "set": {"preset": "ultrafast"}},
    "av1": {"file": "mp4", "says": {"codec_name": "av1", "codec_tag_string": "av01", "profile": "Main"},
            "set": {"preset": 12}},
    "vp9": {"file": "webm", "says": {"codec_name": "vp9", "profile": "Profile 0"}, "set": {"preset": 5}},
    "prores": {"file": "mov", "says": {"codec_name": "prores", "codec_tag_string": "apco", "profile": "Proxy", "pix_fmt": "yuv422p10le"},
               "set": {"preset": "proxy"}},
    "gif": {"file": "gif", "says": {"codec_name": "gif", "pix_fmt": "bgra"}, "set": {"preset": "fast"}, "silent": True},
}


class Codecs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rushes-codecs-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.ffmpeg(f"-f lavfi -i testsrc2=s=320x180:r=30:d={FRAMES // 30} -f lavfi -i aevalsrc=0.3*sin(2*PI*(200+150*t)*t):s=48000:d=3 "
                    "-c:v ffv1 -c:a pcm_s16le -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv source.mkv")

    def ffmpeg(self, *arguments):
        words = [word for argument in arguments for word in (argument.split() if isinstance(argument, str) else [argument])]
        return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *words], cwd=self.folder, check=True,
                              capture_output=True, text=True)

    def timeline(self, **output):
        document = {"version": 1, "output": {"size": "320x180", **output},
                    "tracks": [[{"video": "source.mkv", "duration": FRAMES // 30}]]}
        (self.folder / "t.json").write_text(json.dumps(document))

    def render(self, output, *more, code=0):
        done = subprocess.run([RUSHES, "render", "t.json", "-o", output, "--json", "--progress", "none", "--segment", "1s",
                               *(more or ("--cache", "cache"))], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def streams(self, name):
        out = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", name],
                             cwd=self.folder, check=True, capture_output=True, text=True).stdout
        return {stream["codec_type"]: stream for stream in json.loads(out)["streams"]}

    def seconds(self, name, stream):
        """WebM tells that of the file alone."""
        if "duration" in stream:
            return float(stream["duration"])
        return float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", name], cwd=self.folder,
                                    check=True, capture_output=True, text=True).stdout)

    def check_decodes(self, name):
        """All of it, without a word."""
        said = subprocess.run(["ffmpeg", "-v", "warning", "-nostdin", "-xerror", "-i", name, "-f", "null", "-"], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual((said.returncode, said.stderr), (0, ""))

    def psnr(self, name):
        """Of each frame, beside the source's of the same number."""
        # FFmpeg would take another matrix for red, green and blue.
        turned = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p," if name.endswith(".gif") else ""
        self.ffmpeg("-i", name, "-i source.mkv -lavfi", f"[0:v]{turned}settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]psnr=stats_file=psnr.log", "-f null -")
        return [float(v) for v in re.findall(r"psnr_y:(\S+)", (self.folder / "psnr.log").read_text())]

    def check_video(self, name, codec, tag=True):
        streams = self.streams(name)
        video = streams["video"]
        says = {key: said for key, said in CODECS[codec]["says"].items() if tag or key != "codec_tag_string"}
        self.assertEqual({key: video[key] for key in says}, says)
        self.assertEqual((video["width"], video["height"], int(video["nb_read_frames"])), (320, 180, FRAMES))
        if codec != "gif":
            self.assertEqual([video.get(key) for key in ("color_space", "color_primaries", "color_transfer", "color_range")],
                             ["bt709", "bt709", "bt709", "tv"])
        self.check_decodes(name)
        values = self.psnr(name)
        self.assertEqual(len(values), FRAMES)
        self.assertGreater(min(values), 27)
        times = self.ffmpeg("-i", name, "-map 0:v -fps_mode passthrough -f framecrc -").stdout
        self.assertEqual(len(re.findall(r"^0,", times, re.M)), FRAMES)
        return streams

    def test_each_codec(self):
        """One worker and three give the same bytes; three segments join; the pictures are those of the source."""
        for name, codec in CODECS.items():
            with self.subTest(name):
                self.timeline(video={"codec": name, **codec["set"]})
                outputs = []
                for workers in ("1", "3"):
                    output = f"{name}{workers}.{codec['file']}"
                    report = self.render(output, "--workers", workers, "--cache", f"{name}{workers}")
                    self.assertEqual((report["segments"]["total"], report["frames"]), (3, FRAMES))
                    outputs.append((self.folder / output).read_bytes())
                self.assertEqual(outputs[0], outputs[1])
                streams = self.check_video(output, name)
                self.assertLess(abs(self.seconds(output, streams["video"]) - FRAMES / 30), 1 / 30)
                self.assertEqual("audio" in streams, "silent" not in codec)
                if "audio" in streams:
                    self.assertLess(abs(self.seconds(output, streams["audio"]) - FRAMES / 30), 1 / 30)

    def test_each_codec_at_each_processor_level(self):
        for name, codec in CODECS.items():
            with self.subTest(name):
                self.timeline(video={"codec": name, **codec["set"]}, audio=False)
                outputs = set()
                for level in ("", "sse2", "sse4", "avx2"):
                    subprocess.run([RUSHES, "render", "t.json", "-o", f"level.{codec['file']}", "--frames", "0:20", "--cache", f"{name}{level}",
                                    "--progress", "none"], cwd=self.folder, check=True, env={"RUSHES_CPU": level, "PATH": "/usr/bin:/bin"})
                    outputs.add((self.folder / f"level.{codec['file']}").read_bytes())
                self.assertEqual(len(outputs), 1)

    def test_each_codec_in_each_kind_of_file(self):
        self.timeline(video={"codec": "hevc", "preset": "ultrafast"})
        self.render("a.mp4")
        report = self.render("a.mov")
        # The kind of file is no part of a segment.
        self.assertEqual(report["segments"]["rendered"], 0)
        self.assertEqual(report["encoder"], "libx265")
        self.check_video("a.mov", "hevc")
        self.timeline(video={"codec": "av1", "preset": 12})
        self.render("b.mp4")
        self.assertEqual(self.render("b.webm")["segments"]["rendered"], 0)
        said = self.check_video("b.webm", "av1", tag=False)
        self.assertEqual(said["audio"]["codec_name"], "opus")

    def test_a_bit_rate(self):
        """Is searched for as of H.264."""
        for name in ("hevc", "av1", "vp9"):
            with self.subTest(name):
                output = f"{name}.{CODECS[name]['file']}"
                self.timeline(video={"codec": name, **CODECS[name]["set"], "bitrate": "600k"}, audio=False)
                report = self.render(output)
                self.assertLess(abs(report["rate"]["bytes"] / report["rate"]["target_bytes"] - 1), 0.03)
                self.check_decodes(output)

    def ssim(self, name):
        """Of luma, of each segment, which begins with a keyframe, as FFmpeg works it out."""
        self.ffmpeg("-i", name, "-i source.mkv -lavfi", "[0:v]settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]ssim=stats_file=ssim.log", "-f null -")
        values = [float(v) for v in re.findall(r"Y:(\S+)", (self.folder / "ssim.log").read_text())]
        self.assertEqual(len(values), FRAMES)
        packets = json.loads(subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "json", name],
            cwd=self.folder, check=True, capture_output=True).stdout)["packets"]
        times = sorted(float(packet["pts_time"]) for packet in packets)
        keys = [times.index(float(packet["pts_time"])) for packet in packets if packet["flags"].startswith("K")]
        self.assertEqual(len(keys), 3, keys)
        return [sum(values[i:end]) / (end - i) for i, end in zip(keys, [*keys[1:], FRAMES])]

    def test_a_likeness(self):
        """Each segment comes to it, and not to much more; whoever renders it."""
        for name in ("h264", "hevc", "av1", "vp9"):
            with self.subTest(name):
                self.timeline(video={"codec": name, **CODECS[name]["set"], "quality": {"ssim": 0.97}}, audio=False)
                outputs = []
                for workers in ("1", "3"):
                    output = f"like{workers}.{CODECS[name]['file']}"
                    report = self.render(output, "--workers", workers, "--cache", f"like{name}{workers}")
                    outputs.append((self.folder / output).read_bytes())
                self.assertEqual(outputs[0], outputs[1])
                self.check_decodes(output)
                values = self.ssim(output)
                found = report["quality"]
                self.assertEqual((found["target_ssim"], report["warnings"]), (0.97, []))
                for told, seen in zip(found["ssim"], (min(values), max(values))):
                    self.assertAlmostEqual(told, seen, delta=2e-5)
                self.assertGreater(min(values), 0.97 - 2e-5)
                self.assertLess(max(values), 0.977)
                self.assertLessEqual(found["trials"], 6)
                # Another likeness finds what was tried before.
                self.timeline(video={"codec": name, **CODECS[name]["set"], "quality": {"ssim": 0.969}}, audio=False)
                again = self.render(output, "--cache", f"like{name}3")
                self.assertLess(min(again["quality"]["ssim"]), found["ssim"][1])

    def test_a_likeness_that_cannot_be(self):
        self.timeline(video={"preset": "ultrafast", "quality": {"ssim": 0.99}, "maxrate": "375k"}, audio=False)
        report = self.render("o.mp4")
        self.assertEqual([warning["number"] for warning in report["warnings"]], [316], report["warnings"])
        values = self.ssim("o.mp4")
        self.assertLess(min(values), 0.99)
        self.assertAlmostEqual(report["quality"]["ssim"][0], min(values), delta=2e-5)
        for video, says in (({"codec": "prores", "quality": {"ssim": 0.9}}, "ProRes by prores_ks cannot be told a likeness"),
                            ({"quality": {"ssim": 0.9}, "crf": 20}, "quality.*crf.*exclude each other"),
                            ({"quality": {"ssim": 0.9}, "bitrate": "1M"}, "bitrate.*quality.*exclude each other"),
                            ({"quality": {"ssim": 1}}, "ssim"), ({"quality": {}}, "ssim")):
            with self.subTest(video):
                self.timeline(video=video, audio=False)
                self.refused("a.mov" if "codec" in video else "a.mp4", says)

    def test_verify(self):
        for name, codec in CODECS.items():
            with self.subTest(name):
                self.timeline(video={"codec": name, **codec["set"]})
                report = self.render(f"{name}.{codec['file']}", "--cache", "cache", "--verify")
                self.assertEqual(report["verify"]["verdict"], "pass", report["verify"])

    def check_buffer(self, name, rate, size):
        """As a decoder that is fed at that rate plays it."""
        packets = json.loads(subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=size", "-of", "json", name],
            cwd=self.folder, check=True, capture_output=True).stdout)["packets"]
        filled = size * 14 / 16
        for number, packet in enumerate(packets):
            filled -= 8 * int(packet["size"])
            self.assertGreaterEqual(filled, 0, number)
            filled = min(size, filled + rate / 30)

    def test_a_highest_rate(self):
        """x265 keeps to it by itself; of the others segments are made worse until they do."""
        for name, crf, rate in (("hevc", 4, 600), ("av1", 20, 250), ("vp9", 20, 250)):
            with self.subTest(name):
                limits = {"crf": crf, "maxrate": f"{rate}k", "bufsize": f"{rate // 2}k"}
                self.timeline(video={"codec": name, **CODECS[name]["set"], **limits}, audio=False)
                outputs = []
                for workers in ("1", "3"):
                    output = f"limited{workers}.{CODECS[name]['file']}"
                    report = self.render(output, "--workers", workers, "--cache", f"limited{name}{workers}")
                    outputs.append((self.folder / output).read_bytes())
                self.assertEqual(outputs[0], outputs[1])
                self.assertEqual(report["warnings"], [])
                self.assertGreater(report["buffer"]["encoded_again"], 0)
                self.check_buffer(output, rate * 1000, rate * 500)
                self.check_decodes(output)

    def test_sound(self):
        """Opus and AAC, beside a picture and alone: as long as the picture, and what was sent."""
        cases = [("o.mp4", "opus", {"audio": {"codec": "opus", "bitrate": "96k"}}, True), ("a.m4a", "aac", {}, False),
                 ("o.opus", "opus", {}, False), ("o.webm", "opus", {"video": {"codec": "vp9", "preset": 5}}, True),
                 ("p.mov", "pcm_s24le", {"video": {"codec": "prores"}}, True), ("h.mov", "pcm_s24le", {"audio": {"codec": "pcm"}}, True),
                 ("i.mov", "aac", {"video": {"codec": "prores"}, "audio": {"codec": "aac"}}, True),
                 ("n.webm", "opus", {"video": False}, False), ("n.mp4", "aac", {"video": False}, False), ("n.mov", "aac", {"video": False}, False)]
        for name, codec, output, picture in cases:
            with self.subTest(name):
                self.timeline(**output)
                first = self.render(name, "--cache", "one", "--workers", "1")
                data = (self.folder / name).read_bytes()
                self.assertEqual(self.render(name, "--cache", name + "3", "--workers", "3")["encoder"], first["encoder"])
                self.assertEqual((self.folder / name).read_bytes(), data)
                streams = self.streams(name)
                self.assertEqual(streams["audio"]["codec_name"], codec)
                self.assertEqual("video" in streams, picture)
                self.assertEqual(first["encoder"] is not None, picture)
                self.check_decodes(name)
                out = self.ffmpeg("-i", name, "-map 0:a -ac 1 -ar 48000 -f s16le out.pcm")
                count = (self.folder / "out.pcm").stat().st_size // 2
                self.assertLess(abs(count - FRAMES * 1600), 48000 / 30, out)
                self.assertGreater(self.sound_snr(), 15)
                self.assertNotIn(b"Lavc59", data)

    def sound_snr(self):
        """Of out.pcm beside the source's, in dB; sample by sample, so that it is 0 or less when one of them is late."""
        self.ffmpeg("-i source.mkv -map 0:a -ac 1 -ar 48000 -f s16le want.pcm")
        got, want = (array.array("h", (self.folder / name).read_bytes()) for name in ("out.pcm", "want.pcm"))
        pairs = list(zip(got, want))[4800:-4800]
        noise = sum((a - b) ** 2 for a, b in pairs)
        return 10 * math.log10(sum(b * b for _, b in pairs) / max(noise, 1))

    def test_hls(self):
        for name, codec, says in (("hevc", "hevc", r"hvc1\.1\.6\.L\d+\.90"), ("av1", "av1", r"av01\.0\.\d\dM\.08")):
            with self.subTest(name):
                self.timeline(video={"codec": codec, **CODECS[codec]["set"]})
                self.render(f"{name}.mp4", "--cache", "cache", "--hls", name)
                self.assertRegex((self.folder / name / "master.m3u8").read_text(), f'CODECS="{says},mp4a\\.40\\.2"')
                self.ffmpeg(f"-xerror -i {name}/master.m3u8 -f null -")
                self.assertEqual(int(self.streams(f"{name}/master.m3u8")["video"]["nb_read_frames"]), FRAMES)

    def refused(self, output, says):
        before = sorted(self.folder.glob("*"))
        report = self.render(output, code=2)
        self.assertRegex(json.dumps([d.get("message", "") + " " + d.get("hint", "") for d in report["diagnostics"]]) + json.dumps(report), says)
        self.assertEqual([p for p in sorted(self.folder.glob("*")) if p.name != "cache"], [p for p in before if p.name != "cache"])

    def test_what_does_not_go_together(self):
        self.timeline()
        self.refused("a.avi", r"only .*\.mp4.* files are written")
        self.timeline(format="mov")
        self.refused("a.mp4", r"the file that is written is .mp4, and .*format.* says .*mov")
        self.timeline(video={"codec": "hevc", "preset": "quick"})
        self.refused("a.mp4", r"must be .*ultrafast")
        self.timeline(video={"codec": "hevc", "threads": 2})
        self.refused("a.mp4", r"must be at most 1 for HEVC")
        for settings, says in (({"crf": 30.5}, r"must be a whole number for AV1"), ({"crf": 0}, r"must be from 1 to 63 for AV1"),
                               ({"preset": "veryfast"}, r"has no preset .*veryfast.*; it has 4, 5, 6"), ({"preset": 13}, r"must be .*11, 12, .*is 13"),
                               ({"gop": 1}, r"must be at least 2 for AV1"), ({"lossless": True}, r"AV1 by libsvtav1 cannot be lossless")):
            self.timeline(video={"codec": "av1", **settings})
            self.refused("a.mp4", says)
        self.timeline(size="62x320", video={"codec": "av1"})
        self.refused("a.mp4", r"width and height must be at least 64 for AV1 .*62x320")
        self.timeline(video={"codec": "av1"})
        self.refused("a.mov", r"a \.mov file does not hold av1")
        self.timeline(video={"codec": "vp9"})
        self.refused("a.mp4", r"a \.mp4 file does not hold vp9.*webm holds vp9, av1 with opus")
        self.timeline(video={"codec": "vp9", "preset": 6})
        self.refused("a.webm", r"libvpx-vp9 has no preset .*6.*; it has 0, 1, 2, 3, 4, 5")
        self.timeline(audio={"codec": "aac"})
        self.refused("a.webm", r"a \.webm file does not hold aac")
        self.timeline(video={"codec": "prores"})
        self.refused("a.mp4", r"a \.mp4 file does not hold prores.*mov holds h264, hevc, prores with aac, pcm")
        for settings, says in (({"preset": "fast"}, r"prores_ks has no preset .*fast.*; it has proxy, lt, standard, hq"),
                               ({"crf": 20}, r"ProRes by prores_ks cannot be told a quality by number: its .*preset.* says it"),
                               ({"bitrate": "9M"}, r"ProRes by prores_ks cannot aim at a size: its .*preset.* says it"),
                               ({"lossless": True}, r"ProRes by prores_ks cannot be lossless"),
                               ({"maxrate": "9M"}, r"ProRes by prores_ks cannot keep to a highest rate")):
            self.timeline(video={"codec": "prores", **settings})
            self.refused("a.mov", says)
        self.timeline(video={"codec": "gif"})
        self.refused("a.mp4", r"a \.mp4 file does not hold gif.*gif holds gif without sound")
        self.timeline(video={"codec": "h264"})
        self.refused("a.gif", r"a \.gif file does not hold h264")
        self.timeline(audio={"codec": "aac"})
        self.refused("a.gif", r"a \.gif file does not hold aac")
        self.timeline(fps=60)
        self.refused("a.gif", r"must be at most 50 for GIF .is 60")
        self.timeline(video={"crf": 20})
        self.refused("a.gif", r"GIF by rushes cannot be told a quality by number")
        self.timeline(audio=False)
        done = subprocess.run([RUSHES, "render", "t.json", "-o", "a.gif", "--hls", "hls"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("HLS wants H.264, HEVC or AV1", done.stderr)
        self.timeline(audio={"codec": "pcm", "bitrate": "96k"})
        self.refused("a.mov", r"PCM has no bit rate to choose")
        self.timeline(video={"codec": "prores"}, audio=False)
        done = subprocess.run([RUSHES, "render", "t.json", "-o", "a.mov", "--hls", "hls"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("HLS wants H.264, HEVC or AV1", done.stderr)
        self.timeline(video={"codec": "vp9"}, audio=False)
        done = subprocess.run([RUSHES, "render", "t.json", "-o", "a.webm", "--hls", "hls"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("HLS wants H.264, HEVC or AV1", done.stderr)
        self.timeline(video={"codec": "hevc"})
        self.refused("a.m4a", r"a \.m4a file does not hold hevc.*mp4 holds h264, hevc, av1 with aac, opus; mov ")
        self.timeline(audio={"codec": "opus"})
        self.refused("a.mov", r"a \.mov file does not hold opus")
        self.timeline(audio={"codec": "opus", "sample_rate": 44100})
        self.refused("a.mp4", r"must be 48000 for Opus")
        self.timeline(audio={"codec": "opus", "bitrate": "600k"})
        self.refused("a.mp4", r"must be from 8k to 510k for Opus")
        self.timeline(video=False, audio=False)
        self.refused("a.mp4", r"neither a picture nor a sound")

    def test_gif(self):
        """By its preset half of the frames, in time; warned of are sound that is left out and files that are long."""
        done = subprocess.run([RUSHES, "transcode", "source.mkv", "--preset", "gif", "--cache", "cache", "--progress", "none", "--json"],
                              cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["results"][0]["warnings"], [])
        video = self.streams("source_gif.gif")["video"]
        self.assertEqual((video["nb_read_frames"], float(video["duration"]), video["width"]), ("45", 3.0, 320))
        self.check_decodes("source_gif.gif")
        self.assertIn(b"NETSCAPE2.0\x03\x01\0\0\0", (self.folder / "source_gif.gif").read_bytes())
        self.timeline()
        self.assertRegex(json.dumps(self.render("loud.gif")["warnings"]), r"a \.gif file holds no sound")
        self.timeline(audio=False)
        self.assertEqual(self.render("silent.gif")["warnings"], [])
        self.assertEqual((self.folder / "silent.gif").read_bytes(), (self.folder / "loud.gif").read_bytes())
        for seconds, warned in ((60, 0), (61, 1)):
            document = {"version": 1, "output": {"size": "32x32", "fps": 1}, "tracks": [[{"color": "red", "duration": seconds}]]}
            (self.folder / "t.json").write_text(json.dumps(document))
            warnings = self.render("long.gif")["warnings"]
            self.assertEqual(len(re.findall(r"GIF of 61 s is very large", json.dumps(warnings))) > 0, warned > 0, warnings)
            self.assertEqual(int(self.streams("long.gif")["video"]["nb_read_frames"]), seconds)

    def test_presets(self):
        for name, codec, file in (("4k-hevc", "hevc", "mp4"), ("av1", "av1", "mp4"), ("webm", "vp9", "webm"), ("prores-proxy", "prores", "mov")):
            with self.subTest(name):
                done = subprocess.run([RUSHES, "transcode", "source.mkv", "--preset", name, "--cache", "cache", "--progress", "none"],
                                      cwd=self.folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.check_video(f"source_{name}.{file}", codec)
        done = subprocess.run([RUSHES, "transcode", "source.mkv", "--preset", "audio-only", "--cache", "cache", "--progress", "none", "--verify"],
                              cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(self.streams("source_audio-only.m4a")), ["audio"])


if __name__ == "__main__":
    RUSHES = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
