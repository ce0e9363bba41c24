#include "schema/program_json.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "schema/json_text.h"
#include "schema/limits.h"
#include "schema/program_fields.h"

namespace rushes::schema {
namespace {

using base::invalid_argument;
using base::Rational;
using base::Result;
using base::Status;
using Json = nlohmann::ordered_json;

template <class T>
concept Described = requires {
  Fields<T>::list;
};
template <class T>
concept Named = requires {
  Names<T>::list;
};

// ---- writing

template <class T>
Json write(const T& value);

template <class T>
Json write_object(const T& value) {
  static const T kDefaults{};
  Json out = Json::object();
  std::apply(
      [&](const auto&... field) {
        const auto one = [&](const auto& f) {
          if (!(value.*f.member == kDefaults.*f.member)) out[f.name] = write(value.*f.member);
        };
        (one(field), ...);
      },
      Fields<T>::list);
  return out;
}

std::string hex_of(const Color& c) {
  return fmt::format("#{:02x}{:02x}{:02x}{:02x}", c.r, c.g, c.b, c.a);
}

Json write_easing(const Easing& easing) {
  if (easing.name == "cubic-bezier") return easing.p;
  return easing.name;
}

Json write_curve(const Curve& curve) {
  if (curve.keys.size() == 1 && curve == Curve(curve.keys[0].value)) return curve.keys[0].value;
  return write(curve.keys);
}

Json write_content(const Content& content) {
  return std::visit(
      [](const auto& c) {
        Json out = Json::object();
        out["kind"] = ContentKind<std::decay_t<decltype(c)>>::name;
        out.update(write_object(c));
        return out;
      },
      content);
}

template <class T>
Json write_list(const std::vector<T>& list) {
  Json out = Json::array();
  for (const T& item : list) out.push_back(write(item));
  return out;
}

template <class T>
Json write_list(const std::optional<T>& value) {
  return value.has_value() ? write(*value) : Json();
}

template <class T>
Json write(const T& value) {
  if constexpr (std::is_same_v<T, Color>) {
    return hex_of(value);
  } else if constexpr (std::is_same_v<T, Rational>) {
    return value.to_string();
  } else if constexpr (std::is_same_v<T, Easing>) {
    return write_easing(value);
  } else if constexpr (std::is_same_v<T, Curve>) {
    return write_curve(value);
  } else if constexpr (std::is_same_v<T, Content>) {
    return write_content(value);
  } else if constexpr (Named<T>) {
    return Names<T>::list[static_cast<size_t>(value)];
  } else if constexpr (Described<T>) {
    return write_object(value);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return value;
  } else {
    return write_list(value);
  }
}

// ---- reading

// Where reading is, as links up the call stack; made into a pointer only when something is wrong.
struct Here {
  const Here* parent = nullptr;
  std::string_view key;
  size_t index = 0;

  std::string pointer() const {
    if (parent == nullptr) return "";
    return key.empty() ? child(parent->pointer(), index) : child(parent->pointer(), key);
  }
  base::Error error(std::string_view what) const {
    return invalid_argument(fmt::format("program: {}: {}", pointer(), what));
  }
};

template <class T>
Status read(const Value& value, const Here& here, T& out);

template <class T>
Status read_number(const Value& value, const Here& here, T& out) {
  if (!value.is_number()) return here.error("must be a number");
  if constexpr (std::is_floating_point_v<T>) {
    out = value.to_double();
  } else {
    const int64_t low =
        std::is_signed_v<T> ? static_cast<int64_t>(std::numeric_limits<T>::min()) : 0;
    const bool wide = sizeof(T) == 8;
    const int64_t high = wide ? std::numeric_limits<int64_t>::max()
                              : static_cast<int64_t>(std::numeric_limits<T>::max());
    if (value.number.den() != 1 || value.number < low || value.number > high) {
      return here.error("must be a whole number in range");
    }
    out = static_cast<T>(value.number.num());
  }
  return {};
}

Status read_color(const Value& value, const Here& here, Color& out) {
  auto color = parse_color(value.text);
  if (!value.is_string() || !color.ok()) return here.error("must be a colour");
  out = *color;
  return {};
}

Status read_rational(const Value& value, const Here& here, Rational& out) {
  auto number = Rational::parse(value.text);
  if (!value.is_string() || value.text.size() > 64 || !number.ok()) {
    return here.error("must be a fraction in a string");
  }
  out = *number;
  return {};
}

Status read_easing(const Value& value, const Here& here, Easing& out) {
  if (value.is_array() && value.items.size() == 4) {
    out.name = "cubic-bezier";
    for (size_t i = 0; i < 4; ++i) RETURN_IF_ERROR(read_number(value.items[i], here, out.p[i]));
    return {};
  }
  auto easing = parse_easing(value.text);
  if (!value.is_string() || !easing.ok()) return here.error("must be an easing");
  out = *easing;
  return {};
}

Status read_curve(const Value& value, const Here& here, Curve& out) {
  if (!value.is_number()) return read(value, here, out.keys);
  double constant = 0;
  RETURN_IF_ERROR(read_number(value, here, constant));
  out = Curve(constant);
  return {};
}

template <class T>
Status read_object(const Value& value, const Here& here, T& out, std::string_view also = "") {
  if (!value.is_object()) return here.error("must be an object");
  for (const Member& member : value.members) {
    if (member.key == also) continue;
    const Here inside{.parent = &here, .key = member.key};
    Status status = inside.error("unknown key");
    std::apply(
        [&](const auto&... field) {
          const auto one = [&](const auto& f) {
            if (member.key == f.name) status = read(member.value, inside, out.*f.member);
          };
          (one(field), ...);
        },
        Fields<T>::list);
    RETURN_IF_ERROR(std::move(status));
  }
  return {};
}

template <size_t kIndex = 0>
Status read_content(const Value& value, const Here& here, Content& out) {
  if constexpr (kIndex == std::variant_size_v<Content>) {
    return here.error("unknown kind of content");
  } else {
    using T = std::variant_alternative_t<kIndex, Content>;
    const Value* kind = value.find("kind");
    if (kind == nullptr || kind->text != ContentKind<T>::name) {
      return read_content<kIndex + 1>(value, here, out);
    }
    return read_object(value, here, out.emplace<T>(), "kind");
  }
}

template <class T>
Status read_list(const Value& value, const Here& here, std::vector<T>& out) {
  if (!value.is_array()) return here.error("must be a list");
  out.clear();
  out.reserve(value.items.size());
  for (size_t i = 0; i < value.items.size(); ++i) {
    RETURN_IF_ERROR(
        read(value.items[i], {.parent = &here, .key = {}, .index = i}, out.emplace_back()));
  }
  return {};
}

template <class T>
Status read_list(const Value& value, const Here& here, std::optional<T>& out) {
  return read(value, here, *(out = T{}));
}

template <class T>
Status read_name(const Value& value, const Here& here, T& out) {
  for (size_t i = 0; i < std::size(Names<T>::list); ++i) {
    if (value.is_string() && value.text == Names<T>::list[i]) {
      out = static_cast<T>(i);
      return {};
    }
  }
  return here.error("unknown word");
}

template <class T>
Status read(const Value& value, const Here& here, T& out) {
  if constexpr (std::is_same_v<T, Color>) {
    return read_color(value, here, out);
  } else if constexpr (std::is_same_v<T, Rational>) {
    return read_rational(value, here, out);
  } else if constexpr (std::is_same_v<T, Easing>) {
    return read_easing(value, here, out);
  } else if constexpr (std::is_same_v<T, Curve>) {
    return read_curve(value, here, out);
  } else if constexpr (std::is_same_v<T, Content>) {
    return read_content(value, here, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_boolean()) return here.error("must be true or false");
    out = value.boolean;
    return {};
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.is_string()) return here.error("must be a string");
    out = value.text;
    return {};
  } else if constexpr (std::is_arithmetic_v<T>) {
    return read_number(value, here, out);
  } else if constexpr (Named<T>) {
    return read_name(value, here, out);
  } else if constexpr (Described<T>) {
    return read_object(value, here, out);
  } else {
    return read_list(value, here, out);
  }
}

}  // namespace

std::string write_program(const Program& program) {
  Json out = Json::object();
  out["version"] = program.version;
  out.update(write_object(program));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Program> read_program(std::string_view text) {
  constexpr JsonLimits kLimits{.bytes = 256u << 20, .depth = 16, .values = 10'000'000};
  ParsedJson json = parse_json(text, "program", kLimits);
  if (has_errors(json.diagnostics)) return to_error(json.diagnostics);
  const Value* version = json.value->find("version");
  if (version == nullptr || version->number != Rational(1)) {
    return invalid_argument("program: made by another version of the engine");
  }
  Program program;
  RETURN_IF_ERROR(read_object(*json.value, Here{}, program));
  RETURN_IF_ERROR(check_program(program));
  return program;
}

}  // namespace rushes::schema
