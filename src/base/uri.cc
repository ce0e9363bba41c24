#include "base/uri.h"

#include <algorithm>

namespace rushes::base {
namespace {
bool is_web(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}
}  // namespace

bool is_uri(std::string_view text) {
  return is_web(text) || text.starts_with("s3://") || text.starts_with("gs://");
}

std::string shown_uri(std::string_view text) {
  if (!is_web(text)) return std::string(text);
  text = text.substr(0, text.find_first_of("?#"));
  const size_t host = text.find("://") + 3;
  const size_t path = std::min(text.find('/', host), text.size());
  const size_t user = text.substr(0, path).rfind('@');
  if (user == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, host)) + std::string(text.substr(user + 1));
}

}  // namespace rushes::base
