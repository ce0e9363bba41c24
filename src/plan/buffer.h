#pragma once

// A decoder that is fed at a constant rate, as H.264's Annex C has it (x264: "VBV"). Its buffer
// holds so many bits; bits come at the highest rate until it is full; each frame takes its own out
// at once, in decoding order, 1/fps after the one before. A stream keeps to the rate if every
// frame is there in time.
//
// Segments are encoded by themselves, each for a buffer that is filled to some part when it begins.
// What a segment needs, and leaves, is three numbers (BufferUse), so that the joined stream is
// checked without looking at it again. One that finds less than it needs is encoded anew, for less.
//
// Pure, and in whole numbers.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/rational.h"
#include "schema/program.h"

namespace rushes::plan {

// Fills are counted in sixteenths of the buffer.
inline constexpr int kFullBuffer = 16;
// What the first segment finds, and others are encoded for until more is known: x264's usual 0.9.
inline constexpr int kUsualFill = 14;

// A stretch of frames, in units of 1/fps.num() bit: it must find `need`, and leaves
// min(most, what it found + gain).
struct BufferUse {
  int64_t need = 0;
  int64_t gain = 0;
  int64_t most = 0;
  friend bool operator==(const BufferUse&, const BufferUse&) = default;
};

class Buffer {
 public:
  // Bits a second, bits.
  Buffer(int64_t rate, int64_t size, const base::Rational& fps);

  BufferUse none() const { return {0, 0, size_}; }
  // The next frame, of so many bytes.
  void add(BufferUse& use, uint64_t bytes) const;
  int64_t size() const { return size_; }
  int64_t filled(int sixteenths) const { return size_ / kFullBuffer * sixteenths; }
  // What comes while so many frames are shown.
  int64_t fed(int64_t frames) const { return frames * per_frame_; }

 private:
  int64_t unit_;  // of a bit
  int64_t size_, per_frame_;
};

// Empty: the program has no highest rate.
std::optional<Buffer> buffer_of(const schema::Program& program);

class BufferControl {
 public:
  BufferControl(Buffer buffer, size_t segments);

  // For what fill to encode each segment.
  const std::vector<int>& fills() const { return fills_; }
  // What encoding all of them for fills() came to. False: some fills have changed, and are to be
  // tried.
  bool measured(const std::vector<BufferUse>& uses);
  // Segments that do not find what they need, whatever was tried.
  size_t failures() const { return failures_; }

 private:
  Buffer buffer_;
  std::vector<int> fills_;
  size_t failures_ = 0;
};

}  // namespace rushes::plan
