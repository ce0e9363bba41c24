#pragma once

// The system calls that the jailed child may make, as a classic BPF program. Everything that is not
// named in seccomp_filter.cc fails with EPERM; what only an attacker would try kills the process.

#include <sys/types.h>

#include <vector>

#include "base/result.h"

struct sock_filter;

namespace rushes::engine {

// False where the kernel has no seccomp filters, or this processor has no list.
bool seccomp_available();

// `self` is the process that the filter is for: it may signal itself alone. Empty where
// seccomp_available() is false.
std::vector<sock_filter> seccomp_program(pid_t self, bool devices);

// Puts the program in force for every thread of this process. Needs PR_SET_NO_NEW_PRIVS.
base::Status install_seccomp(const std::vector<sock_filter>& program);

}  // namespace rushes::engine
