#pragma once

#include <cstdint>
#include <vector>

#include "schema/program.h"

namespace rushes::plan {

// About what one worker takes at most while it renders segments of the program, in bytes: frames on
// their way, what the encoder looks ahead at and refers to, decoders, stills. Rather too much than
// too little. `pictures`: what it is encoded as, all at once (rendition.h).
uint64_t worker_memory(const schema::Program& program,
                       const std::vector<schema::Rendition>& pictures);
uint64_t worker_memory(const schema::Program& program);  // as it is

// The workers that fit into `bytes`, of those that are wanted, each of which takes so much; one at
// least.
int workers_that_fit(uint64_t worker_bytes, int wanted, uint64_t bytes);

}  // namespace rushes::plan
