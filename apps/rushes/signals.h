#pragma once

namespace rushes::app {

// From here on Ctrl-C, SIGTERM and SIGHUP ask this program to stop instead of ending it.
void catch_signals();

// Readable once one of them has come; for exec::RunOptions::cancel_fd.
int cancel_fd();

}  // namespace rushes::app
