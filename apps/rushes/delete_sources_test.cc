// Recordings that go, and all that keeps them.

#include "delete_sources.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/testing/scratch_folder.h"
#include "file_identity.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DeleteSources : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path(name); }

  // A recording of these files, which are made, and its output.
  Rendered rendered(const std::string& output, const std::vector<std::string>& files) const {
    Rendered made{.sources = {},
                  .output = path(output),
                  .verdict = qc::Verdict::kPass,
                  .output_identity = {}};
    folder_.write(output, "the output");
    made.output_identity = *file_identity(path(output));
    for (const std::string& name : files) {
      if (!fs::exists(path(name))) folder_.write(name, "recorded: " + name);
      const std::string text = "recorded: " + name;
      const auto bytes = std::as_bytes(std::span(text));
      const auto source = base::memory_source({bytes.begin(), bytes.end()});
      made.sources.push_back(
          {path(name), *file_identity(path(name)), *base::content_hash(*source)});
    }
    return made;
  }
  MadeOf made_of(const std::vector<std::string>& files, const Rendered* rendered) const {
    MadeOf out{.named = path(files[0]), .chapters = {}, .rendered = rendered};
    for (const std::string& name : files) out.chapters.push_back(path(name));
    return out;
  }
  // Why it was kept; all of it still is there.
  std::string kept(const MadeOf& recording, std::vector<MadeOf> others = {}) const {
    others.insert(others.begin(), recording);
    const auto fates = delete_sources(others);
    if (!fates.ok()) return "(an error) " + fates.error().message;
    EXPECT_THAT((*fates)[0].deleted, IsEmpty());
    for (const std::string& file : recording.chapters) EXPECT_TRUE(fs::exists(file)) << file;
    return (*fates)[0].kept;
  }

  base::ScratchFolder folder_;
};

TEST_F(DeleteSources, GoesWithAllItsChapters) {
  const Rendered made = rendered("o.mp4", {"a.mp4", "b.mp4"});
  const auto fates = delete_sources({made_of({"a.mp4", "b.mp4"}, &made)});
  ASSERT_TRUE(fates.ok());
  EXPECT_THAT((*fates)[0].deleted, ElementsAre(path("a.mp4"), path("b.mp4")));
  EXPECT_EQ((*fates)[0].kept, "");
  EXPECT_FALSE(fs::exists(path("a.mp4")));
  EXPECT_FALSE(fs::exists(path("b.mp4")));
  EXPECT_TRUE(fs::exists(path("o.mp4")));
}

TEST_F(DeleteSources, NothingButAPassIsEnough) {
  Rendered made = rendered("o.mp4", {"a.mp4"});
  EXPECT_THAT(kept(made_of({"a.mp4"}, nullptr)), HasSubstr("has no output"));
  made.verdict = qc::Verdict::kWarn;
  EXPECT_THAT(kept(made_of({"a.mp4"}, &made)), HasSubstr("with warnings"));
  made.verdict.reset();
  EXPECT_THAT(kept(made_of({"a.mp4"}, &made)), HasSubstr("with warnings"));
}

TEST_F(DeleteSources, TheOutputIsStillTheOneThatWasVerified) {
  const Rendered made = rendered("o.mp4", {"a.mp4"});
  folder_.write("o.mp4", "something else");
  EXPECT_THAT(kept(made_of({"a.mp4"}, &made)), HasSubstr("has changed since it was verified"));
  fs::remove(path("o.mp4"));
  EXPECT_THAT(kept(made_of({"a.mp4"}, &made)), HasSubstr("o.mp4"));
}

TEST_F(DeleteSources, EveryFileIsWhatWasRead) {
  // The second one of two: the first stays, too.
  const Rendered made = rendered("o.mp4", {"a.mp4", "b.mp4"});
  const MadeOf recording = made_of({"a.mp4", "b.mp4"}, &made);
  struct stat info = {};
  ASSERT_EQ(stat(path("b.mp4").c_str(), &info), 0);
  folder_.write("b.mp4", "recorded: B.mp4");
  EXPECT_THAT(kept(recording), HasSubstr("b.mp4\" has changed since it was read"));
  // Of the same size, and its time set back: its content tells.
  const timespec times[2] = {info.st_atim, info.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, path("b.mp4").c_str(), times, 0), 0);
  ASSERT_EQ(*file_identity(path("b.mp4")), made.sources[1].identity);
  EXPECT_THAT(kept(recording), HasSubstr("b.mp4\" has changed since it was read"));
  // A file that nobody has read.
  folder_.write("c.mp4", "recorded: c.mp4");
  EXPECT_THAT(kept(made_of({"a.mp4", "c.mp4"}, &made)), HasSubstr("c.mp4\" was not read"));
}

TEST_F(DeleteSources, LinksStay) {
  const Rendered made = rendered("o.mp4", {"a.mp4"});
  MadeOf recording = made_of({"a.mp4"}, &made);
  fs::create_symlink("a.mp4", path("link.mp4"));
  recording.named = path("link.mp4");
  EXPECT_THAT(kept(recording), HasSubstr("link.mp4\" is a link"));
  fs::create_hard_link(path("a.mp4"), path("hard.mp4"));
  EXPECT_THAT(kept(made_of({"a.mp4"}, &made)), HasSubstr("has other names"));
  EXPECT_THAT(kept(made_of({"link.mp4"}, &made)), HasSubstr("is a link"));
}

TEST_F(DeleteSources, OutputsAndWhatLiesElsewhereStay) {
  const Rendered made = rendered("o.mp4", {"a.mp4"});
  Rendered other = rendered("b.mp4", {"a.mp4"});
  other.output = path("a.mp4");
  other.output_identity = *file_identity(path("a.mp4"));
  EXPECT_THAT(kept(made_of({"a.mp4"}, &made), {made_of({"b.mp4"}, &other)}),
              HasSubstr("is an output"));
  const auto fates = delete_sources(
      {{.named = "s3://bucket/a.mp4", .chapters = {"s3://bucket/a.mp4"}, .rendered = &made}});
  ASSERT_TRUE(fates.ok());
  EXPECT_THAT((*fates)[0].kept, HasSubstr("does not lie on this machine"));
}

TEST_F(DeleteSources, WhatOthersNeedStays) {
  const Rendered made = rendered("o.mp4", {"a.mp4", "b.mp4"});
  const MadeOf recording = made_of({"a.mp4", "b.mp4"}, &made);
  EXPECT_THAT(kept(recording, {made_of({"b.mp4"}, nullptr)}), HasSubstr("b.mp4\" is also what"));
  fs::create_symlink("b.mp4", path("link.mp4"));
  EXPECT_THAT(kept(recording, {made_of({"link.mp4"}, nullptr)}), HasSubstr("is also what"));
  // One that has passed is no reason.
  const Rendered second = rendered("p.mp4", {"b.mp4"});
  const auto fates = delete_sources({recording, made_of({"b.mp4"}, &second)});
  ASSERT_TRUE(fates.ok());
  EXPECT_THAT((*fates)[0].deleted, ElementsAre(path("a.mp4"), path("b.mp4")));
  EXPECT_FALSE((*fates)[1].kept.empty());  // it is gone
}

}  // namespace
}  // namespace rushes::app
