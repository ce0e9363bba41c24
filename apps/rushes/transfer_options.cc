#include "transfer_options.h"

#include "base/uri.h"
#include "cache_folder.h"
#include "numbers.h"

namespace rushes::app {
namespace {

constexpr uint64_t kLeastRate = 1024;

base::Result<uint64_t> rate_of(const TransferOptions& options) {
  ASSIGN_OR_RETURN(const uint64_t rate, parse_size(options.limit_rate, "--limit-rate"));
  if (rate >= kLeastRate) return rate;
  return usage_error("--limit-rate must be at least 1K, 1024 bytes a second (is \"" +
                     options.limit_rate + "\")");
}

}  // namespace

void add_limit_rate(CLI::App& command, TransferOptions& options) {
  command.add_option("--limit-rate", options.limit_rate,
                     "upload no more than so many bytes a second, in all; 500K, 20M, 1.5M: K is\n"
                     "1024 bytes, M 1024 K. For outputs in stores");
}

base::Status check(const TransferOptions& options, const std::string& output) {
  if (options.limit_rate.empty()) return {};
  if (auto rate = rate_of(options); !rate.ok()) return std::move(rate).error();
  if (base::is_uri(output)) return {};
  return usage_error("--limit-rate is for outputs in stores, and \"" + output + "\" is a file");
}

base::Status grant(nlohmann::json& task, const TransferOptions& options,
                   const std::string& shared) {
  if (options.limit_rate.empty()) return {};
  ASSIGN_OR_RETURN(task["transfer"]["send_bytes_per_second"], rate_of(options));
  if (!shared.empty()) task["transfer"]["send_limit_file"] = shared;
  return {};
}

}  // namespace rushes::app
