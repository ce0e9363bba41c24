#pragma once

// Every backend as tests meet it: with a server of its own where it needs one.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/fake_clock.h"
#include "base/testing/scratch_folder.h"
#include "net/aws_credentials.h"
#include "net/testing/fake_server.h"
#include "store/folder_store.h"
#include "store/gcs_store.h"
#include "store/http_store.h"
#include "store/memory_store.h"
#include "store/s3_store.h"

namespace rushes::store {

inline std::vector<std::byte> content(uint64_t size, uint64_t seed = 0) {
  std::vector<std::byte> out(size);
  for (uint64_t i = 0; i < size; ++i) out[i] = net::content_byte(i, seed);
  return out;
}

// Credentials that a test changes under a provider.
class GivenKeys final : public net::AwsCredentialSource {
 public:
  std::string_view name() const override { return "the test"; }
  base::Result<std::optional<net::AwsCredentials>> fetch(base::CancelFlag) override {
    ++fetched;
    if (unreachable > 0) {
      --unreachable;
      return base::Error{base::Code::kUnavailable, "no answer"};
    }
    return std::optional(keys);
  }
  net::AwsCredentials keys{.access_key_id = "TESTKEY",
                           .secret_access_key = net::Secret("planted-secret"),
                           .session_token = {},
                           .expires = {}};
  std::atomic<int> fetched = 0;
  std::atomic<int> unreachable = 0;  // so many times
};

// The fake server's S3, spoken with by the real time of day and without waiting.
class S3Backend {
 public:
  explicit S3Backend(S3Addressing addressing = S3Addressing::kPath) {
    auto opened = net::HttpClient::open(
        {.reach = net::HttpClientOptions::Reach::kAny, .stall_timeout = std::chrono::seconds(2)});
    EXPECT_TRUE(opened.ok());
    http = *std::move(opened);
    auto owned = std::make_unique<GivenKeys>();
    keys = owned.get();
    std::vector<std::unique_ptr<net::AwsCredentialSource>> sources;
    sources.push_back(std::move(owned));
    credentials = std::make_unique<net::AwsCredentialProvider>(std::move(sources), clock);
    options.bucket = "bucket";
    options.endpoint = server.url("");
    if (addressing == S3Addressing::kVirtual) options.endpoint->host = "s3.localhost";
    options.addressing = addressing;
    options.http = http.get();
    options.identity = aws_identity(*credentials);
    options.clock = &clock;
  }

  std::unique_ptr<RemoteStore> open() const {
    auto store = s3_store(options);
    EXPECT_TRUE(store.ok());
    return *std::move(store);
  }

  net::FakeServer server;
  base::FakeClock clock{base::system_clock().now()};
  std::unique_ptr<net::HttpClient> http;
  GivenKeys* keys = nullptr;
  std::unique_ptr<net::AwsCredentialProvider> credentials;
  S3Options options;
};

// The fake server's Google.
class GcsBackend {
 public:
  GcsBackend() {
    auto opened = net::HttpClient::open({.reach = net::HttpClientOptions::Reach::kAny});
    EXPECT_TRUE(opened.ok());
    http = *std::move(opened);
    options.bucket = "bucket";
    options.endpoint = server.url("");
    options.http = http.get();
    options.identity = google_identity(tokens);
    options.clock = &clock;
    options.min_part = 1;
    server.control(R"({"gcs": {"min_part": 1, "page": 5}})");
  }

  std::unique_ptr<RemoteStore> open() const {
    auto store = gcs_store(options);
    EXPECT_TRUE(store.ok());
    return *std::move(store);
  }

  net::FakeServer server;
  base::FakeClock clock{base::system_clock().now()};
  std::unique_ptr<net::HttpClient> http;
  std::string token = "planted-google-token";
  std::atomic<int> fetched = 0;
  net::GoogleTokens tokens{[this](base::CancelFlag) -> base::Result<net::GoogleToken> {
                             ++fetched;
                             return net::GoogleToken{net::Secret(token), {}};
                           },
                           clock};
  S3Options options;
};

}  // namespace rushes::store
