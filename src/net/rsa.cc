#include "net/rsa.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "net/owned.h"

namespace rushes::net {
namespace {

using Bio = Owned<BIO, BIO_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Context = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

// Whoever needs a passphrase gets none.
int no_passphrase(char*, int, int, void*) { return 0; }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

base::Result<std::string> sign_rs256(const Secret& key, std::string_view text) {
  const std::string& pem = key.reveal();
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key parsed(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!parsed || EVP_PKEY_get_base_id(parsed.get()) != EVP_PKEY_RSA) {
    return base::invalid_argument("the private key is not an RSA key");
  }
  const Context context(EVP_MD_CTX_new());
  size_t size = 0;
  std::string out;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, parsed.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) != 1) {
    return base::internal("the private key does not sign");
  }
  out.resize(size);
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     bytes_of(text), text.size()) != 1) {
    return base::internal("the private key does not sign");
  }
  out.resize(size);
  return out;
}

}  // namespace rushes::net
