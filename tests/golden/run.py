#!/usr/bin/env python3
"""Compares every frame of a golden case with what was seen and accepted.

    run.py RUSHES CASE...           compare
    run.py RUSHES --update CASE...  accept what is drawn now

A case is a folder with timeline.json and expect.txt: one line a frame, "number time hash".
"""
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent


def hashes(rushes, case):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "hashes.txt"
        command = [rushes, "render", str(case / "timeline.json"), "--hashes", "-o", str(out),
                   "--root", str(TESTS.parent / "examples"), "--root", str(TESTS / "media"),
                   "--progress", "none"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{case.name}: {done.stderr}")
        return out.read_text().splitlines(), done.stderr


def compare(case, want, got):
    if want == got:
        return True
    print(f"{case.name}: {len(want)} frames expected, {len(got)} drawn")
    for a, b in zip(want, got):
        if a != b:
            print(f"  expected {a}\n  drawn    {b}")
    return False


def main():
    rushes, arguments = sys.argv[1], sys.argv[2:]
    update = "--update" in arguments
    cases = [pathlib.Path(a).resolve() for a in arguments if a != "--update"]
    good = bool(cases)
    for case in cases:
        lines, messages = hashes(rushes, case)
        if messages:
            print(f"{case.name}: {messages.strip()}")
        expect = case / "expect.txt"
        if update:
            expect.write_text("\n".join(lines) + "\n")
        elif not expect.exists():
            good = False
            print(f"{case.name}: no expect.txt: look at the pictures, then --update")
        else:
            good = compare(case, expect.read_text().splitlines(), lines) and good
    sys.exit(0 if good else 1)


main()
