#include "store/gcs_store.h"

#include <utility>

#include "store/s3_store.h"

namespace rushes::store {
namespace {

class GoogleIdentity final : public S3Identity {
 public:
  explicit GoogleIdentity(net::GoogleTokens& tokens) : tokens_(tokens) {}
  base::Result<std::function<void()>> sign(net::Request& request, const net::SigningScope&,
                                           std::string_view, base::CancelFlag cancelled) override {
    ASSIGN_OR_RETURN(const net::GoogleToken used, tokens_.get(cancelled));
    net::set_header(request.headers, "Authorization", "Bearer " + used.token.reveal());
    return std::function<void()>([this, used] { tokens_.refuse(used); });
  }

 private:
  net::GoogleTokens& tokens_;
};

}  // namespace

std::shared_ptr<S3Identity> google_identity(net::GoogleTokens& tokens) {
  return std::make_shared<GoogleIdentity>(tokens);
}

base::Result<std::unique_ptr<RemoteStore>> gcs_store(S3Options options) {
  options.dialect = S3Dialect::kGoogle;
  options.addressing = S3Addressing::kPath;
  if (!options.endpoint) {
    ASSIGN_OR_RETURN(options.endpoint, net::parse_url("https://storage.googleapis.com"));
  }
  return s3_store(std::move(options));
}

}  // namespace rushes::store
