#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rushes::base {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument: return "invalid";
    case Code::kNotFound: return "not found";
    case Code::kUnsupported: return "not supported";
    case Code::kCorrupt: return "corrupt";
    case Code::kPermission: return "not permitted";
    case Code::kResource: return "out of resources";
    case Code::kUnavailable: return "unavailable";
    case Code::kCancelled: return "cancelled";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

bool is_retryable(Code code) { return code == Code::kUnavailable; }

int exit_code(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kUnsupported:
    case Code::kPermission: return 2;
    case Code::kCorrupt: return 3;
    case Code::kResource: return 4;
    case Code::kUnavailable: return 5;
    case Code::kCancelled: return 130;
    case Code::kInternal: return 1;
  }
  return 1;
}

Error Error::in(std::string_view clause) && {
  message.insert(0, ": ").insert(0, clause);
  return std::move(*this);
}

Error invalid_argument(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }
Error not_found(std::string message) { return {Code::kNotFound, std::move(message)}; }
Error unsupported(std::string message) { return {Code::kUnsupported, std::move(message)}; }
Error corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }
Error permission(std::string message) { return {Code::kPermission, std::move(message)}; }
Error resource(std::string message) { return {Code::kResource, std::move(message)}; }
Error internal(std::string message) { return {Code::kInternal, std::move(message)}; }

Error from_errno(int err, std::string_view what) {
  Code code = Code::kUnavailable;
  switch (err) {
    case ENOENT:
    case ENOTDIR: code = Code::kNotFound; break;
    case EACCES:
    case EPERM:
    case EROFS: code = Code::kPermission; break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE: code = Code::kResource; break;
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG: code = Code::kInvalidArgument; break;
    default: break;
  }
  return {code, std::string(what) + ": " + std::strerror(err)};
}

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace rushes::base
