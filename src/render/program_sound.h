#pragma once

// The sound of a program, decoded, as the mixer wants it.

#include <optional>
#include <string>
#include <vector>

#include "audio/source.h"
#include "engine/task.h"
#include "render/files.h"
#include "render/noted_warnings.h"
#include "schema/program.h"

namespace rushes::render {

// The mix of these frames: of a part of the program, one that began earlier.
schema::AudioMix mix_of(const schema::Program& program, const FrameRange& range);

// Says how much of the film may be heard by now, where the sound is that of a picture which comes
// from far away: what is read for the one is on the way of the other. Waits for the segments among
// the task's params, if there are any.
class PictureLead {
 public:
  static base::Result<PictureLead> open(engine::TaskContext& context,
                                        const schema::Program& program, const FrameRange& range);
  // Once what is heard at `t` may be read: until when, from there on. Empty: to the end.
  base::Result<std::optional<base::Rational>> wait_for(const base::Rational& t);

 private:
  PictureLead(engine::TaskContext& context, base::Rational fps, FrameRange range)
      : context_(&context), fps_(std::move(fps)), range_(range) {}
  // Where the last one ends that was waited for, in seconds from the beginning of the range.
  base::Rational end() const;
  engine::TaskContext* context_;
  base::Rational fps_;
  FrameRange range_;
  std::vector<StoredSegment> segments_;
  size_t next_ = 0;
};

// `told` gets the warnings of sources once they are closed, each once and in their order: a source
// may be opened many times, for a loop or to be measured first. `lead` is waited for, if there is
// one. All must outlive it.
audio::Inputs program_sound(engine::TaskContext& context, const schema::Program& program,
                            std::vector<InputWarning>& told, PictureLead* lead = nullptr);

}  // namespace rushes::render
