#!/usr/bin/env python3
"""Checks that the sources keep to src/LAYERS.

  check_layers.py [ROOT]

1. LAYERS names a layer only after those that it may use, so that there are no circles.
2. A file of src/<layer>/ includes, by "layer/file.h", its own layer and those it may use. Tests and
   benchmarks that stand in a layer keep to its line too; those that need more stand in tests/.
3. A header of a library with an owner is included by its owner alone.
4. src/<layer>/CMakeLists.txt links what LAYERS allows and what the sources include, no more, no less.

Prints one line for each violation (file:line: what) and exits with 1 if there is any.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE_SUFFIXES = {".h", ".cc", ".inc"}
TEST_FILE = re.compile(r"_(test|bench|fuzz)(_[a-z0-9_]+)?\.(h|cc)$|(^|_)(test|testing)_[a-z0-9_]+\.(h|cc)$")
CMAKE_KEYWORDS = {"SOURCES", "HEADERS", "USES", "LIBS", "TESTS", "BENCHES", "TEST_LIBS"}


@dataclass
class Layers:
    uses: dict = field(default_factory=dict)    # layer -> set of layers
    owners: list = field(default_factory=list)  # (header prefix, set of owners)
    errors: list = field(default_factory=list)


def parse_layers(path):
    layers = Layers()
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        where = f"src/LAYERS:{number}"
        if line.startswith("owner "):
            _, prefix, *owners = line.split()
            layers.owners.append((prefix, set(owners)))
            if not owners:
                layers.errors.append(f"{where}: {prefix} has no owner")
            continue
        name, colon, rest = line.partition(":")
        if not colon or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            layers.errors.append(f"{where}: neither 'layer: layer...' nor 'owner prefix layer...'")
            continue
        for used in rest.split():
            if used not in layers.uses:
                layers.errors.append(f"{where}: {name} uses {used}, which is not named above it")
        layers.uses[name] = set(rest.split())
    return layers


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def check_owner(layers, place, header):
    for prefix, owners in layers.owners:
        if header.startswith(prefix) and place not in owners:
            return f"<{header}> belongs to {' '.join(sorted(owners))}"
    return None


def check_sources(root, layers):
    """Returns errors and, for each layer, the layers that its sources and its tests include."""
    errors, sources_use, tests_use = [], {}, {}
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in SOURCE_SUFFIXES:
            continue
        shown = path.relative_to(root)
        layer = shown.parts[1]
        if layer not in layers.uses:
            errors.append(f"{shown}:1: the layer {layer} is not in src/LAYERS")
            continue
        used = tests_use if TEST_FILE.search(path.name) else sources_use
        for number, quoted, header in includes(path):
            if error := check_owner(layers, layer, header):
                errors.append(f"{shown}:{number}: {error}, not to {layer}")
            if not quoted:
                continue
            if "/" not in header:
                errors.append(f'{shown}:{number}: write "layer/file.h", not "{header}"')
            other = header.split("/", 1)[0]
            if other not in layers.uses or other == layer:
                continue
            used.setdefault(layer, {}).setdefault(other, f"{shown}:{number}")
            if other not in layers.uses[layer]:
                errors.append(f"{shown}:{number}: {layer} may not use {other}")
    for path in sorted((root / "apps").rglob("*")):
        if path.suffix not in SOURCE_SUFFIXES:
            continue
        shown = path.relative_to(root)
        for number, _, header in includes(path):
            place = "/".join(shown.parts[:2])
            if error := check_owner(layers, place, header):
                errors.append(f"{shown}:{number}: {error}, not to {place}")
    return errors, sources_use, tests_use


def cmake_arguments(text):
    """The arguments of rushes_layer(...) by keyword, and the layer's name."""
    text = re.sub(r"#[^\n]*", "", text)
    match = re.search(r"rushes_layer\(([^)]*)\)", text)
    if not match:
        return None, {}
    words = match[1].split()
    arguments, keyword = {}, None
    for word in words[1:]:
        if word in CMAKE_KEYWORDS:
            keyword = word
        elif keyword:
            arguments.setdefault(keyword, []).append(word)
    return words[0], arguments


def check_cmake(root, layers, sources_use, tests_use):
    errors = []
    for path in sorted((root / "src").glob("*/CMakeLists.txt")):
        layer = path.parent.name
        shown = path.relative_to(root)
        if layer not in layers.uses:
            errors.append(f"{shown}:1: the layer {layer} is not in src/LAYERS")
            continue
        name, arguments = cmake_arguments(path.read_text())
        if name != layer:
            errors.append(f"{shown}:1: rushes_layer({name}) in the folder of {layer}")
            continue
        linked = set(arguments.get("USES", []))
        for_tests = set()
        for key, into in (("LIBS", linked), ("TEST_LIBS", for_tests)):
            into |= {lib[7:] for lib in arguments.get(key, []) if lib.startswith("rushes_")}
        for other in sorted((linked | for_tests) & set(layers.uses) - layers.uses[layer] - {layer}):
            errors.append(f"{shown}:1: {layer} may not link {other}")
        for other in sorted(linked - set(layers.uses)):
            errors.append(f"{shown}:1: {other} is not a layer")
        includes_of_sources = sources_use.get(layer, {})
        for other, where in sorted(includes_of_sources.items()):
            if other not in linked:
                errors.append(f"{where}: {shown} does not name {other} in USES")
        for other, where in sorted(tests_use.get(layer, {}).items()):
            if other not in linked | for_tests:
                errors.append(f"{where}: {shown} names {other} neither in USES nor in TEST_LIBS")
        for other in sorted((linked & set(layers.uses)) - set(includes_of_sources)):
            errors.append(f"{shown}:1: no source of {layer} includes {other}, which it links")
    return errors


def check(root):
    layers = parse_layers(root / "src" / "LAYERS")
    errors, sources_use, tests_use = check_sources(root, layers)
    return layers.errors + errors + check_cmake(root, layers, sources_use, tests_use)


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    errors = check(root)
    print("\n".join(errors) if errors else "layers: in order", file=sys.stderr if errors else sys.stdout)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
