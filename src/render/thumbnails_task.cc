// Small pictures of what segments begin with, in sheets: rows of them, from left to right. It may
// run while the segments are being made. Their first packets are keyframes, so nothing else is
// decoded.

#include <algorithm>
#include <cstring>

#include "kernels/resample.h"
#include "media/fragment_muxer.h"
#include "media/jpeg_writer.h"
#include "media/video_reader.h"
#include "render/files.h"
#include "render/rgb.h"
#include "render/tasks.h"
#include "render/tracks.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;

// The picture of a keyframe: what a player has of a stream's first packet.
Result<frame::Frame> decoded(const media::TrackFormat& format, media::Packet packet) {
  base::MemorySink header, piece;
  ASSIGN_OR_RETURN(const auto muxer, media::FragmentMuxer::open(header, format));
  packet.pts = 0;
  packet.dts = -format.reorder;
  packet.duration = 1;
  RETURN_IF_ERROR(muxer->begin(piece));
  RETURN_IF_ERROR(muxer->write(packet));
  RETURN_IF_ERROR(muxer->end());
  header.data.insert(header.data.end(), piece.data.begin(), piece.data.end());
  const auto source = base::memory_source(std::move(header.data));
  ASSIGN_OR_RETURN(const auto reader, media::VideoReader::open(*source));
  return reader->frame_at(0);
}

frame::Frame reduced(const frame::Frame& picture, int width, int height) {
  frame::FrameBuffer out(picture.format(), width, height);
  kernels::ResampleScratch scratch;
  for (int i = 0; i < picture.format().planes(); ++i) {
    const frame::PlaneView& from = picture.plane(i);
    const frame::MutablePlaneView to = out.plane(i);
    const auto axis = [](int source, int outputs) {
      return kernels::make_axis(source, outputs, 0, static_cast<double>(source) / outputs);
    };
    kernels::resample(from, to, axis(from.width, to.width), axis(from.height, to.height), scratch);
  }
  return std::move(out).freeze();
}

struct Layout {
  int width = 0, height = 0;  // of one
  int columns = 0, rows = 0;
  size_t on_a_sheet() const { return static_cast<size_t>(columns) * static_cast<size_t>(rows); }
};

Result<Layout> layout_of(const engine::TaskContext& context) {
  constexpr int64_t kMaxSide = 16384, kMost = 32;
  ASSIGN_OR_RETURN(const int64_t width, int_param(context, "width", 2, kMaxSide));
  ASSIGN_OR_RETURN(const int64_t height, int_param(context, "height", 2, kMaxSide));
  ASSIGN_OR_RETURN(const int64_t columns, int_param(context, "columns", 1, kMost));
  ASSIGN_OR_RETURN(const int64_t rows, int_param(context, "rows", 1, kMost));
  if (width * columns > kMaxSide || height * rows > kMaxSide || width % 2 != 0 || height % 2 != 0) {
    return base::invalid_argument("params: a sheet of odd or impossible size");
  }
  return Layout{static_cast<int>(width), static_cast<int>(height), static_cast<int>(columns),
                static_cast<int>(rows)};
}

// One that is being filled. What is not filled is black, and rows without a picture are left out.
class Sheet {
 public:
  explicit Sheet(const Layout& layout) : layout_(layout) {}
  bool is_full() const { return count_ == layout_.on_a_sheet(); }
  bool is_empty() const { return count_ == 0; }

  void add(const frame::Frame& picture) {
    const std::vector<std::byte> rgb = to_rgb(reduced(picture, layout_.width, layout_.height));
    const size_t column = count_ % static_cast<size_t>(layout_.columns);
    if (column == 0)
      pixels_.resize(pixels_.size() + row_bytes() * static_cast<size_t>(layout_.height));
    const size_t bytes = static_cast<size_t>(layout_.width) * 3;
    std::byte* to = pixels_.data() + pixels_.size() -
                    row_bytes() * static_cast<size_t>(layout_.height) + column * bytes;
    for (size_t y = 0; y < static_cast<size_t>(layout_.height); ++y) {
      std::memcpy(to + y * row_bytes(), rgb.data() + y * bytes, bytes);
    }
    ++count_;
  }
  Status write(base::ByteSink& sink) {
    RETURN_IF_ERROR(media::write_jpeg(sink, pixels_,
                                      {.width = layout_.width * layout_.columns,
                                       .height = static_cast<int>(pixels_.size() / row_bytes())}));
    pixels_.clear();
    count_ = 0;
    return {};
  }

 private:
  size_t row_bytes() const {
    return static_cast<size_t>(layout_.width) * static_cast<size_t>(layout_.columns) * 3;
  }
  Layout layout_;
  std::vector<std::byte> pixels_;
  size_t count_ = 0;
};

Status store(engine::TaskContext& context, Sheet& sheet, size_t number) {
  const std::string output = "sheet:" + std::to_string(number);
  ASSIGN_OR_RETURN(engine::StoredFile file, context.objects.create(output));
  RETURN_IF_ERROR(sheet.write(*base::fd_sink(file.fd.get())));
  file.fd.reset();
  context.objects.commit(output, {{"number", number}});
  return {};
}

}  // namespace

Status thumbnails_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const Layout layout, layout_of(context));
  const auto segments = context.params().value("segments", nlohmann::json::array());
  Sheet sheet(layout);
  size_t sheets = 0;
  int64_t done = 0;
  for (const auto& segment : segments) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const std::string name = "segment:" + std::to_string(segment.value("number", int64_t{-1}));
    ASSIGN_OR_RETURN(const auto object, PacketObject::open(context, name));
    ASSIGN_OR_RETURN(auto packet, object->reader().next());
    if (!packet) return base::corrupt(name + " is empty");
    ASSIGN_OR_RETURN(const frame::Frame picture,
                     decoded(object->reader().format(), *std::move(packet)));
    if (picture.format() != frame::kWorking) {
      return base::internal("a segment is not in the working format");
    }
    sheet.add(picture);
    if (sheet.is_full()) RETURN_IF_ERROR(store(context, sheet, sheets++));
    context.events.progress({++done, static_cast<int64_t>(segments.size()), "thumbnails"});
  }
  if (!sheet.is_empty()) RETURN_IF_ERROR(store(context, sheet, sheets++));
  context.events.result({{"sheets", sheets}});
  return {};
}

}  // namespace rushes::render
