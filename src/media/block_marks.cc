#include "media/block_marks.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "media/av_compat.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace rushes::media {
namespace {

// Of HEVC's smallest coding tree blocks, and of the macroblocks of others.
constexpr int kBlock = 16;
// A mark lies where filters across the edges of the blocks beside it do not reach.
constexpr int kMarkAt = 2;
constexpr int kMarkRows = 2;
constexpr int kMarkBytes = 4;
constexpr std::array<std::array<uint8_t, kMarkBytes>, kMarkRows> kMark = {
    {{0x5a, 0xf9, 0x17, 0xfc}, {0xfe, 0x2c, 0xfb, 0x03}}};

// Bytes a sample of the first plane; 0 where the pixels are packed.
int sample_bytes(const AVFrame& frame) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (desc == nullptr || (desc->nb_components > 1 && (desc->flags & AV_PIX_FMT_FLAG_PLANAR) == 0)) {
    return 0;
  }
  return desc->comp[0].step <= 2 ? desc->comp[0].step : 0;
}

// Calls f(x, y, mark) for each block with the bytes where its mark lies. Counted from where the
// buffer begins, wherever the frame was cropped or turned around since.
template <class F>
void for_each_mark(const AVFrame& frame, F f) {
  const int bytes = sample_bytes(frame);
  if (bytes == 0 || frame.buf[0] == nullptr) return;
  const ptrdiff_t stride = std::abs(frame.linesize[0]);
  // Some decoders hand out what is theirs.
  if (static_cast<size_t>(stride) * size_t(frame.height) > frame.buf[0]->size) return;
  for (int y = 0; y + kMarkAt + kMarkRows <= frame.height; y += kBlock) {
    uint8_t* row = frame.buf[0]->data + (y + kMarkAt) * stride;
    for (int x = 0; x + kMarkAt + kMarkBytes <= frame.width; x += kBlock) {
      f(x, y, row + ptrdiff_t{x + kMarkAt} * bytes, stride);
    }
  }
}

bool is_marked(const uint8_t* at, ptrdiff_t stride) {
  return std::memcmp(at, kMark[0].data(), kMarkBytes) == 0 &&
         std::memcmp(at + stride, kMark[1].data(), kMarkBytes) == 0;
}

int get_marked_buffer(AVCodecContext* codec, AVFrame* frame, int flags) {
  if (const int err = avcodec_default_get_buffer2(codec, frame, flags); err < 0) return err;
  for_each_mark(*frame, [](int, int, uint8_t* at, ptrdiff_t stride) {
    std::memcpy(at, kMark[0].data(), kMarkBytes);
    std::memcpy(at + stride, kMark[1].data(), kMarkBytes);
  });
  return 0;
}

void copy_block(const AVFrame& to, const AVFrame& from, int x, int y) {
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(to.format));
  for (int i = 0; i < desc.nb_components; ++i) {
    const AVComponentDescriptor& comp = desc.comp[i];
    const bool is_chroma = i == 1 || i == 2;
    const int log2_w = is_chroma ? desc.log2_chroma_w : 0;
    const int log2_h = is_chroma ? desc.log2_chroma_h : 0;
    const int width = std::min(kBlock >> log2_w, AV_CEIL_RSHIFT(to.width - x, log2_w));
    const int height = std::min(kBlock >> log2_h, AV_CEIL_RSHIFT(to.height - y, log2_h));
    for (int row = y >> log2_h; row < (y >> log2_h) + height; ++row) {
      const ptrdiff_t at = ptrdiff_t{x >> log2_w} * comp.step;
      std::memcpy(to.data[comp.plane] + row * to.linesize[comp.plane] + at,
                  from.data[comp.plane] + row * from.linesize[comp.plane] + at,
                  size_t(width) * size_t(comp.step));
    }
  }
}

}  // namespace

void mark_blocks(AVCodecContext& codec) {
  codec.get_buffer2 = get_marked_buffer;
  allow_buffers_from_any_thread(codec);
}

base::Result<bool> replace_missing_blocks(AvFrame& frame, const AVFrame* previous) {
  bool missing = false;
  for_each_mark(*frame, [&](int, int, const uint8_t* at, ptrdiff_t stride) {
    missing = missing || is_marked(at, stride);
  });
  if (!missing) return false;
  const bool fits = previous != nullptr && previous->format == frame->format &&
                    previous->width == frame->width && previous->height == frame->height &&
                    frame->data[0] == frame->buf[0]->data;  // not cropped
  if (!fits) return true;
  AvFrame copy(av_frame_alloc());
  if (copy == nullptr) return base::resource("no memory for a frame");
  copy->format = frame->format;
  copy->width = frame->width;
  copy->height = frame->height;
  int err = av_frame_get_buffer(copy.get(), 0);
  if (err >= 0) err = av_frame_copy(copy.get(), frame.get());
  if (err >= 0) err = av_frame_copy_props(copy.get(), frame.get());
  if (err < 0) return av_error(err, "copying a damaged frame");
  for_each_mark(*frame, [&](int x, int y, const uint8_t* at, ptrdiff_t stride) {
    if (is_marked(at, stride)) copy_block(*copy, *previous, x, y);
  });
  frame = std::move(copy);
  return true;
}

}  // namespace rushes::media
