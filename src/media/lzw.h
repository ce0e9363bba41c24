#pragma once

// LZW as GIF has it: codes of growing width, least significant bit first. Internal to this layer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rushes::media {

// Adds the image data of a GIF to `out`: the width of its symbols, the codes in blocks of up to 255
// bytes, and the empty block. Every symbol is below 1 << bits; bits is from 2 to 8.
void put_lzw(std::span<const uint8_t> symbols, int bits, std::vector<std::byte>& out);

}  // namespace rushes::media
