#include "schema/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/exact_math.h"
#include "base/uri.h"
#include "schema/diagnostic.h"

namespace rushes::schema {
namespace {

using base::invalid_argument;
using base::Rational;
using base::Result;

constexpr std::string_view kEasings[] = {
    "linear",
    "hold",
    "ease",
    "ease-in",
    "ease-out",
    "ease-in-out",
    "ease-in-quad",
    "ease-out-quad",
    "ease-in-out-quad",
    "ease-in-cubic",
    "ease-out-cubic",
    "ease-in-out-cubic",
    "ease-in-quart",
    "ease-out-quart",
    "ease-in-out-quart",
    "ease-in-quint",
    "ease-out-quint",
    "ease-in-out-quint",
    "ease-in-sine",
    "ease-out-sine",
    "ease-in-out-sine",
    "ease-in-expo",
    "ease-out-expo",
    "ease-in-out-expo",
    "ease-in-circ",
    "ease-out-circ",
    "ease-in-out-circ",
    "ease-in-back",
    "ease-out-back",
    "ease-in-out-back",
    "ease-in-elastic",
    "ease-out-elastic",
    "ease-in-out-elastic",
    "ease-in-bounce",
    "ease-out-bounce",
    "ease-in-out-bounce",
};

std::string shown(std::string_view text) { return fmt::format("\"{}\"", text.substr(0, 40)); }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::span<const std::string_view> easing_names() { return kEasings; }

Result<Easing> parse_easing(std::string_view text) {
  if (std::ranges::find(kEasings, text) != std::end(kEasings)) return Easing{std::string(text)};
  constexpr std::string_view kBezier = "cubic-bezier(";
  if (!text.starts_with(kBezier)) {
    const std::vector<std::string_view> known(std::begin(kEasings), std::end(kEasings));
    const std::string hint = did_you_mean(text, known);
    return invalid_argument(
        shown(text) + " is not an easing" +
        (hint.empty() ? " (like \"ease-in-out\" or \"cubic-bezier(0.2,0,0,1)\")" : "; " + hint));
  }
  const auto bad = [&] {
    return invalid_argument(shown(text) +
                            " wants four numbers, x1,y1,x2,y2, with x1 and x2 from 0 to 1 and y1 "
                            "and y2 from -10 to 10");
  };
  if (text.size() > 200 || !text.ends_with(')')) return bad();
  std::string_view rest = text.substr(kBezier.size(), text.size() - kBezier.size() - 1);
  Easing easing{"cubic-bezier"};
  for (int i = 0; i < 4; ++i) {
    const size_t comma = rest.find(',');
    if ((comma == rest.npos) != (i == 3)) return bad();
    const auto number = Rational::parse(trimmed(rest.substr(0, comma)));
    if (!number.ok()) return bad();
    const bool is_x = i % 2 == 0;
    if (*number < Rational(is_x ? 0 : -10) || *number > Rational(is_x ? 1 : 10)) return bad();
    easing.p[i] = number->to_double();
    if (i < 3) rest.remove_prefix(comma + 1);
  }
  return easing;
}

std::string webvtt_time(const Rational& seconds) {
  const int64_t ms = (seconds * 1000).round();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                     ms % 1000);
}

bool is_rendition_name(std::string_view text) {
  constexpr size_t kMost = 24;
  return !text.empty() && text.size() <= kMost && text[0] != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

Result<Size> parse_size(std::string_view text) {
  if (text == "vertical") return Size{1080, 1920};
  if (text == "square") return Size{1080, 1080};
  if (text == "landscape") return Size{1920, 1080};
  const size_t x = text.find('x');
  const auto number = [](std::string_view digits) {
    int value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? value : -1;
  };
  if (x != text.npos) {
    const Size size{number(text.substr(0, x)), number(text.substr(x + 1))};
    if (size.width >= 0 && size.height >= 0) return size;
  }
  return invalid_argument(shown(text) +
                          " is not a size (like \"1080x1920\", \"vertical\", \"square\" or "
                          "\"landscape\")");
}

Result<Rational> parse_fps(std::string_view text) {
  auto rate = Rational::parse(text);
  if (!rate.ok()) {
    return invalid_argument(shown(text) + " is not a frame rate (like 30 or \"30000/1001\")");
  }
  if (*rate <= 0)
    return invalid_argument("must be > 0 (is " + std::string(text.substr(0, 40)) + ")");
  if (*rate < 1 || *rate > 240) {
    return invalid_argument("must be from 1 to 240 (is " + std::string(text.substr(0, 40)) + ")");
  }
  return rate;
}

Result<int64_t> parse_bitrate(std::string_view text) {
  std::string_view digits = text;
  int64_t unit = 1;
  if (digits.ends_with('k') || digits.ends_with('K')) unit = 1000;
  if (digits.ends_with('M')) unit = 1'000'000;
  if (unit > 1) digits.remove_suffix(1);
  const auto number = Rational::parse(digits);
  if (!number.ok() || digits.find('/') != digits.npos) {
    return invalid_argument(shown(text) + " is not a bit rate (like \"128k\", \"4M\" or 96000)");
  }
  const Rational bits = *number * Rational(unit);
  if (bits < 8000 || bits > 1'000'000'000) {
    return invalid_argument(shown(text) + " must be from 8k to 1000M bits per second");
  }
  return bits.round();
}

Result<double> parse_gain(std::string_view text) {
  std::string_view digits = text;
  const bool decibels = digits.ends_with("dB") || digits.ends_with("db");
  if (decibels) digits.remove_suffix(2);
  const auto number = Rational::parse(trimmed(digits));
  if (!decibels || !number.ok() || digits.find('/') != digits.npos) {
    return invalid_argument(shown(text) + " is not a volume (like 0.5 or \"-6dB\")");
  }
  if (*number < -120 || *number > 20) {
    return invalid_argument(shown(text) + " must be from -120dB to 20dB");
  }
  return base::exact_pow(10, number->to_double() / 20);
}

Result<Rational> parse_percent(std::string_view text) {
  const std::string_view digits = text.substr(0, text.size() - (text.ends_with('%') ? 1 : 0));
  const auto number = Rational::parse(digits);
  if (!text.ends_with('%') || !number.ok() || digits.find('/') != digits.npos ||
      *number < -100'000 || *number > 100'000) {
    return invalid_argument(shown(text) + " is not a percentage (like \"50%\")");
  }
  return *number / Rational(100);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

base::Status check_path(std::string_view named) {
  const std::string text = base::shown_uri(named);
  if (text.empty()) return invalid_argument("must name a file (is empty)");
  if (named.size() > 4096) return invalid_argument("must be a shorter path (at most 4096 bytes)");
  if (text.find('\0') != text.npos) return invalid_argument("must not hold a NUL character");
  const size_t scheme = text.find("://");
  if (scheme != text.npos && text.find('/') == scheme + 1 && !base::is_uri(text)) {
    return base::unsupported("of URLs, https://, http://, s3:// and gs:// are read");
  }
  if (text.starts_with("data:")) {
    return base::unsupported("data: URLs are not supported yet; write the data to a file first");
  }
  std::string extension = text.substr(std::min(text.size(), text.rfind('.') + 1));
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const std::string_view later : {"svg", "svgz", "avif", "heic", "heif", "gif", "jxl"}) {
    if (extension == later) {
      return base::unsupported(fmt::format(
          "{} files are not supported yet; convert it to PNG, JPEG, WebP or a video", later));
    }
  }
  return {};
}

}  // namespace rushes::schema
