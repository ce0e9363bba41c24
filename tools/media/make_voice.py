#!/usr/bin/env python3
"""Speaks a script with the synthetic voice "slt" of Flite and writes when each word is said.

  make_voice.py SCRIPT.txt OUT.wav WORDS.json

A line of the script is `SECONDS text`: when the sentence starts, and the sentence. Needs the Debian
packages flite and libflite1. Its own work; see examples/*/LICENSES.md for the voice's licence.
"""

import array
import ctypes
import json
import sys
import wave

FIRST_PHONE_END = "R:SylStructure.daughter1.daughter1.R:Segment.p.end"
LAST_PHONE_END = "R:SylStructure.daughtern.daughtern.R:Segment.end"


class Wave(ctypes.Structure):
    _fields_ = [("type", ctypes.c_char_p), ("sample_rate", ctypes.c_int), ("num_samples", ctypes.c_int),
                ("num_channels", ctypes.c_int), ("samples", ctypes.POINTER(ctypes.c_short))]


def load_flite():
    load = lambda name: ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    flite = load("libflite.so.1")
    load("libflite_usenglish.so.1")
    load("libflite_cmulex.so.1")
    voice = load("libflite_cmu_us_slt.so.1").register_cmu_us_slt
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, arguments in [
            ("flite_synth_text", pointer, [text, pointer]), ("utt_wave", ctypes.POINTER(Wave), [pointer]),
            ("utt_relation", pointer, [pointer, text]), ("relation_head", pointer, [pointer]),
            ("item_next", pointer, [pointer]), ("ffeature_float", ctypes.c_float, [pointer, text]),
            ("ffeature_string", text, [pointer, text]), ("delete_utterance", None, [pointer])]:
        function = getattr(flite, name)
        function.restype, function.argtypes = result, arguments
    voice.restype, voice.argtypes = pointer, [text]
    flite.flite_init()
    return flite, voice(None)


def speak(flite, voice, sentence):
    """Samples, their rate, and [start, end] of each word of the sentence as it is written."""
    utterance = flite.flite_synth_text(sentence.encode(), voice)
    spoken = flite.utt_wave(utterance).contents
    samples = spoken.samples[:spoken.num_samples * spoken.num_channels]
    times = []
    word = flite.relation_head(flite.utt_relation(utterance, b"Word"))
    while word:
        times.append([flite.ffeature_float(word, FIRST_PHONE_END.encode()),
                      flite.ffeature_float(word, LAST_PHONE_END.encode())])
        word = flite.item_next(word)
    rate = spoken.sample_rate
    flite.delete_utterance(utterance)
    if len(times) != len(sentence.split()):
        sys.exit(f"{sentence!r} is spoken in {len(times)} words: write numbers in words, without hyphens")
    return samples, rate, times


def main():
    script, wav_path, words_path = sys.argv[1:]
    flite, voice = load_flite()
    words, all_samples, rate = [], array.array("h"), 16000
    for line in open(script):
        start, sentence = line.strip().split(" ", 1)
        samples, rate, times = speak(flite, voice, sentence)
        first = round(float(start) * rate)
        if first < len(all_samples):
            sys.exit(f"{sentence!r} starts before the sentence before it ends, {len(all_samples) / rate:.2f} s")
        all_samples.extend([0] * (first - len(all_samples)))
        all_samples.extend(samples)
        for word, (begin, end) in zip(sentence.split(), times):
            words.append({"word": word, "start": round(float(start) + begin, 3), "end": round(float(start) + end, 3)})
    with wave.open(wav_path, "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(all_samples.tobytes())
    with open(words_path, "w") as out:
        out.write("[\n" + ",\n".join("  " + json.dumps(word) for word in words) + "\n]\n")


if __name__ == "__main__":
    main()
