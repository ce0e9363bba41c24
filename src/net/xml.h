#pragma once

// XML answers of services (S3, STS) as a tree. Small, and from anybody: sizes and depth are
// bounded, and a document type, which could define entities, is refused.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rushes::net {

struct XmlElement {
  std::string name;  // without a namespace
  std::string text;  // that stands directly in it, one piece after the other
  std::vector<XmlElement> children;

  const XmlElement* find(std::string_view child) const;    // the first, or null
  std::string_view text_of(std::string_view child) const;  // empty if there is none
};

inline constexpr size_t kMaxXmlBytes = 8 << 20;
inline constexpr size_t kMaxXmlDepth = 16;
inline constexpr size_t kMaxXmlElements = 200'000;

// The root element; kInvalidArgument if it is not XML or larger than that. Attributes are dropped.
base::Result<XmlElement> parse_xml(std::string_view text);
// For text between tags.
std::string xml_escaped(std::string_view text);

}  // namespace rushes::net
