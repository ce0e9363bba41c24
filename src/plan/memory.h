#pragma once

#include <cstdint>

#include "schema/program.h"

namespace rushes::plan {

// About what one worker takes at most while it renders segments of the program, in bytes: frames on
// their way, what the encoder looks ahead at and refers to, decoders, stills. Rather too much than
// too little.
uint64_t worker_memory(const schema::Program& program);

// The workers that fit into `bytes`, of those that are wanted; one at least.
int workers_that_fit(const schema::Program& program, int wanted, uint64_t bytes);

}  // namespace rushes::plan
