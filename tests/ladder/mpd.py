"""A DASH manifest (ISO/IEC 23009-1, static, SegmentTemplate with SegmentTimeline) against the pieces that it names."""

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import vtt

SPACE = "{urn:mpeg:dash:schema:mpd:2011}"
COMMON = {"mimeType", "codecs", "width", "height", "sar", "frameRate", "audioSamplingRate", "startWithSAP", "profiles"}
# Of each element: which attributes it may have, and which it must.
KNOWN = {
    "MPD": ({"profiles", "type", "mediaPresentationDuration", "minBufferTime", "maxSegmentDuration", "id"},
            {"profiles", "minBufferTime", "mediaPresentationDuration"}),
    "Period": ({"id", "start", "duration"}, set()),
    "AdaptationSet": (COMMON | {"id", "contentType", "lang", "segmentAlignment", "par", "maxWidth", "maxHeight", "maxFrameRate", "group"}, set()),
    "Representation": (COMMON | {"id", "bandwidth"}, {"id", "bandwidth"}),
    "SegmentTemplate": ({"timescale", "startNumber", "initialization", "media", "presentationTimeOffset"}, {"media"}),
    "SegmentTimeline": (set(), set()),
    "S": ({"t", "d", "r", "n"}, {"d"}),
    "AudioChannelConfiguration": ({"schemeIdUri", "value"}, {"schemeIdUri"}),
    "Role": ({"schemeIdUri", "value"}, {"schemeIdUri"}),
    "BaseURL": (set(), set()),
}
WHOLE = {"bandwidth", "width", "height", "timescale", "startNumber", "t", "d", "r", "presentationTimeOffset", "audioSamplingRate"}
DURATION = r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?"


def seconds(text):
    parts = re.fullmatch(DURATION, text or "")
    if not parts or not any(parts.groups()):
        return None
    hours, minutes, rest = (Fraction(part or 0) for part in parts.groups())
    return hours * 3600 + minutes * 60 + rest


def fill(template, name, number):
    def value(found):
        if not found[1]:
            return "$"
        width = int(found[2][2:-1]) if found[2] else 1
        return name if found[1] == "RepresentationID" else f"{number:0{width}}"

    return re.sub(r"\$(RepresentationID|Number|)(%0\d+d)?\$", value, template)


class Check:
    def __init__(self, folder, path, problems, strict, track):
        """`track(header, names)` measures a track."""
        self.folder, self.path, self.strict, self.track = folder, path, strict, track
        self.problems, self.name = problems, path.name
        self.texts = set()  # files of text that it names

    def say(self, what, section):
        self.problems.add(self.name, what, section if section.startswith("Rushes") else f"ISO 23009-1 {section}")

    def run(self):
        try:
            root = ElementTree.fromstring(self.path.read_bytes())
        except ElementTree.ParseError as error:
            self.problems.add(self.name, f"is not well-formed: {error}", "XML 2.1")
            return
        if root.tag != SPACE + "MPD":
            return self.say(f"begins with {root.tag}", "5.2.3")
        if not self.check_syntax(root):
            return
        if root.get("type", "static") != "static":
            self.say(f"is {root.get('type')}", "Rushes: it is finished")
        self.buffer, self.duration = seconds(root.get("minBufferTime")), seconds(root.get("mediaPresentationDuration"))
        if self.buffer is None or self.duration is None:
            return self.say("has durations that are none", "5.3.1.2")
        periods = root.findall(SPACE + "Period")
        if len(periods) != 1:
            return self.say(f"has {len(periods)} periods", "Rushes: one")
        ids = [r.get("id") for r in root.iter(SPACE + "Representation")]
        if len(set(ids)) < len(ids) or any(re.search(r"\s", name) for name in ids):
            self.say("has Representations of one id, or ids with white space", "5.3.5.2")
        self.ends = []
        for adaptation in periods[0].findall(SPACE + "AdaptationSet"):
            self.check_set(adaptation)
        if self.ends and not 0 <= self.duration - max(self.ends) < Fraction(1, 500):
            self.say(f"lasts {float(self.duration):g} s, and its pictures end at {float(max(self.ends)):.6f} s", "5.3.1.2")

    def check_syntax(self, root):
        good = True
        for element in root.iter():
            name = element.tag.removeprefix(SPACE)
            if name not in KNOWN:
                self.say(f"has an element {name} that is not known", "5.2.3")
                continue
            allowed, required = KNOWN[name]
            for attribute in element.attrib:
                if attribute not in allowed:
                    self.say(f"{name} has an attribute {attribute} that is not known", "5.3")
                elif attribute in WHOLE and not re.fullmatch(r"-1|\d+", element.get(attribute)):
                    self.say(f"{attribute}={element.get(attribute)!r} of {name} is no whole number", "5.3")
                    good = False
            for attribute in sorted(required - set(element.attrib)):
                self.say(f"{name} without {attribute}", "5.3")
                good = False
        return good

    def check_set(self, adaptation):
        kinds = {(r.get("mimeType") or adaptation.get("mimeType") or "") for r in adaptation.iter(SPACE + "Representation")}
        if len(kinds) != 1:
            return self.say(f"an AdaptationSet of {len(kinds)} mimeTypes", "5.3.3.2")
        kind = kinds.pop()
        said = adaptation.get("contentType")
        if said is not None and said != kind.partition("/")[0] and said != "text":
            self.say(f"contentType is {said}, and mimeType {kind}", "5.3.3.2")
        measured = []
        for representation in adaptation.findall(SPACE + "Representation"):
            if kind == "text/vtt":
                self.check_text(representation)
            else:
                measured.append(self.check_representation(adaptation, representation, kind))
        measured = [track for track in measured if track]
        families = {track.header.codec.split(".")[0] for track in measured}
        if len(families) > 1:
            self.say(f"an AdaptationSet of {' and '.join(sorted(families))}: nobody can switch between them", "5.3.3.1")
        if adaptation.get("segmentAlignment") == "true":
            cuts = {tuple((p.start, p.end) for p in track.pieces) for track in measured}
            if len(cuts) > 1:
                self.say("segmentAlignment is true, and pieces are not cut alike", "5.3.3.2")
        elif self.strict and len(measured) > 1:
            self.say("has no segmentAlignment", "Rushes: all renditions are cut alike")

    def check_text(self, representation):
        url = representation.find(SPACE + "BaseURL")
        path = self.folder / url.text if url is not None else None
        if path is None or not path.is_file():
            return self.say(f"text {representation.get('id')!r} has no file", "5.6.2")
        self.texts.add(path.name)
        vtt.cues_of(path.read_bytes(), self.problems.of(path.name))

    def pieces_of(self, adaptation, representation):
        """Header, names and durations; None if it does not say."""
        name = representation.get("id")
        template = representation.find(SPACE + "SegmentTemplate")
        if template is None:
            template = adaptation.find(SPACE + "SegmentTemplate")
        timeline = template.find(SPACE + "SegmentTimeline") if template is not None else None
        if timeline is None or template.get("initialization") is None:
            return self.say(f"{name} has no SegmentTemplate with SegmentTimeline and initialization", "5.3.9.4")
        for text in (template.get("initialization"), template.get("media")):
            if "$" in re.sub(r"\$(RepresentationID|Number(%0\d+d)?|)\$", "", text):
                return self.say(f"a template that is not known: {text}", "5.3.9.4.4")
        durations = []
        time = 0
        for s in timeline.findall(SPACE + "S"):
            if int(s.get("t", time)) != time:
                self.say(f"{name}: a piece begins at {s.get('t')}, and that before it ends at {time}", "5.3.9.6")
            repeat = int(s.get("r", 0))
            if repeat < 0 or int(s.get("d")) < 1:
                return self.say(f"{name}: a piece of no duration, or repeated without end", "5.3.9.6")
            durations += [int(s.get("d"))] * (repeat + 1)
            time += int(s.get("d")) * (repeat + 1)
        first = int(template.get("startNumber", 1))
        names = [fill(template.get("media"), name, first + i) for i in range(len(durations))]
        after = fill(template.get("media"), name, first + len(durations))
        if (self.folder / after).exists():
            self.say(f"{after} is there, and is not in the timeline", "5.3.9.6")
        return fill(template.get("initialization"), name, 0), names, durations, int(template.get("timescale", 1))

    def check_representation(self, adaptation, representation, kind):
        found = self.pieces_of(adaptation, representation)
        if found is None:
            return None
        header, names, durations, timescale = found
        track = self.track(header, names)
        if not names or track.header is None or len(track.pieces) != len(names):
            return None
        self.check_timeline(representation.get("id"), track, durations, timescale)
        self.check_attributes(adaptation, representation, track, kind)
        self.check_bandwidth(representation, track, [Fraction(d, timescale) for d in durations])
        if track.is_video:
            self.ends.append(track.pieces[-1].end)
        return track

    def check_timeline(self, name, track, durations, timescale):
        """Each piece ends where the timeline says, to one tick of it."""
        end = 0
        for i, (duration, piece) in enumerate(zip(durations, track.pieces)):
            end += duration
            off = piece.end - Fraction(end, timescale)
            allowed = 0 if self.strict and track.is_video else Fraction(1, timescale)
            # The last packet may hold more than there is to hear; others reckon from where a packet begins.
            of_packets = track.longest if not track.is_video and (i + 1 == len(durations) or not self.strict) else 0
            if not -allowed - (0 if self.strict else of_packets) <= off <= allowed + of_packets:
                return self.say(f"{name}: {piece.name} ends at {float(Fraction(end, timescale)):.6f} s by the timeline, and at "
                                f"{float(piece.end):.6f} s by its samples", "5.3.9.6")

    def check_attributes(self, adaptation, representation, track, kind):
        name, header = representation.get("id"), track.header

        def told(attribute):
            return representation.get(attribute, adaptation.get(attribute))

        if kind != ("video/mp4" if track.is_video else "audio/mp4"):
            self.say(f"{name} is {kind}, and holds {header.kind}", "5.3.7.2")
        codec = told("codecs")
        if codec is None or codec.lower() != header.codec.lower():
            self.say(f"codecs of {name} is {codec}, and it has {header.codec}", "5.3.7.2")
        if told("startWithSAP") not in (None, "1"):
            self.say(f"{name} has startWithSAP {told('startWithSAP')}", "Rushes: every piece begins with a keyframe")
        if track.is_video:
            if (told("width"), told("height")) != (str(header.width), str(header.height)):
                self.say(f"{name} is {told('width')}x{told('height')}, and it has {header.width}x{header.height}", "5.3.7.2")
            rate = sum(p.frames for p in track.pieces) / (track.pieces[-1].end - track.pieces[0].start)
            said = told("frameRate")
            if said is not None and (not re.fullmatch(r"\d+(/\d+)?", said) or abs(Fraction(said) - rate) > Fraction(1, 1000)):
                self.say(f"frameRate of {name} is {said}, and it has {rate}", "5.3.7.2")
            return
        if told("audioSamplingRate") not in (None, str(header.sample_rate)):
            self.say(f"audioSamplingRate of {name} is {told('audioSamplingRate')}, and it is {header.sample_rate}", "5.3.7.2")
        channels = [*representation.findall(SPACE + "AudioChannelConfiguration"), *adaptation.findall(SPACE + "AudioChannelConfiguration")]
        for one in channels:
            if one.get("schemeIdUri", "").startswith("urn:mpeg:dash:23003") and one.get("value") != str(header.channels):
                self.say(f"{name} is said to have {one.get('value')} channels, and has {header.channels}", "5.8.5.4")

    def check_bandwidth(self, representation, track, durations):
        """Whoever waits for minBufferTime, from any piece on, has each piece when it is due: ISO 23009-1, 5.3.5.2."""
        rate = int(representation.get("bandwidth"))
        # What is needed less what has come since, from the worst piece to begin with.
        worst = held = Fraction(0)
        for piece, duration in zip(track.pieces, durations):
            needed = piece.bytes * 8
            worst = max(worst, held + needed)
            held = max(Fraction(0), held + needed - rate * duration)
        if worst > rate * self.buffer + 8:
            self.say(f"bandwidth of {representation.get('id')} is {rate}, and with minBufferTime {float(self.buffer):g} s it needs "
                     f"{float(worst / self.buffer):.0f}", "5.3.5.2")
        highest = max(piece.bytes * 8 / duration for piece, duration in zip(track.pieces, durations))
        if self.strict and abs(rate - highest) > highest / 100_000 + 2:
            self.say(f"bandwidth of {representation.get('id')} is {rate}, and its largest pieces have {float(highest):.0f}",
                     "Rushes: it is that of the largest")
