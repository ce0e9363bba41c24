#pragma once

// Names of things that do not lie on this machine. What they mean is the store's business
// (store/open_store.h).

#include <string>
#include <string_view>

namespace rushes::base {

// Of an object in a store: s3://, gs://, http:// and https://.
bool is_uri(std::string_view text);

// For messages and for whatever is kept: without what may be a secret (user, password, query). What
// is no URI stays as it is.
std::string shown_uri(std::string_view text);

}  // namespace rushes::base
