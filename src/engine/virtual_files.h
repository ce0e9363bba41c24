#pragma once

// Paths that can be opened in the jail. fontconfig, FreeType and HarfBuzz insist on opening font
// files by path, and the jail has no open(). So a descriptor that the broker gave is also known as
// "/proc/self/fd/<n>", and system calls that take a path (open, stat, access and their *at forms)
// trap into a SIGSYS handler: for exactly these paths it answers with a duplicate of the descriptor
// (rewound, close-on-exec, read only) or its fstat; any other path gets EACCES, or is left to the
// kernel where the jail has devices: Landlock says then what may be opened.
//
// Two duplicates share one file offset: who opens the same virtual file twice at once must map it
// or use pread, as the libraries named above do.

#include <string>

#include "base/result.h"

namespace rushes::engine {

inline constexpr int kMaxVirtualFd = 16384;

// Thread-safe. `fd` stays open for as long as it is published. kResource when it is too large.
base::Result<std::string> publish_virtual_file(int fd);

// The filter lets a call through that carries this as its sixth argument, which none of them has.
inline constexpr unsigned kForwarded = 0x52757368;

// Installs the SIGSYS handler. The seccomp filter returns SECCOMP_RET_TRAP for what it answers.
// `forward`: other paths are asked for again, with kForwarded.
base::Status install_virtual_file_handler(bool forward);

}  // namespace rushes::engine
