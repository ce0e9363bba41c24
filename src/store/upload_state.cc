#include "store/upload_state.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

namespace rushes::store {
namespace {

using nlohmann::json;

constexpr size_t kMaxStateBytes = 16 << 20;

base::Error bad_state() { return base::invalid_argument("this is not the state of an upload"); }

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Result<Part> part_in(const json& item) {
  if (!item.is_object()) return bad_state();
  const auto number = item.find("number"), size = item.find("size");
  if (number == item.end() || size == item.end() || !number->is_number_unsigned() ||
      !size->is_number_unsigned() || number->get<uint64_t>() > 1'000'000) {
    return bad_state();
  }
  return Part{.number = number->get<int>(),
              .size = size->get<uint64_t>(),
              .hash = text_in(item, "hash"),
              .tag = text_in(item, "tag")};
}

}  // namespace

std::string to_text(const UploadState& state) {
  json parts = json::array();
  for (const Part& part : state.parts) {
    parts.push_back(
        {{"number", part.number}, {"size", part.size}, {"hash", part.hash}, {"tag", part.tag}});
  }
  const json out = {{"version", 1},
                    {"store", state.store},
                    {"key", state.key},
                    {"upload", state.id},
                    {"nonce", state.nonce},
                    {"only_if_absent", state.options.only_if_absent},
                    {"content_type", state.options.content_type},
                    {"parts", std::move(parts)}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<UploadState> parse_upload_state(std::string_view text, const std::string& store) {
  if (text.size() > kMaxStateBytes) return bad_state();
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object() || !in.contains("version") || in["version"] != 1) return bad_state();
  UploadState state{.store = text_in(in, "store"),
                    .key = text_in(in, "key"),
                    .id = text_in(in, "upload"),
                    .nonce = text_in(in, "nonce"),
                    .options = {.content_type = text_in(in, "content_type")},
                    .parts = {}};
  const auto only = in.find("only_if_absent"), parts = in.find("parts");
  if (only == in.end() || !only->is_boolean() || parts == in.end() || !parts->is_array() ||
      state.id.empty() || !check_key(state.key).ok()) {
    return bad_state();
  }
  state.options.only_if_absent = only->get<bool>();
  for (const json& item : *parts) {
    ASSIGN_OR_RETURN(Part part, part_in(item));
    state.parts.push_back(std::move(part));
  }
  if (state.store != store) {
    return base::invalid_argument("the upload is one of \"" + state.store + "\"");
  }
  return state;
}

std::string new_nonce() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i) {
    char digits[16];
    std::snprintf(digits, sizeof(digits), "%08x", static_cast<unsigned>(random()));
    out += digits;
  }
  return out;
}

void PartList::set(std::vector<Part> parts) {
  const std::lock_guard lock(mutex_);
  parts_.clear();
  for (Part& part : parts) {
    const int number = part.number;
    parts_[number] = std::move(part);
  }
}

void PartList::add(Part part) {
  const std::lock_guard lock(mutex_);
  const int number = part.number;
  parts_[number] = std::move(part);
}

std::vector<Part> PartList::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Part> out;
  out.reserve(parts_.size());
  for (const auto& [number, part] : parts_) out.push_back(part);
  return out;
}

base::Result<std::vector<Part>> PartList::complete(const StoreLimits& limits) const {
  std::vector<Part> parts = all();
  if (parts.empty()) return base::invalid_argument("the upload has no parts");
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].number != static_cast<int>(i) + 1) {
      return base::invalid_argument("part " + std::to_string(i + 1) + " is missing");
    }
    if (i + 1 < parts.size() && parts[i].size < limits.min_part) {
      return base::invalid_argument("part " + std::to_string(i + 1) + " has " +
                                    std::to_string(parts[i].size) + " bytes, less than the " +
                                    std::to_string(limits.min_part) + " of all but the last");
    }
  }
  return parts;
}

StatefulUpload::StatefulUpload(UploadState state) : state_(std::move(state)) {
  parts_.set(std::exchange(state_.parts, {}));
}

std::string StatefulUpload::state() const {
  UploadState state = state_;
  state.parts = parts();
  return to_text(state);
}

base::Status check_part(int number, uint64_t size, const StoreLimits& limits) {
  if (number < 1 || number > limits.max_parts) {
    return base::invalid_argument("part " + std::to_string(number) + ": there may be 1 to " +
                                  std::to_string(limits.max_parts));
  }
  if (size > limits.max_part) {
    return base::invalid_argument("part " + std::to_string(number) + " has " +
                                  std::to_string(size) + " bytes, more than the " +
                                  std::to_string(limits.max_part) + " allowed");
  }
  return {};
}

uint64_t total_size(const std::vector<Part>& parts) {
  uint64_t total = 0;
  for (const Part& part : parts) total += part.size;
  return total;
}

}  // namespace rushes::store
