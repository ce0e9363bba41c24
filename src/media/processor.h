#pragma once

#include <string>

namespace rushes::media {

// From here on codecs use no more than "sse2", "sse4" or "avx2", whatever the processor has: to
// show that this changes no byte. With "plain" they use C alone, which changes no picture; libav's
// sound, and what it makes of damage, may be different. False for another word. Before anything is
// opened.
bool limit_processor(const std::string& level);

// Before any codec is opened: libvpx does without AVX-512, with which it encodes VP9 otherwise than
// on other processors.
void settle_processor();

// What encoders are told as "asm"; empty: nothing. SVT-AV1 does without AVX-512 always: that it
// gives the same bytes has been seen up to AVX2.
const std::string& x264_processor();
const std::string& x265_processor();
const std::string& svt_av1_processor();

}  // namespace rushes::media
