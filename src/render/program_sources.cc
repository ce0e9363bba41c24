#include "render/program_sources.h"

#include <algorithm>

#include "media/still.h"
#include "render/files.h"

namespace rushes::render {

using base::Result;

namespace {
// Two, so that decoding runs beside composing and encoding without taking the machine from them.
// One where work is only divided by segments: then it takes less work and memory.
constexpr int kDecoderThreads = 2;
// Clips that a segment's boundary cuts are picked up at once; others will not be.
constexpr size_t kMostIdle = 2;
// Stills that one frame shows, and a few that the next segment does, in each size.
constexpr size_t kMostKept = 6;
}  // namespace

Result<std::unique_ptr<ProgramSources>> ProgramSources::open(const schema::Program& program,
                                                             const engine::TaskContext& context) {
  std::unique_ptr<ProgramSources> out(new ProgramSources(program, context));
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    ASSIGN_OR_RETURN(auto source, open_input(context, input_name(static_cast<int>(i))));
    if (source->size() != program.inputs[i].size) {
      return base::invalid_argument(program.inputs[i].src +
                                    ": the file has changed since the timeline was compiled");
    }
    out->sources_.push_back(std::move(source));
  }
  return out;
}

void ProgramSources::warn(int input, const std::string& message) {
  const InputWarning warning{input, message};
  if (!told_.insert(warning).second) return;
  warnings_.push_back(warning);
  const std::string& name = program_.inputs[static_cast<size_t>(input)].src;
  context_.events.warning({.text = name + ": " + message});
}

void ProgramSources::begin(const base::Rational& after) {
  after_ = after;
  announced_.clear();
  told_.clear();
  warnings_.clear();
  careful_ = false;
  idle_suspicious_ = false;
  // What a decoder makes of damage reaches the frames after it: the segment would have to be begun
  // anew.
  std::erase_if(readers_, [](const auto& entry) { return has_met_damage(entry.second); });
  std::erase_if(idle_, has_met_damage);
}

bool ProgramSources::has_met_damage(const Reader& reader) { return reader.reader->damaged() > 0; }

bool ProgramSources::is_suspicious(const Reader& reader) {
  return has_met_damage(reader) || (reader.threads > 1 && reader.reader->complaints() > 0);
}

bool ProgramSources::may_be_damaged() const {
  const auto bad = [](const auto& entry) { return is_suspicious(entry.second); };
  return idle_suspicious_ || std::ranges::any_of(readers_, bad) ||
         std::ranges::any_of(idle_, is_suspicious);
}

void ProgramSources::begin_carefully() {
  readers_.clear();
  idle_.clear();
  begin(after_);
  careful_ = true;
}

Result<frame::Frame> ProgramSources::still(int input, int want_width, int want_height) {
  ASSIGN_OR_RETURN(
      const media::Still still,
      media::read_still(source(input), {.max_width = want_width, .max_height = want_height}));
  ++still_counts_.decoded;
  still_warnings_ = still.warnings;
  for (const std::string& w : still.warnings) warn(input, w);
  return still.frame;
}

std::optional<frame::Frame> ProgramSources::recall(int input,
                                                   const compose::StillVariant& variant) {
  const auto at = std::ranges::find_if(
      kept_, [&](const Kept& kept) { return kept.input == input && kept.variant == variant; });
  if (at != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, at);
  } else {
    auto stored = stored_.find(input, variant);
    if (!stored) return std::nullopt;
    ++still_counts_.from_store;
    hold({input, variant, *std::move(stored)});
  }
  const KeptStill& still = kept_.front().still;
  for (const std::string& w : still.warnings) warn(input, w);
  return still.picture;
}

void ProgramSources::remember(int input, const compose::StillVariant& variant,
                              const frame::Frame& picture) {
  hold({input, variant, {picture, still_warnings_}});
  stored_.keep(input, variant, kept_.front().still);
}

void ProgramSources::hold(Kept kept) {
  kept_.push_front(std::move(kept));
  if (kept_.size() > kMostKept * (1 + program_.renditions.size())) kept_.pop_back();
}

namespace {

// It is the same file that a sound is taken from.
bool is_heard(const schema::Program& program, int input) {
  const std::string& src = program.inputs[static_cast<size_t>(input)].src;
  return std::ranges::any_of(program.audio.sounds, [&](const schema::Sound& sound) {
    return program.inputs[static_cast<size_t>(sound.input)].src == src;
  });
}

}  // namespace

// A reader that stands at or before t is near; one behind has to seek, which is still less than to
// open the file again.
Result<ProgramSources::Reader> ProgramSources::take_reader(int input, const base::Rational& t) {
  auto best = idle_.end();
  for (auto at = idle_.begin(); at != idle_.end(); ++at) {
    if (at->input != input) continue;
    const auto rank = [&](const Reader& r) {
      return std::pair(r.at > t, r.at > t ? r.at - t : t - r.at);
    };
    if (best == idle_.end() || rank(*at) < rank(*best)) best = at;
  }
  if (best != idle_.end()) {
    Reader reader = std::move(*best);
    idle_.erase(best);
    return reader;
  }
  Reader reader{.input = input,
                .threads = careful_ ? 1 : std::min(kDecoderThreads, program_.video.threads)};
  const int stream = program_.inputs[static_cast<size_t>(input)].stream;
  ASSIGN_OR_RETURN(reader.reader, media::VideoReader::open(
                                      source(input), {.stream = stream,
                                                      .threads = reader.threads,
                                                      .want_sound = is_heard(program_, input)}));
  return reader;
}

Result<frame::Frame> ProgramSources::video(int input, int64_t number, const base::Rational& t) {
  auto at = readers_.find(number);
  if (at == readers_.end()) {
    ASSIGN_OR_RETURN(Reader reader, take_reader(input, t));
    at = readers_.emplace(number, std::move(reader)).first;
    if (const auto told = announced_.find(number); told != announced_.end()) {
      at->second.reader->will_read(told->second.from, told->second.until + after_);
    }
  }
  Reader& reader = at->second;
  reader.at = t;
  auto frame = reader.reader->frame_at(t);
  // What several threads say of damage varies, as do their pictures: the segment will be begun
  // anew.
  if (careful_ && has_met_damage(reader)) {
    for (const std::string& w : reader.reader->warnings()) warn(input, w);
  }
  return frame;
}

void ProgramSources::will_read(int /*input*/, int64_t number, const base::Rational& from,
                               const base::Rational& until) {
  announced_[number] = {from, until};
}

void ProgramSources::close_reader(int64_t number) {
  announced_.erase(number);
  const auto at = readers_.find(number);
  if (at == readers_.end()) return;
  idle_.push_front(std::move(at->second));
  readers_.erase(at);
  if (idle_.size() <= kMostIdle) return;
  idle_suspicious_ = idle_suspicious_ || is_suspicious(idle_.back());
  idle_.pop_back();
}

}  // namespace rushes::render
