#pragma once

// Errors as values. A function that can fail returns Result<T> (Status where there is no value);
// both are [[nodiscard]], so an error cannot be dropped by accident.
//
//   base::Result<int> parse(std::string_view s);
//   base::Status f() {
//     ASSIGN_OR_RETURN(int n, parse("12"));
//     RETURN_IF_ERROR(g(n));
//     return {};
//   }

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace rushes::base {

// The code decides policy: see is_retryable and exit_code.
enum class Code {
  kInvalidArgument,  // the user's document or flags are wrong
  kNotFound,
  kUnsupported,  // understood, but not built yet or not built in
  kCorrupt,      // media or stored bytes are damaged
  kPermission,   // outside the allowed roots, or the system refuses
  kResource,     // disk, memory or another limit is used up
  kUnavailable,  // may work when tried again
  kCancelled,
  kInternal,  // a fault of ours
};

std::string_view name_of(Code code);
bool is_retryable(Code code);
// Exit status of both programs: 0 done, 2 invalid input, 3 unreadable media, 4 out of resources,
// 5 transient, 130 cancelled, 1 anything else.
int exit_code(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;
  int number =
      0;  // stable number for `rushes explain`, see base/error_catalog.h; 0: the code's own

  // "clause: message": each layer adds one clause in front.
  Error in(std::string_view clause) &&;
};

template <class T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE: implicit on purpose
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

// Shorthands, so that a return reads as one line.
Error invalid_argument(std::string message);
Error not_found(std::string message);
Error unsupported(std::string message);
Error corrupt(std::string message);
Error permission(std::string message);
Error resource(std::string message);
Error internal(std::string message);
// From errno; `what` names the operation and the file. ENOSPC and EDQUOT become kResource.
Error from_errno(int err, std::string_view what);

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace rushes::base

// For memory and job-state safety only, never on outside input.
#define RUSHES_CHECK(cond) \
  ((cond) ? static_cast<void>(0) : ::rushes::base::check_failed(#cond, __FILE__, __LINE__))

#define RUSHES_CONCAT_INNER(a, b) a##b
#define RUSHES_CONCAT(a, b) RUSHES_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                               \
  do {                                                      \
    if (auto rushes_status = (expr); !rushes_status.ok()) { \
      return std::move(rushes_status).error();              \
    }                                                       \
  } while (false)

#define ASSIGN_OR_RETURN(decl, expr) \
  ASSIGN_OR_RETURN_INNER(RUSHES_CONCAT(rushes_result_, __LINE__), decl, expr)
#define ASSIGN_OR_RETURN_INNER(result, decl, expr)    \
  auto result = (expr);                               \
  if (!result.ok()) return std::move(result).error(); \
  decl = std::move(result).value()
