#pragma once

// Pictures encoded anew in the place of some of a recording's own, so that decoders go from the
// ones to the others as if one encoder had made them all: H.264 and HEVC in MP4, progressive.
//
// H.264: what is made refers to the recording's own sequence parameters, by one set of picture
// parameters more. Where an open GOP follows, its numbers of frames run up to those that the
// keyframe has, and the pictures that follow it but are shown before it are made anew in their own
// places: all that comes after finds what it counts on.
// HEVC: what is made has parameter sets of its own beside the others. Pictures that are shown
// before the keyframe are left out, and it says so (a broken link).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "frame/frame.h"

namespace rushes::media {

// What a sample of the recording is to whoever begins with it.
enum class AccessKind : uint8_t {
  kNone,    // others are needed before
  kOpen,    // what follows it and is shown before it needs others
  kClosed,  // nothing that follows needs others
};

// Frame i of those to be encoded, as stored: not turned upright.
using StoredFrames = std::function<base::Result<frame::Frame>(size_t i)>;

using SampleBytes = std::vector<std::byte>;
// Sample i of the recording, in decoding order.
using ReadSample = std::function<base::Result<SampleBytes>(size_t i)>;

class Splice {
 public:
  // For the first video stream of a file. kUnsupported, saying why: another codec, interlaced, or
  // coded in a way that cannot be written into.
  static base::Result<std::unique_ptr<Splice>> open(const base::ByteSource& file, ReadSample read);
  ~Splice();
  Splice(const Splice&) = delete;
  Splice& operator=(const Splice&) = delete;

  // Whether pictures that follow a keyframe and are shown before it are made anew in their places
  // (else they are left out, and made anew before it).
  bool keeps_order() const;
  // Of sample i, before which so many frames are encoded anew, beside samples that are replaced;
  // kNone if just so many cannot be.
  base::Result<AccessKind> access_kind(size_t i, size_t before,
                                       const std::vector<size_t>& replaced) const;

  struct Head {
    size_t count = 0;           // frames, in the order shown
    std::optional<size_t> key;  // the sample that follows, if one does
    // If keeps_order(): in the places of which samples the last of them come, in the order shown.
    std::vector<size_t> replaced;
  };
  // A sample for each frame. Those that replace none are in decoding order, and all are their own
  // access points or need only those before.
  base::Result<std::vector<SampleBytes>> encode_head(const Head& head, const StoredFrames& frames);
  // `last` is the sample that is decoded before.
  base::Result<std::vector<SampleBytes>> encode_tail(size_t count, size_t last,
                                                     const StoredFrames& frames);
  // Sample i, the first that is copied, as it has to be after a head, or where nothing is before
  // it.
  base::Result<SampleBytes> entry(size_t i) const;

  // The box of MP4 that tells of the parameter sets ("avcC", "hvcC"; four characters, the first one
  // highest), and its payload for all of it.
  uint32_t record_type() const;
  SampleBytes record() const;

 private:
  struct Impl;
  explicit Splice(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
