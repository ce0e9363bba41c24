#include "waiting_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rushes::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> taken(WaitingFiles& files) {
  std::vector<std::string> out;
  for (const WaitingFiles::File& file : files.take()) out.push_back(file.name + " " + file.text);
  return out;
}

TEST(WaitingFiles, AreTakenInTheirOrderOnce) {
  WaitingFiles files;
  EXPECT_TRUE(files.empty());
  files.add("sound", "1");
  files.add("master", "1");
  EXPECT_FALSE(files.empty());
  EXPECT_THAT(taken(files), ElementsAre("sound 1", "master 1"));
  EXPECT_TRUE(files.empty());
  EXPECT_THAT(taken(files), IsEmpty());
}

TEST(WaitingFiles, OneThatIsThereIsWrittenOnceHoweverOftenItChanges) {
  WaitingFiles files;
  files.add("sound", "1");
  files.take();
  files.add("sound", "2");
  files.add("picture", "1");
  files.add("sound", "3");
  EXPECT_THAT(taken(files), ElementsAre("picture 1", "sound 3"));
}

TEST(WaitingFiles, OneThatIsNowhereYetStaysBeforeWhatSpeaksOfIt) {
  WaitingFiles files;
  files.add("sound", "1");
  files.add("master", "1");
  for (const char* text : {"2", "3", "4"}) files.add("sound", text);
  files.add("keyframes", "1");
  files.add("master", "2");
  EXPECT_THAT(taken(files),
              ElementsAre("sound 1", "master 1", "sound 4", "keyframes 1", "master 2"));
  files.add("master", "3");
  files.add("sound", "5");
  EXPECT_THAT(taken(files), ElementsAre("master 3", "sound 5"));
}

}  // namespace
}  // namespace rushes::app
