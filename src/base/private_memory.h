#pragma once

// What lies in the memory of a program that holds keys, and who may see it.

namespace rushes::base {

// To be called first in main(). From then on no core file is written of this process, to a folder
// or to a program that collects them, and no process of the same user looks into its memory, its
// environment or its descriptors (ptrace, /proc/PID); root still may. Programs that it starts
// decide for themselves. With RUSHES_CORE_DUMPS=1 in the environment it does nothing: a core file
// then holds what the process holds.
void keep_memory_private();

}  // namespace rushes::base
