#pragma once

// What is reported of a rendered file: verdict, reasons, and all that was measured. schema/qc.json
// describes it as a document, page.h shows it to people.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "qc/figures.h"
#include "qc/inspected.h"
#include "qc/pictures.h"
#include "qc/plan.h"

namespace rushes::qc {

enum class Verdict : uint8_t { kPass, kWarn, kFail };
std::string_view name_of(Verdict verdict);  // "pass", "warn", "fail"

struct Reason {
  Verdict severity = Verdict::kFail;
  std::string what;               // "frames", "timestamps", "picture", ...: in the document
  std::string text;               // one line, for people
  std::optional<double> at = {};  // seconds of the output
};

enum class StretchKind : uint8_t { kBlack, kFrozen, kSilent };
std::string_view name_of(StretchKind kind);

struct NamedStretch {
  StretchKind kind = StretchKind::kBlack;
  Rational from, to;  // seconds of the output
  bool in_reference = true;
};

struct Report {
  Plan plan;
  double least_ssim = kUsualLeastSsim;  // of the worst second, to pass
  Inspected inspected;
  std::optional<Pictures> pictures;     // none: they could not be compared, a reason says why
  std::optional<SoundFigures> sound;    // none: neither has sound
  std::vector<NamedStretch> stretches;  // by time
  std::vector<Reason> reasons;          // the worst first
  Verdict verdict = Verdict::kPass;
};

// Seconds of the output of which the picture is worst: the least SSIM first.
std::vector<size_t> worst_seconds(const Pictures& pictures, size_t count);

// `pictures` has been finished.
struct Measured {
  Inspected inspected;
  std::optional<Pictures> pictures;
  std::optional<SoundFigures> sound;
};
Report judge(const Plan& plan, const Limits& limits, Measured measured);

// As schema/qc.json says. Numbers are rounded, so that the text follows from the figures.
nlohmann::json json_of(const Report& report);

}  // namespace rushes::qc
