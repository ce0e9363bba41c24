#include "store/file_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/testing/scratch_folder.h"

namespace rushes::store {
namespace {

namespace fs = std::filesystem;

std::string key_of(int n) { return base::hash_of("key " + std::to_string(n)); }

class FileStoreTest : public testing::Test {
 protected:
  FileStore open() const {
    auto store = FileStore::open(folder.path("cache"));
    EXPECT_TRUE(store.ok());
    return *std::move(store);
  }
  static void put(const FileStore& store, const std::string& key, const std::string& text) {
    auto object = store.create(key);
    ASSERT_TRUE(object.ok()) << object.error().message;
    ASSERT_TRUE(base::fd_sink(object->fd())->write_at(0, std::as_bytes(std::span(text))).ok());
    const base::Status status = object->commit();
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  static std::string get(const FileStore& store, const std::string& key) {
    auto found = store.read(key);
    EXPECT_TRUE(found.ok());
    if (found->damaged) return "(damaged)";
    if (!found->object) return "(none)";
    const auto source = base::fd_source(found->object->fd.get(), found->object->size);
    const auto bytes = base::read_all(*source, 1 << 20);
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  }
  std::string file_of(const std::string& key) const {
    return folder.path("cache/objects/" + key.substr(0, 2) + "/" + key.substr(2));
  }
  // As if used so many seconds ago.
  void age(const std::string& key, int seconds) const {
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    const timespec times[2] = {{now.tv_sec - seconds, 0}, {now.tv_sec - seconds, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, file_of(key).c_str(), times, 0), 0);
  }
  int files() const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path("cache/objects"))) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  base::ScratchFolder folder;
};

TEST_F(FileStoreTest, GivesBackWhatWasStored) {
  const FileStore store = open();
  EXPECT_EQ(get(store, key_of(1)), "(none)");
  EXPECT_FALSE(store.contains(key_of(1)));
  put(store, key_of(1), "hello");
  put(store, key_of(2), "");
  EXPECT_TRUE(store.contains(key_of(1)));
  EXPECT_EQ(get(store, key_of(1)), "hello");
  EXPECT_EQ(get(store, key_of(2)), "");
  EXPECT_EQ(get(open(), key_of(1)), "hello");
  put(store, key_of(1), "hello");
  EXPECT_EQ(store.status()->objects, 2U);
  EXPECT_TRUE(fs::exists(folder.path("cache/CACHEDIR.TAG")));
}

TEST_F(FileStoreTest, NothingWithoutCommit) {
  const FileStore store = open();
  {
    auto object = store.create(key_of(1));
    ASSERT_EQ(write(object->fd(), "half", 4), 4);
  }
  EXPECT_EQ(get(store, key_of(1)), "(none)");
  EXPECT_EQ(files(), 0);
}

// Every byte of it, and every length.
TEST_F(FileStoreTest, DamageIsFoundAndThrownAway) {
  const FileStore store = open();
  const std::string key = key_of(1);
  put(store, key, "hello");
  std::string whole;
  {
    std::ifstream file(file_of(key), std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto becomes = [&](const std::string& bytes) {
    std::ofstream(file_of(key), std::ios::binary) << bytes;
    EXPECT_EQ(get(store, key), "(damaged)");
    EXPECT_FALSE(fs::exists(file_of(key)));
    EXPECT_EQ(get(store, key), "(none)");
  };
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    becomes(flipped);
    becomes(whole.substr(0, i));  // as a power cut leaves it
  }
  becomes(whole + "x");
  becomes(std::string(whole.size(), '\0'));
}

// A folder, or a FIFO, which whoever opens it would wait for.
TEST_F(FileStoreTest, WhatIsNoFileIsDamage) {
  const FileStore store = open();
  const std::string path =
      folder.path("cache") + "/objects/" + key_of(1).substr(0, 2) + "/" + key_of(1).substr(2);
  put(store, key_of(1), "text");
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0666), 0);
  EXPECT_FALSE(store.contains(key_of(1)));
  EXPECT_EQ(get(store, key_of(1)), "(damaged)");
  fs::create_directories(path + "/folder");
  EXPECT_FALSE(store.contains(key_of(1)));
  const auto verified = store.verify();
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(verified->damaged.objects, 1U);
  put(store, key_of(1), "text");
  EXPECT_EQ(get(store, key_of(1)), "text");
  // Also for whoever only looks whether there is one, and makes it.
  fs::remove(path);
  fs::create_directories(path + "/folder");
  put(store, key_of(1), "text");
  EXPECT_EQ(get(store, key_of(1)), "text");
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0666), 0);
  put(store, key_of(1), "text");
  EXPECT_EQ(get(store, key_of(1)), "text");
}

TEST_F(FileStoreTest, WhatCannotBeOpenedIsDamage) {
  const FileStore store = open();
  const std::string path = file_of(key_of(1));
  fs::create_directories(fs::path(path).parent_path());
  const auto make = [&](int kind) {
    fs::remove(path);
    if (kind == 0) fs::create_symlink("nowhere", path);
    if (kind == 1) fs::create_symlink(path, path);
    if (kind == 2) {
      ASSERT_EQ(mknod(path.c_str(), S_IFSOCK | 0666, 0), 0);
    }
  };
  for (const int kind : {0, 1, 2}) {
    make(kind);
    EXPECT_FALSE(store.contains(key_of(1)));
    EXPECT_EQ(get(store, key_of(1)), "(damaged)") << kind;
    make(kind);
    EXPECT_EQ(store.verify()->damaged.objects, 1U) << kind;
    make(kind);
    EXPECT_EQ(store.prune(0)->objects, 1U) << kind;
    make(kind);
    put(store, key_of(1), "text");
    EXPECT_EQ(get(store, key_of(1)), "text");
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(path)));
  }
  // A file where a folder of objects should be.
  fs::remove_all(fs::path(path).parent_path());
  std::ofstream(fs::path(path).parent_path()) << "x";
  EXPECT_EQ(get(store, key_of(1)), "(none)");
  put(store, key_of(1), "text");
  EXPECT_EQ(get(store, key_of(1)), "text");
}

TEST_F(FileStoreTest, IsNotWritableWithoutPinsAndALock) {
  const FileStore store = open();
  EXPECT_TRUE(store.check_writable().ok());
  fs::remove_all(folder.path("cache/pins"));
  std::ofstream(folder.path("cache/pins")) << "x";
  EXPECT_FALSE(store.check_writable().ok());
  fs::remove(folder.path("cache/pins"));
  fs::remove(folder.path("cache/lock"));
  fs::create_directory(folder.path("cache/lock"));
  EXPECT_FALSE(store.check_writable().ok());
}

TEST_F(FileStoreTest, AnObjectUnderAnotherKeyIsDamage) {
  const FileStore store = open();
  put(store, key_of(1), "hello");
  fs::create_directories(fs::path(file_of(key_of(2))).parent_path());
  fs::copy(file_of(key_of(1)), file_of(key_of(2)));
  EXPECT_EQ(get(store, key_of(2)), "(damaged)");
  EXPECT_EQ(get(store, key_of(1)), "hello");
}

TEST_F(FileStoreTest, OnlyKeysAreKeys) {
  const FileStore store = open();
  for (const std::string bad : {"", "../../etc/passwd", "0123", "G123456789abcdef0123456789abcdef",
                                "0123456789ABCDEF0123456789ABCDEF"}) {
    EXPECT_FALSE(is_key(bad));
    EXPECT_FALSE(store.read(bad).ok());
    EXPECT_FALSE(store.create(bad).ok());
  }
}

TEST_F(FileStoreTest, PruneRemovesTheLeastRecentlyUsed) {
  const FileStore store = open();
  for (int i = 0; i < 4; ++i) {
    put(store, key_of(i), std::string(952, 'x'));  // 1000 with the trailer
    age(key_of(i), 100 - i);
  }
  EXPECT_EQ(get(store, key_of(0)).size(), 952U);  // used again
  const auto removed = store.prune(2500);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->objects, 2U);
  EXPECT_EQ(removed->bytes, 2000U);
  EXPECT_TRUE(store.contains(key_of(0)));
  EXPECT_FALSE(store.contains(key_of(1)));
  EXPECT_FALSE(store.contains(key_of(2)));
  EXPECT_TRUE(store.contains(key_of(3)));
}

TEST_F(FileStoreTest, KeptRangesCountAndGoToo) {
  const FileStore store = open();
  fs::create_directories(folder.path("cache/ranges"));
  const std::string path = folder.path("cache/ranges/" + key_of(1));
  std::ofstream(path) << "0123456789";
  const std::string other = folder.path("cache/ranges/of-somebody-else");
  std::ofstream(other) << "0123456789";
  EXPECT_EQ(store.status()->objects, 1U);
  EXPECT_EQ(store.status()->bytes, 10U);
  EXPECT_EQ(store.verify()->kept.objects, 1U);
  EXPECT_EQ(store.prune(10)->objects, 0U);
  EXPECT_EQ(store.prune(9)->bytes, 10U);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(FileStoreTest, VerifyIsNoUse) {
  const FileStore store = open();
  put(store, key_of(0), "old");
  put(store, key_of(1), "new");
  age(key_of(0), 100);
  const auto verified = store.verify();
  EXPECT_EQ(verified->kept.objects, 2U);
  ASSERT_TRUE(store.prune(60).ok());
  EXPECT_FALSE(store.contains(key_of(0)));
  EXPECT_TRUE(store.contains(key_of(1)));
}

TEST_F(FileStoreTest, PinnedObjectsStay) {
  const FileStore store = open();
  for (int i = 0; i < 3; ++i) put(store, key_of(i), "x");
  {
    auto pin = store.pin({key_of(1), key_of(7)});
    ASSERT_TRUE(pin.ok());
    EXPECT_EQ(store.status()->pinned, 1U);
    EXPECT_EQ(store.prune(0)->objects, 2U);
    EXPECT_TRUE(store.contains(key_of(1)));
  }
  EXPECT_EQ(store.prune(0)->objects, 1U);
  EXPECT_TRUE(fs::is_empty(folder.path("cache/pins")));
}

// Whoever looks removes the pins of the dead, and takes none for one that is only just being made.
TEST_F(FileStoreTest, PinsStayWhileOthersLook) {
  const FileStore store = open();
  put(store, key_of(1), "x");
  std::atomic<bool> done = false;
  std::thread looks([&] {
    while (!done) EXPECT_TRUE(store.status().ok());
  });
  int lost = 0;
  for (int i = 0; i < 3000; ++i) {
    auto pin = store.pin({key_of(1)});
    EXPECT_TRUE(pin.ok());
    lost += store.status()->pinned == 1 ? 0 : 1;
  }
  done = true;
  looks.join();
  EXPECT_EQ(lost, 0);
}

TEST_F(FileStoreTest, PinsDieWithTheirProcess) {
  const FileStore store = open();
  put(store, key_of(1), "x");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto pin = store.pin({key_of(1)});
    if (write(ready[1], pin.ok() ? "y" : "n", 1) == 1) pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(store.prune(0)->objects, 0U);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(store.prune(0)->objects, 1U);
  EXPECT_TRUE(fs::is_empty(folder.path("cache/pins")));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(FileStoreTest, VerifyCleansUp) {
  const FileStore store = open();
  put(store, key_of(1), "fine");
  put(store, key_of(2), "bad");
  std::ofstream(file_of(key_of(2)), std::ios::app) << "!";
  const std::string group = fs::path(file_of(key_of(1))).parent_path();
  std::ofstream(group + "/.abc.rushes-1-12345678") << "left";
  // A writer holds a lock on its own.
  const std::string busy = group + "/.abc.rushes-1-1";
  const base::UniqueFd writer(::open(busy.c_str(), O_CREAT | O_RDWR, 0600));
  ASSERT_EQ(flock(writer.get(), LOCK_EX), 0);
  const auto verified = store.verify();
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->kept.objects, 1U);
  EXPECT_EQ(verified->damaged.objects, 1U);
  EXPECT_EQ(verified->leftovers, 1U);
  EXPECT_EQ(files(), 2);
  EXPECT_EQ(get(store, key_of(1)), "fine");
}

TEST_F(FileStoreTest, SurvivesBeingDeleted) {
  const FileStore store = open();
  auto object = store.create(key_of(1));
  ASSERT_EQ(write(object->fd(), "hello", 5), 5);
  fs::remove_all(folder.path("cache"));
  const base::Status status = object->commit();
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(get(store, key_of(1)), "hello");
  fs::remove_all(folder.path("cache"));
  EXPECT_EQ(get(store, key_of(1)), "(none)");
  put(store, key_of(2), "again");
  EXPECT_EQ(get(store, key_of(2)), "again");
}

// Somebody deletes it again and again: what is written is written, whether or not it is there
// after.
TEST_F(FileStoreTest, SurvivesBeingDeletedAllTheTime) {
  const FileStore store = open();
  std::atomic<bool> ended{false};
  std::thread deleter([&] {
    while (!ended) {
      std::error_code ignored;
      fs::remove_all(folder.path("cache"), ignored);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (int i = 0; i < 300; ++i) put(store, key_of(i % 7), "hello");
  ended = true;
  deleter.join();
  put(store, key_of(1), "hello");
  EXPECT_EQ(get(store, key_of(1)), "hello");
}

TEST_F(FileStoreTest, TakesWhatAnotherStoreHas) {
  FileStore store = open();
  auto other = FileStore::open(folder.path("other"));
  ASSERT_TRUE(other.ok());
  put(*other, key_of(1), "hello");
  put(*other, key_of(2), "damaged");
  folder.write("other/objects/" + key_of(2).substr(0, 2) + "/" + key_of(2).substr(2), "dam");
  EXPECT_FALSE(store.contains(key_of(1)));
  store.fall_back_on(*other);
  EXPECT_TRUE(store.contains(key_of(1)));
  EXPECT_EQ(get(store, key_of(1)), "hello");
  EXPECT_EQ(get(*other, key_of(1)), "hello");
  EXPECT_FALSE(store.contains(key_of(2)));
  EXPECT_FALSE(store.contains(key_of(3)));
}

TEST_F(FileStoreTest, SaysWhyNothingCanBeWritten) {
  const FileStore store = open();
  EXPECT_TRUE(store.check_writable().ok());
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(folder.path("cache/objects").c_str(), 0555), 0);
  // Root writes where it likes.
  const uid_t user = geteuid();
  if (user == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const base::Status status = store.check_writable();
  ASSERT_EQ(seteuid(user), 0);
  ASSERT_EQ(chmod(folder.path("cache/objects").c_str(), 0755), 0);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::Code::kPermission);
}

// Writers of the same keys, readers, and one who removes, all at once: whoever finds an object
// finds it whole.
TEST_F(FileStoreTest, ManyAtOnce) {
  const FileStore store = open();
  const auto text = [](int n) { return std::string(static_cast<size_t>(1000 + n), 'a'); };
  constexpr int kWriters = 3;
  std::vector<std::thread> threads;
  threads.reserve(kWriters + 1);
  for (int t = 0; t < kWriters; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const int n = (i * (t + 1)) % 7;
        put(store, key_of(n), text(n));
        const std::string got = get(store, key_of((n + 1) % 7));
        EXPECT_TRUE(got == "(none)" || got == text((n + 1) % 7)) << got.size();
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 30; ++i) {
      EXPECT_TRUE(store.prune(3000).ok());
      EXPECT_TRUE(store.verify().ok());
    }
  });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace rushes::store
