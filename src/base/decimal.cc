#include "base/decimal.h"

#include <cstdlib>

namespace rushes::base {

std::string decimal(const Rational& value) {
  const int64_t thousandths = (value * 1000).round();
  const std::string digits = std::to_string(std::abs(thousandths) % 1000 + 1000).substr(1);
  const std::string whole =
      (thousandths < 0 ? "-" : "") + std::to_string(std::abs(thousandths / 1000));
  const size_t length = digits.find_last_not_of('0') + 1;
  return length == 0 ? whole : whole + "." + digits.substr(0, length);
}

}  // namespace rushes::base
