#pragma once

// A folder as a store whose objects are plain files: "renders/ad.mp4" is FOLDER/renders/ad.mp4, and
// what others put there are objects, too.
//
// Steps of a key that cannot be names of files are escaped: '%' is "%25"; a leading '.' is "%2E",
// so that no key climbs out of the folder or names a hidden file; a step of nothing ("a//b") is
// "%". Names are the file system's: steps of at most 255 bytes, and no object "a" beside an object
// "a/b". Symbolic links inside the folder are not followed.
//
// Uploads lie in FOLDER/.rushes-uploads/ID/ until they are committed: hidden, so no objects.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/remote_store.h"

namespace rushes::store {

// Makes the folder if it is missing.
base::Result<std::unique_ptr<RemoteStore>> folder_store(const std::string& folder);

// Where a key's file lies below the folder, and back: nothing for names that no key has.
std::string path_of_key(std::string_view key);
std::optional<std::string> key_of_path(std::string_view path);

}  // namespace rushes::store
