#pragma once

// Libraries throw, and so does memory that runs out; no thread of a task may end by it.

#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "base/result.h"

namespace rushes::engine {

// What step() returns, or kResource or kInternal for what it throws.
template <class Step>
base::Status guarded(Step step) {
  constexpr char kOutOfMemory[] = "out of memory (the task's limit is \"memory_bytes\")";
  try {
    return step();
  } catch (const std::bad_alloc&) {
    return base::resource(kOutOfMemory);
  } catch (const std::system_error& error) {
    // A thread that has no room for its stack.
    if (error.code() == std::errc::resource_unavailable_try_again) {
      return base::resource(kOutOfMemory);
    }
    return base::internal(std::string("exception: ") + error.what());
  } catch (const std::exception& error) {
    return base::internal(std::string("exception: ") + error.what());
  }
}

}  // namespace rushes::engine
