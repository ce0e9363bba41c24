#pragma once

// fake_server.py as long as this lives.

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "net/http_client.h"

namespace rushes::net {

class FakeServer {
 public:
  enum class Tls : uint8_t { kOff, kOn };
  explicit FakeServer(Tls tls = Tls::kOff);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  int port() const { return port_; }
  const std::string& certificate() const { return certificate_; }  // PEM file of a server with TLS
  // "http://127.0.0.1:PORT" and the path that is given.
  std::string at(const std::string& path = "") const;
  Url url(const std::string& path) const;

  // JSON, as fake_server.py has it.
  void control(const std::string& json);
  std::string log();                      // of all requests
  int requests(const std::string& part);  // how many have this in their method and target

 private:
  base::UniqueFd stdin_;
  int pid_ = -1;
  int port_ = 0;
  std::string scheme_, host_, certificate_;
  std::unique_ptr<HttpClient> client_;
};

// What /plain/data has at a place.
inline std::byte content_byte(uint64_t at, uint64_t seed = 0) {
  const uint64_t i = at % (251 * 256);
  return static_cast<std::byte>((i * 31 + i / 251 + seed) & 255);
}

}  // namespace rushes::net
