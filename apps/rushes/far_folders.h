#pragma once

// Folders of buckets, for whoever looks for recordings.

#include "buckets.h"
#include "chapters.h"
#include "task_runner.h"

namespace rushes::app {

Buckets::Warn telling(TaskRunner& runner);

// Each folder is listed once, when it is asked for first. Both must outlive it.
FarFolders far_folders(Buckets& buckets, TaskRunner& runner);

}  // namespace rushes::app
