#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace rushes::base {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
  if (!good) return corrupt("packet 918");
  return std::make_unique<int>(7);
}

Result<int> twice(bool good) {
  ASSIGN_OR_RETURN(const auto p, make(good));
  return *p * 2;
}

Status outer(bool good) {
  if (auto r = twice(good); !r.ok()) return std::move(r).error().in("decode a.mp4");
  return {};
}

TEST(Result, CarriesValuesAndClauses) {
  EXPECT_EQ(*twice(true), 14);
  EXPECT_TRUE(outer(true).ok());
  const Status s = outer(false);
  EXPECT_EQ(s.error().message, "decode a.mp4: packet 918");
  EXPECT_EQ(s.error().code, Code::kCorrupt);
}

TEST(Result, ErrnoBecomesACode) {
  EXPECT_EQ(from_errno(ENOSPC, "write x").code, Code::kResource);
  EXPECT_EQ(from_errno(ENOENT, "open x").code, Code::kNotFound);
  EXPECT_EQ(from_errno(EACCES, "open x").code, Code::kPermission);
}

TEST(Result, ExitCodesAreThoseOfTheManual) {
  EXPECT_EQ(exit_code(Code::kInvalidArgument), 2);
  EXPECT_EQ(exit_code(Code::kCorrupt), 3);
  EXPECT_EQ(exit_code(Code::kResource), 4);
  EXPECT_EQ(exit_code(Code::kUnavailable), 5);
  EXPECT_EQ(exit_code(Code::kCancelled), 130);
}

}  // namespace
}  // namespace rushes::base
