#include "net/xml.h"

#include <gtest/gtest.h>

#include <random>

namespace rushes::net {
namespace {

constexpr std::string_view kList =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Contents><Key>a&amp;b "
    "&#228;</Key><Size>12</Size></Contents><Contents><Key>c</Key></Contents></ListBucketResult>";

TEST(Xml, ReadsATree) {
  const auto root = parse_xml("  \n" + std::string(kList));
  ASSERT_TRUE(root.ok()) << root.error().message;
  EXPECT_EQ(root->name, "ListBucketResult");
  ASSERT_EQ(root->children.size(), 2u);
  EXPECT_EQ(root->children[0].text_of("Key"), "a&b \xc3\xa4");
  EXPECT_EQ(root->children[0].text_of("Size"), "12");
  EXPECT_EQ(root->children[1].text_of("Size"), "");
  EXPECT_EQ(root->find("Contents"), &root->children[0]);
  EXPECT_EQ(root->find("Other"), nullptr);
}

TEST(Xml, RefusesWhatIsNoneOrTooMuch) {
  for (const char* text :
       {"", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&x;</a>", "<a>\x01</a>"}) {
    EXPECT_FALSE(parse_xml(text).ok()) << text;
  }
  std::string deep, many = "<a>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_FALSE(parse_xml(deep).ok());
  for (size_t i = 0; i <= kMaxXmlElements; ++i) many += "<b/>";
  EXPECT_FALSE(parse_xml(many + "</a>").ok());
  EXPECT_FALSE(parse_xml("<a>" + std::string(kMaxXmlBytes, 'x') + "</a>").ok());
}

TEST(Xml, RefusesEntities) {
  EXPECT_FALSE(parse_xml("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>").ok());
  EXPECT_FALSE(
      parse_xml("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>").ok());
}

TEST(Xml, StaysUprightOnNoise) {
  std::mt19937_64 random(3);
  constexpr std::string_view kLetters = "<>/&;\"'=! ?x-[]\x01\xc3";
  for (int i = 0; i < 5000; ++i) {
    std::string text(kList);
    for (int changes = 0; changes < 4; ++changes) {
      text[random() % text.size()] = kLetters[random() % kLetters.size()];
    }
    const auto root = parse_xml(text);
    if (!root.ok()) {
      EXPECT_FALSE(root.error().message.empty());
    }
  }
}

TEST(Xml, EscapesForText) {
  const std::string text = "a<b>&\"c'\r\n";
  EXPECT_EQ(parse_xml("<a>" + xml_escaped(text) + "</a>")->text, text);
}

}  // namespace
}  // namespace rushes::net
