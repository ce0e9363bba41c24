#include "net/xml.h"

#include <expat.h>

#include <algorithm>
#include <utility>

#include "net/owned.h"

namespace rushes::net {
namespace {

struct Reader {
  XML_Parser parser = nullptr;
  // The elements that are open, the document itself first.
  std::vector<XmlElement> open{1};
  size_t elements = 0;
  const char* error = nullptr;

  void fail(const char* why) {
    error = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

constexpr char kNamespaceEnd = '\n';

void on_start(void* user, const char* name, const char**) {
  auto& reader = *static_cast<Reader*>(user);
  if (reader.open.size() > kMaxXmlDepth) return reader.fail("it is nested too deeply");
  if (++reader.elements > kMaxXmlElements) return reader.fail("it has too many elements");
  const std::string_view whole(name);
  reader.open.push_back({.name = std::string(whole.substr(whole.rfind(kNamespaceEnd) + 1))});
}

void on_end(void* user, const char*) {
  auto& reader = *static_cast<Reader*>(user);
  XmlElement done = std::move(reader.open.back());
  reader.open.pop_back();
  reader.open.back().children.push_back(std::move(done));
}

void on_text(void* user, const char* text, int bytes) {
  static_cast<Reader*>(user)->open.back().text.append(text, static_cast<size_t>(bytes));
}

void on_doctype(void* user, const char*, const char*, const char*, int) {
  static_cast<Reader*>(user)->fail("it has a document type");
}

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [child](const XmlElement& one) { return one.name == child; });
  return found != children.end() ? &*found : nullptr;
}

std::string_view XmlElement::text_of(std::string_view child) const {
  const XmlElement* found = find(child);
  return found != nullptr ? std::string_view(found->text) : std::string_view();
}

base::Result<XmlElement> parse_xml(std::string_view text) {
  // S3 may send white space while it works, before anything else.
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.size() > kMaxXmlBytes) return base::invalid_argument("the XML is too long");
  const Owned<XML_ParserStruct, XML_ParserFree> parser(XML_ParserCreateNS(nullptr, kNamespaceEnd));
  if (!parser) return base::resource("out of memory");
  Reader reader{.parser = parser.get()};
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  const auto status = XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
  if (status != XML_STATUS_OK) {
    const char* why =
        reader.error != nullptr ? reader.error : XML_ErrorString(XML_GetErrorCode(parser.get()));
    return base::invalid_argument(std::string("the XML cannot be read: ") + why);
  }
  return std::move(reader.open.front().children.front());
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\r': out += "&#13;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace rushes::net
