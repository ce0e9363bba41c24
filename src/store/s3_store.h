#pragma once

// A bucket of Amazon S3, or of a server that speaks like it (Ceph, MinIO, Cloudflare R2, ...).
//
// The version of an object is its ETag, which reads are pinned to (If-Match). Every write carries a
// name of its own (x-amz-meta-rushes-write): after an answer that was lost it tells whether the
// object that is there is this one. Payloads are signed with their SHA-256, so that what arrives is
// what was sent. Bytes on the way and at rest are the server's; who wants them encrypted says so in
// the bucket's settings.
//
// Where a server ignores If-None-Match on completing an upload (Ceph 16), only_if_absent looks
// before it completes: two that finish in the same moment may then both write.

#include <memory>

#include "store/remote_store.h"
#include "store/s3_client.h"

namespace rushes::store {

// kInvalidArgument for a bucket that cannot be one.
base::Result<std::unique_ptr<RemoteStore>> s3_store(S3Options options);

}  // namespace rushes::store
