#pragma once

// Objects in memory: for tests, and the plainest form of what a store promises.

#include <memory>

#include "store/remote_store.h"

namespace rushes::store {

std::unique_ptr<RemoteStore> memory_store();

}  // namespace rushes::store
