// rushes-engine: one task on stdin, its events on stdout. See docs/formats/task.md.

#include <cstdio>
#include <string_view>

#include "base/private_memory.h"
#include "engine/broker.h"
#include "engine/system_fonts.h"
#include "render/runner.h"
#include "versions.h"

namespace {

constexpr char kHelp[] =
    "rushes-engine: does one task of Rushes. `rushes` starts it; people rarely do.\n"
    "\n"
    "usage: rushes-engine < task.json      events go to stdout, one JSON object a line\n"
    "       rushes-engine --version        this program and the libraries it is linked with\n"
    "\n"
    "exit: 0 done, 1 internal, 2 invalid input, 3 unreadable media, 4 out of resources,\n"
    "      5 try again, 130 cancelled\n";

}  // namespace

int main(int argc, char** argv) {
  rushes::base::keep_memory_private();
  const std::string_view argument = argc == 2 ? argv[1] : "";
  if (argument == "--help" || argument == "-h") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (argument == "--version") {
    rushes::print_versions();
    return 0;
  }
  rushes::engine::SystemFonts fonts;
  return rushes::engine::broker_main(argc, argv, rushes::render::run_task, fonts);
}
