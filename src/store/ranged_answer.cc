#include "store/ranged_answer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rushes::store {

using base::Status;

std::optional<uint64_t> parse_size(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "bytes 0-499/1234", or "*" for a size that is not known.
std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const size_t dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) {
    return std::nullopt;
  }
  const auto first = parse_size(text.substr(0, dash));
  const auto last = parse_size(text.substr(dash + 1, slash - dash - 1));
  const std::string_view size = text.substr(slash + 1);
  if (!first || !last || *first > *last) return std::nullopt;
  ContentRange range{*first, *last, parse_size(size)};
  if (size != "*" && (!range.size || *last >= *range.size)) return std::nullopt;
  return range;
}

std::string range_header(uint64_t first, uint64_t size) {
  return "bytes=" + std::to_string(first) + "-" + std::to_string(first + size - 1);
}

void RangedAnswer::ask(net::Request& request) {
  net::set_header(request.headers, "Range", range_header(offset_, out_.size()));
  request.max_body = out_.size();
  request.on_head = [this](int status, const net::Headers& headers) {
    return on_head(status, headers);
  };
  request.on_data = [this](std::span<const std::byte> piece) { return on_data(piece); };
  received_ = 0;
}

Status RangedAnswer::on_head(int status, const net::Headers& headers) {
  received_ = 0;
  const std::string* tag = net::find_header(headers, "etag");
  if (!version_.empty() && tag != nullptr && *tag != version_) changed_ = true;
  const std::string* encoding = net::find_header(headers, "content-encoding");
  if (encoding != nullptr && *encoding != "identity") {
    return base::unsupported("the server sends it compressed");
  }
  if (status == 200) {
    // As good as a range, if it is all there is.
    const std::string* length = net::find_header(headers, "content-length");
    const auto size = length != nullptr ? parse_size(*length) : std::nullopt;
    changed_ |= size && *size != whole_;
    ignored_range_ = offset_ != 0 || out_.size() != whole_;
    if (!changed_ && !ignored_range_) return {};
    return base::unsupported("the server knows no ranges");
  }
  const std::string* header = net::find_header(headers, "content-range");
  const auto range = header != nullptr ? parse_content_range(*header) : std::nullopt;
  if (status != 206 || !range || range->first != offset_ ||
      range->last != offset_ + out_.size() - 1) {
    if (range && range->size && *range->size != whole_) changed_ = true;
    return base::unsupported("the server answers with another range than it was asked for");
  }
  if (range->size && *range->size != whole_) changed_ = true;
  if (changed_) return base::unsupported("it has been changed");
  return {};
}

Status RangedAnswer::on_data(std::span<const std::byte> piece) {
  if (piece.size() > out_.size() - received_) {
    return base::unsupported("the server sends more than it was asked for");
  }
  if (!piece.empty()) std::memcpy(out_.data() + received_, piece.data(), piece.size());
  received_ += piece.size();
  return {};
}

Status RangedAnswer::finish() const {
  if (received_ == out_.size()) return {};
  return base::Error{base::Code::kUnavailable, "the answer is shorter than the range"};
}

}  // namespace rushes::store
