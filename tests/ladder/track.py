"""One track, a header and its pieces: what lies in them, and whether they follow one another as they must."""

from dataclasses import dataclass
from fractions import Fraction

import mp4


@dataclass
class Measured:
    """A piece. Times are of presentation, in seconds."""
    name: str
    bytes: int
    frames: int
    start: Fraction
    end: Fraction
    key_end: int  # how far whoever wants the first picture alone has to read


class Track:
    """What is wrong is told; a file that cannot be read at all ends it, and `pieces` are those before."""

    def __init__(self, folder, header, names, problems, strict):
        self.folder, self.name, self.problems, self.strict = folder, header, problems, strict
        self.header, self.pieces, self.longest = None, [], Fraction(0)  # of all samples the longest
        self.next_time, self.number, self.first_shown = None, -1, None
        data = self.bytes_of(header)
        if data is None or not self.attempt(header, lambda: self.take_header(data)):
            return
        for name in names:
            data = self.bytes_of(name)
            if data is None or not self.attempt(name, lambda d=data, n=name: self.take_piece(n, d)):
                return

    def bytes_of(self, name):
        path = self.folder / name
        if not path.is_file():
            self.problems.add(name, "is listed, but is not there", "RFC 8216 4.1")
            return None
        return path.read_bytes()

    def attempt(self, name, step):
        try:
            step()
            return True
        except mp4.Malformed as error:
            self.problems.add(name, str(error), error.rule)
            return False

    @property
    def is_video(self):
        return self.header.kind == "vide"

    def take_header(self, data):
        say = self.problems.of(self.name)
        h = self.header = mp4.read_header(data)
        top, moov = h.order
        if top[:2] != ["ftyp", "moov"]:
            say(f"begins with {' '.join(top[:2])}, not with ftyp and moov", "RFC 8216 3.3")
        if not any(brand in ("cmfc", "cmf2") or "iso6" <= brand <= "isoz" for brand in h.brands):
            say("has no brand that is compatible with iso6", "RFC 8216 3.3")
        if h.tracks != 1:
            say(f"has {h.tracks} tracks", "ISO 23000-19 7.3.1")
        if h.samples:
            say("has a sample table with samples", "RFC 8216 3.3")
        if any(h.durations):
            say("has a duration in mvhd or tkhd", "RFC 8216 3.3")
        if "trak" in moov and moov.index("mvex") < moov.index("trak"):
            say("has mvex before its track", "RFC 8216 3.3")
        if not h.has_trex:
            say("has no trex for its track", "ISO 14496-12 8.8.3")
        if h.kind not in ("vide", "soun"):
            say(f"has a track of the kind {h.kind!r}", "Rushes: pictures or sound")
        if self.strict and h.edit > 0:
            say("begins with a time in which nothing is shown", "Rushes: it begins at 0")

    def take_piece(self, name, data):
        say = self.problems.of(name)
        fragments = self.fragments(say, data)
        samples = [sample for fragment in fragments for sample in fragment.samples]
        if self.next_time is None:
            self.next_time = fragments[0].time
            if self.strict and self.next_time != 0:
                say(f"tfdt of the first piece is {self.next_time}, not 0", "Rushes: it begins at 0")
        first = self.next_time
        for fragment in fragments:
            self.take_fragment(say, fragment)
        scale = self.header.timescale
        start = self.header.edit + Fraction(first, scale)
        end = self.header.edit + Fraction(self.next_time, scale)
        self.longest = max(self.longest, Fraction(max(s.duration for s in samples), scale))
        self.check_coding(say, data, samples)
        if self.is_video:
            start, end = self.shown(say, first, samples)
        # Of sound the priming is not heard.
        self.pieces.append(Measured(name, len(data), len(samples), max(start, Fraction(0)), end, samples[0].start + samples[0].size))

    def fragments(self, say, data):
        """Each is a moof, and the mdat behind it."""
        top = mp4.boxes(data)
        fragments = []
        for i, box in enumerate(top):
            if box.type == "mdat" and (i == 0 or top[i - 1].type != "moof"):
                say("an mdat that follows no moof", "ISO 14496-12 8.16.1")
            if box.type in ("styp", "mdat"):
                if box.type == "styp" and i > 0:
                    say("styp is not the first box", "ISO 14496-12 8.16.2")
            elif box.type != "moof":
                if box.type not in ("sidx", "emsg", "prft"):
                    say(f"has a box {box.type!r}", "ISO 23000-19 7.3.2.3")
                elif self.strict:
                    say(f"has a box {box.type!r}", "Rushes: styp, moof and mdat")
            elif i + 1 == len(top) or top[i + 1].type != "mdat":
                raise mp4.Malformed("a moof that no mdat follows", "8.16.1")
            else:
                fragment = mp4.read_fragment(box, self.header.defaults)
                self.check_places(say, fragment, top[i + 1])
                fragments.append(fragment)
        if not fragments:
            raise mp4.Malformed("no fragment", "8.16.1")
        return fragments

    def check_places(self, say, fragment, mdat):
        """Samples lie in its mdat one behind the other."""
        place = mdat.end - len(mdat.body)
        first, last = min(s.start for s in fragment.samples), max(s.start + s.size for s in fragment.samples)
        if first < place or last > mdat.end:
            raise mp4.Malformed(f"samples at {first} to {last}, outside their mdat at {place} to {mdat.end}", "8.8.8")
        for sample in fragment.samples:
            if sample.size == 0 or sample.duration == 0:
                say("a sample without size or duration", "Rushes: every sample is shown")
            if self.strict and sample.start != place:
                return say("samples do not fill their mdat", "Rushes: no byte is wasted")
            place = sample.start + sample.size
        if self.strict and place != mdat.end:
            say("samples do not fill their mdat", "Rushes: no byte is wasted")

    def take_fragment(self, say, fragment):
        if fragment.number <= self.number:
            say(f"fragment {fragment.number} follows {self.number}", "ISO 14496-12 8.8.5")
        if fragment.track_id != self.header.track_id:
            say(f"is of track {fragment.track_id}, not {self.header.track_id}", "RFC 8216 3.3")
        if fragment.addressing & 1 or not fragment.addressing & 0x20000:
            say("does not address by its moof (default-base-is-moof)", "RFC 8216 3.3")
        if fragment.time != self.next_time:
            say(f"tfdt is {fragment.time}, and {self.next_time} lies before it", "ISO 14496-12 8.8.12")
        self.number = fragment.number
        self.next_time += fragment.duration

    def check_coding(self, say, data, samples):
        if not samples[0].is_sync:
            say("the first sample is not a sync sample", "RFC 8216 4.3.5.1")
        if not self.is_video:
            if not all(sample.is_sync for sample in samples):
                say("sound that is not of sync samples", "ISO 14496-12 8.8.3")
            return
        for i, sample in enumerate(samples):
            entry = mp4.entry_point(self.header, data[sample.start:sample.start + sample.size])
            if i == 0 and entry != "IDR":
                say("the first picture is not an IDR picture", "RFC 8216 4.3.5.1")
            elif sample.is_sync and entry is None:
                say(f"sample {i} is marked as a sync sample, and is none", "ISO 14496-12 8.8.3")
            elif entry == "IDR" and not sample.is_sync:
                say(f"sample {i} is an IDR picture, and is not marked as a sync sample", "ISO 14496-12 8.8.3")

    def shown(self, say, time, samples):
        """From when to when: of the pictures that are decoded in a piece, each is shown in it."""
        times = []
        for sample in samples:
            times.append((time + sample.shift, sample.duration))
            time += sample.duration
        if self.strict and times[0][0] != min(times)[0]:
            say("pictures are shown before the first", "DASH 5.3.3.2, startWithSAP 1")
        times.sort()
        for (shown, lasts), (after, _) in zip(times, times[1:]):
            if self.strict and after != shown + lasts:
                say(f"a picture is shown at {after}, and that before it from {shown} for {lasts}", "ISO 14496-12 8.6.1.3")
                break
        scale, edit = self.header.timescale, self.header.edit
        start, end = (edit + Fraction(t, scale) for t in (times[0][0], sum(times[-1])))
        before = self.pieces[-1].end if self.pieces else None
        if before is not None and start != before:
            say(f"is shown from {float(start):.6f} s, and the piece before ends at {float(before):.6f} s", "RFC 8216 6.2.1")
        if before is None and self.strict and start != 0:
            say(f"the first picture is shown at {float(start):.6f} s", "Rushes: it begins at 0")
        return start, end
