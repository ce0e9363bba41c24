#include "engine/package.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rushes::engine {
namespace {

class PackageTest : public testing::Test {
 protected:
  PackageTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    broker.reset(fds[0]);
    child.reset(fds[1]);
  }
  base::UniqueFd broker, child;
};

TEST_F(PackageTest, CarriesADocumentOfAnySize) {
  const nlohmann::json document = {{"text", std::string(3'000'000, 'x')}};
  ASSERT_TRUE(send_package(broker.get(), document, {}).ok());
  const auto package = receive_package(child.get());
  ASSERT_TRUE(package.ok()) << package.error().message;
  EXPECT_EQ(package->json, document);
  EXPECT_TRUE(package->fds.empty());
}

TEST_F(PackageTest, CarriesManyDescriptorsInOrder) {
  std::vector<base::UniqueFd> pipes;
  std::vector<int> fds;
  for (int i = 0; i < 450; ++i) {
    fds.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    pipes.emplace_back(fds.back());
  }
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  pipes.emplace_back(ends[0]);
  pipes.emplace_back(ends[1]);
  fds[321] = ends[0];
  ASSERT_TRUE(send_package(broker.get(), {{"a", 1}}, fds).ok());
  ASSERT_TRUE(send_package(broker.get(), {{"a", 2}}, {}).ok());
  const auto first = receive_package(child.get());
  ASSERT_TRUE(first.ok()) << first.error().message;
  ASSERT_EQ(first->fds.size(), 450u);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(first->fds[321].get(), &byte, 1), 1);
  EXPECT_NE(fcntl(first->fds[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  const auto second = receive_package(child.get());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->json["a"], 2);
}

TEST_F(PackageTest, NeverWaitsForAReader) {
  base::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) {
    status = send_package(broker.get(), {{"n", i}}, {});
  }
  EXPECT_FALSE(status.ok());
}

TEST_F(PackageTest, SaysThatTheOtherSideHasGone) {
  broker.reset();
  EXPECT_EQ(receive_package(child.get()).error().code, base::Code::kUnavailable);
}

TEST_F(PackageTest, RefusesForeignDatagrams) {
  ASSERT_EQ(send(broker.get(), "hello", 5, 0), 5);
  EXPECT_FALSE(receive_package(child.get()).ok());
}

}  // namespace
}  // namespace rushes::engine
