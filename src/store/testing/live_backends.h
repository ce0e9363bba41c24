#pragma once

// Stores on servers that somebody else has started (tests/stores), for the suite of all stores. The
// environment says where they are; each test has a prefix of its own.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/remote_store.h"
#include "store/testing/backend.h"
#include "store/upload_state.h"

namespace rushes::store {

// A store as the suite of all stores meets it.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual RemoteStore& store() = 0;
  // Makes an object; where the store cannot write, behind its back.
  virtual void make(const std::string& key, uint64_t size, uint64_t seed) {
    const auto written = store().put(key, content(size, seed), {});
    ASSERT_TRUE(written.ok()) << key << ": " << written.error().message;
  }
  // Objects are files there: keys that are no plain paths are other names of the same, or none.
  virtual bool keeps_files() const { return false; }
};

inline std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

inline std::unique_ptr<net::HttpClient> live_client() {
  return *net::HttpClient::open({.reach = net::HttpClientOptions::Reach::kAny,
                                 .ca_file = from_environment("RUSHES_TEST_CA")});
}

// RUSHES_TEST_S3 is its URL, and the keys are where AWS has them. RUSHES_TEST_MIN_PART: bytes of a
// part, if it wants more than one. RUSHES_TEST_FILES: it keeps files.
class OnLiveS3 final : public Backend {
 public:
  OnLiveS3() : http_(live_client()) {
    credentials_ = std::make_unique<net::AwsCredentialProvider>(
        net::aws_credential_sources({.environment = net::process_environment(),
                                     .http = http_.get(),
                                     .clock = &base::system_clock()}),
        base::system_clock());
    const std::string min_part = from_environment("RUSHES_TEST_MIN_PART");
    S3Options options{.bucket = "conformance",
                      .prefix = new_nonce() + "/",
                      .endpoint = *net::parse_url(from_environment("RUSHES_TEST_S3")),
                      .http = http_.get(),
                      .identity = aws_identity(*credentials_),
                      .clock = &base::system_clock(),
                      .min_part = min_part.empty() ? 1 : std::stoull(min_part)};
    const auto made = S3Client(options).send({.method = net::Method::kPut});
    // Ours from the test before, as servers say it outside of us-east-1.
    const bool there = made.ok() && (made->ok() || made->code == "BucketAlreadyOwnedByYou");
    EXPECT_TRUE(there) << (made.ok() ? made->code : made.error().message);
    store_ = *s3_store(options);
  }
  RemoteStore& store() override { return *store_; }
  bool keeps_files() const override { return !from_environment("RUSHES_TEST_FILES").empty(); }

 private:
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<net::AwsCredentialProvider> credentials_;
  std::unique_ptr<RemoteStore> store_;
};

// Google's interface as fake-gcs-server has it, at RUSHES_TEST_GCS: it does not know how to write
// by XML, so objects are made by JSON.
class OnLiveGoogle final : public Backend {
 public:
  OnLiveGoogle() : http_(live_client()) {
    S3Options options{.bucket = "conformance",
                      .prefix = prefix_,
                      .endpoint = url_,
                      .http = http_.get(),
                      .identity = google_identity(tokens_),
                      .clock = &base::system_clock()};
    store_ = *gcs_store(options);
  }
  RemoteStore& store() override { return *store_; }
  void make(const std::string& key, uint64_t size, uint64_t seed) override {
    const auto bytes = content(size, seed);
    net::Request request{.method = net::Method::kPost, .url = url_, .body = bytes};
    request.url.path = "/upload/storage/v1/b/conformance/o";
    request.url.add_query("uploadType", "media");
    request.url.add_query("name", prefix_ + key);
    const auto made = http_->send(request);
    ASSERT_TRUE(made.ok()) << made.error().message;
    ASSERT_EQ(made->status, 200) << key << ": " << made->body;
  }

 private:
  const std::string prefix_ = new_nonce() + "/";
  const net::Url url_ = *net::parse_url(from_environment("RUSHES_TEST_GCS"));
  std::unique_ptr<net::HttpClient> http_;
  net::GoogleTokens tokens_{[](base::CancelFlag) -> base::Result<net::GoogleToken> {
                              return net::GoogleToken{net::Secret("a token"), {}};
                            },
                            base::system_clock()};
  std::unique_ptr<RemoteStore> store_;
};

// A web server at RUSHES_TEST_HTTP, of the files in the folder RUSHES_TEST_HTTP_FOLDER.
class OnLiveHttp final : public Backend {
 public:
  OnLiveHttp() : http_(live_client()) {
    store_ =
        http_store({.base = *net::parse_url(from_environment("RUSHES_TEST_HTTP") + "/" + nonce_),
                    .http = http_.get(),
                    .clock = &base::system_clock()});
  }
  RemoteStore& store() override { return *store_; }
  bool keeps_files() const override { return true; }
  void make(const std::string& key, uint64_t size, uint64_t seed) override {
    const std::filesystem::path path =
        std::filesystem::path(from_environment("RUSHES_TEST_HTTP_FOLDER")) / nonce_ / key;
    std::filesystem::create_directories(path.parent_path());
    const auto bytes = content(size, seed);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));
    file.close();
    ASSERT_TRUE(file.good()) << path;
    // Versions are told apart by the second.
    std::filesystem::last_write_time(path, began_ + std::chrono::seconds(++versions_));
  }

 private:
  const std::string nonce_ = new_nonce();
  const std::filesystem::file_time_type began_ =
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<RemoteStore> store_;
  int versions_ = 0;
};

inline std::vector<const char*> with_live_s3(std::vector<const char*> names) {
  if (!from_environment("RUSHES_TEST_S3").empty()) names.push_back("Live");
  return names;
}

inline std::vector<const char*> with_live(std::vector<const char*> names) {
  names = with_live_s3(std::move(names));
  if (!from_environment("RUSHES_TEST_GCS").empty()) names.push_back("LiveGoogle");
  if (!from_environment("RUSHES_TEST_HTTP").empty()) names.push_back("LiveHttp");
  return names;
}

}  // namespace rushes::store
