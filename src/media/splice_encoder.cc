#include "media/splice_encoder.h"

#include <array>
#include <utility>

#include "media/processor.h"

namespace rushes::media {
namespace {

// Nobody should see where they begin and end; they are few.
constexpr char kQuality[] = "15";

AVPixelFormat pixels_of(const frame::Format& format) {
  using frame::Layout;
  struct Known {
    Layout layout;
    int depth;
    AVPixelFormat pixels;
  };
  constexpr std::array kKnown = {
      Known{Layout::kYuv420, 8, AV_PIX_FMT_YUV420P},
      Known{Layout::kYuv420, 10, AV_PIX_FMT_YUV420P10},
      Known{Layout::kYuv422, 8, AV_PIX_FMT_YUV422P},
      Known{Layout::kYuv422, 10, AV_PIX_FMT_YUV422P10},
      Known{Layout::kYuv444, 8, AV_PIX_FMT_YUV444P},
      Known{Layout::kYuv444, 10, AV_PIX_FMT_YUV444P10},
  };
  if (format.alpha) return AV_PIX_FMT_NONE;
  for (const Known& known : kKnown) {
    if (known.layout == format.layout && known.depth == format.depth) return known.pixels;
  }
  return AV_PIX_FMT_NONE;
}

class Encoding {
 public:
  explicit Encoding(const SpliceEncoderOptions& options) : options_(options) {}

  base::Status open(AVPixelFormat pixels) {
    const AVCodecParameters& stream = *options_.stream;
    const bool hevc = stream.codec_id == AV_CODEC_ID_HEVC;
    RETURN_IF_ERROR(encoder_.find(hevc ? "libx265" : "libx264"));
    AVCodecContext& context = *encoder_.context;
    context.width = stream.width;
    context.height = stream.height;
    context.pix_fmt = pixels;
    context.time_base = options_.time_base;
    context.sample_aspect_ratio = stream.sample_aspect_ratio;
    context.color_primaries = stream.color_primaries;
    context.color_trc = stream.color_trc;
    context.colorspace = stream.color_space;
    context.color_range = stream.color_range;
    context.chroma_sample_location = stream.chroma_location;
    context.gop_size = 1 << 20;
    context.max_b_frames = 0;
    context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AvOptions options;
    options.set("crf", kQuality);
    options.set("forced-idr", "1");
    if (hevc) {
      options.set("preset", "veryfast");
      // No wavefronts: slices would hold lengths that change with what is before them.
      options.set("x265-params",
                  "log-level=error:info=0:repeat-headers=0:aud=0:bframes=0:ref=1:scenecut=0:wpp=0:"
                  "open-gop=0:rc-lookahead=0:frame-threads=" +
                      std::to_string(options_.threads));
    } else {
      context.thread_count = options_.threads;
      options.set("preset", "fast");
      std::string fixed =
          "cpu-independent=1:ref=1:bframes=0:weightp=0:scenecut=0:open-gop=0:slices=1:"
          "sliced-threads=0:aud=0";
      if (!options_.tools.empty()) fixed += ":" + options_.tools;
      if (!x264_processor().empty()) fixed += ":asm=" + x264_processor();
      options.set("x264-params", fixed);
    }
    RETURN_IF_ERROR(encoder_.open(options));
    const auto extradata = encoder_.extradata();
    const NalView sets(reinterpret_cast<const uint8_t*>(extradata.data()), extradata.size());
    for (const NalView nal : nals_by_start_codes(sets)) {
      parameter_sets.emplace_back(nal.begin(), nal.end());
    }
    return {};
  }

  base::Status send(const frame::Frame& picture, size_t n) {
    AvFrame av(av_frame_alloc());
    if (av == nullptr) return base::resource("no memory for a frame");
    av->format = encoder_.context->pix_fmt;
    av->width = picture.width();
    av->height = picture.height();
    if (const int err = av_frame_get_buffer(av.get(), 0); err < 0) {
      return av_error(err, "taking a frame");
    }
    const size_t bytes = picture.format().depth > 8 ? 2 : 1;
    for (int p = 0; p < picture.format().color_planes(); ++p) {
      const frame::PlaneView& plane = picture.plane(p);
      for (int y = 0; y < plane.height; ++y) {
        std::copy_n(plane.row(y), static_cast<size_t>(plane.width) * bytes,
                    av->data[p] + ptrdiff_t{y} * av->linesize[p]);
      }
    }
    av->pts = static_cast<int64_t>(n);
    if (n < options_.intra.size() && options_.intra[n]) av->pict_type = AV_PICTURE_TYPE_I;
    const int err = avcodec_send_frame(encoder_.context.get(), av.get());
    if (err < 0) return encoder_.failed(err, "encoding a picture");
    return drain();
  }

  base::Status finish() {
    const int err = avcodec_send_frame(encoder_.context.get(), nullptr);
    if (err < 0) return encoder_.failed(err, "finishing the pictures");
    return drain();
  }

  std::vector<EncodedPicture> pictures;
  std::vector<NalBytes> parameter_sets;

 private:
  base::Status drain() {
    while (true) {
      ASSIGN_OR_RETURN(const auto packet, encoder_.receive());
      if (!packet) return {};
      if (packet->pts != static_cast<int64_t>(pictures.size())) {
        return base::internal("pictures are encoded in another order");
      }
      EncodedPicture picture;
      const NalView bytes(reinterpret_cast<const uint8_t*>(packet->data.data()),
                          packet->data.size());
      for (const NalView nal : nals_by_start_codes(bytes)) {
        picture.nals.emplace_back(nal.begin(), nal.end());
      }
      pictures.push_back(std::move(picture));
    }
  }

  const SpliceEncoderOptions& options_;
  LibavEncoder encoder_;
};

}  // namespace

base::Result<std::vector<EncodedPicture>> encode_pictures(const SpliceEncoderOptions& options,
                                                          size_t count, const StoredFrames& frames,
                                                          std::vector<NalBytes>& parameter_sets) {
  Encoding encoding(options);
  frame::Format format;
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const frame::Frame picture, frames(i));
    if (i == 0) {
      format = picture.format();
      const AVPixelFormat pixels = pixels_of(format);
      if (pixels == AV_PIX_FMT_NONE) {
        return base::unsupported("pictures of this depth and format cannot be encoded anew");
      }
      RETURN_IF_ERROR(encoding.open(pixels));
    }
    if (picture.format() != format || picture.width() != options.stream->width ||
        picture.height() != options.stream->height) {
      return base::unsupported("its pictures change their size or format");
    }
    RETURN_IF_ERROR(encoding.send(picture, i));
  }
  RETURN_IF_ERROR(encoding.finish());
  if (encoding.pictures.size() != count) {
    return base::internal("encoded " + std::to_string(encoding.pictures.size()) + " of " +
                          std::to_string(count) + " pictures");
  }
  parameter_sets = std::move(encoding.parameter_sets);
  return std::move(encoding.pictures);
}

}  // namespace rushes::media
