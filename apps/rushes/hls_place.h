#pragma once

// Where an HLS offer lies: a folder of this machine, or one of a bucket. Files that players keep
// are written there by tasks; this is for their names, and for the lists that tell of them.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "buckets.h"

namespace rushes::app {

class HlsPlace {
 public:
  virtual ~HlsPlace() = default;

  virtual const std::string& name() const = 0;  // absolute, or a URI; without "/" at its end
  std::string path_of(const std::string& file) const { return name() + "/" + file; }
  virtual bool is_far() const = 0;

  // Of the files in it.
  virtual base::Result<std::vector<std::string>> names() = 0;
  // kInvalidArgument: it is no file, or no list.
  virtual base::Result<std::string> read(const std::string& file) = 0;
  // Each appears whole, and never before another that was written before it; it may do so later.
  virtual base::Status write(const std::string& file, const std::string& text) = 0;
  // Until all is there.
  virtual base::Status flush() = 0;
  virtual base::Status remove(const std::vector<std::string>& files) = 0;
  // Nothing was rendered: a folder that was made for it and is empty goes.
  virtual void give_up() = 0;
};

// One of the two below.
base::Result<std::unique_ptr<HlsPlace>> hls_place(const std::string& named, Buckets& buckets);
// Makes the folder if it is missing; one render at a time. kOutputUnusable.
base::Result<std::unique_ptr<HlsPlace>> local_place(const std::string& folder);
// "s3://bucket/folder", with or without "/" at its end. kOutputUnusable. `buckets` must outlive it.
base::Result<std::unique_ptr<HlsPlace>> bucket_place(const std::string& uri, Buckets& buckets);

}  // namespace rushes::app
