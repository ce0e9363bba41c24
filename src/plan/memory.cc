#include "plan/memory.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "plan/rendition.h"
#include "schema/codecs.h"

namespace rushes::plan {
namespace {

constexpr uint64_t kProgramAndLibraries = 120 << 20;
constexpr uint64_t kQueuedFrames = 12;
constexpr uint64_t kDecoderFrames = 22;  // references and threads' own
constexpr size_t kIdleDecoders = 2;      // of clips that have ended, for those that follow
constexpr uint64_t kStillsAtOnce = 6;
constexpr uint64_t kJpegFrames = 4;    // read at about the size that is shown
constexpr uint64_t kStillFrames = 10;  // 16-bit RGBA, and planes of it beside

// 4:2:0 with eight bits.
uint64_t frame_bytes(int width, int height) {
  return static_cast<uint64_t>(width) * static_cast<uint64_t>(height) * 3 / 2;
}

uint64_t frame_of(const schema::Program& program, int input) {
  const schema::Input& in = program.inputs[static_cast<size_t>(input)];
  return frame_bytes(in.width, in.height);
}

// Each clip has a decoder of its own, also of a file that is shown twice at once.
uint64_t decoders(const schema::Program& program) {
  std::vector<uint64_t> frames;
  std::vector<std::pair<int64_t, int>> changes;  // at this frame, so many more
  for (const schema::Track& track : program.tracks) {
    for (const schema::Clip& clip : track.clips) {
      const auto* video = std::get_if<schema::VideoContent>(&clip.content);
      if (video == nullptr) continue;
      frames.push_back(frame_of(program, video->input));
      changes.emplace_back(clip.first_frame, 1);
      changes.emplace_back(clip.end_frame, -1);
    }
  }
  std::ranges::sort(changes);
  int now = 0;
  int most = 0;
  for (const auto& [frame, change] : changes) most = std::max(most, now += change);
  std::ranges::sort(frames, std::greater<>());
  const size_t open = std::min(frames.size(), static_cast<size_t>(most) + kIdleDecoders);
  return kDecoderFrames * std::accumulate(frames.begin(),
                                          frames.begin() + static_cast<ptrdiff_t>(open),
                                          uint64_t{0});
}

uint64_t encoder(const schema::VideoEncoding& video, uint64_t canvas) {
  const schema::VideoCodec* codec = schema::find_video_codec(video.codec, video.device);
  if (codec == nullptr) codec = &schema::video_codecs()[0];
  const schema::Speed* speed = codec->speed(video.preset);
  const int lookahead = speed != nullptr ? speed->lookahead : codec->speeds.back().lookahead;
  const int pictures = codec->memory.held + codec->memory.a_thread * video.threads + lookahead;
  // What is encoded is decoded at once, and compared, where a likeness is asked for.
  const uint64_t decoder = video.target_ssim ? kDecoderFrames * canvas : 0;
  return decoder +
         static_cast<uint64_t>(codec->memory.picture * pictures * static_cast<double>(canvas));
}

struct StillMemory {
  uint64_t decoding = 0;  // of one
  uint64_t largest = 0;   // frame
};

StillMemory stills(const schema::Program& program) {
  StillMemory out;
  for (const schema::Track& track : program.tracks) {
    for (const schema::Clip& clip : track.clips) {
      const auto* image = std::get_if<schema::ImageContent>(&clip.content);
      if (image == nullptr) continue;
      const uint64_t frame = frame_of(program, image->input);
      const std::string& name = program.inputs[static_cast<size_t>(image->input)].src;
      const bool jpeg = name.ends_with("jpg") || name.ends_with("jpeg");
      out.decoding = std::max(out.decoding, frame * (jpeg ? kJpegFrames : kStillFrames));
      out.largest = std::max(out.largest, frame);
    }
  }
  return out;
}

}  // namespace

uint64_t worker_memory(const schema::Program& program,
                       const std::vector<schema::Rendition>& pictures) {
  const StillMemory still = stills(program);
  uint64_t sum = kProgramAndLibraries + decoders(program) + still.decoding;
  for (const schema::Rendition& picture : pictures) {
    const uint64_t canvas = frame_bytes(program.scaled(program.width, picture.scale),
                                        program.scaled(program.height, picture.scale));
    sum += kQueuedFrames * canvas + encoder(picture.video, canvas) +
           // What is kept of each is about the canvas.
           kStillsAtOnce * std::min(still.largest, 2 * canvas);
  }
  return sum;
}

uint64_t worker_memory(const schema::Program& program) {
  return worker_memory(program, {itself(program)});
}

int workers_that_fit(uint64_t worker_bytes, int wanted, uint64_t bytes) {
  const uint64_t fit = bytes / worker_bytes;
  return static_cast<int>(std::clamp<uint64_t>(fit, 1, static_cast<uint64_t>(std::max(wanted, 1))));
}

}  // namespace rushes::plan
