#!/usr/bin/env python3
"""Writes a short piece of music: four chords, a plucked figure, a pad, a bass and a light beat.

  make_music.py OUT.wav SECONDS [BPM [ROOT]]      ROOT: MIDI note of the key, 50 is D

The same arguments give the same samples. Dedicated to the public domain (CC0 1.0).
"""

import array
import math
import random
import sys
import wave

RATE = 44100
CHORDS = [(0, 4, 7, 14), (-1, 2, 7, 11), (-3, 0, 4, 9), (-7, -3, 0, 7)]  # I, V over its third, vi, IV
FIGURE = [0, 2, 1, 3, 2, 1, 3, 2]
BASS = [0, -5, -3, -7]


class Mix:
    def __init__(self, seconds):
        self.left = array.array("d", bytes(8 * round(seconds * RATE)))
        self.right = array.array("d", self.left)

    def add(self, at, samples, pan=0.0):
        first = round(at * RATE)
        to_left, to_right = math.cos((pan + 1) * math.pi / 4), math.sin((pan + 1) * math.pi / 4)
        for i, value in enumerate(samples[:max(0, len(self.left) - first)], first):
            self.left[i] += to_left * value
            self.right[i] += to_right * value


def frequency(note):
    return 440 * 2 ** ((note - 69) / 12)


def pluck(note, seconds, loudness):
    """A string: harmonics that fade the sooner the higher they are."""
    out = [0.0] * round(seconds * RATE)
    for harmonic, strength in enumerate((1, 0.5, 0.28, 0.14, 0.08), 1):
        step = 2 * math.pi * frequency(note) * harmonic / RATE
        if step > math.pi * 0.9:
            break
        decay = math.exp(-(1.8 + 1.5 * harmonic) / RATE)
        level = loudness * strength
        for i in range(len(out)):
            out[i] += level * math.sin(step * i)
            level *= decay
    attack = round(0.004 * RATE)
    for i in range(attack):
        out[i] *= i / attack
    return out


def pad(note, seconds, loudness):
    """Two slightly detuned tones that swell and leave."""
    count = round(seconds * RATE)
    steps = [2 * math.pi * frequency(note) * detune / RATE for detune in (0.9985, 1.0015)]
    return [loudness * math.sin(math.pi * i / count) * (math.sin(steps[0] * i) + math.sin(steps[1] * i) +
                                                        0.2 * math.sin(2 * steps[0] * i)) for i in range(count)]


def kick(loudness):
    out, phase = [], 0.0
    for i in range(round(0.22 * RATE)):
        t = i / RATE
        phase += 2 * math.pi * (48 + 70 * math.exp(-t * 40)) / RATE
        out.append(loudness * math.exp(-t * 16) * math.sin(phase))
    return out


def shaker(noise, loudness):
    last, out = 0.0, []
    for i in range(round(0.06 * RATE)):
        value = noise.uniform(-1, 1)
        out.append(loudness * math.exp(-i / RATE * 70) * (value - last))
        last = value
    return out


def compose(seconds, bpm, root):
    mix, beat, noise = Mix(seconds), 60 / bpm, random.Random(1)
    drum = kick(0.5)
    bar = 0
    while (start := bar * 4 * beat) < seconds:
        chord = [root + 12 + note for note in CHORDS[bar % 4]]
        for note in chord[:3]:
            mix.add(start, pad(note, 4.2 * beat, 0.05))
        for half in (0, 2.5):
            mix.add(start + half * beat, pluck(root - 12 + BASS[bar % 4], 1.4 * beat, 0.35))
        for i, step in enumerate(FIGURE):
            mix.add(start + i * beat / 2, pluck(chord[step] + 12, 1.6, 0.16 if i % 4 else 0.2), -0.4 if i % 2 else 0.4)
        if bar >= 1:
            for i in range(4):
                if i % 2 == 0:
                    mix.add(start + i * beat, drum)
                mix.add(start + (i + 0.5) * beat, shaker(noise, 0.05), 0.3)
        bar += 1
    return mix


def main():
    path, seconds = sys.argv[1], float(sys.argv[2])
    bpm = float(sys.argv[3]) if len(sys.argv) > 3 else 96
    root = int(sys.argv[4]) if len(sys.argv) > 4 else 50
    mix = compose(seconds, bpm, root)
    peak = max(max(map(abs, mix.left)), max(map(abs, mix.right)))
    fade = round(1.5 * RATE)
    samples = array.array("h")
    for i, (left, right) in enumerate(zip(mix.left, mix.right)):
        gain = 26000 / peak * min(1, (len(mix.left) - i) / fade)
        samples.extend((round(left * gain), round(right * gain)))
    with wave.open(path, "wb") as out:
        out.setparams((2, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()
