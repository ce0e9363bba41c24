#include <algorithm>
#include <array>

#include "text/code_points.h"
#include "text/subtitles.h"

namespace rushes::text {
namespace {

enum class Encoding { kUtf8, kUtf16Le, kUtf16Be, kWindows1252 };

// Of 0x80 to 0x9F; the rest equals Unicode. Unassigned ones stay as they are.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

bool is_utf8(std::string_view bytes) {
  // The decoder puts U+FFFD for what is ill-formed: so it stands there and was not written so.
  const auto written = [&] {
    size_t n = 0;
    for (size_t at = bytes.find("\xEF\xBF\xBD"); at != std::string_view::npos;
         at = bytes.find("\xEF\xBF\xBD", at + 3)) {
      ++n;
    }
    return n + static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\0'));
  };
  const std::u32string all = decode_utf8(bytes);
  return static_cast<size_t>(std::count(all.begin(), all.end(), char32_t{0xFFFD})) == written();
}

// Plain text in UTF-16 has a zero in most pairs, always on the same side.
Encoding guess(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 2048);
  size_t even = 0, odd = 0;
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') ++(i % 2 == 0 ? even : odd);
  }
  if (odd * 4 > head.size() && even * 8 < odd) return Encoding::kUtf16Le;
  if (even * 4 > head.size() && odd * 8 < even) return Encoding::kUtf16Be;
  return is_utf8(bytes) ? Encoding::kUtf8 : Encoding::kWindows1252;
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::string out;
  const auto unit = [&](size_t i) -> char32_t {
    const auto a = static_cast<unsigned char>(bytes[i]),
               b = static_cast<unsigned char>(bytes[i + 1]);
    return big_endian ? a * 256u + b : b * 256u + a;
  };
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size()) {
      const char32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(out, c);
  }
  return out;
}

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    const auto c = static_cast<unsigned char>(byte);
    append_utf8(out, c >= 0x80 && c < 0xA0 ? kWindows1252[c - 0x80u] : c);
  }
  return out;
}

std::string with_line_feeds(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      if (i + 1 == text.size() || text[i + 1] != '\n') out += '\n';
    } else if (text[i] != '\0') {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

base::Result<DecodedText> decode_text(std::string_view bytes) {
  if (bytes.size() > kMaxSubtitleBytes) {
    return base::resource("larger than 16 MiB, the limit for a subtitle file");
  }
  DecodedText out;
  Encoding encoding = Encoding::kUtf8;
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    bytes.remove_prefix(3);
    encoding = is_utf8(bytes) ? Encoding::kUtf8 : Encoding::kWindows1252;
  } else if (bytes.starts_with("\xFF\xFE")) {
    bytes.remove_prefix(2);
    encoding = Encoding::kUtf16Le;
  } else if (bytes.starts_with("\xFE\xFF")) {
    bytes.remove_prefix(2);
    encoding = Encoding::kUtf16Be;
  } else {
    encoding = guess(bytes);
  }
  std::string text;
  switch (encoding) {
    case Encoding::kUtf8: text = std::string(bytes); break;
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      text = from_utf16(bytes, encoding == Encoding::kUtf16Be);
      out.warnings.push_back("the text is UTF-16; UTF-8 is safer");
      break;
    case Encoding::kWindows1252:
      text = from_windows_1252(bytes);
      out.warnings.push_back("the text is not UTF-8; it is read as Windows-1252");
      break;
  }
  out.utf8 = with_line_feeds(text);
  return out;
}

}  // namespace rushes::text
