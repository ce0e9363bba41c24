#pragma once

// Decoded pictures of a program's inputs, and its fonts, for the composer.
//
// Segments of a run share one of these: a decoder that one segment leaves in the middle of a
// recording goes on with the next, and a still that both show is decoded once. What a segment is
// given is the same all the same: frames of undamaged video depend on their time alone, and where
// there may be damage the segment is begun anew with begin_carefully().

#include <list>
#include <map>
#include <memory>
#include <set>

#include "compose/sources.h"
#include "engine/task.h"
#include "media/video_reader.h"
#include "plan/slice.h"
#include "render/files.h"
#include "render/kept_stills.h"
#include "render/noted_warnings.h"
#include "schema/program.h"
#include "text/font_shelf.h"

namespace rushes::render {

struct StillCounts {
  int64_t decoded = 0;
  int64_t from_store = 0;
};

class ProgramSources final : public compose::Sources {
 public:
  // Opens every input of the task that the program names. Both must outlive it.
  static base::Result<std::unique_ptr<ProgramSources>> open(const schema::Program& program,
                                                            const engine::TaskContext& context);

  base::Result<frame::Frame> still(int input, int want_width, int want_height) override;
  base::Result<frame::Frame> video(int input, int64_t reader, const base::Rational& t) override;
  void will_read(int input, int64_t reader, const base::Rational& from,
                 const base::Rational& until) override;
  void close_reader(int64_t reader) override;
  base::Result<std::shared_ptr<text::FontSet>> fonts(const std::vector<int>& numbers) override {
    return fonts_.set(numbers);
  }
  std::optional<frame::Frame> recall(int input, const compose::StillVariant& variant) override;
  void remember(int input, const compose::StillVariant& variant,
                const frame::Frame& picture) override;

  // A new segment: what was warned of is worth telling again, and decoders that have met damage are
  // given up. `after`: how long the one is that this run goes on with, 0 if it ends; recordings
  // that both play are fetched without a pause between them.
  void begin(const base::Rational& after = 0);
  // Whether what decoding has given since begin() may be damaged: false only if it is not.
  bool may_be_damaged() const;
  // Decoders made afresh, one thread each: what they make of damage then follows from what they
  // are asked for since.
  void begin_carefully();
  const StillCounts& still_counts() const { return still_counts_; }
  // Warnings since begin(), in their order.
  const std::vector<InputWarning>& warnings() const { return warnings_; }

 private:
  struct Reader {
    int input = -1;
    int threads = 1;
    base::Rational at;
    std::unique_ptr<media::VideoReader> reader;
  };
  struct Stretch {
    base::Rational from, until;
  };
  struct Kept {
    int input = -1;
    compose::StillVariant variant;
    KeptStill still;
  };

  ProgramSources(const schema::Program& program, const engine::TaskContext& context)
      : program_(program),
        context_(context),
        fonts_(font_files(context)),
        stored_(program, context) {}
  void warn(int input, const std::string& message);
  void hold(Kept kept);
  const base::ByteSource& source(int input) const { return *sources_[static_cast<size_t>(input)]; }
  base::Result<Reader> take_reader(int input, const base::Rational& t);
  // Since it was opened. With several threads libav forgets to mark some damaged frames (of H.264,
  // those that another thread puts out), but never to complain.
  static bool has_met_damage(const Reader& reader);
  static bool is_suspicious(const Reader& reader);

  const schema::Program& program_;
  const engine::TaskContext& context_;
  std::vector<std::unique_ptr<base::ByteSource>> sources_;
  text::FontShelf fonts_;
  std::map<int64_t, Reader> readers_;
  std::map<int64_t, Stretch> announced_;  // of readers that are not open yet
  base::Rational after_;
  std::list<Reader> idle_;  // last closed first
  KeptStills stored_;
  std::list<Kept> kept_;                     // last used first
  std::vector<std::string> still_warnings_;  // of the last one that was decoded
  StillCounts still_counts_;
  std::set<InputWarning> told_;
  std::vector<InputWarning> warnings_;
  bool careful_ = false;
  bool idle_suspicious_ = false;  // of readers that are gone, since begin()
};

// The inputs and fonts of a slice of the program, by their numbers there.
class SliceSources final : public compose::Sources {
 public:
  // Both must outlive it.
  SliceSources(ProgramSources& sources, const plan::Slice& slice)
      : sources_(sources), slice_(slice) {}

  base::Result<frame::Frame> still(int input, int want_width, int want_height) override {
    return sources_.still(whole(input), want_width, want_height);
  }
  base::Result<frame::Frame> video(int input, int64_t reader, const base::Rational& t) override {
    return sources_.video(whole(input), reader, t);
  }
  void will_read(int input, int64_t reader, const base::Rational& from,
                 const base::Rational& until) override {
    sources_.will_read(whole(input), reader, from, until);
  }
  void close_reader(int64_t reader) override { sources_.close_reader(reader); }
  base::Result<std::shared_ptr<text::FontSet>> fonts(const std::vector<int>& numbers) override {
    std::vector<int> all;
    all.reserve(numbers.size());
    for (const int n : numbers) all.push_back(slice_.fonts[static_cast<size_t>(n)]);
    return sources_.fonts(all);
  }
  std::optional<frame::Frame> recall(int input, const compose::StillVariant& variant) override {
    return sources_.recall(whole(input), variant);
  }
  void remember(int input, const compose::StillVariant& variant,
                const frame::Frame& picture) override {
    sources_.remember(whole(input), variant, picture);
  }

 private:
  int whole(int input) const { return slice_.inputs[static_cast<size_t>(input)]; }
  ProgramSources& sources_;
  const plan::Slice& slice_;
};

}  // namespace rushes::render
