#pragma once

// A report as one HTML page that needs nothing else: no script, no font, no network.

#include <string>

#include "qc/report.h"

namespace rushes::qc {

std::string page_of(const Report& report);

}  // namespace rushes::qc
