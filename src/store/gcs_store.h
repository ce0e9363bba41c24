#pragma once

// A bucket of Google Cloud Storage, over its XML interface, with access tokens (OAuth 2).
//
// What is written only_if_absent in parts waits under ".rushes-uploads/" in the store's prefix,
// where list() does not show it, until the server copies it to its key under a condition:
// completing an upload takes none there. Ranges are not copied by the server.

#include <memory>
#include <string>

#include "net/google_credentials.h"
#include "store/remote_store.h"
#include "store/s3_client.h"

namespace rushes::store {

// The tokens must outlive it.
std::shared_ptr<S3Identity> google_identity(net::GoogleTokens& tokens);

// `options.dialect` and, where there is none, `options.endpoint` are Google's.
base::Result<std::unique_ptr<RemoteStore>> gcs_store(S3Options options);

}  // namespace rushes::store
