#include "net/secret.h"

#include <ostream>

namespace rushes::net {

void PrintTo(const Secret& secret, std::ostream* out) {
  *out << (secret.empty() ? "(no secret)" : "(secret)");
}

}  // namespace rushes::net
