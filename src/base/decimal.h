#pragma once

// Numbers for people.

#include <string>

#include "base/rational.h"

namespace rushes::base {

// "4.004", rounded to thousandths, or "4".
std::string decimal(const Rational& value);

}  // namespace rushes::base
