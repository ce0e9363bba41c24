#include "engine/child_event.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "base/error_catalog.h"

namespace rushes::engine {
namespace {

using nlohmann::json;

constexpr std::array kCodes = {
    base::Code::kInvalidArgument, base::Code::kNotFound,   base::Code::kUnsupported,
    base::Code::kCorrupt,         base::Code::kPermission, base::Code::kResource,
    base::Code::kUnavailable,     base::Code::kCancelled,  base::Code::kInternal};

enum class Type : unsigned char { kText, kCount, kObject, kList, kFlag };

struct Field {
  std::string_view name;
  Type type;
};

struct Form {
  std::string_view type;
  ChildEventKind kind;
  std::initializer_list<Field> fields;
};

const Form kForms[] = {
    {"progress",
     ChildEventKind::kPublic,
     {{"done", Type::kCount}, {"total", Type::kCount}, {"phase", Type::kText}}},
    {"warning",
     ChildEventKind::kPublic,
     {{"number", Type::kCount}, {"text", Type::kText}, {"place", Type::kText}}},
    {"diagnostic",
     ChildEventKind::kPublic,
     {{"number", Type::kCount},
      {"severity", Type::kText},
      {"class", Type::kText},
      {"file", Type::kText},
      {"line", Type::kCount},
      {"column", Type::kCount},
      {"pointer", Type::kText},
      {"message", Type::kText},
      {"hint", Type::kText}}},
    {"run", ChildEventKind::kPublic, {{"end", Type::kCount}}},
    {"result", ChildEventKind::kPublic, {{"result", Type::kObject}}},
    {"ready",
     ChildEventKind::kReady,
     {{"seccomp", Type::kFlag}, {"landlock", Type::kCount}, {"warnings", Type::kList}}},
    {"find_fonts",
     ChildEventKind::kFindFonts,
     {{"families", Type::kList}, {"code_points", Type::kList}, {"substitute", Type::kFlag}}},
    {"add_fonts", ChildEventKind::kAddFonts, {{"faces", Type::kList}}},
    {"create_object", ChildEventKind::kCreateObject, {{"name", Type::kText}}},
    {"commit_object",
     ChildEventKind::kCommitObject,
     {{"name", Type::kText}, {"about", Type::kObject}}},
    {"wait_for_object", ChildEventKind::kWaitForObject, {{"name", Type::kText}}},
    {"find_derived",
     ChildEventKind::kFindDerived,
     {{"name", Type::kText}, {"variant", Type::kText}}},
    {"create_derived",
     ChildEventKind::kCreateDerived,
     {{"name", Type::kText}, {"variant", Type::kText}}},
    {"commit_derived", ChildEventKind::kCommitDerived, {}},
    {"drop_derived", ChildEventKind::kDropDerived, {}},
    {"end", ChildEventKind::kEnd, {}},
    {"failed",
     ChildEventKind::kEnd,
     {{"class", Type::kText}, {"number", Type::kCount}, {"message", Type::kText}}},
};

bool is(const json& value, Type type) {
  switch (type) {
    case Type::kText: return value.is_string();
    case Type::kCount: return value.is_number_integer() && value >= 0;
    case Type::kObject: return value.is_object();
    case Type::kList: return value.is_array();
    case Type::kFlag: return value.is_boolean();
  }
  return false;
}

constexpr int kMaxDepth = 64;

// json::dump calls itself for each level.
bool too_deep(std::string_view line) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

base::Error broken(const std::string& what) {
  return base::internal("the jailed process broke the protocol: " + what);
}

}  // namespace

base::Status LineReader::add(std::string_view bytes) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  buffer_.append(bytes);
  // What was added may hold whole lines; the last one may go on.
  const size_t end = buffer_.rfind('\n');
  const size_t tail = end == std::string::npos ? buffer_.size() : buffer_.size() - end - 1;
  if (tail > limit_) return broken("a line of more than " + std::to_string(limit_) + " bytes");
  return {};
}

bool LineReader::next(std::string& line) {
  const size_t end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    return false;
  }
  line.assign(buffer_, start_, end - start_);
  start_ = scanned_ = end + 1;
  return true;
}

base::Result<ChildEvent> parse_child_event(std::string_view line) {
  if (too_deep(line)) return broken("a line nested too deeply");
  const json event = json::parse(line, nullptr, false);
  if (!event.is_object()) return broken("a line that is no JSON object");
  const auto type = event.find("type");
  if (type == event.end() || !type->is_string()) return broken("an event without a type");
  const std::string& name = type->get_ref<const std::string&>();
  for (const Form& form : kForms) {
    if (form.type != name) continue;
    ChildEvent result{form.kind, json::object()};
    result.json["type"] = name;
    for (const Field& field : form.fields) {
      const auto value = event.find(field.name);
      if (value == event.end() || !is(*value, field.type)) {
        return broken("\"" + name + "\" without a proper \"" + std::string(field.name) + "\"");
      }
      result.json[std::string(field.name)] = *value;
    }
    return result;
  }
  return broken("an event of unknown type");
}

std::string event_line(const json& event) {
  return event.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

json error_to_json(const base::Error& error) {
  return {{"class", base::name_of(error.code)},
          {"number", std::max(error.number, 0)},
          {"message", error.message}};
}

base::Error error_from_json(const json& event) {
  base::Error error;
  const std::string name = event.value("class", "");
  for (base::Code code : kCodes) {
    if (base::name_of(code) == name) error.code = code;
  }
  error.message = event.value("message", "");
  // Not checked against the catalog, only kept within what its numbers can be, and clear of those
  // that are for the broker alone to give: others act on them.
  const auto number = static_cast<int>(std::min<int64_t>(event.value("number", int64_t{0}), 9999));
  if (!base::is_of_broker(number)) error.number = number;
  return error;
}

}  // namespace rushes::engine
