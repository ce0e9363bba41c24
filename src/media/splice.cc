#include "media/splice.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "media/av.h"
#include "media/demuxer.h"
#include "media/h264_syntax.h"
#include "media/hevc_syntax.h"
#include "media/splice_encoder.h"

namespace rushes::media {
namespace {

using base::Result;
using base::Status;

// Two ends of a recording are little to encode; the bytes depend on it.
constexpr int kThreads = 2;
// Before a keyframe, so many pictures tell which frames decoders keep for reference.
constexpr size_t kPicturesTell = 64;

NalView view(const SampleBytes& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}
SampleBytes sample_of(const NalBytes& bytes) {
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
  return {data, data + bytes.size()};
}

Result<SampleBytes> join(const std::vector<NalBytes>& nals, size_t length_bytes) {
  NalBytes out;
  for (const NalBytes& nal : nals) RETURN_IF_ERROR(append_nal(out, nal, length_bytes));
  return sample_of(out);
}

// What is special to a codec.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual Result<AccessKind> access_kind(size_t i, size_t before,
                                         const std::vector<size_t>& replaced) const = 0;
  virtual bool keeps_order() const = 0;
  virtual Result<std::vector<SampleBytes>> encode_head(const Splice::Head& head,
                                                       const StoredFrames& frames) = 0;
  virtual Result<std::vector<SampleBytes>> encode_tail(size_t count, size_t last,
                                                       const StoredFrames& frames) = 0;
  virtual Result<SampleBytes> entry(size_t i) const = 0;
  virtual uint32_t record_type() const = 0;
  virtual SampleBytes record() const = 0;
};

class H264Stream final : public Stream {
 public:
  static Result<std::unique_ptr<Stream>> open(const AVCodecParameters& parameters, NalView record,
                                              const ReadSample& read) {
    auto s = std::make_unique<H264Stream>(parameters, read);
    ASSIGN_OR_RETURN(s->record_, h264::parse_record(record));
    if (s->record_.sps.size() != 1 || s->record_.pps.empty()) {
      return base::unsupported("it has not just one set of sequence parameters");
    }
    ASSIGN_OR_RETURN(s->sps_, h264::parse_sps(s->record_.sps[0]));
    for (const NalBytes& nal : s->record_.pps) {
      ASSIGN_OR_RETURN(const h264::Pps pps, h264::parse_pps(nal, s->sps_.chroma_format));
      s->pps_.push_back(pps);
    }
    const auto taken = [&](uint32_t id) {
      return std::any_of(s->pps_.begin(), s->pps_.end(),
                         [&](const h264::Pps& pps) { return pps.id == id; });
    };
    while (s->own_id_ < 255 && taken(s->own_id_)) ++s->own_id_;
    if (taken(s->own_id_)) return base::unsupported("all numbers of its parameter sets are taken");
    const auto width = static_cast<uint32_t>(parameters.width);
    const auto height = static_cast<uint32_t>(parameters.height);
    if (s->sps_.crop_left != 0 || s->sps_.crop_top != 0 ||
        (width + 15) / 16 * 16 != s->sps_.width || (height + 15) / 16 * 16 != s->sps_.height) {
      return base::unsupported("its pictures are parts of larger ones");
    }
    return std::unique_ptr<Stream>(std::move(s));
  }

  H264Stream(const AVCodecParameters& parameters, const ReadSample& read)
      : parameters_(parameters), read_(read) {}

  Result<AccessKind> access_kind(size_t i, size_t before,
                                 const std::vector<size_t>& replaced) const override {
    ASSIGN_OR_RETURN(const SampleBytes sample, read_(i));
    ASSIGN_OR_RETURN(const auto nals, nals_by_lengths(view(sample), record_.length_bytes));
    bool recovers = false;
    for (const NalView nal : nals) {
      const uint8_t type = h264::type_of(nal);
      if (type == h264::kIdr) return AccessKind::kClosed;
      if (type == h264::kSei) recovers = recovers || h264::recovery_point(nal) == 0;
      if (type != h264::kSlice) continue;
      ASSIGN_OR_RETURN(const h264::Slice slice, parse(nal));
      if (slice.type != h264::kI || !recovers) return AccessKind::kNone;
    }
    if (!recovers) return AccessKind::kNone;
    ASSIGN_OR_RETURN(const auto places, lead_to(i, before, replaced));
    return places.empty() ? AccessKind::kNone : AccessKind::kOpen;
  }

  bool keeps_order() const override { return true; }

  Result<std::vector<SampleBytes>> encode_head(const Splice::Head& head,
                                               const StoredFrames& frames) override {
    const size_t before = head.count - head.replaced.size();
    std::vector<h264::Slice> places = count_from_zero(before);
    if (head.key) {
      ASSIGN_OR_RETURN(const h264::Slice key, first_slice(*head.key));
      if (!key.idr) {
        ASSIGN_OR_RETURN(places, lead_to(*head.key, before, head.replaced));
        has_gaps_ = has_gaps_ || places.at(1).frame_num != 1;
      } else if (key.idr_id == 0 && before > 0) {
        places[0].idr_id = 1;
      }
    }
    ASSIGN_OR_RETURN(std::vector<SampleBytes> samples, encode(places, frames));
    if (head.replaced.empty()) return samples;
    std::vector<h264::Slice> replaced;
    for (const size_t i : head.replaced) {
      ASSIGN_OR_RETURN(replaced.emplace_back(), first_slice(i));
      replaced.back().type = h264::kI;
    }
    ASSIGN_OR_RETURN(auto more, encode(replaced, [&](size_t i) { return frames(before + i); }));
    std::move(more.begin(), more.end(), std::back_inserter(samples));
    return samples;
  }

  Result<std::vector<SampleBytes>> encode_tail(size_t count, size_t last,
                                               const StoredFrames& frames) override {
    std::vector<h264::Slice> places = count_from_zero(count);
    ASSIGN_OR_RETURN(const h264::Slice before, first_slice(last));
    if (before.idr && before.idr_id == 0 && count > 0) places[0].idr_id = 1;
    return encode(places, frames);
  }

  Result<SampleBytes> entry(size_t i) const override { return read_(i); }

  uint32_t record_type() const override { return MKBETAG('a', 'v', 'c', 'C'); }
  SampleBytes record() const override {
    h264::Record all = record_;
    if (has_gaps_) all.sps[0] = h264::allow_gaps(all.sps[0], sps_);
    if (own_) all.pps.push_back(h264::write_pps(*own_, sps_.has_scaling));
    return sample_of(h264::write_record(all));
  }

 private:
  Result<h264::Slice> parse(NalView nal) const {
    const uint32_t id = h264::pps_id_of_slice(nal);
    for (const h264::Pps& pps : pps_) {
      if (pps.id == id) return h264::parse_slice(nal, sps_, pps);
    }
    return base::corrupt("a picture refers to parameters that are not there");
  }

  Result<h264::Slice> first_slice(size_t i) const {
    ASSIGN_OR_RETURN(const SampleBytes sample, read_(i));
    ASSIGN_OR_RETURN(const auto nals, nals_by_lengths(view(sample), record_.length_bytes));
    for (const NalView nal : nals) {
      const uint8_t type = h264::type_of(nal);
      if (type == h264::kIdr || type == h264::kSlice) return parse(nal);
    }
    return base::corrupt("a picture has no slice");
  }

  // What the profile of the recording has no word for.
  std::string tools() const {
    if (sps_.profile == 66 || sps_.profile == 88) return "cabac=0:8x8dct=0";
    return sps_.profile == 77 ? "8x8dct=0" : "";
  }

  // Pictures that will have these headers.
  Result<std::vector<EncodedPicture>> encoded(const std::vector<h264::Slice>& places,
                                              const StoredFrames& frames) {
    std::vector<NalBytes> sets;
    SpliceEncoderOptions options{.stream = &parameters_, .threads = kThreads, .tools = tools()};
    for (const h264::Slice& place : places) options.intra.push_back(place.type == h264::kI);
    ASSIGN_OR_RETURN(auto pictures, encode_pictures(options, places.size(), frames, sets));
    std::optional<h264::Pps> pps;
    for (const NalBytes& nal : sets) {
      if (h264::type_of(nal) == h264::kSps) {
        ASSIGN_OR_RETURN(encoder_sps_, h264::parse_sps(nal));
      } else if (h264::type_of(nal) == h264::kPps) {
        ASSIGN_OR_RETURN(pps, h264::parse_pps(nal, sps_.chroma_format));
      }
    }
    if (!pps || encoder_sps_.width != sps_.width || encoder_sps_.height != sps_.height ||
        encoder_sps_.depth != sps_.depth || encoder_sps_.chroma_format != sps_.chroma_format) {
      return base::internal("what is encoded anew does not go with the recording");
    }
    encoder_pps_ = *pps;
    pps->id = own_id_;
    pps->sps_id = sps_.id;
    pps->weighted = false;
    // One set serves all that is encoded.
    const auto bytes = [&](const h264::Pps& p) { return h264::write_pps(p, sps_.has_scaling); };
    if (own_ && bytes(*own_) != bytes(*pps)) {
      return base::internal("the encoder's picture parameters change");
    }
    own_ = pps;
    return pictures;
  }

  // `place` says all of its header but what the encoder chose for its data.
  Result<SampleBytes> put(const EncodedPicture& picture, const h264::Slice& place) const {
    std::vector<NalBytes> nals;
    for (const NalBytes& nal : picture.nals) {
      const uint8_t type = h264::type_of(nal);
      if (type != h264::kIdr && type != h264::kSlice) continue;
      ASSIGN_OR_RETURN(h264::Slice slice, h264::parse_slice(nal, encoder_sps_, encoder_pps_));
      slice.idr = place.idr;
      slice.ref_idc = place.ref_idc;
      slice.frame_num = place.frame_num;
      slice.idr_id = place.idr_id;
      slice.poc = place.poc;
      slice.adaptive_marking = place.adaptive_marking;
      slice.markings = place.markings;
      ASSIGN_OR_RETURN(NalBytes out, h264::rewrite_slice(nal, slice, sps_, *own_));
      nals.push_back(std::move(out));
    }
    if (nals.empty()) return base::internal("an encoded picture has no slice");
    return join(nals, record_.length_bytes);
  }

  Result<std::vector<SampleBytes>> encode(const std::vector<h264::Slice>& places,
                                          const StoredFrames& frames) {
    std::vector<SampleBytes> samples;
    if (places.empty()) return samples;
    ASSIGN_OR_RETURN(const auto pictures, encoded(places, frames));
    for (size_t i = 0; i < places.size(); ++i) {
      ASSIGN_OR_RETURN(auto sample, put(pictures[i], places[i]));
      samples.push_back(std::move(sample));
    }
    return samples;
  }

  // An access point and what follows it: nothing that comes after counts on them.
  std::vector<h264::Slice> count_from_zero(size_t count) const {
    std::vector<h264::Slice> places(count);
    for (size_t i = 0; i < count; ++i) {
      h264::Slice& place = places[i];
      place.idr = i == 0;
      place.type = i == 0 || sps_.ref_frames == 0 ? h264::kI : h264::kP;
      place.ref_idc = 2;
      place.frame_num = static_cast<uint32_t>(i) & sps_.frame_num_mask();
      place.poc = static_cast<uint32_t>(2 * i) & sps_.poc_mask();
    }
    return places;
  }

  // The frames that a decoder keeps when it comes to sample i, by how many numbers before its own
  // they have theirs. Empty: not known.
  Result<std::set<uint32_t>> kept_at(size_t i, const h264::Slice& at) const {
    std::vector<uint32_t> kept;  // the oldest first
    for (size_t k = i > kPicturesTell ? i - kPicturesTell : 0; k < i; ++k) {
      ASSIGN_OR_RETURN(const h264::Slice slice, first_slice(k));
      if (slice.ref_idc == 0) continue;
      if (slice.idr) kept.clear();
      if (slice.adaptive_marking) {
        for (const h264::Marking& m : slice.markings) {
          if (m.operation != 1) return std::set<uint32_t>();
          std::erase(kept, (slice.frame_num - m.a - 1) & sps_.frame_num_mask());
        }
      } else if (kept.size() >= reference_frames()) {
        kept.erase(kept.begin());
      }
      kept.push_back(slice.frame_num);
      if (kept.size() > reference_frames()) return std::set<uint32_t>();
    }
    std::set<uint32_t> before;
    for (const uint32_t n : kept) before.insert((at.frame_num - n) & sps_.frame_num_mask());
    return before;
  }

  uint32_t reference_frames() const { return std::max(sps_.ref_frames, 1U); }

  // An access point and what follows it, such that in the end decoders keep frames of the same
  // numbers as they do before sample `key`. Numbers that are left out count as frames until a
  // picture says that they are not needed. Empty where so many pictures cannot lead there.
  Result<std::vector<h264::Slice>> lead_to(size_t key, size_t count,
                                           const std::vector<size_t>& replaced) const {
    const std::vector<h264::Slice> none;
    if (count < 2) return none;
    ASSIGN_OR_RETURN(const h264::Slice target, first_slice(key));
    ASSIGN_OR_RETURN(const std::set<uint32_t> wanted, kept_at(key, target));
    std::vector<h264::Slice> places = count_from_zero(count);
    uint32_t reach = 0;
    for (const size_t i : replaced) {
      ASSIGN_OR_RETURN(const h264::Slice slice, first_slice(i));
      reach = std::max(reach, (target.poc - slice.poc) & sps_.poc_mask());
    }
    // What stands for frames that are not there is nothing that decoders should meet: all that is
    // kept is to be one of these pictures.
    if (wanted.empty() || *wanted.rbegin() >= count) return none;
    if (!place_before(target.poc, reach, places)) return none;
    for (size_t i = 1; i < count; ++i) {
      places[i].frame_num =
          (target.frame_num - static_cast<uint32_t>(count - i)) & sps_.frame_num_mask();
    }
    places[1].type = h264::kI;
    const uint32_t second = places[1].frame_num;
    if (second == 0) return none;
    // What is kept, by how many numbers before the target's: the access point, numbers that are
    // left out after it, and the pictures that follow.
    std::vector<uint32_t> kept = {static_cast<uint32_t>(count) - 1 + second};
    for (uint32_t n = 1; n < second; ++n) {
      if (kept.size() >= reference_frames()) kept.erase(kept.begin());
      kept.push_back(static_cast<uint32_t>(count) - 1 + second - n);
    }
    for (size_t i = 1; i < count; ++i) {
      const auto own = static_cast<uint32_t>(count - i);
      places[i].adaptive_marking = true;
      for (const uint32_t before : kept) {
        if (!wanted.contains(before)) places[i].markings.push_back({1, before - own - 1, 0});
      }
      std::erase_if(kept, [&](uint32_t before) { return !wanted.contains(before); });
      kept.push_back(own);
      if (kept.size() > reference_frames()) return none;
    }
    if (std::set<uint32_t>(kept.begin(), kept.end()) != wanted) return none;
    return places;
  }

  // Their positions in the order shown, from 0 up to what is shown `reach` before position `key`.
  // Each step must be less than half of what can be told apart. Frames that are not there take
  // positions too.
  bool place_before(uint32_t key, uint32_t reach, std::vector<h264::Slice>& places) const {
    if (sps_.poc_type != 0) return true;
    const uint64_t all = sps_.poc_mask() + 1;
    uint64_t end = key;
    while (end <= reach + 2 * (places.size() + reference_frames())) end += all;
    end -= reach;
    if (end / places.size() + reach + 4 >= all / 2) return false;
    for (size_t i = 0; i < places.size(); ++i) {
      places[i].poc = static_cast<uint32_t>(end * i / places.size() / 2 * 2) & sps_.poc_mask();
    }
    return true;
  }

  const AVCodecParameters& parameters_;
  const ReadSample& read_;
  h264::Record record_;
  h264::Sps sps_, encoder_sps_;
  std::vector<h264::Pps> pps_;
  h264::Pps encoder_pps_;
  uint32_t own_id_ = 1;
  std::optional<h264::Pps> own_;
  bool has_gaps_ = false;
};

class HevcStream final : public Stream {
 public:
  static Result<std::unique_ptr<Stream>> open(const AVCodecParameters& parameters, NalView record,
                                              const ReadSample& read) {
    auto s = std::make_unique<HevcStream>(parameters, read);
    ASSIGN_OR_RETURN(s->record_, hevc::parse_record(record));
    ASSIGN_OR_RETURN(s->numbers_, hevc::free_numbers(s->record_));
    return std::unique_ptr<Stream>(std::move(s));
  }

  HevcStream(const AVCodecParameters& parameters, const ReadSample& read)
      : parameters_(parameters), read_(read) {}

  Result<AccessKind> access_kind(size_t i, size_t, const std::vector<size_t>&) const override {
    ASSIGN_OR_RETURN(const SampleBytes sample, read_(i));
    ASSIGN_OR_RETURN(const auto nals, nals_by_lengths(view(sample), record_.length_bytes()));
    for (const NalView nal : nals) {
      if (!hevc::is_slice(nal)) continue;
      if (!hevc::is_access_point(nal)) return AccessKind::kNone;
      const uint8_t type = hevc::type_of(nal);
      return type == hevc::kIdr || type == hevc::kBla ? AccessKind::kClosed : AccessKind::kOpen;
    }
    return AccessKind::kNone;
  }

  bool keeps_order() const override { return false; }

  Result<std::vector<SampleBytes>> encode_head(const Splice::Head& head,
                                               const StoredFrames& frames) override {
    return encode(head.count, frames);
  }
  Result<std::vector<SampleBytes>> encode_tail(size_t count, size_t,
                                               const StoredFrames& frames) override {
    return encode(count, frames);
  }

  Result<SampleBytes> entry(size_t i) const override {
    ASSIGN_OR_RETURN(const SampleBytes key, read_(i));
    ASSIGN_OR_RETURN(const auto nals, nals_by_lengths(view(key), record_.length_bytes()));
    std::vector<NalBytes> out;
    for (const NalView nal : nals) {
      out.push_back(hevc::is_slice(nal) ? hevc::as_broken_link(nal)
                                        : NalBytes(nal.begin(), nal.end()));
    }
    return join(out, record_.length_bytes());
  }

  uint32_t record_type() const override { return MKBETAG('h', 'v', 'c', 'C'); }
  SampleBytes record() const override {
    hevc::Record all = record_;
    for (const NalBytes& nal : own_) all.add(hevc::type_of(nal), nal);
    return sample_of(hevc::write_record(all));
  }

 private:
  Result<std::vector<SampleBytes>> encode(size_t count, const StoredFrames& frames) {
    std::vector<SampleBytes> samples;
    if (count == 0) return samples;
    std::vector<NalBytes> sets, own;
    ASSIGN_OR_RETURN(
        const auto pictures,
        encode_pictures({.stream = &parameters_, .threads = kThreads}, count, frames, sets));
    for (const NalBytes& nal : sets) {
      const uint8_t type = hevc::type_of(nal);
      NalBytes numbered;
      if (type == hevc::kVps) {
        ASSIGN_OR_RETURN(numbered, hevc::renumber_vps(nal, numbers_));
      } else if (type == hevc::kSps) {
        ASSIGN_OR_RETURN(numbered, hevc::renumber_sps(nal, numbers_));
      } else if (type == hevc::kPps) {
        ASSIGN_OR_RETURN(numbered, hevc::renumber_pps(nal, numbers_));
      } else {
        continue;
      }
      own.push_back(std::move(numbered));
    }
    if (!own_.empty() && own_ != own) return base::internal("the encoder's parameters change");
    own_ = std::move(own);
    for (const EncodedPicture& picture : pictures) {
      std::vector<NalBytes> nals;
      for (const NalBytes& nal : picture.nals) {
        if (!hevc::is_slice(nal)) continue;
        ASSIGN_OR_RETURN(NalBytes slice, hevc::renumber_slice(nal, numbers_));
        nals.push_back(std::move(slice));
      }
      if (nals.empty()) return base::internal("an encoded picture has no slice");
      ASSIGN_OR_RETURN(auto sample, join(nals, record_.length_bytes()));
      samples.push_back(std::move(sample));
    }
    return samples;
  }

  const AVCodecParameters& parameters_;
  const ReadSample& read_;
  hevc::Record record_;
  hevc::Numbers numbers_;
  std::vector<NalBytes> own_;
};

}  // namespace

struct Splice::Impl {
  ReadSample read;
  std::unique_ptr<Demuxer> demuxer;  // has the parameters
  std::unique_ptr<Stream> stream;
};

Splice::Splice(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Splice::~Splice() = default;

Result<std::unique_ptr<Splice>> Splice::open(const base::ByteSource& file, ReadSample read) {
  auto impl = std::make_unique<Impl>();
  impl->read = std::move(read);
  ASSIGN_OR_RETURN(impl->demuxer, Demuxer::open(file));
  ASSIGN_OR_RETURN(AVStream * stream, impl->demuxer->find(StreamKind::kVideo, 0));
  const AVCodecParameters& parameters = *stream->codecpar;
  const NalView record(parameters.extradata, static_cast<size_t>(parameters.extradata_size));
  if (parameters.codec_id == AV_CODEC_ID_H264) {
    ASSIGN_OR_RETURN(impl->stream, H264Stream::open(parameters, record, impl->read));
  } else if (parameters.codec_id == AV_CODEC_ID_HEVC) {
    ASSIGN_OR_RETURN(impl->stream, HevcStream::open(parameters, record, impl->read));
  } else {
    return base::unsupported("its picture is " +
                             std::string(avcodec_get_name(parameters.codec_id)) +
                             ", neither H.264 nor HEVC");
  }
  return std::unique_ptr<Splice>(new Splice(std::move(impl)));
}

Result<AccessKind> Splice::access_kind(size_t i, size_t before,
                                       const std::vector<size_t>& replaced) const {
  return impl_->stream->access_kind(i, before, replaced);
}
bool Splice::keeps_order() const { return impl_->stream->keeps_order(); }
Result<std::vector<SampleBytes>> Splice::encode_head(const Head& head, const StoredFrames& frames) {
  return impl_->stream->encode_head(head, frames);
}
Result<std::vector<SampleBytes>> Splice::encode_tail(size_t count, size_t last,
                                                     const StoredFrames& frames) {
  return impl_->stream->encode_tail(count, last, frames);
}
Result<SampleBytes> Splice::entry(size_t i) const { return impl_->stream->entry(i); }
uint32_t Splice::record_type() const { return impl_->stream->record_type(); }
SampleBytes Splice::record() const { return impl_->stream->record(); }

}  // namespace rushes::media
