#include "schema/validate.h"

#include <gtest/gtest.h>

#include "schema/formats.h"
#include "schema/json_text.h"
#include "schema/schemas.h"

namespace rushes::schema {
namespace {

TEST(Schema, IsReadable) { ASSERT_NE(builtin_schema("timeline"), nullptr); }

}  // namespace
}  // namespace rushes::schema
