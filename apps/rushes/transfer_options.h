#pragma once

// How a command speaks with the stores that it writes to.

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace rushes::app {

struct TransferOptions {
  std::string limit_rate;     // "20M": bytes a second, as parse_size has them; empty: none
  std::string give_up_after;  // "1h"; empty: after a few attempts
};

// --limit-rate. `options` must outlive the command line.
void add_limit_rate(CLI::App& command, TransferOptions& options);

// --give-up-after.
void add_give_up_after(CLI::App& command, TransferOptions& options);

// A mistake of the command line: no rate, no time, or an output that is sent nowhere.
base::Status check(const TransferOptions& options, const std::string& output);
// The member "transfer" of tasks that write into stores; null: nothing is said.
base::Result<nlohmann::json> transfer_of(const TransferOptions& options, const std::string& shared);
// Of a task that writes into a store. `shared`: the file by which several of them keep to the limit
// together; empty for one alone.
base::Status grant(nlohmann::json& task, const TransferOptions& options,
                   const std::string& shared = {});

}  // namespace rushes::app
