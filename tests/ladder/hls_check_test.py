#!/usr/bin/env python3
"""The checker of ladders: it finds nothing wrong with correct ones, and each single thing that is made wrong.

  hls_check_test.py [-v] [TestCase.test_name]
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import hls_check  # noqa: E402
import mp4  # noqa: E402
from sample import Ladder, ffmpeg, write_track  # noqa: E402

BIG, SMALL, SOUND = "video-36p_0000bbbb", "video-18p_0000cccc", "audio_0000aaaa"


class Damage:
    """A copy of a ladder, in which one thing is made wrong."""

    def __init__(self, folder):
        self.folder = folder

    def text(self, name, old, new, count=1):
        path = self.folder / name
        text = path.read_text()
        assert re.search(old, text, re.M), f"{name} has no {old}:\n{text}"
        path.write_text(re.sub(old, new, text, count=count, flags=re.M))

    def box(self, name, *path):
        """Where the content of a box begins in its file; the first of its kind."""
        data = (self.folder / name).read_bytes()
        root = mp4.Box("file", 0, len(data), data, mp4.boxes(data))
        for kind in path:
            root = root.all(kind)[0]
        return root.end - len(root.body)

    def add(self, name, at, number, size):
        """Adds to an integer of a file."""
        path = self.folder / name
        data = bytearray(path.read_bytes())
        value = int.from_bytes(data[at:at + size], "big") + number
        data[at:at + size] = (value % (1 << size * 8)).to_bytes(size, "big")
        path.write_bytes(data)

    def put(self, name, at, new):
        path = self.folder / name
        data = path.read_bytes()
        path.write_bytes(data[:at] + new + data[at + len(new):])

    def rename(self, name, *path):
        """Makes a box one that nobody reads."""
        self.put(name, self.box(name, *path) - 4, b"free")

    def remove(self, name):
        (self.folder / name).unlink()

    def swap(self, one, other):
        first, second = ((self.folder / name).read_bytes() for name in (one, other))
        (self.folder / one).write_bytes(second)
        (self.folder / other).write_bytes(first)


def first_sample(damage, name):
    moof = damage.box(name, "moof") - 8
    trun = damage.box(name, "moof", "traf", "trun")
    return moof + int.from_bytes((damage.folder / name).read_bytes()[trun + 8:trun + 12], "big")


def move_a_packet(d):
    """The last packet of a piece of sound goes to the next, and the playlist says so."""
    names = [f"{SOUND}_0000{i}.m4s" for i in (0, 1)]
    first, second = ((d.folder / name).read_bytes() for name in names)
    at = [box.start for box in mp4.boxes(first) if box.type == "moof"][-1]
    (d.folder / names[0]).write_bytes(first[:at])
    (d.folder / names[1]).write_bytes(first[at:] + second)
    d.text("audio.m3u8", "1.002667", "0.981333")
    d.text("audio.m3u8", "1.002667", "1.024000")


def join_two(d):
    """Two pieces become one, and the playlist says so."""
    one, two = (d.folder / f"{SMALL}_0000{i}.m4s" for i in (0, 1))
    one.write_bytes(one.read_bytes() + two.read_bytes())
    two.unlink()
    d.text("video-18p.m3u8", rf"1.000000,\n{SMALL}_00000.m4s\n#EXTINF:1.000000,\n{SMALL}_00001.m4s", f"2.000000,\n{SMALL}_00000.m4s")


# What is made wrong, and what must be said of it.
PLAYLISTS = {
    "a target that is too short": (lambda d: d.text("video-36p.m3u8", "TARGETDURATION:1", "TARGETDURATION:0"),
                                   "video-36p.m3u8: .*longer than EXT-X-TARGETDURATION 0.*4.3.3.1"),
    "targets that differ": (lambda d: d.text("audio.m3u8", "TARGETDURATION:1", "TARGETDURATION:2"), "several EXT-X-TARGETDURATIONs.*6.2.4"),
    "types that differ": (lambda d: d.text("keyframes-36p.m3u8", "EVENT", "VOD"), "several EXT-X-PLAYLIST-TYPEs.*6.2.4"),
    "no target": (lambda d: d.text("audio.m3u8", "#EXT-X-TARGETDURATION:1\n", ""), "audio.m3u8: has no EXT-X-TARGETDURATION"),
    "a string without quotes": (lambda d: d.text("master.m3u8", 'GROUP-ID="sound"', "GROUP-ID=sound"), "GROUP-ID=sound .* is not a string in quotes"),
    "a number in quotes": (lambda d: d.text("master.m3u8", r"BANDWIDTH=(\d+)", r'BANDWIDTH="\1"'), "BANDWIDTH=.* is not a whole number"),
    "a resolution in quotes": (lambda d: d.text("master.m3u8", "RESOLUTION=64x36", 'RESOLUTION="64x36"'), "RESOLUTION=.* is not a resolution"),
    "a word that is none": (lambda d: d.text("master.m3u8", "DEFAULT=YES", "DEFAULT=TRUE"), r"DEFAULT=TRUE .* is not one of YES\|NO"),
    "white space in a list": (lambda d: d.text("master.m3u8", ",NAME", ", NAME"), "has no attribute list at"),
    "an attribute twice": (lambda d: d.text("master.m3u8", 'NAME="Sound"', 'NAME="Sound",NAME="Sound"'), "has NAME twice"),
    "an attribute that nobody knows": (lambda d: d.text("master.m3u8", 'NAME="Sound"', 'NAME="Sound",COLOR="red"'), "COLOR that is not known"),
    "no bandwidth": (lambda d: d.text("master.m3u8", r"STREAM-INF:BANDWIDTH=\d+,", "STREAM-INF:"), "STREAM-INF without BANDWIDTH"),
    "an unknown tag": (lambda d: d.text("audio.m3u8", "#EXT-X-ENDLIST", "#EXT-X-GAP\n#EXT-X-ENDLIST"), "EXT-X-GAP is not known"),
    "a tag twice": (lambda d: d.text("audio.m3u8", "(#EXT-X-MEDIA-SEQUENCE:0\n)", r"\1\1"), "a second EXT-X-MEDIA-SEQUENCE"),
    "a value where there is none": (lambda d: d.text("audio.m3u8", "#EXT-X-ENDLIST", "#EXT-X-ENDLIST:1"), "EXT-X-ENDLIST has no value"),
    "a header after the first piece": (lambda d: d.text("audio.m3u8", '(#EXT-X-MAP.*\n)(#EXTINF.*\n.*\n)', r"\2\1"), "pieces without EXT-X-MAP"),
    "a version that is too old": (lambda d: d.text("video-36p.m3u8", "VERSION:7", "VERSION:5"), "EXT-X-MAP needs EXT-X-VERSION 6"),
    "an older one for keyframes": (lambda d: d.text("keyframes-36p.m3u8", "VERSION:7", "VERSION:4"), "EXT-X-MAP needs EXT-X-VERSION 5"),
    "no version": (lambda d: d.text("audio.m3u8", "#EXT-X-VERSION:7\n", ""), "needs EXT-X-VERSION 6, and it is 1"),
    "another first line": (lambda d: d.text("audio.m3u8", r"\A", "# mine\n"), "line 1: is not #EXTM3U"),
    "a mark of byte order": (lambda d: d.text("audio.m3u8", r"\A", "\ufeff"), "byte order mark"),
    "a control character": (lambda d: d.text("audio.m3u8", "#EXT-X-ENDLIST", "#\t\n#EXT-X-ENDLIST"), "control characters"),
    "a piece without duration": (lambda d: d.text("audio.m3u8", "#EXTINF.*\n", ""), "has no EXTINF"),
    "a duration without a comma": (lambda d: d.text("audio.m3u8", "(#EXTINF:.*),", r"\1"), "is no EXTINF"),
    "a duration without a piece": (lambda d: d.text("audio.m3u8", "#EXT-X-ENDLIST", "#EXTINF:1.0,\n#EXT-X-ENDLIST"), "without its URI"),
    "no end": (lambda d: d.text("video-18p.m3u8", "#EXT-X-ENDLIST\n", ""), "video-18p.m3u8: has no EXT-X-ENDLIST"),
    "an end too soon": (lambda d: d.text("audio.m3u8", "(#EXTINF.*\n.*\n)(#EXT-X-ENDLIST\n)", r"\2\1"), "after EXT-X-ENDLIST"),
    "both kinds in one": (lambda d: d.text("audio.m3u8", "#EXT-X-ENDLIST", '#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n#EXT-X-ENDLIST'),
                          "both a master and a media playlist"),
    "a variant without a playlist": (lambda d: d.text("master.m3u8", "^video-18p.m3u8\n", ""), "URI of a variant should stand"),
    "a playlist that is not there": (lambda d: d.remove("video-18p.m3u8"), "video-18p.m3u8 is listed, but is not there"),
    "a piece of picture that is not there": (lambda d: d.remove(f"{SMALL}_00002.m4s"), f"{SMALL}_00002.m4s: is listed, but is not there"),
    "a header that is not there": (lambda d: d.remove(f"{SOUND}_header.mp4"), f"{SOUND}_header.mp4: is listed, but is not there"),
    "a file too many": (lambda d: (d.folder / f"{SMALL}_00009.m4s").write_bytes(b""), f"{SMALL}_00009.m4s: is in no list"),
    "a group that is not there": (lambda d: d.text("master.m3u8", 'AUDIO="sound"', 'AUDIO="voices"'), "no group AUDIO='voices'"),
    "a group that nobody uses": (lambda d: d.text("master.m3u8", ',AUDIO="sound"', "", 0), "no variant uses group 'sound'"),
    "two of one name": (lambda d: d.text("master.m3u8", "(#EXT-X-MEDIA.*\n)", r"\1\1"), "two of the name 'Sound'"),
    "channels": (lambda d: d.text("master.m3u8", 'CHANNELS="2"', 'CHANNELS="6"'), "CHANNELS is '6', and there are 2"),
    "a bandwidth that is too low": (lambda d: d.text("master.m3u8", r"BANDWIDTH=\d+,AVER", "BANDWIDTH=100000,AVER"),
                                    "BANDWIDTH of video-36p.m3u8 is 100000, and its peak.*4.3.4.2"),
    "one that is too low for one piece": (lambda d: d.text("master.m3u8", r"I-FRAME-STREAM-INF:BANDWIDTH=\d+", "I-FRAME-STREAM-INF:BANDWIDTH=9000"),
                                          "BANDWIDTH of keyframes-36p.m3u8 is 9000"),
    "an average that is wrong": (lambda d: d.text("master.m3u8", r"AVERAGE-BANDWIDTH=\d+", "AVERAGE-BANDWIDTH=99999"),
                                 "AVERAGE-BANDWIDTH of video-36p.m3u8 is 99999"),
    "another codec of the picture": (lambda d: d.text("master.m3u8", "avc1.......", "avc1.640028"), "CODECS of video-36p.m3u8 is 'avc1.640028,mp4a"),
    "no codec of the sound": (lambda d: d.text("master.m3u8", ",mp4a.40.2", ""), "CODECS of video-36p.m3u8 is"),
    "another codec of the sound": (lambda d: d.text("master.m3u8", ",mp4a.40.2", ",mp4a.40.5"), "CODECS of video-36p.m3u8 is"),
    "another size": (lambda d: d.text("master.m3u8", "RESOLUTION=64x36", "RESOLUTION=64x34"), "RESOLUTION of video-36p.m3u8 is 64x34, and it has 64x36"),
    "another frame rate": (lambda d: d.text("master.m3u8", "FRAME-RATE=30.000", "FRAME-RATE=29.970"), "FRAME-RATE of video-36p.m3u8 is 29.97"),
    "a duration that is a little wrong": (lambda d: d.text("video-36p.m3u8", "EXTINF:1.000000", "EXTINF:1.000100"),
                                          f"video-36p.m3u8: {BIG}_00000.m4s ends at 1.000100 s by EXTINF"),
    "a duration of sound": (lambda d: d.text("audio.m3u8", "EXTINF:1.002667", "EXTINF:1.024000"), f"audio.m3u8: {SOUND}_00000.m4s ends at"),
    "keyframes that are none": (lambda d: d.text("keyframes-36p.m3u8", "#EXT-X-I-FRAMES-ONLY\n", ""), "has no EXT-X-I-FRAMES-ONLY"),
    "a part that is too long": (lambda d: d.text("keyframes-36p.m3u8", r"RANGE:2(\d+)@0", r"RANGE:3\1@0"), r"3\d+@0 of .* first picture is 2\d+@0"),
    "a part that is longer than its file": (lambda d: d.text("keyframes-36p.m3u8", r"RANGE:\d+@0", "RANGE:999999@0"), "999999@0 of .*which has"),
    "a part that begins nowhere": (lambda d: d.text("keyframes-36p.m3u8", r"RANGE:(\d+)@0", r"RANGE:\1"), "has no start"),
    "a keyframe for another time": (lambda d: d.text("keyframes-18p.m3u8", "EXTINF:1.000000", "EXTINF:0.900000"), "is shown until 0.900000"),
    "no keyframes of one": (lambda d: [d.text("master.m3u8", "#EXT-X-I-FRAME.*18p.*\n", ""), d.remove("keyframes-18p.m3u8")],
                            "no keyframes of video-18p.m3u8"),
}
FILES = {
    "pieces in another order": (lambda d: d.swap(f"{BIG}_00001.m4s", f"{BIG}_00002.m4s"), f"{BIG}_00001.m4s: tfdt is .*8.8.12"),
    "a piece of another rendition": (lambda d: d.swap(f"{BIG}_00001.m4s", f"{SMALL}_00002.m4s"), f"{SMALL}_00002.m4s: tfdt is"),
    "a time that is off by one": (lambda d: d.add(f"{SMALL}_00002.m4s", d.box(f"{SMALL}_00002.m4s", "moof", "traf", "tfdt") + 8, 1, 4),
                                  f"{SMALL}_00002.m4s: tfdt is"),
    "sound that is off by one": (lambda d: d.add(f"{SOUND}_00001.m4s", d.box(f"{SOUND}_00001.m4s", "moof", "traf", "tfdt") + 8, -1, 4),
                                 f"{SOUND}_00001.m4s: tfdt is"),
    "a first sample that is not said to be a keyframe": (
        lambda d: d.add(f"{BIG}_00003.m4s", d.box(f"{BIG}_00003.m4s", "moof", "traf", "trun") + 12, 0x10000, 4), "first sample is not a sync sample"),
    "a first picture that is no IDR picture": (
        lambda d: d.add(f"{BIG}_00003.m4s", first_idr(d, f"{BIG}_00003.m4s"), -4, 1), "00003.m4s: the first picture is not an IDR picture"),
    "NAL units that do not fill": (lambda d: d.add(f"{BIG}_00000.m4s", first_sample(d, f"{BIG}_00000.m4s"), 1, 4), "NAL units that do not fill"),
    "samples outside": (lambda d: d.add(f"{BIG}_00000.m4s", d.box(f"{BIG}_00000.m4s", "moof", "traf", "trun") + 8, 8, 4), "outside their mdat"),
    "samples in the moof": (lambda d: d.add(f"{BIG}_00000.m4s", d.box(f"{BIG}_00000.m4s", "moof", "traf", "trun") + 8, -8, 4), "outside their mdat"),
    "places counted from elsewhere": (lambda d: d.add(f"{BIG}_00000.m4s", d.box(f"{BIG}_00000.m4s", "moof", "traf", "tfhd"), -0x20000, 4),
                                      "default-base-is-moof.*3.3"),
    "another track": (lambda d: d.add(f"{BIG}_00000.m4s", d.box(f"{BIG}_00000.m4s", "moof", "traf", "tfhd") + 4, 1, 4), "is of track 2, not 1"),
    "a number that comes again": (lambda d: d.add(f"{BIG}_00001.m4s", d.box(f"{BIG}_00001.m4s", "moof", "mfhd") + 4, -1, 4), "fragment 1 follows 1"),
    "a piece that is cut short": (lambda d: cut_short(d, f"{BIG}_00001.m4s"), f"{BIG}_00001.m4s: a box 'mdat' of"),
    "no time": (lambda d: d.rename(f"{BIG}_00001.m4s", "moof", "traf", "tfdt"), "fragment without tfdt"),
    "a box of something else": (lambda d: append(d, f"{BIG}_00001.m4s", b"\0\0\0\x08skip"), "has a box 'skip'"),
    "pictures of another duration": (lambda d: d.add(f"{BIG}_header.mp4", d.box(f"{BIG}_header.mp4", "moov", "trak", "mdia", "mdhd") + 12, 1, 4),
                                     "FRAME-RATE|by EXTINF"),
    "a header that has a duration": (lambda d: d.add(f"{BIG}_header.mp4", d.box(f"{BIG}_header.mp4", "moov", "mvhd") + 16, 100, 4),
                                     "a duration in mvhd or tkhd"),
    "an old brand": (lambda d: [d.put(f"{BIG}_header.mp4", at.start(), b"iso4") for at in
                                re.finditer(rb"iso[5-9]", (d.folder / f"{BIG}_header.mp4").read_bytes())], "no brand that is compatible with iso6"),
    "no mvex": (lambda d: d.rename(f"{BIG}_header.mp4", "moov", "mvex"), "moov without mvex"),
    "no edit of the picture": (lambda d: d.rename(f"{BIG}_header.mp4", "moov", "trak", "edts"), "the first picture is shown at 0.0"),
    "no edit of the sound": (lambda d: d.rename(f"{SOUND}_header.mp4", "moov", "trak", "edts"), "audio.m3u8: .* by EXTINF"),
    "a picture that stands wide": (lambda d: d.add(f"{BIG}_header.mp4", d.box(f"{BIG}_header.mp4", "moov", "trak", "tkhd") + 76, 2, 2), "tkhd says"),
    "one rendition that is cut elsewhere": (join_two, "all renditions are cut alike"),
    "sound that is cut elsewhere": (move_a_packet, f"{SOUND}_00000.m4s: ends at .* a piece of sound ends with the packet"),
}
MANIFEST = {
    "no XML": (lambda d: d.text("manifest.mpd", "</MPD>", ""), "manifest.mpd: is not well-formed"),
    "another name space": (lambda d: d.text("manifest.mpd", "mpd:2011", "mpd:2012"), "begins with {urn"),
    "no buffer": (lambda d: d.text("manifest.mpd", ' minBufferTime="PT1S"', ""), "MPD without minBufferTime"),
    "an attribute": (lambda d: d.text("manifest.mpd", "segmentAlignment", "segmentAligned"), "segmentAligned that is not known"),
    "an element": (lambda d: d.text("manifest.mpd", "<Period>", "<Period><Subset/>"), "element Subset that is not known"),
    "a duration": (lambda d: d.text("manifest.mpd", '<S d="30"/>', '<S d="31"/>'), "ends at 1.033333 s by the timeline"),
    "a gap": (lambda d: d.text("manifest.mpd", '<S d="30"/><S', '<S d="30"/><S t="31"'), "a piece begins at 31"),
    "a duration of sound": (lambda d: d.text("manifest.mpd", '<S d="48128"/>', '<S d="48000"/>'), f"{SOUND}: .* by the timeline"),
    "a piece that is forgotten": (lambda d: d.text("manifest.mpd", '<S d="30"/></SegmentT', "</SegmentT"), "00003.m4s is there, and is not in the timeline"),
    "a piece too many": (lambda d: d.text("manifest.mpd", '<S d="30"/></SegmentT', '<S d="30" r="1"/></SegmentT'), "00004.m4s: is listed, but is not"),
    "another first number": (lambda d: d.text("manifest.mpd", 'startNumber="0"', 'startNumber="1"'), "00004.m4s: is listed, but is not"),
    "other names": (lambda d: d.text("manifest.mpd", "%05d", "%04d"), "0000.m4s: is listed, but is not"),
    "a bandwidth": (lambda d: d.text("manifest.mpd", r'bandwidth="\d+"', 'bandwidth="9999"'), f"bandwidth of {BIG} is 9999.*5.3.5.2"),
    "a codec": (lambda d: d.text("manifest.mpd", 'codecs="avc1.......', 'codecs="avc1.640028'), f"codecs of {BIG} is avc1.640028"),
    "a width": (lambda d: d.text("manifest.mpd", 'width="64"', 'width="66"'), f"{BIG} is 66x36, and it has 64x36"),
    "a rate": (lambda d: d.text("manifest.mpd", 'frameRate="30"', 'frameRate="25"'), "frameRate of .* is 25"),
    "two of one id": (lambda d: d.text("manifest.mpd", SMALL, BIG), "Representations of one id"),
    "channels": (lambda d: d.text("manifest.mpd", 'value="2"', 'value="1"'), "is said to have 1 channels"),
    "the whole duration": (lambda d: d.text("manifest.mpd", "PT4S", "PT5S"), "lasts 5 s, and its pictures end at 4"),
    "no manifest": (lambda d: d.remove("manifest.mpd"), "manifest.mpd: is not there"),
}


def first_idr(d, name):
    """Where the first byte of the first IDR NAL unit lies: units of parameters and notes go before it."""
    data, at = (d.folder / name).read_bytes(), first_sample(d, name)
    while data[at + 4] & 31 != 5:
        at += 4 + int.from_bytes(data[at:at + 4], "big")
    return at + 4


def cut_short(d, name):
    path = d.folder / name
    path.write_bytes(path.read_bytes()[:-1])


def append(d, name, data):
    path = d.folder / name
    path.write_bytes(path.read_bytes() + data)


CUE = "00:00:00.500 --> 00:00:01.500\nHello\n\n"
LATER = "00:00:03.200 --> 00:00:03.700\nNot yet\n\n"
LAST = "00:00:02.000 --> 00:00:03.500 align:start\nGoodbye\n\n"


def add_subtitles(folder):
    texts = [CUE, CUE, LAST, LAST]
    for i, text in enumerate(texts):
        (folder / f"subtitles_{i}.vtt").write_text("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n" + text)
    pieces = "".join(f"#EXTINF:1.000000,\nsubtitles_{i}.vtt\n" for i in range(4))
    (folder / "subtitles.m3u8").write_text("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:EVENT\n" + pieces +
                                           "#EXT-X-ENDLIST\n")
    master = (folder / "master.m3u8").read_text()
    largest = max((folder / f"subtitles_{i}.vtt").stat().st_size for i in range(4)) * 8
    average = sum((folder / f"subtitles_{i}.vtt").stat().st_size for i in range(4)) * 2
    for name, more in ((":BANDWIDTH", largest), ("AVERAGE-BANDWIDTH", average)):
        master = re.sub(rf'(X-STREAM-INF.*?{name}=)(\d+)', lambda m, n=more: f"{m[1]}{int(m[2]) + n}", master)
    master = master.replace('AUDIO="sound"', 'AUDIO="sound",SUBTITLES="text"')
    (folder / "master.m3u8").write_text(master.replace(
        "#EXT-X-MEDIA:", '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="English",LANGUAGE="en",URI="subtitles.m3u8"\n#EXT-X-MEDIA:', 1))


class HlsCheck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.held = tempfile.TemporaryDirectory(prefix="rushes-hls-check-")
        cls.addClassCleanup(cls.held.cleanup)
        cls.good = Path(cls.held.name) / "good"
        cls.good.mkdir()
        Ladder(cls.good)

    def copy(self):
        folder = Path(self.held.name) / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.good, folder)
        return folder

    def check_damages(self, damages):
        for name, (damage, said) in damages.items():
            with self.subTest(name):
                folder = self.copy()
                damage(Damage(folder))
                found = hls_check.check(folder, decode=False)
                self.assertRegex("\n".join(found), said)

    def test_a_correct_ladder(self):
        self.assertEqual(hls_check.check(self.good), [])
        self.assertEqual(hls_check.check(self.good, strict=False), [])

    def test_a_correct_ladder_of_hevc(self):
        folder = Path(self.held.name) / "hevc"
        folder.mkdir()
        Ladder(folder, "hevc")
        self.assertEqual(hls_check.check(folder), [])
        # A CRA picture begins as well, but what is shown after it may need what came before.
        d = Damage(folder)
        name = f"{BIG}_00002.m4s"
        data, at = (folder / name).read_bytes(), first_sample(d, name)
        while data[at + 4] >> 1 not in (19, 20):
            at += 4 + int.from_bytes(data[at:at + 4], "big")
        d.put(name, at + 4, bytes([21 << 1]))
        self.assertEqual(hls_check.check(folder, decode=False), [f"{name}: the first picture is not an IDR picture (RFC 8216 4.3.5.1)"])

    def test_wrong_playlists(self):
        self.check_damages(PLAYLISTS)

    def test_wrong_files(self):
        self.check_damages(FILES)

    def test_wrong_manifests(self):
        self.check_damages(MANIFEST)

    def test_subtitles(self):
        folder = self.copy()
        add_subtitles(folder)
        self.assertEqual(hls_check.check(folder, decode=False), [])
        piece = folder / "subtitles_1.vtt"
        text = piece.read_text()
        for new, said in ((text.replace(CUE, ""), "subtitles_1.vtt: lacks the cue at 0.500 s"), (text + LATER, "subtitles_1.vtt: has the cue at 3.200 s"),
                          (text[1:], "does not begin with WEBVTT"), (text.replace("-->", "->"), "a block that is no cue")):
            piece.write_text(new)
            self.assertRegex("\n".join(hls_check.check(folder, decode=False)), said)

    def test_thumbnails(self):
        folder = self.copy()
        for name, size in (("sheet", "64x18"), ("poster", "64x36")):
            ffmpeg(f"-f lavfi -i color=gray:s={size}:r=1:d=1 -frames:v 1 {name}.jpg", folder)
        text = ("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nsheet.jpg#xywh=0,0,32,18\n\n"
                "00:00:01.000 --> 00:00:04.000\nsheet.jpg#xywh=32,0,32,18\n")
        file = folder / "thumbnails.vtt"
        file.write_text(text)
        self.assertEqual(hls_check.check(folder, decode=False), [])
        for new, said in ((text.replace("=32,0,", "=33,0,"), "lies outside its sheet of 64x18"), (text.replace("=32,", "=0,"), "is shown twice"),
                          (text.replace("01.000 -", "01.500 -"), "a thumbnail begins at 1.500 s"), (text.replace("04.", "03."), "ends at 3.000 s"),
                          (text.replace("sheet", "shoot"), "shoot.jpg: is not there"), (text.replace("#xywh=", "?"), "names no part of a picture")):
            file.write_text(new)
            self.assertRegex("\n".join(hls_check.check(folder, decode=False)), said)
        shutil.copy(folder / "sheet.jpg", folder / "poster.jpg")
        self.assertRegex("\n".join(hls_check.check(folder, decode=False)), "poster.jpg: is no JPEG of the largest size")

    def test_keyframes_are_decoded(self):
        """A part that ends too soon is found by its size, and without the rules of this project by decoding it."""
        folder = self.copy()
        Damage(folder).text("keyframes-36p.m3u8", r"RANGE:\d+@0", "RANGE:1000@0")
        self.assertRegex("\n".join(hls_check.check(folder, strict=False)), r"1000@0 of .* is decoded to 0 pictures")
        self.assertRegex("\n".join(hls_check.check(folder, decode=False)), r"1000@0 of .* first picture is")

    def test_the_command(self):
        command = [sys.executable, HERE / "hls_check.py", "--no-decode"]
        self.assertEqual(subprocess.run([*command, self.good], capture_output=True).returncode, 0)
        folder = self.copy()
        Damage(folder).remove("video-18p.m3u8")
        done = subprocess.run([*command, folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("master.m3u8: video-18p.m3u8 is listed, but is not there (RFC 8216 4.1)\n", done.stdout)

    def test_a_ladder_of_ffmpeg(self):
        """Of the RFC it breaks one rule: its bit rates are those that were asked for, not those that are there."""
        folder = Path(self.held.name) / "ffmpeg"
        folder.mkdir()
        ffmpeg("-f lavfi -i testsrc2=s=64x36:r=30:d=4 -f lavfi -i sine=440:r=48000:d=4 -map 0:v -map 0:v -map 1:a -s:v:1 32x18 -c:v libx264 "
               "-preset ultrafast -g 30 -bf 2 -x264-params scenecut=0:open-gop=0 -c:a aac -ac 2 -f hls -hls_time 1 -hls_segment_type fmp4 "
               "-hls_playlist_type vod -hls_flags independent_segments -master_pl_name master.m3u8 -hls_segment_filename piece_%v_%d.m4s "
               "-hls_fmp4_init_filename header_%v.mp4 -var_stream_map 'v:0,agroup:a,name:big v:1,agroup:a,name:small a:0,agroup:a,name:sound' "
               "list_%v.m3u8", folder)
        found = hls_check.check(folder, strict=False)
        self.assertEqual([line for line in found if not re.search(r"BANDWIDTH of list_\w+.m3u8 is \d+, and its peak", line)], [])


if __name__ == "__main__":
    unittest.main()
