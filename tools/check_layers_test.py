#!/usr/bin/env python3
"""Plants violations in a small tree and asks check_layers for each of them."""

import tempfile
import unittest
from pathlib import Path

import check_layers

LAYERS = """
# comment
base:
frame:    base
media:    base frame
owner libav      media
owner CLI/       apps/rushes
"""


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("src/LAYERS", LAYERS)
        self.write("src/base/a.h", "#include <vector>\n")
        self.write("src/base/CMakeLists.txt", "rushes_layer(base HEADERS a.h)")
        self.write("src/frame/f.cc", '#include "base/a.h"\n')
        self.write("src/frame/CMakeLists.txt", "rushes_layer(frame SOURCES f.cc USES base)")
        self.write("src/media/m.cc", '#include "frame/f.h"\nextern "C" {\n#include <libavutil/log.h>\n}\n')
        self.write("src/media/CMakeLists.txt", "rushes_layer(media SOURCES m.cc USES frame)")
        self.write("apps/rushes/main.cc", '#include "media/m.h"\n#include <CLI/CLI.hpp>\n')

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def errors(self):
        return "\n".join(check_layers.check(self.root))

    def test_a_tree_in_order_has_no_errors(self):
        self.assertEqual(self.errors(), "")

    def test_an_include_upwards(self):
        self.write("src/base/b.cc", '\n#include "frame/f.h"\n')
        self.assertIn("src/base/b.cc:2: base may not use frame", self.errors())

    def test_an_include_upwards_in_a_test(self):
        self.write("src/base/b_test.cc", '#include "media/m.h"\n')
        self.assertIn("src/base/b_test.cc:1: base may not use media", self.errors())

    def test_an_include_in_a_subfolder(self):
        self.write("src/base/deep/b.h", '#include "frame/f.h"\n')
        self.assertIn("src/base/deep/b.h:1: base may not use frame", self.errors())

    def test_an_include_without_its_layer(self):
        self.write("src/base/b.cc", '#include "a.h"\n')
        self.assertIn('src/base/b.cc:1: write "layer/file.h", not "a.h"', self.errors())

    def test_a_library_of_somebody_else(self):
        self.write("src/frame/g.h", "#  include <libavcodec/avcodec.h>\n")
        self.assertIn("src/frame/g.h:1: <libavcodec/avcodec.h> belongs to media, not to frame", self.errors())

    def test_a_library_of_one_program_in_the_other(self):
        self.write("apps/engine/main.cc", "#include <CLI/CLI.hpp>\n")
        self.assertIn("apps/engine/main.cc:1: <CLI/CLI.hpp> belongs to apps/rushes, not to apps/engine",
                      self.errors())

    def test_a_layer_that_layers_does_not_name(self):
        self.write("src/extra/e.h", "")
        self.assertIn("src/extra/e.h:1: the layer extra is not in src/LAYERS", self.errors())

    def test_a_circle(self):
        self.write("src/LAYERS", LAYERS.replace("base:", "base: frame"))
        self.assertIn("base uses frame, which is not named above it", self.errors())

    def test_a_line_that_is_nothing(self):
        self.write("src/LAYERS", LAYERS + "frame base\n")
        self.assertIn("neither 'layer: layer...' nor 'owner prefix layer...'", self.errors())

    def test_cmake_links_what_is_not_allowed(self):
        self.write("src/frame/CMakeLists.txt", "rushes_layer(frame SOURCES f.cc USES base media)")
        self.assertIn("src/frame/CMakeLists.txt:1: frame may not link media", self.errors())

    def test_cmake_links_what_is_not_allowed_by_the_side_door(self):
        self.write("src/frame/CMakeLists.txt", "rushes_layer(frame SOURCES f.cc USES base LIBS rushes_media)")
        self.assertIn("src/frame/CMakeLists.txt:1: frame may not link media", self.errors())

    def test_cmake_lacks_what_is_included(self):
        self.write("src/frame/CMakeLists.txt", "rushes_layer(frame SOURCES f.cc)")
        self.assertIn("src/frame/f.cc:1: src/frame/CMakeLists.txt does not name base in USES", self.errors())

    def test_cmake_names_what_nothing_includes(self):
        self.write("src/media/CMakeLists.txt", "rushes_layer(media SOURCES m.cc USES frame base)")
        self.assertIn("no source of media includes base, which it links", self.errors())

    def test_a_test_may_link_what_only_it_includes(self):
        self.write("src/media/m_test.cc", '#include "base/a.h"\n')
        self.assertIn("src/media/m_test.cc:1", self.errors())
        self.write("src/media/CMakeLists.txt", "rushes_layer(media SOURCES m.cc USES frame TEST_LIBS rushes_base)")
        self.assertEqual(self.errors(), "")

    def test_cmake_of_another_name(self):
        self.write("src/media/CMakeLists.txt", "rushes_layer(medium SOURCES m.cc USES frame)")
        self.assertIn("rushes_layer(medium) in the folder of media", self.errors())


if __name__ == "__main__":
    unittest.main()
