#include "net/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "net/ascii.h"

namespace rushes::net {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_unreserved(char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
// As RFC 3986 has them in paths and queries, and what browsers let through.
bool is_visible(char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  if (host.front() == '[') {
    return host.size() > 3 && host.back() == ']' &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdef:.") ==
               std::string_view::npos;
  }
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

base::Error bad(std::string_view why) {
  return base::invalid_argument("the URL " + std::string(why));
}

base::Status parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos) {
    return bad("holds a user or a password; give them apart from it");
  }
  const size_t end_of_ip = text.rfind(']');
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos &&
      (end_of_ip == std::string_view::npos || colon > end_of_ip)) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port < 1 ||
        url.port > 65535) {
      return bad("has a port that is none");
    }
    text = text.substr(0, colon);
  }
  url.host = lower(text);
  if (!is_host(url.host)) return bad("has no host, or one with letters that hosts do not have");
  return {};
}

// The target without any step up or down: "/a/b/../c" is "/a/c".
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> steps;
  bool folder = false;
  for (size_t at = 1; at <= path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view step = path.substr(at, slash - at);
    folder = step == "." || step == "..";
    if (step == ".." && !steps.empty()) steps.pop_back();
    if (!folder) steps.push_back(step);
    at = slash + 1;
  }
  std::string out;
  for (const std::string_view step : steps) out.append("/").append(step);
  if (folder || out.empty()) out += '/';
  return out;
}

}  // namespace

std::string Url::host_header() const {
  const bool own = port == 0 || port == (scheme == "https" ? 443 : 80);
  return own ? host : host + ":" + std::to_string(port);
}

std::string Url::shown() const { return scheme + "://" + host_header() + path; }

std::string Url::text() const { return query.empty() ? shown() : shown() + "?" + query; }

void Url::add_query(std::string_view name, std::string_view value) {
  if (!query.empty()) query += '&';
  query += percent_encode(name, Slash::kEncode) + "=" + percent_encode(value, Slash::kEncode);
}

base::Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return bad("is too long");
  if (!std::all_of(text.begin(), text.end(), is_visible)) {
    return bad("has letters that must be percent-encoded");
  }
  Url url;
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad("does not begin with http:// or https://");
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return bad("does not begin with http:// or https://");
  }
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));
  const size_t end = std::min(text.find_first_of("/?\\"), text.size());
  RETURN_IF_ERROR(parse_authority(text.substr(0, end), url));
  text.remove_prefix(end);
  const size_t question = std::min(text.find('?'), text.size());
  if (question > 0) url.path = text.substr(0, question);
  if (url.path.front() != '/') return bad("has a backslash after its host");
  if (question < text.size()) url.query = text.substr(question + 1);
  return url;
}

base::Result<Url> resolve(const Url& base, std::string_view location) {
  const size_t colon = location.find(':');
  if (colon < location.find_first_of("/?#")) return parse_url(location);
  if (location.starts_with("//")) return parse_url(base.scheme + ":" + std::string(location));
  const std::string root = base.scheme + "://" + base.host_header();
  std::string path(location);
  if (location.empty() || location.front() == '?' || location.front() == '#') {
    path = base.path + path;
  } else if (location.front() != '/') {
    path = base.path.substr(0, base.path.rfind('/') + 1) + path;
  }
  ASSIGN_OR_RETURN(Url url, parse_url(root + path));
  url.path = without_dots(url.path);
  return url;
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.effective_port() == b.effective_port();
}

std::string percent_encode(std::string_view text, Slash slash) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && slash == Slash::kKeep)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

}  // namespace rushes::net
