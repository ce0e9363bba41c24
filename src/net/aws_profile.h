#pragma once

// The files in which the AWS tools keep profiles (~/.aws/credentials, ~/.aws/config).

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rushes::net {

// What getenv() says; an empty value counts as none.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

using AwsProfile = std::map<std::string, std::string>;  // keys in lower case

// One section of an INI file. Indented lines belong to settings of services and are skipped.
std::optional<AwsProfile> find_profile(std::string_view file, std::string_view section);

struct AwsProfiles {
  std::string name;     // of the profile: as given, else of AWS_PROFILE, else "default"
  AwsProfile settings;  // of both files; what the credentials file says counts
  bool found = false;
};
// From the files that the environment names, or those of the home folder. None there: not found.
base::Result<AwsProfiles> load_profile(const Environment& environment, const std::string& profile);

// A small text file of the user's own: at most 1 MiB. Errors never repeat its content.
base::Result<std::string> read_small_file(const std::string& path);

// AWS_REGION, AWS_DEFAULT_REGION, else the profile's; empty if none says.
base::Result<std::string> aws_region(const Environment& environment, const std::string& profile);

}  // namespace rushes::net
