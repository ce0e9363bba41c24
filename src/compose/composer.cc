#include "compose/composer.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "compose/box.h"
#include "compose/transition.h"
#include "kernels/color.h"
#include "timeline/easing.h"

namespace rushes::compose {
namespace {

using base::Rational;
using base::Result;
using base::Status;

void copy_pixels(const frame::Frame& from, frame::FrameBuffer& to) {
  for (int i = 0; i < 3; ++i) {
    const frame::PlaneView a = from.plane(i);
    const frame::MutablePlaneView b = to.plane(i);
    for (int y = 0; y < a.height; ++y) {
      std::memcpy(b.row(y), a.row(y), static_cast<size_t>(a.width));
    }
  }
}

size_t common_groups(const Scene& a, const Scene& b) {
  if (!(a.background == b.background)) return 0;
  const size_t n = std::min(a.groups.size(), b.groups.size());
  size_t same = 0;
  while (same < n && a.groups[same] == b.groups[same]) ++same;
  return same;
}

}  // namespace

Composer::Composer(const schema::Program& program, Sources& sources, Warn warn,
                   ComposerOptions options)
    : program_(program),
      sources_(sources),
      warn_(std::move(warn)),
      options_(options),
      painter_(options.reference
                   ? reference_painter(program.canvas_width(), program.canvas_height())
                   : fast_painter(program.canvas_width(), program.canvas_height())) {}

Composer::~Composer() = default;

Result<ClipView*> Composer::view(size_t track, size_t clip) {
  std::unique_ptr<ClipView>& slot = views_[{track, clip}];
  if (!slot) {
    const schema::Clip& c = program_.tracks[track].clips[clip];
    const auto reader = static_cast<int64_t>(track << 32 | clip);
    auto opened = open_clip(c, reader, {program_, sources_, warn_});
    if (!opened.ok()) return std::move(opened).error().in(c.pointer);
    slot = std::move(opened).value();
  }
  return slot.get();
}

void Composer::drop_clips_outside(int64_t n) {
  std::erase_if(views_, [&](const auto& entry) {
    const schema::Clip& c = program_.tracks[entry.first.first].clips[entry.first.second];
    return n < c.first_frame || n >= c.end_frame;
  });
}

Result<frame::Frame> Composer::luma_mask(int input) {
  frame::Frame& mask = luma_masks_[input];
  if (!mask) {
    ASSIGN_OR_RETURN(mask, made_still(sources_, input,
                                      {StillVariant::Kind::kLuma, program_.canvas_width(),
                                       program_.canvas_height()}));
  }
  return mask;
}

Status Composer::add_track(size_t track, int64_t n, Scene& scene) {
  const auto& clips = program_.tracks[track].clips;
  // Only neighbours overlap, so the last two clips that have begun are all that can be seen.
  const auto after =
      std::upper_bound(clips.begin(), clips.end(), n,
                       [](int64_t frame, const schema::Clip& c) { return frame < c.first_frame; });
  const auto begun = static_cast<size_t>(after - clips.begin());
  const Rational now = Rational(n) / program_.fps;
  const auto side_of = [&](size_t i) -> Result<Side> {
    ASSIGN_OR_RETURN(ClipView * v, view(track, i));
    auto side = v->at(now - clips[i].start);
    if (!side.ok()) return std::move(side).error().in(clips[i].pointer);
    return side;
  };
  const auto seen = [&](size_t i) { return n < clips[i].end_frame; };

  if (begun == 0 || !seen(begun - 1)) {
    if (begun >= 2 && seen(begun - 2)) {
      ASSIGN_OR_RETURN(Side side, side_of(begun - 2));
      scene.groups.push_back({.first = std::move(side)});
    }
    return {};
  }
  const size_t current = begun - 1;
  const bool crossing = current > 0 && seen(current - 1) && clips[current].transition;
  ASSIGN_OR_RETURN(Side side, side_of(current));
  if (!crossing) {
    scene.groups.push_back({.first = std::move(side)});
    return {};
  }
  ASSIGN_OR_RETURN(Side before, side_of(current - 1));
  const schema::Transition& transition = *clips[current].transition;
  const Rational progress = (now - clips[current].start) / transition.duration;
  frame::Frame luma;
  if (transition.kind == schema::TransitionKind::kLuma) {
    ASSIGN_OR_RETURN(luma, luma_mask(transition.luma_input));
  }
  add_transition(transition, timeline::ease(transition.easing, progress.to_double()),
                 std::move(before), std::move(side), std::move(luma), scene);
  return {};
}

Result<Scene> Composer::scene(int64_t n) {
  drop_clips_outside(n);
  Scene scene{program_.canvas_width(), program_.canvas_height(), to_yuv(program_.background), {}};
  for (size_t track = 0; track < program_.tracks.size(); ++track) {
    RETURN_IF_ERROR(add_track(track, n, scene));
  }
  // Sides without a layer, or not seen at all, draw nothing.
  std::erase_if(scene.groups, [](const Group& g) {
    return !g.mix && (g.first.layers.empty() || g.first.opacity == 0);
  });
  return scene;
}

frame::Frame Composer::paint(const Scene& scene) {
  frame::FrameBuffer out(frame::kWorking, scene.width, scene.height);
  if (options_.reference) {
    painter_->paint(scene, 0, out);
    return std::move(out).freeze();
  }
  const size_t common = last_ ? common_groups(scene, last_scene_) : 0;
  if (base_ && base_groups_ > common) base_.reset();
  // Worth painting apart once it has stood still for two frames.
  if (!base_ && common > 0 && common == last_common_) {
    Scene lower = scene;
    lower.groups.resize(common);
    frame::FrameBuffer canvas(frame::kWorking, scene.width, scene.height);
    painter_->paint(lower, 0, canvas);
    base_ = std::move(canvas).freeze();
    base_groups_ = common;
  }
  last_common_ = common;
  size_t first = 0;
  if (base_) {
    copy_pixels(*base_, out);
    first = base_groups_;
  }
  painter_->paint(scene, first, out);
  return std::move(out).freeze();
}

Result<frame::Frame> Composer::picture(int64_t n) {
  ASSIGN_OR_RETURN(Scene now, scene(n));
  if (!options_.reference && last_ && now.background == last_scene_.background &&
      now.groups == last_scene_.groups) {
    return last_;
  }
  last_ = paint(now);
  last_scene_ = std::move(now);
  return last_;
}

}  // namespace rushes::compose
