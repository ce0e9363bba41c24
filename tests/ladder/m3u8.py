"""Playlists as RFC 8216 has them, read strictly: what is not allowed is told, what is not known is not allowed.

Encryption, dates and breaks of continuity are not known: nothing of ours has them.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

INTEGER = r"\d{1,20}"
FLOAT = r"\d+(\.\d+)?"
SIGNED = r"-?\d+(\.\d+)?"
STRING = r'"[^"\r\n]*"'
SIZE = r"\d+x\d+"
YES_NO = "YES|NO"
KIND_OF = {INTEGER: "a whole number", FLOAT: "a decimal number", SIGNED: "a decimal number", STRING: "a string in quotes",
           SIZE: "a resolution"}


@dataclass
class Tag:
    section: str
    playlist: str  # media, master or both
    value: object = None  # None, a pattern, or attributes: {name: pattern}
    required: tuple = ()


OF_A_VARIANT = {"BANDWIDTH": INTEGER, "AVERAGE-BANDWIDTH": INTEGER, "CODECS": STRING, "RESOLUTION": SIZE, "HDCP-LEVEL": "TYPE-0|NONE",
                "VIDEO": STRING}
TAGS = {
    "EXTM3U": Tag("4.3.1.1", "both"),
    "EXT-X-VERSION": Tag("4.3.1.2", "both", INTEGER),
    "EXTINF": Tag("4.3.2.1", "media", rf"{FLOAT},.*"),
    "EXT-X-BYTERANGE": Tag("4.3.2.2", "media", rf"{INTEGER}(@{INTEGER})?"),
    "EXT-X-MAP": Tag("4.3.2.5", "media", {"URI": STRING, "BYTERANGE": STRING}, ("URI",)),
    "EXT-X-TARGETDURATION": Tag("4.3.3.1", "media", INTEGER),
    "EXT-X-MEDIA-SEQUENCE": Tag("4.3.3.2", "media", INTEGER),
    "EXT-X-ENDLIST": Tag("4.3.3.4", "media"),
    "EXT-X-PLAYLIST-TYPE": Tag("4.3.3.5", "media", "EVENT|VOD"),
    "EXT-X-I-FRAMES-ONLY": Tag("4.3.3.6", "media"),
    "EXT-X-MEDIA": Tag("4.3.4.1", "master", {
        "TYPE": "AUDIO|VIDEO|SUBTITLES|CLOSED-CAPTIONS", "URI": STRING, "GROUP-ID": STRING, "LANGUAGE": STRING, "ASSOC-LANGUAGE": STRING,
        "NAME": STRING, "DEFAULT": YES_NO, "AUTOSELECT": YES_NO, "FORCED": YES_NO, "INSTREAM-ID": STRING, "CHARACTERISTICS": STRING,
        "CHANNELS": STRING}, ("TYPE", "GROUP-ID", "NAME")),
    "EXT-X-STREAM-INF": Tag("4.3.4.2", "master", {
        **OF_A_VARIANT, "FRAME-RATE": FLOAT, "AUDIO": STRING, "SUBTITLES": STRING, "CLOSED-CAPTIONS": rf"{STRING}|NONE"}, ("BANDWIDTH",)),
    "EXT-X-I-FRAME-STREAM-INF": Tag("4.3.4.3", "master", {**OF_A_VARIANT, "URI": STRING}, ("BANDWIDTH", "URI")),
    "EXT-X-SESSION-DATA": Tag("4.3.4.4", "master", {"DATA-ID": STRING, "VALUE": STRING, "URI": STRING, "LANGUAGE": STRING}, ("DATA-ID",)),
    "EXT-X-INDEPENDENT-SEGMENTS": Tag("4.3.5.1", "both"),
    "EXT-X-START": Tag("4.3.5.2", "both", {"TIME-OFFSET": SIGNED, "PRECISE": YES_NO}, ("TIME-OFFSET",)),
}
ONCE = {"EXTM3U", "EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-ENDLIST", "EXT-X-PLAYLIST-TYPE",
        "EXT-X-I-FRAMES-ONLY", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START"}


@dataclass
class Piece:
    uri: str
    duration: Fraction
    header: str  # of EXT-X-MAP; None: there is none
    part: tuple = None  # EXT-X-BYTERANGE: how many, and from where


@dataclass
class Playlist:
    name: str
    tags: dict = field(default_factory=dict)  # of those that are there once
    pieces: list = field(default_factory=list)
    media: list = field(default_factory=list)  # attributes of each EXT-X-MEDIA
    variants: list = field(default_factory=list)  # likewise, with the URI that follows as "URI"
    keyframes: list = field(default_factory=list)
    names: set = field(default_factory=set)  # of all tags

    @property
    def is_master(self):
        return any(TAGS[name].playlist == "master" for name in self.names)

    @property
    def is_keyframes(self):
        return "EXT-X-I-FRAMES-ONLY" in self.names

    @property
    def is_independent(self):
        return "EXT-X-INDEPENDENT-SEGMENTS" in self.names

    @property
    def target(self):
        return self.tags.get("EXT-X-TARGETDURATION")


def nearest(value):
    """The nearest whole number."""
    return floor(value + Fraction(1, 2))


def rule(section):
    return f"RFC 8216 {section}"


def value_of(pattern, text):
    if pattern == INTEGER:
        return int(text)
    if pattern in (FLOAT, SIGNED):
        return Fraction(text)
    if pattern == SIZE:
        return tuple(map(int, text.split("x")))
    return text[1:-1] if text.startswith('"') else text


class Reader:
    def __init__(self, name, say):
        self.list, self.say_in = Playlist(name), say
        self.number = 0
        self.version_needed = (1, "")
        self.duration = self.part = self.header = self.variant = None
        self.ended = False

    def say(self, what, section):
        self.say_in(f"line {self.number}: {what}", rule(section))

    def needs_version(self, number, why):
        self.version_needed = max(self.version_needed, (number, why))

    def read(self, data):
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.say_in("is not UTF-8", rule("4.1"))
            return self.list
        if text.startswith("\ufeff"):
            self.say_in("begins with a byte order mark", rule("4.1"))
        if any(unicodedata.category(c) == "Cc" and c not in "\r\n" for c in text):
            self.say_in("has control characters", rule("4.1"))
        if unicodedata.normalize("NFC", text) != text:
            self.say_in("is not in normal form C", rule("4.1"))
        for self.number, line in enumerate(re.split(r"\r?\n", text), 1):
            if self.number == 1 and line != "#EXTM3U":
                self.say("is not #EXTM3U", "4.3.1.1")
            self.line(line)
        self.finish()
        return self.list

    def line(self, line):
        if not line:
            return
        if line != line.strip():
            self.say("white space about a line", "4.1")
        if line.startswith("#EXT"):
            self.tag(*line[1:].partition(":")[::2], ":" in line)
        elif not line.startswith("#"):
            self.uri(line)

    def tag(self, name, text, has_value):
        known = TAGS.get(name)
        if known is None:
            return self.say(f"{name} is not known", "4.3")
        if name in ONCE and name in self.list.names:
            self.say(f"a second {name}", known.section)
        if name == "EXTM3U" and self.number > 1:
            self.say("EXTM3U is not the first line", known.section)
        self.list.names.add(name)
        if self.variant is not None:
            self.say("a tag where the URI of a variant should stand", "4.3.4.2")
        if self.ended:
            self.say(f"{name} after EXT-X-ENDLIST", "4.3.3.4")
        if known.value is None:
            if has_value:
                self.say(f"{name} has no value", known.section)
            return self.take(name, None)
        if isinstance(known.value, dict):
            attributes = self.attributes(name, known, text)
            return self.take(name, attributes) if all(a in attributes for a in known.required) else None
        if not re.fullmatch(known.value, text):
            return self.say(f"{name}:{text} is no {name}", known.section)
        return self.take(name, int(text) if known.value == INTEGER else text)

    def attributes(self, tag, known, text):
        found, rest = {}, text
        while True:
            one = re.match(r'([A-Z0-9-]+)=("[^"]*"|[^",\s]+)(?=,|$)', rest)
            if not one:
                self.say(f"{tag} has no attribute list at {rest[:30]!r}", "4.2")
                return found
            name, value = one[1], one[2]
            if name in found:
                self.say(f"{tag} has {name} twice", "4.2")
            pattern = known.value.get(name)
            if pattern is None:
                self.say(f"{tag} has an attribute {name} that is not known", known.section)
            elif not re.fullmatch(pattern, value):
                self.say(f"{name}={value} of {tag} is not {KIND_OF.get(pattern, 'one of ' + pattern)}", "4.2")
            else:
                found[name] = value_of(pattern, value)
            rest = rest[one.end():]
            if not rest:
                break
            rest = rest[1:]
        for name in known.required:
            if name not in found:
                self.say(f"{tag} without {name}", known.section)
        return found

    def take(self, name, value):
        if name in ONCE:
            self.list.tags[name] = value
        if name in ("EXT-X-MEDIA-SEQUENCE", "EXT-X-TARGETDURATION", "EXT-X-PLAYLIST-TYPE", "EXT-X-I-FRAMES-ONLY") and self.list.pieces:
            self.say(f"{name} after a piece", TAGS[name].section)
        if name == "EXTINF":
            self.extinf(value)
        elif name == "EXT-X-BYTERANGE":
            self.byte_range(value)
        elif name == "EXT-X-MAP":
            self.header = value["URI"]
            if "BYTERANGE" in value:
                self.say("a part of a file as a header is not known", "4.3.2.5")
        elif name == "EXT-X-I-FRAMES-ONLY":
            self.needs_version(4, name)
        elif name == "EXT-X-ENDLIST":
            self.ended = True
        elif name == "EXT-X-MEDIA":
            self.list.media.append(value)
            if value.get("INSTREAM-ID", "").startswith("SERVICE"):
                self.needs_version(7, "INSTREAM-ID of a SERVICE")
        elif name == "EXT-X-STREAM-INF":
            self.variant = value
        elif name == "EXT-X-I-FRAME-STREAM-INF":
            self.list.keyframes.append(value)
        elif name == "EXT-X-SESSION-DATA" and ("VALUE" in value) == ("URI" in value):
            self.say("EXT-X-SESSION-DATA wants either VALUE or URI", "4.3.4.4")

    def extinf(self, text):
        if self.duration is not None:
            self.say("EXTINF twice", "4.3.2.1")
        number = text.partition(",")[0]
        if "." in number:
            self.needs_version(3, "decimal EXTINF")
        self.duration = Fraction(number)

    def byte_range(self, text):
        self.needs_version(4, "EXT-X-BYTERANGE")
        size, _, start = text.partition("@")
        last = self.list.pieces[-1] if self.list.pieces else None
        if self.part is not None:
            self.say("EXT-X-BYTERANGE twice", "4.3.2.2")
        if not start and (last is None or last.part is None):
            self.say("EXT-X-BYTERANGE has no start, and follows no other part", "4.3.2.2")
        self.part = (int(size), int(start) if start else sum(last.part) if last and last.part else 0)

    def uri(self, text):
        if self.ended:
            self.say("a URI after EXT-X-ENDLIST", "4.3.3.4")
        if self.variant is not None:
            self.list.variants.append({**self.variant, "URI": text})
            self.variant = None
            return
        if self.duration is None:
            self.say(f"{text} has no EXTINF", "4.3.2.1")
        if self.header is not None:
            self.needs_version(5 if self.list.is_keyframes else 6, "EXT-X-MAP")
        self.list.pieces.append(Piece(text, self.duration or Fraction(0), self.header, self.part))
        self.duration = self.part = None

    def finish(self):
        if self.variant is not None:
            self.say("EXT-X-STREAM-INF without a URI", "4.3.4.2")
        if self.duration is not None or self.part is not None:
            self.say("tags of a piece without its URI", "4.3.2")
        kinds = {TAGS[name].playlist for name in self.list.names} - {"both"}
        if len(kinds) > 1 or (self.list.is_master and self.list.pieces):
            self.say_in("is both a master and a media playlist", rule("4.1"))
        self.check_version()
        if not self.list.is_master:
            self.check_media()

    def check_version(self):
        version, (needed, why) = self.list.tags.get("EXT-X-VERSION", 1), self.version_needed
        if not 1 <= version <= 7:
            self.say_in(f"EXT-X-VERSION {version} is not of this RFC", rule("7"))
        if version < needed:
            self.say_in(f"{why} needs EXT-X-VERSION {needed}, and it is {version}", rule("7"))

    def check_media(self):
        if self.list.target is None:
            return self.say_in("has no EXT-X-TARGETDURATION", rule("4.3.3.1"))
        for piece in self.list.pieces:
            if nearest(piece.duration) > self.list.target:
                self.say_in(f"{piece.uri} lasts {float(piece.duration):g} s, longer than EXT-X-TARGETDURATION {self.list.target}",
                            rule("4.3.3.1"))
        if not self.list.pieces:
            self.say_in("lists nothing", rule("4.1"))


def read(name, data, say):
    """The playlist as far as it can be made out; `say(what, rule)` is told what is wrong with it."""
    return Reader(name, say).read(data)
