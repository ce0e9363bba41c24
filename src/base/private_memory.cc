#include "base/private_memory.h"

#include <sys/prctl.h>

#include <cstdlib>
#include <string_view>

#include "base/result.h"

namespace rushes::base {

void keep_memory_private() {
  const char* dumps = std::getenv("RUSHES_CORE_DUMPS");
  if (dumps != nullptr && std::string_view(dumps) == "1") return;
  // A limit of 0 for core files would not do: it is not asked where they go to a program, and would
  // be inherited.
  RUSHES_CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
}

}  // namespace rushes::base
