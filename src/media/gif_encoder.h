#pragma once

// Pictures to the images of a GIF. Frames that follow one another share a palette made of all of
// them: the first is whole, of the others the rectangle that changes is stored, and in it what
// stays is transparent. Internal to this layer.

#include <deque>
#include <optional>
#include <vector>

#include "base/result.h"
#include "frame/frame.h"
#include "media/dither.h"
#include "media/packet.h"

namespace rushes::media {

struct GifOptions {
  int width = 0, height = 0;
  int group = 1;        // frames with one palette, at most; as many are held
  int refinements = 0;  // of palettes (palette.h)
};

class GifEncoder {
 public:
  explicit GifEncoder(const GifOptions& options);

  // Packets come once a group is whole.
  void send(const frame::Frame& picture);
  void finish();
  std::optional<Packet> receive();

 private:
  struct Area {
    int left = 0, top = 0, right = 0, bottom = 0;
    int width() const { return right - left; }
    int height() const { return bottom - top; }
  };
  void encode_group();
  // What of the frame looks other than what is shown, which becomes the frame.
  Area change(Dither& dither);
  std::vector<std::byte> image(const Area& area, bool all) const;

  GifOptions options_;
  std::vector<frame::Frame> held_;
  std::vector<Ycc> pixels_;     // of the frame
  std::vector<Ycc> drawn_;      // of what is shown, when it was drawn
  std::vector<uint8_t> shown_;  // colours
  std::vector<uint8_t> changed_;
  std::vector<Rgb> palette_;
  std::deque<Packet> ready_;
  int64_t frames_ = 0;
};

}  // namespace rushes::media
