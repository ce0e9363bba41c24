#include "net/testing/fake_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

extern char** environ;

namespace rushes::net {
namespace {

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (line.size() < 4096 && ::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

// A blocking pipe, since a line is waited for.
void make_pipe(base::UniqueFd& reader, base::UniqueFd& writer) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  reader.reset(ends[0]);
  writer.reset(ends[1]);
}

}  // namespace

FakeServer::FakeServer(Tls tls) {
  base::UniqueFd in_reader, out_reader, out_writer;
  make_pipe(in_reader, stdin_);
  make_pipe(out_reader, out_writer);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in_reader.get(), 0);
  posix_spawn_file_actions_adddup2(&files, out_writer.get(), 1);
  std::string arguments[] = {"python3", RUSHES_FAKE_SERVER, "--tls"};
  char* argv[] = {arguments[0].data(), arguments[1].data(),
                  tls == Tls::kOn ? arguments[2].data() : nullptr, nullptr};
  EXPECT_EQ(posix_spawnp(&pid_, "python3", &files, nullptr, argv, environ), 0);
  posix_spawn_file_actions_destroy(&files);
  out_writer.reset();

  const auto told = nlohmann::json::parse(read_line(out_reader.get()), nullptr, false);
  EXPECT_TRUE(told.is_object()) << "the fake server did not start";
  if (told.is_object()) {
    port_ = told.value("port", 0);
    certificate_ = told.value("certificate", "");
  }
  scheme_ = tls == Tls::kOn ? "https" : "http";
  host_ = tls == Tls::kOn ? "localhost" : "127.0.0.1";  // as its certificate has it
  auto client =
      HttpClient::open({.reach = HttpClientOptions::Reach::kAny, .ca_file = certificate_});
  EXPECT_TRUE(client.ok());
  client_ = *std::move(client);
}

FakeServer::~FakeServer() {
  client_.reset();
  stdin_.reset();
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

std::string FakeServer::at(const std::string& path) const {
  return scheme_ + "://" + host_ + ":" + std::to_string(port_) + path;
}

Url FakeServer::url(const std::string& path) const {
  auto url = parse_url(at(path));
  EXPECT_TRUE(url.ok()) << path;
  return *std::move(url);
}

void FakeServer::control(const std::string& json) {
  const auto answer = client_->send(
      {.method = Method::kPost, .url = url("/_control"), .body = std::as_bytes(std::span(json))});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_EQ(answer->status, 204) << json;
}

std::string FakeServer::log() {
  const auto answer = client_->send({.url = url("/_log"), .max_body = 64 << 20});
  EXPECT_TRUE(answer.ok());
  return answer.ok() ? answer->body : "[]";
}

int FakeServer::requests(const std::string& part) {
  int count = 0;
  for (const auto& one : nlohmann::json::parse(log())) {
    const std::string line =
        one["method"].get<std::string>() + " " + one["target"].get<std::string>();
    if (line.find(part) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace rushes::net
