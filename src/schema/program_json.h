#pragma once

// Programs as JSON text: what a task is given. Rationals are strings ("1001/250"), doubles are
// written so that reading gives the same bits.

#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/program.h"

namespace rushes::schema {

std::string write_program(const Program& program);

// Safe on any text: sizes, counts, kinds and ranges are checked, see check_program.
// kInvalidArgument otherwise, with the JSON pointer of the place.
base::Result<Program> read_program(std::string_view text);

// What every part of the program relies on: sizes even and 2 to 16384, times within 24 hours,
// frames match them, every curve has increasing keys and finite values, every input index exists,
// transitions fit their clips.
base::Status check_program(const Program& program);

}  // namespace rushes::schema
