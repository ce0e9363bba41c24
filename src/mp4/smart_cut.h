#pragma once

// A part of a recording to the frame: all but what lies at its ends is copied.

#include <cstddef>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "mp4/cut.h"

namespace rushes::mp4 {

// What a sample is to whoever begins with it.
enum class Access : uint8_t { kNone, kOpen, kClosed };

struct SmartRules {
  // Of sample i of the picture, before which so many frames are encoded anew, beside samples that
  // are replaced.
  std::function<base::Result<Access>(size_t i, size_t before, const std::vector<size_t>& replaced)>
      access;
  // Whether frames that follow a keyframe and are shown before it are encoded anew in their places;
  // else before it.
  bool keeps_order = false;
};

// Samples of the picture, by their number in decoding order.
struct SmartPlan {
  Rational from, to;            // what is shown
  Rational all_from, all_to;    // ... and heard
  std::vector<size_t> head;     // to be encoded anew, in the order shown
  size_t begin = 0, end = 0;    // copied; equal: the head is all
  std::vector<size_t> leading;  // of those copied, but in the head too: shown before sample `begin`
  bool replaces = false;        // ... and comes in their places there, not before
  // Whoever begins with sample `begin` lacks what those that follow count on: it is no longer told
  // as a place to begin with.
  bool leans_on_head = false;
  std::vector<size_t> tail;  // to be encoded anew, in the order shown

  size_t encoded() const { return head.size() + tail.size(); }
};

// From the frame that is shown at `wanted.from` to the last that begins before `wanted.to`.
// kInvalidArgument: there is nothing in this range, or no picture.
base::Result<SmartPlan> plan_smart_cut(const Recording& recording, const Wanted& wanted,
                                       const SmartRules& rules);

// What was encoded anew.
struct SmartSamples {
  std::vector<Bytes> head, tail;  // as in the plan
  Bytes entry;                    // in the place of sample `begin`; empty: that stays as it is
  Type record_type = 0;           // a box of the sample entry ("avcC") ...
  Bytes record;                   // ... and what becomes of its payload
};

base::Result<Cut> smart_cut(const Recording& recording, const SmartPlan& plan,
                            const SmartSamples& samples,
                            const std::vector<const base::ByteSource*>& sources);

}  // namespace rushes::mp4
