#pragma once

// What the first bytes of a file say it is, before any of libav sees it.

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace rushes::media {

enum class Sniffed : uint8_t { kJpeg, kPng, kWebp, kOther };

// kInvalidArgument for what is never media: an empty file, plain text, and playlists, manifests and
// scripts that name other files ("is an HLS playlist, not media").
base::Result<Sniffed> sniff(const base::ByteSource& source);

}  // namespace rushes::media
