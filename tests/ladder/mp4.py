"""Fragmented MP4 (ISO/IEC 14496-12) as far as one track of pictures or sound needs it."""

from dataclasses import dataclass, field
from fractions import Fraction

CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "mvex", "edts", "moof", "traf"}


class Malformed(Exception):
    """What cannot be read any further."""

    def __init__(self, what, section):
        super().__init__(what)
        self.rule = f"ISO 14496-12 {section}"


def u(data, at, size):
    if at + size > len(data):
        raise Malformed("a box that ends too soon", "4.2")
    return int.from_bytes(data[at:at + size], "big")


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


@dataclass
class Box:
    type: str
    start: int  # in the file
    size: int
    body: bytes  # what follows the header
    children: list = field(default_factory=list)

    @property
    def end(self):
        return self.start + self.size

    def all(self, kind):
        return [box for box in self.children if box.type == kind]

    def find(self, *path):
        """The only one of its kind at each step; None if it is not there."""
        box = self
        for kind in path:
            found = box.all(kind)
            if len(found) > 1:
                raise Malformed(f"{len(found)} boxes {kind} in {box.type}", "6.2.3")
            if not found:
                return None
            box = found[0]
        return box

    def need(self, *path):
        found = self.find(*path)
        if found is None:
            raise Malformed(f"{self.type} without {'/'.join(path)}", "6.2.3")
        return found

    # Of a full box.
    @property
    def version(self):
        return u(self.body, 0, 1)

    @property
    def flags(self):
        return u(self.body, 1, 3)


def boxes(data, start=0):
    found, at = [], 0
    while at < len(data):
        size, kind, header = u(data, at, 4), data[at + 4:at + 8].decode("latin-1"), 8
        if size == 1:
            size, header = u(data, at + 8, 8), 16
        if size < header or at + size > len(data):
            raise Malformed(f"a box {kind!r} of {size} bytes, where {len(data) - at} are left", "4.2")
        box = Box(kind, start + at, size, data[at + header:at + size])
        if kind in CONTAINERS:
            box.children = boxes(box.body, start + at + header)
        found.append(box)
        at += size
    return found


# Headers.

@dataclass
class Header:
    brands: list
    tracks: int
    samples: int  # in sample tables; there should be none
    durations: list  # of mvhd and tkhd; they should be 0
    order: list  # of the boxes at the top, and in moov
    track_id: int
    timescale: int
    kind: str  # vide or soun
    codec: str  # RFC 6381
    width: int = 0
    height: int = 0
    shown: tuple = ()  # width and height of tkhd
    channels: int = 0
    sample_rate: int = 0
    nal_bytes: int = 0  # of the length before each NAL unit; 0: there are none
    edit: Fraction = Fraction(0)  # the presentation time of decoding time 0, in seconds
    defaults: dict = field(default_factory=dict)  # of trex
    has_trex: bool = False


def avc(box):
    return "avc1." + box.body[1:4].hex(), (u(box.body, 4, 1) & 3) + 1


def hevc(box, entry):
    body = box.body
    profile, compatible, level = u(body, 1, 1), u(body, 2, 4), u(body, 12, 1)
    constraints = body[6:12].rstrip(b"\0")
    reverse = int(f"{compatible:032b}"[::-1], 2)
    name = ".".join([entry, ["", "A", "B", "C"][profile >> 6] + str(profile & 31), f"{reverse:X}",
                     ("H" if profile & 32 else "L") + str(level), *(f"{byte:X}" for byte in constraints)])
    return name, (u(body, 21, 1) & 3) + 1


def av1(box):
    profile_level, bits = u(box.body, 1, 1), u(box.body, 2, 1)
    depth = 8 if not bits & 0x40 else 12 if bits & 0x20 else 10
    return f"av01.{profile_level >> 5}.{profile_level & 31:02}{'H' if bits & 0x80 else 'M'}.{depth:02}"


def descriptor(data, at):
    """Its tag, where its content begins, and where that ends (ISO 14496-1, 8.3.3)."""
    tag, size = u(data, at, 1), 0
    while True:
        at += 1
        byte = u(data, at, 1)
        size = size << 7 | byte & 0x7f
        if not byte & 0x80:
            return tag, at + 1, at + 1 + size


def aac(box):
    """Its name and its number of channels."""
    body = box.body
    _, at, _ = descriptor(body, 4)
    flags = u(body, at + 2, 1)
    at += 3 + (2 if flags & 0x80 else 0) + (1 + u(body, at + 3, 1) if flags & 0x40 else 0) + (2 if flags & 0x20 else 0)
    tag, at, _ = descriptor(body, at)
    kind = u(body, at, 1)
    inner, config, end = descriptor(body, at + 13)
    if tag != 4 or inner != 5 or kind != 0x40 or end - config < 2:
        raise Malformed("esds that is not of AAC", "12.2")
    bits = f"{int.from_bytes(body[config:end], 'big'):0{(end - config) * 8}b}"
    take = 5
    object_type = int(bits[:5], 2)
    if object_type == 31:
        object_type, take = 32 + int(bits[5:11], 2), 11
    take += 28 if bits[take:take + 4] == "1111" else 4
    return f"mp4a.40.{object_type}", int(bits[take:take + 4], 2)


def entry_of(stsd, header):
    """What the sample description says; the names of the parts of the entry are those of the standards."""
    body = stsd.body
    if u(body, 4, 4) != 1:
        raise Malformed(f"{u(body, 4, 4)} sample descriptions", "8.5.2")
    size, kind = u(body, 8, 4), body[12:16].decode("latin-1")
    entry = body[8:8 + size]
    fixed = 86 if header.kind == "vide" else 36
    parts = Box(kind, 0, 0, b"", boxes(entry[fixed:]))
    if header.kind == "vide":
        header.width, header.height = u(entry, 32, 2), u(entry, 34, 2)
    else:
        header.channels, header.sample_rate = u(entry, 24, 2), u(entry, 32, 4) >> 16
    if kind == "avc1":
        header.codec, header.nal_bytes = avc(parts.need("avcC"))
    elif kind in ("hvc1", "hev1"):
        header.codec, header.nal_bytes = hevc(parts.need("hvcC"), kind)
    elif kind == "av01":
        header.codec = av1(parts.need("av1C"))
    elif kind == "mp4a":
        header.codec, header.channels = aac(parts.need("esds"))
    else:
        raise Malformed(f"an entry {kind!r}, which is not known", "8.5.2")


def edit_of(trak, movie_timescale, timescale):
    """Edits at the beginning: a time in which nothing is shown, then the media from some time on."""
    elst = trak.find("edts", "elst")
    shift = Fraction(0)
    if elst is None:
        return shift
    size = 8 if elst.version else 4
    for i in range(u(elst.body, 4, 4)):
        at = 8 + i * (2 * size + 4)
        duration, media = u(elst.body, at, size), signed(u(elst.body, at + size, size), size * 8)
        if u(elst.body, at + 2 * size, 4) != 0x10000:
            raise Malformed("an edit at another speed", "8.6.6")
        if media >= 0:
            return shift - Fraction(media, timescale)
        shift += Fraction(duration, movie_timescale)
    return shift


def read_header(data):
    top = boxes(data)
    by_type = {box.type: box for box in top}
    if "ftyp" not in by_type or "moov" not in by_type:
        raise Malformed("a header without ftyp and moov", "8.16.1")
    moov, ftyp = by_type["moov"], by_type["ftyp"].body
    mvhd, trak = moov.need("mvhd"), moov.need("trak")
    tkhd, mdhd, stbl = trak.need("tkhd"), trak.need("mdia", "mdhd"), trak.need("mdia", "minf", "stbl")
    long = 8 if tkhd.version else 4
    header = Header(
        brands=[ftyp[i:i + 4].decode("latin-1") for i in (0, *range(8, len(ftyp), 4))],
        tracks=len(moov.all("trak")), samples=0, order=[[box.type for box in top], [box.type for box in moov.children]],
        durations=[u(mvhd.body, 24 if mvhd.version else 16, 8 if mvhd.version else 4), u(tkhd.body, 28 if tkhd.version else 20, long)],
        track_id=u(tkhd.body, 20 if tkhd.version else 12, 4), timescale=u(mdhd.body, 20 if mdhd.version else 12, 4),
        kind=trak.need("mdia", "hdlr").body[8:12].decode("latin-1"), codec="")
    movie_timescale = u(mvhd.body, 20 if mvhd.version else 12, 4)
    if not header.timescale or not movie_timescale:
        raise Malformed("a time scale of 0", "8.4.2")
    for kind, at in (("stts", 4), ("stsc", 4), ("stco", 4), ("stsz", 8)):
        box = stbl.find(kind)
        header.samples += u(box.body, at, 4) if box else 0
    header.shown = tuple(u(tkhd.body, len(tkhd.body) - 8 + i, 4) / 65536 for i in (0, 4))
    entry_of(stbl.need("stsd"), header)
    header.edit = edit_of(trak, movie_timescale, header.timescale)
    for trex in moov.need("mvex").all("trex"):
        if u(trex.body, 4, 4) == header.track_id:
            header.has_trex = True
            header.defaults = {"duration": u(trex.body, 12, 4), "size": u(trex.body, 16, 4), "flags": u(trex.body, 20, 4)}
    return header


# Pieces.

@dataclass
class Sample:
    start: int  # in the file
    size: int
    duration: int
    shift: int  # of its presentation from its decoding
    flags: int

    @property
    def is_sync(self):
        return not self.flags & 0x10000


@dataclass
class Fragment:
    moof: Box
    number: int  # of mfhd
    track_id: int
    addressing: int  # flags of tfhd
    time: int  # of tfdt
    samples: list

    @property
    def duration(self):
        return sum(sample.duration for sample in self.samples)


def read_run(trun, moof, defaults, place):
    """Its samples; the first lies at `place` if the run does not say where."""
    flags, count, at = trun.flags, u(trun.body, 4, 4), 8
    if flags & 1:
        place = moof.start + signed(u(trun.body, at, 4), 32)
        at += 4
    first_flags = None
    if flags & 4:
        first_flags = u(trun.body, at, 4)
        at += 4
    samples = []
    for i in range(count):
        fields = {**defaults, "shift": 0}
        for bit, name in ((0x100, "duration"), (0x200, "size"), (0x400, "flags"), (0x800, "shift")):
            if flags & bit:
                fields[name] = u(trun.body, at, 4)
                at += 4
        if i == 0 and first_flags is not None:
            fields["flags"] = first_flags
        if trun.version:
            fields["shift"] = signed(fields["shift"], 32)
        samples.append(Sample(place, **fields))
        place += fields["size"]
    if at != len(trun.body):
        raise Malformed("trun of another size than its samples need", "8.8.8")
    return samples, place


def read_fragment(moof, defaults):
    traf = moof.need("traf")
    tfhd, tfdt = traf.need("tfhd"), traf.find("tfdt")
    if tfdt is None:
        raise Malformed("a fragment without tfdt", "8.8.12")
    own, at = dict(defaults), 8
    for bit, size, name in ((1, 8, None), (2, 4, None), (8, 4, "duration"), (16, 4, "size"), (32, 4, "flags")):
        if tfhd.flags & bit:
            if name:
                own[name] = u(tfhd.body, at, size)
            at += size
    fragment = Fragment(moof, u(moof.need("mfhd").body, 4, 4), u(tfhd.body, 4, 4), tfhd.flags, u(tfdt.body, 4, 8 if tfdt.version else 4), [])
    place = moof.end + 8
    for trun in traf.all("trun"):
        samples, place = read_run(trun, moof, own, place)
        fragment.samples += samples
    if not fragment.samples:
        raise Malformed("a fragment without samples", "8.8.8")
    return fragment


def nal_units(data, length_bytes):
    """The first byte of each, and the sizes must fill the sample."""
    at, units = 0, []
    while at < len(data):
        size = u(data, at, length_bytes)
        at += length_bytes
        if size == 0 or at + size > len(data):
            raise Malformed("NAL units that do not fill their sample", "(14496-15) 5.3.4.2")
        units.append(data[at])
        at += size
    return units


def obus(data):
    """The type of each, and the first byte of what it holds (AV1, 5.3)."""
    at, found = 0, []
    while at < len(data):
        head = data[at]
        at += 2 if head & 4 else 1
        if not head & 2:
            size = len(data) - at
        else:
            size = shift = 0
            while True:
                byte = u(data, at, 1)
                size |= (byte & 0x7f) << shift
                at, shift = at + 1, shift + 7
                if not byte & 0x80:
                    break
        if at + size > len(data):
            raise Malformed("OBUs that do not fill their sample", "(AV1) 5.3")
        found.append((head >> 3 & 15, data[at] if size else 0))
        at += size
    return found


def entry_point(header, data):
    """Where decoding can begin: "IDR" where nothing shown later needs what came before, "CRA" where pictures shown before
    this one may; None elsewhere."""
    if header.codec.startswith("avc1"):
        kinds = [byte & 31 for byte in nal_units(data, header.nal_bytes)]
        return "IDR" if [kind for kind in kinds if 1 <= kind <= 5][:1] == [5] else None
    if header.codec.startswith("h"):
        kinds = [byte >> 1 & 63 for byte in nal_units(data, header.nal_bytes)]
        first = ([kind for kind in kinds if kind < 32] or [0])[0]
        return "IDR" if first in (19, 20) else "CRA" if 16 <= first <= 21 else None
    kinds = obus(data)
    frames = [byte for kind, byte in kinds if kind in (3, 6)]
    # Not show_existing_frame, and frame_type KEY_FRAME.
    return "IDR" if frames and frames[0] >> 5 == 0 and any(kind == 1 for kind, _ in kinds) else None
