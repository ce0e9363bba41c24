#include "mp4/recording.h"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "base/decimal.h"

namespace rushes::mp4 {
namespace {

using base::Result;
using base::Status;

constexpr size_t kMostChapters = 4096;

// Where four characters begin, or the end.
size_t place_of(const Bytes& bytes, Type type) {
  for (size_t i = 0; i + 4 <= bytes.size(); ++i) {
    if (FieldReader(View(bytes).subspan(i)).u32() == type) return i;
  }
  return bytes.size();
}

void clear(Bytes& bytes, size_t at, size_t count) {
  for (size_t i = at; i < std::min(at + count, bytes.size()); ++i) bytes[i] = std::byte{0};
}

// Sample entries without what they say of bit rates: that differs from chapter to chapter, and
// nobody decodes by it.
Bytes without_rates(Bytes entries) {
  clear(entries, place_of(entries, type_of("btrt")) + 4, 12);
  const size_t descriptor = place_of(entries, type_of("esds"));
  // ES_Descriptor, then DecoderConfigDescriptor (tag 4; its length in one byte, or in four with a
  // mark): object type, stream type, buffer size (3), highest and average bit rate (4 each).
  for (size_t i = descriptor + 8; i + 2 < entries.size(); ++i) {
    if (entries[i] != std::byte{4}) continue;
    size_t at = i + 1;
    while (at < entries.size() && std::to_integer<int>(entries[at]) >= 0x80) ++at;
    clear(entries, at + 3, 11);
    break;
  }
  return entries;
}

// What of a track's header turns and mirrors it: it ends with a matrix of three by three, width and
// height.
Bytes turned(const Track& track) {
  constexpr size_t kMatrix = 36, kSize = 8;
  const Bytes& header = track.track_header;
  if (header.size() < kMatrix + kSize) return {};
  const View matrix = View(header).last(kMatrix + kSize);
  Bytes out;
  for (const size_t row : {0, 12}) {
    const View factors = matrix.subspan(row, 8);
    out.insert(out.end(), factors.begin(), factors.end());
  }
  return out;
}

Status check_same(const Movie& first, const Movie& other) {
  if (other.tracks.size() != first.tracks.size()) {
    return base::invalid_argument("it has " + std::to_string(other.tracks.size()) +
                                  " tracks where the first chapter has " +
                                  std::to_string(first.tracks.size()));
  }
  for (size_t i = 0; i < first.tracks.size(); ++i) {
    const Track &a = first.tracks[i], &b = other.tracks[i];
    const std::string which = "its track " + std::to_string(i + 1) + " (" + name_of(b.codec) + ") ";
    if (a.handler != b.handler || a.codec != b.codec) {
      return base::invalid_argument(which + "is \"" + name_of(a.codec) + "\" in the first chapter");
    }
    if (a.timescale != b.timescale) {
      return base::invalid_argument(which + "has another clock than in the first chapter");
    }
    if (without_rates(a.sample_entries) != without_rates(b.sample_entries)) {
      return base::invalid_argument(which + "is encoded otherwise than in the first chapter: " +
                                    "another size, format or quality");
    }
    if (a.handler == kVideo && turned(a) != turned(b)) {
      return base::invalid_argument(which + "is turned otherwise than in the first chapter");
    }
  }
  return {};
}

// Those of a chapter, with times since the recording began.
std::vector<Sample> placed(const Track& track, const Rational& chapter, uint16_t source) {
  const int64_t shift = ((chapter + track.delay) * track.timescale).round() - track.start;
  std::vector<Sample> samples = track.samples;
  // What the edit list hides at its ends: nothing needs what comes last, and sound of a later
  // chapter needs nothing of what comes first.
  const int64_t end =
      track.length ? track.start + (*track.length * track.timescale).round() : INT64_MAX;
  while (!samples.empty() && samples.back().pts() >= end) samples.pop_back();
  if (track.handler != kVideo && source > 0) {
    const auto shown = std::ranges::find_if(
        samples, [&](const Sample& sample) { return sample.end() > track.start; });
    samples.erase(samples.begin(), shown);
  }
  for (Sample& sample : samples) {
    sample.dts += shift;
    sample.source = source;
  }
  return samples;
}

Status add_marks(Recording& out, const Movie& chapter, const Rational& begin) {
  ASSIGN_OR_RETURN(std::vector<Mark> marks, marks_of(chapter));
  for (Mark& mark : marks) out.marks.push_back({begin + mark.at, std::move(mark.title)});
  return {};
}

// How the samples of a chapter went with those before: by how many units they did not fit, and how
// many of its own were left out.
struct Fit {
  int64_t gap = 0;
  size_t left_out = 0;
};

// `boundary` is where the chapter begins. What is there twice goes where it reaches farther over
// that.
Fit append(std::vector<Sample>& all, std::span<Sample> more, int64_t boundary) {
  if (more.empty()) return {};
  Fit fit;
  if (!all.empty()) {
    const int64_t length = std::max<int64_t>({all.back().duration, more.front().duration, 1});
    const auto end = [&] { return all.back().dts + static_cast<int64_t>(all.back().duration); };
    fit.gap = more.front().dts - end();
    if (std::abs(fit.gap) < length) fit.gap = 0;
    while (!all.empty() && fit.left_out < more.size() &&
           more[fit.left_out].dts - end() <= -length) {
      if (end() - boundary > boundary - more[fit.left_out].dts) {
        all.pop_back();
      } else {
        ++fit.left_out;
      }
    }
    more = more.subspan(fit.left_out);
    if (!all.empty() && !more.empty()) {
      const int64_t gap = more.front().dts - end();
      if (gap >= length) {
        all.back().duration =
            static_cast<uint32_t>(std::min<int64_t>(all.back().duration + gap, UINT32_MAX));
      } else {
        for (Sample& sample : more) sample.dts -= gap;
      }
    }
  }
  all.insert(all.end(), more.begin(), more.end());
  return fit;
}

}  // namespace

std::string chapter_title(size_t number, const std::string& name) {
  return "chapter " + std::to_string(number + 1) + (name.empty() ? "" : " (" + name + ")");
}

Result<Recording> join(std::vector<Movie> chapters) {
  RUSHES_CHECK(!chapters.empty());
  if (chapters.size() > kMostChapters) return base::invalid_argument("more than 4096 chapters");
  Recording out;
  Rational begin;
  std::vector<std::vector<Sample>> samples(chapters[0].tracks.size());
  std::vector<Rational> ends(samples.size());
  for (size_t c = 0; c < chapters.size(); ++c) {
    const Movie& chapter = chapters[c];
    const std::string name = chapter_title(c, chapter.name);
    if (auto same = check_same(chapters[0], chapter); !same.ok()) {
      return std::move(same).error().in(name);
    }
    out.chapters.push_back(begin);
    if (const auto marked = add_marks(out, chapter, begin); !marked.ok()) {
      out.notes.push_back((chapters.size() > 1 ? name + ": " : "") + marked.error().message +
                          ": they are left out");
    }
    Rational end;
    for (size_t t = 0; t < chapter.tracks.size(); ++t) {
      const Track& track = chapter.tracks[t];
      if (chapter.video() == nullptr) end = std::max(end, track.shown_until());
      ends[t] = std::max(ends[t], begin + track.shown_until());
      std::vector<Sample> own = placed(track, begin, static_cast<uint16_t>(c));
      if (track.handler == kSound && !samples[t].empty() && !own.empty()) {
        // Decoders give all of a packet, however short it is said to be at the end of a file.
        Sample& last = samples[t].back();
        last.duration = std::max(last.duration, own.front().duration);
      }
      const Fit fit = append(samples[t], own, (begin * track.timescale).round());
      if (track.handler == kVideo && fit.left_out > 0) {
        return base::invalid_argument(name + " begins with pictures that are not to be seen");
      }
      if (fit.gap == 0 || track.handler == kTimecode) continue;
      out.notes.push_back(
          name + ": track " + std::to_string(t + 1) + " (" + name_of(track.codec) + ") begins " +
          base::decimal(Rational(std::abs(fit.gap) * 1000, track.timescale)) + " ms " +
          (fit.gap > 0 ? "after that of the chapter before ends"
                       : "before that of the chapter before ends: what is there "
                         "twice is left out once"));
    }
    if (chapter.video() != nullptr) end = chapter.video()->shown_until();
    begin += end;
  }
  out.length = begin;
  out.movie = std::move(chapters[0]);
  for (size_t t = 0; t < samples.size(); ++t) {
    Track& track = out.movie.tracks[t];
    track.samples = std::move(samples[t]);
    track.delay = 0;
    track.start = 0;
    track.length = ends[t];
  }
  return out;
}

}  // namespace rushes::mp4
