#pragma once

// Writing to S3: whole objects, and multipart uploads.

#include <memory>
#include <string>
#include <string_view>

#include "store/remote_store.h"
#include "store/s3_client.h"
#include "store/upload_state.h"

namespace rushes::store {

// Where Google's uploads wait that must not replace anything. No objects for anybody else.
inline constexpr std::string_view kAside = ".rushes-uploads/";

StoreLimits s3_limits(const S3Options& options);

// With the store's prefix; `key` of Written and of the state is without it.
base::Result<Written> s3_put(S3Client& client, const std::string& key,
                             std::span<const std::byte> data, const WriteOptions& options);
base::Result<std::unique_ptr<Upload>> s3_start(std::shared_ptr<S3Client> client,
                                               const std::string& key, const WriteOptions& options);
base::Result<std::unique_ptr<Upload>> s3_resume(std::shared_ptr<S3Client> client,
                                                UploadState state);

// What is under a key, and the name of the write that it came from.
struct S3Object {
  ObjectInfo info;
  std::string nonce;
};
base::Result<S3Object> s3_stat(S3Client& client, const std::string& key);

}  // namespace rushes::store
