#include "net/aws_profile.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <random>

#include "base/testing/scratch_folder.h"

namespace rushes::net {
namespace {

Environment environment_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found != values.end() ? std::optional(found->second) : std::nullopt;
  };
}

constexpr std::string_view kFile =
    "# remark\n[default]\nregion = eu-west-1\r\n\n[ profile   work ]\nAWS_Access_Key_Id=ID = 1\n"
    "s3 =\n  max_concurrent_requests = 20\n; remark\nno "
    "value\nregion=us-east-2\n[other]\nregion=x\n"
    "[profile work]\nrole_arn = arn:x\n";

TEST(AwsProfile, ReadsASection) {
  const auto work = find_profile(kFile, "profile work");
  ASSERT_TRUE(work);
  EXPECT_EQ(*work, (AwsProfile{{"aws_access_key_id", "ID = 1"},
                               {"s3", ""},
                               {"region", "us-east-2"},
                               {"role_arn", "arn:x"}}));
  EXPECT_EQ(find_profile(kFile, "default")->at("region"), "eu-west-1");
  EXPECT_FALSE(find_profile(kFile, "profile"));
}

TEST(AwsProfile, StaysUprightOnNoise) {
  std::mt19937_64 random(5);
  constexpr std::string_view kLetters = "[]=#; \t\nabc\r";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (uint64_t n = random() % 40; n > 0; --n) text += kLetters[random() % kLetters.size()];
    const auto found = find_profile(text, "a");
    if (found) {
      EXPECT_NE(text.find('['), std::string::npos);
    }
  }
}

TEST(AwsProfile, MergesBothFiles) {
  const base::ScratchFolder folder;
  const auto environment =
      environment_of({{"AWS_CONFIG_FILE", folder.write("config", std::string(kFile))},
                      {"AWS_SHARED_CREDENTIALS_FILE",
                       folder.write("credentials", "[work]\naws_access_key_id=2\n[only]\nx=y\n")}});
  const auto work = load_profile(environment, "work");
  ASSERT_TRUE(work.ok());
  EXPECT_EQ(work->settings.at("aws_access_key_id"), "2");
  EXPECT_EQ(work->settings.at("region"), "us-east-2");
  EXPECT_TRUE(load_profile(environment, "only")->found);
  EXPECT_FALSE(load_profile(environment, "none")->found);
  EXPECT_EQ(load_profile(environment, "")->name, "default");
  EXPECT_EQ(*aws_region(environment, ""), "eu-west-1");
  EXPECT_EQ(*aws_region(environment_of({{"AWS_DEFAULT_REGION", "r"}}), ""), "r");
}

TEST(AwsProfile, LooksInTheHomeFolder) {
  const base::ScratchFolder folder;
  mkdir(folder.path(".aws").c_str(), 0700);
  folder.write(".aws/config", "[profile p]\nregion = r\n");
  const auto environment = environment_of({{"HOME", folder.path()}, {"AWS_PROFILE", "p"}});
  EXPECT_EQ(*aws_region(environment, ""), "r");
  EXPECT_EQ(*aws_region(environment_of({}), ""), "");
}

TEST(AwsProfile, ReadsOnlySmallFiles) {
  const base::ScratchFolder folder;
  EXPECT_EQ(read_small_file(folder.path("none")).error().code, base::Code::kNotFound);
  EXPECT_FALSE(read_small_file(folder.path()).ok());
  const auto large = read_small_file(folder.write("large", std::string((1 << 20) + 1, 'x')));
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(mkfifo(folder.path("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(read_small_file(folder.path("fifo")).ok());
}

TEST(AwsProfile, TakesEmptyVariablesForNone) {
  setenv("RUSHES_TEST_EMPTY", "", 1);
  setenv("RUSHES_TEST_SET", "x", 1);
  EXPECT_EQ(process_environment()("RUSHES_TEST_EMPTY"), std::nullopt);
  EXPECT_EQ(process_environment()("RUSHES_TEST_SET"), "x");
}

}  // namespace
}  // namespace rushes::net
