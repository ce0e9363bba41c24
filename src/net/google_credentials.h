#pragma once

// Access tokens of Google, from where its own tools have them ("application default credentials"):
// the file that GOOGLE_APPLICATION_CREDENTIALS names, the one that gcloud keeps in the home folder,
// the metadata service of the machine. In files: service accounts and users; other kinds are
// kUnsupported.

#include <optional>

#include "base/clock.h"
#include "net/aws_profile.h"
#include "net/expiring.h"
#include "net/http_client.h"
#include "net/retry.h"
#include "net/secret.h"

namespace rushes::net {

struct GoogleToken {
  Secret token;
  std::optional<base::Time> expires;
};
bool same(const GoogleToken& a, const GoogleToken& b);

struct GoogleCredentialOptions {
  Environment environment;     // required, as the next two
  HttpClient* http = nullptr;  // as in AwsCredentialOptions
  base::Clock* clock = nullptr;
  Random random = system_random();
};

using GoogleTokens = Expiring<GoogleToken>;
// For GoogleTokens, which keep what it says. kPermission if nobody has any.
base::Result<GoogleToken> fetch_google_token(const GoogleCredentialOptions& options,
                                             base::CancelFlag cancelled);

}  // namespace rushes::net
