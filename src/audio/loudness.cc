#include "audio/loudness.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>

#include "audio/decibel.h"

namespace rushes::audio {
namespace {

constexpr int64_t kExactSeconds = 4 * 3600;
constexpr double kGateLufs = -70;

struct Destroy {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};

// std::round is exact: no library variant can differ.
double to_hundredths(double x) { return std::round(x * 100) / 100; }

}  // namespace

class Meter::Impl {
 public:
  explicit Impl(ebur128_state* state) : state_(state) {}
  ebur128_state* get() const { return state_.get(); }

 private:
  std::unique_ptr<ebur128_state, Destroy> state_;
};

base::Result<Meter> Meter::open(int channels, int sample_rate, int64_t expected_frames) {
  int mode = EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK;
  if (expected_frames / std::max(1, sample_rate) > kExactSeconds) mode |= EBUR128_MODE_HISTOGRAM;
  ebur128_state* state =
      ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(sample_rate), mode);
  if (state == nullptr) return base::resource("no loudness meter for this format, or no memory");
  auto impl = std::make_unique<Impl>(state);
  // One channel is heard from both loudspeakers.
  if (channels == 1) ebur128_set_channel(state, 0, EBUR128_DUAL_MONO);
  return Meter(std::move(impl));
}

base::Status Meter::add(const frame::AudioBlock& block) {
  if (static_cast<unsigned>(block.channels) != impl_->get()->channels) {
    return base::internal("the loudness meter was given another number of channels");
  }
  if (ebur128_add_frames_float(impl_->get(), block.samples.data(), block.frames()) !=
      EBUR128_SUCCESS) {
    return base::resource("no memory for the loudness meter");
  }
  return {};
}

base::Result<Loudness> Meter::result() const {
  Loudness found;
  double value = 0;
  if (ebur128_loudness_global(impl_->get(), &value) != EBUR128_SUCCESS) {
    return base::internal("no integrated loudness");
  }
  if (std::isfinite(value) && value > kGateLufs) found.integrated_lufs = to_hundredths(value);
  double peak = 0;
  for (unsigned c = 0; c < impl_->get()->channels; ++c) {
    if (ebur128_true_peak(impl_->get(), c, &value) != EBUR128_SUCCESS) {
      return base::internal("no true peak");
    }
    peak = std::max(peak, value);
  }
  if (peak > 0) found.true_peak_db = to_hundredths(to_db(peak));
  if (ebur128_loudness_range(impl_->get(), &value) != EBUR128_SUCCESS) {
    return base::resource("no memory for the loudness range");
  }
  if (std::isfinite(value)) found.range_lu = to_hundredths(value);
  return found;
}

Meter::Meter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Meter::Meter(Meter&&) noexcept = default;
Meter& Meter::operator=(Meter&&) noexcept = default;
Meter::~Meter() = default;

}  // namespace rushes::audio
