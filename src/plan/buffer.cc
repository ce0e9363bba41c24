#include "plan/buffer.h"

#include <algorithm>

namespace rushes::plan {

Buffer::Buffer(int64_t rate, int64_t size, const base::Rational& fps)
    : unit_(fps.num()), size_(size * fps.num()), per_frame_(rate * fps.den()) {}

void Buffer::add(BufferUse& use, uint64_t bytes) const {
  const int64_t bits = static_cast<int64_t>(bytes) * 8 * unit_;
  // What the buffer never holds by then is found by nobody.
  use.need = std::max(use.need, bits > use.most ? size_ + 1 : bits - use.gain);
  use.gain += per_frame_ - bits;
  use.most = std::min(size_, std::max<int64_t>(use.most - bits, 0) + per_frame_);
}

std::optional<Buffer> buffer_of(const schema::Program& program) {
  const schema::VideoEncoding& video = program.video;
  if (!video.maxrate || !video.bufsize) return std::nullopt;
  return Buffer(*video.maxrate, *video.bufsize, program.fps);
}

BufferControl::BufferControl(Buffer buffer, size_t segments)
    : buffer_(buffer), fills_(segments, kUsualFill) {}

bool BufferControl::measured(const std::vector<BufferUse>& uses) {
  failures_ = 0;
  bool final = true;
  int64_t found = buffer_.filled(kUsualFill);
  for (size_t i = 0; i < fills_.size(); ++i) {
    const BufferUse& use = uses[i];
    if (use.need > found) {
      const auto whole = static_cast<int>(std::max<int64_t>(found, 0) / buffer_.filled(1));
      const int less = std::min(whole, fills_[i] - 1);
      if (i > 0 && less >= 1) {
        fills_[i] = less;
        final = false;
      } else {
        ++failures_;
      }
    }
    // Where it is encoded anew it will most likely leave what it leaves now.
    const bool never = use.need > buffer_.size();
    found = never ? use.most : std::min(use.most, std::max(found, use.need) + use.gain);
  }
  return final;
}

}  // namespace rushes::plan
