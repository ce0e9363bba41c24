#pragma once

// What is heard.

#include <vector>

#include "schema/program.h"
#include "timeline/clip_list.h"
#include "timeline/context.h"
#include "timeline/source_use.h"

namespace rushes::timeline {

class SoundList {
 public:
  SoundList(Context& context, schema::AudioMix& mix) : context_(context), mix_(mix) {}

  // `cross_out`: the transition into the clip behind; 0: none.
  void add(const ClipEntry& clip, int input, const Part& part, const Rational& cross_out);
  // Checks what the ducks refer to.
  void finish();

 private:
  struct PendingDuck {
    Node node;
    schema::Duck duck;
  };

  Context& context_;
  schema::AudioMix& mix_;
  std::vector<PendingDuck> ducks_;
};

// "output": codec, bit rate, channels, loudness.
void read_mix(const Node& output, schema::AudioMix& mix);

}  // namespace rushes::timeline
