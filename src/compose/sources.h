#pragma once

// What the composer asks of the world: decoded pictures of the program's inputs, and its fonts.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "compose/made_still.h"
#include "frame/frame.h"
#include "text/font_set.h"

namespace rushes::compose {

class Sources {
 public:
  virtual ~Sources() = default;
  // An image input, upright, in any format: at least the wanted size, or all that the source has.
  virtual base::Result<frame::Frame> still(int input, int want_width, int want_height) = 0;
  // The frame shown at source time t, upright. `reader` names a place in the source that moves on
  // its own, so that two clips of one input do not pull it to and fro.
  virtual base::Result<frame::Frame> video(int input, int64_t reader, const base::Rational& t) = 0;
  // A reader will be asked for these times, in order; only for the sake of speed.
  virtual void will_read(int /*input*/, int64_t /*reader*/, const base::Rational& /*from*/,
                         const base::Rational& /*until*/) {}
  virtual void close_reader(int64_t reader) = 0;
  // What was made of a still before (made_still), and is the same whenever it is made. Empty: it
  // has to be made.
  virtual std::optional<frame::Frame> recall(int /*input*/, const StillVariant& /*variant*/) {
    return std::nullopt;
  }
  // What was made of the still of this input that was asked for last.
  virtual void remember(int /*input*/, const StillVariant& /*variant*/,
                        const frame::Frame& /*picture*/) {}
  // The set of these fonts of the program, in this order.
  virtual base::Result<std::shared_ptr<text::FontSet>> fonts(const std::vector<int>& /*numbers*/) {
    return base::invalid_argument("the program lists no fonts");
  }
};

// Told once for each thing worth telling; `pointer` is the place in the timeline.
using Warn = std::function<void(const std::string& pointer, const std::string& message)>;

}  // namespace rushes::compose
