#include "plan/memory.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace rushes::plan {
namespace {

constexpr uint64_t kProgramAndLibraries = 120 << 20;
constexpr uint64_t kQueuedFrames = 12;
constexpr uint64_t kEncoderFrames = 14;  // references, reordered and threads' own
constexpr uint64_t kDecoderFrames = 22;  // references and threads' own
constexpr uint64_t kDecodersAtOnce = 2;
constexpr uint64_t kStillsAtOnce = 6;

// x264's rc-lookahead.
uint64_t lookahead_of(std::string_view preset) {
  constexpr std::array<std::pair<std::string_view, uint64_t>, 10> kLookahead = {{{"ultrafast", 0},
                                                                                 {"superfast", 0},
                                                                                 {"veryfast", 10},
                                                                                 {"faster", 20},
                                                                                 {"fast", 30},
                                                                                 {"medium", 40},
                                                                                 {"slow", 50},
                                                                                 {"slower", 60},
                                                                                 {"veryslow", 60},
                                                                                 {"placebo", 60}}};
  for (const auto& [name, frames] : kLookahead) {
    if (name == preset) return frames;
  }
  return 60;
}

// 4:2:0 with eight bits.
uint64_t frame_bytes(int width, int height) {
  return static_cast<uint64_t>(width) * static_cast<uint64_t>(height) * 3 / 2;
}

}  // namespace

uint64_t worker_memory(const schema::Program& program) {
  const uint64_t canvas = frame_bytes(program.canvas_width(), program.canvas_height());
  // Within the encoder a frame has its half-pixel planes and its own half size beside it.
  const uint64_t encoder = 3 * canvas * (kEncoderFrames + lookahead_of(program.video.preset));
  std::vector<uint64_t> videos(program.inputs.size(), 0);
  uint64_t largest_still = 0;
  for (const schema::Track& track : program.tracks) {
    for (const schema::Clip& clip : track.clips) {
      const auto size_of = [&](int input) {
        const schema::Input& in = program.inputs[static_cast<size_t>(input)];
        return frame_bytes(in.width, in.height);
      };
      if (const auto* video = std::get_if<schema::VideoContent>(&clip.content)) {
        videos[static_cast<size_t>(video->input)] = size_of(video->input);
      } else if (const auto* image = std::get_if<schema::ImageContent>(&clip.content)) {
        largest_still = std::max(largest_still, size_of(image->input));
      }
    }
  }
  std::ranges::sort(videos, std::greater<>());
  uint64_t decoders = 0;
  for (size_t i = 0; i < std::min<size_t>(videos.size(), kDecodersAtOnce); ++i) {
    decoders += kDecoderFrames * videos[i];
  }
  // Decoding a still takes its RGB beside its planes; what is kept of it is about the canvas.
  const uint64_t stills = 4 * largest_still + kStillsAtOnce * std::min(largest_still, 2 * canvas);
  return kProgramAndLibraries + kQueuedFrames * canvas + encoder + decoders + stills;
}

int workers_that_fit(const schema::Program& program, int wanted, uint64_t bytes) {
  const uint64_t fit = bytes / worker_memory(program);
  return static_cast<int>(std::clamp<uint64_t>(fit, 1, static_cast<uint64_t>(std::max(wanted, 1))));
}

}  // namespace rushes::plan
