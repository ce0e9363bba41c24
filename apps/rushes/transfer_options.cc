#include "transfer_options.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "base/uri.h"
#include "cache_folder.h"
#include "net/rate_limiter.h"
#include "numbers.h"

namespace rushes::app {
namespace {

base::Result<uint64_t> rate_of(const TransferOptions& options) {
  ASSIGN_OR_RETURN(const uint64_t rate, parse_size(options.limit_rate, "--limit-rate"));
  if (rate >= net::kLeastRate) return rate;
  return usage_error("--limit-rate must be at least 1K, 1024 bytes a second (is \"" +
                     options.limit_rate + "\")");
}

// "90s", "30m", "1h", "2d", or seconds.
base::Result<double> patience_of(const TransferOptions& options) {
  constexpr double kLongest = 366.0 * 24 * 3600;
  const std::string& text = options.give_up_after;
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const std::string_view unit(after, static_cast<size_t>(end - after));
  const double seconds = unit.empty() || unit == "s" ? 1
                         : unit == "m"               ? 60
                         : unit == "h"               ? 3600
                         : unit == "d"               ? 24 * 3600
                                                     : 0;
  if (error == std::errc() && seconds > 0 && value >= 0 && value * seconds <= kLongest) {
    return value * seconds;
  }
  return usage_error("--give-up-after must be a time like 90s, 30m, 1h or 2d (is \"" + text +
                     "\")");
}

}  // namespace

void add_limit_rate(CLI::App& command, TransferOptions& options) {
  command.add_option("--limit-rate", options.limit_rate,
                     "upload no more than so many bytes a second, in all; 500K, 20M, 1.5M: K is\n"
                     "1024 bytes, M 1024 K. For outputs in stores");
}

void add_give_up_after(CLI::App& command, TransferOptions& options) {
  command
      .add_option("--give-up-after", options.give_up_after,
                  "how long a request may fail before its file does, asked again with growing\n"
                  "pauses: 90s, 30m, 1h, 2d")
      ->capture_default_str();
}

base::Status check(const TransferOptions& options, const std::string& output) {
  if (!options.give_up_after.empty()) {
    if (auto patience = patience_of(options); !patience.ok()) return std::move(patience).error();
  }
  if (options.limit_rate.empty()) return {};
  if (auto rate = rate_of(options); !rate.ok()) return std::move(rate).error();
  if (base::is_uri(output)) return {};
  return usage_error("--limit-rate is for outputs in stores, and \"" + output + "\" is a file");
}

base::Result<nlohmann::json> transfer_of(const TransferOptions& options,
                                         const std::string& shared) {
  nlohmann::json task = nlohmann::json::object();
  RETURN_IF_ERROR(grant(task, options, shared));
  return task.value("transfer", nlohmann::json());
}

base::Status grant(nlohmann::json& task, const TransferOptions& options,
                   const std::string& shared) {
  if (!options.give_up_after.empty()) {
    ASSIGN_OR_RETURN(task["transfer"]["give_up_seconds"], patience_of(options));
  }
  if (options.limit_rate.empty()) return {};
  ASSIGN_OR_RETURN(task["transfer"]["send_bytes_per_second"], rate_of(options));
  if (!shared.empty()) task["transfer"]["send_limit_file"] = shared;
  return {};
}

}  // namespace rushes::app
