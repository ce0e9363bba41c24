// Moving pictures.

#include <cmath>

#include "compose/box.h"
#include "compose/picture_views.h"
#include "kernels/color.h"
#include "timeline/source_time.h"

namespace rushes::compose {
namespace {

using base::Rational;
using base::Result;

class VideoView final : public ClipView {
 public:
  VideoView(const schema::Clip& clip, const schema::VideoContent& content, int64_t reader,
            ClipContext context)
      : clip_(clip),
        content_(content),
        reader_(reader),
        context_(std::move(context)),
        input_(context_.program.inputs[static_cast<size_t>(content.input)]),
        box_(clip.visual) {
    if (!content.loop && !content.freeze) {
      context_.sources.will_read(content.input, reader_, content.source_start,
                                 content.source_start + content.source_duration);
    }
  }
  ~VideoView() override { context_.sources.close_reader(reader_); }
  VideoView(const VideoView&) = delete;
  VideoView& operator=(const VideoView&) = delete;

  Result<Side> at(const Rational& t) override {
    // A decoder that goes on has one frame less to hold.
    if (decoded_ == picture_ && !backdrop_) decoded_ = picture_ = {};
    auto decoded =
        context_.sources.video(content_.input, reader_, timeline::source_time(content_, t));
    if (!decoded.ok()) return std::move(decoded).error().in(input_.src);
    // Where the output shows a source frame twice, nothing is converted twice.
    if (!(*decoded == decoded_)) {
      decoded_ = *decoded;
      picture_ = kernels::to_working(decoded_, true);
      if (clip_.visual.fit == schema::Fit::kBlur) backdrop_ = backdrop_of(picture_);
    }
    const schema::Visual& v = clip_.visual;
    const Placement p = place(v, t, context_.canvas_scale());
    Side side{.opacity = opacity_of(p)};
    box_.show(p, t, input_.width, input_.height, picture_, backdrop_, side);
    return side;
  }

 private:
  const schema::Clip& clip_;
  const schema::VideoContent& content_;
  int64_t reader_;
  ClipContext context_;
  const schema::Input& input_;
  BoxPainter box_;
  frame::Frame decoded_, picture_, backdrop_;
};

}  // namespace

OpenedView open_video(const schema::Clip& clip, const schema::VideoContent& content, int64_t reader,
                      ClipContext context) {
  return std::unique_ptr<ClipView>(
      std::make_unique<VideoView>(clip, content, reader, std::move(context)));
}

}  // namespace rushes::compose
