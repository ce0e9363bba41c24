#pragma once

// The sound of a program, decoded, as the mixer wants it.

#include <vector>

#include "audio/source.h"
#include "engine/task.h"
#include "render/files.h"
#include "render/noted_warnings.h"
#include "schema/program.h"

namespace rushes::render {

// The mix of these frames: of a part of the program, one that began earlier.
schema::AudioMix mix_of(const schema::Program& program, const FrameRange& range);

// `told` gets the warnings of sources once they are closed, each once and in their order: a source
// may be opened many times, for a loop or to be measured first. All three must outlive it.
audio::Inputs program_sound(engine::TaskContext& context, const schema::Program& program,
                            std::vector<InputWarning>& told);

}  // namespace rushes::render
