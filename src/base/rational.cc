#include "base/rational.h"

#include <cstdlib>
#include <limits>
#include <numeric>

namespace rushes::base {
namespace {

__extension__ typedef __int128 Wide;
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

Wide wide_gcd(Wide a, Wide b) {
  if (a < 0) a = -a;
  if (b < 0) b = -b;
  while (b != 0) {
    const Wide r = a % b;
    a = b;
    b = r;
  }
  return a;
}

Rational reduced(Wide num, Wide den) {
  if (den < 0) {
    num = -num;
    den = -den;
  }
  if (const Wide g = wide_gcd(num, den); g > 1) {
    num /= g;
    den /= g;
  }
  // Too fine for 64 bits: drop low bits of both. Too large: saturate.
  while (den > kMax) {
    den >>= 1;
    num /= 2;
  }
  if (num > kMax) return {kMax, 1};
  if (num < -Wide{kMax}) return {-kMax, 1};
  return {static_cast<int64_t>(num), static_cast<int64_t>(den)};
}

}  // namespace

Rational::Rational(int64_t num, int64_t den) {
  RUSHES_CHECK(den != 0);
  if (den < 0) {
    num = -num;
    den = -den;
  }
  const int64_t g = std::gcd(num, den);
  num_ = g > 1 ? num / g : num;
  den_ = g > 1 ? den / g : den;
}

Result<Rational> Rational::parse(std::string_view text) {
  const auto bad = [&] {
    return invalid_argument("\"" + std::string(text.substr(0, 40)) + "\" is not a number");
  };
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    ASSIGN_OR_RETURN(const Rational a, parse(text.substr(0, slash)));
    ASSIGN_OR_RETURN(const Rational b, parse(text.substr(slash + 1)));
    if (b.num() == 0) return bad();
    return a / b;
  }
  size_t i = 0;
  const bool negative = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  Wide num = 0;
  int scale = 0;
  int digits = 0;
  bool point = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) {
      point = true;
    } else if (text[i] >= '0' && text[i] <= '9') {
      ++digits;
      if (digits > 18 && num > kMax / 10) return bad();
      num = num * 10 + (text[i] - '0');
      scale += point ? 1 : 0;
    } else {
      break;
    }
  }
  if (digits == 0) return bad();
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const std::string exponent(text.substr(i + 1));
    char* end = nullptr;
    const long e = std::strtol(exponent.c_str(), &end, 10);
    if (exponent.empty() || *end != '\0' || e < -18 || e > 18) return bad();
    scale -= static_cast<int>(e);
    i = text.size();
  }
  if (i != text.size() || scale > 18 || scale < -18) return bad();
  Wide den = 1;
  for (int k = 0; k < scale; ++k) den *= 10;
  for (int k = 0; k > scale; --k) num *= 10;
  return reduced(negative ? -num : num, den);
}

int64_t Rational::floor() const {
  const int64_t q = num_ / den_;
  return num_ % den_ < 0 ? q - 1 : q;
}

int64_t Rational::ceil() const { return -(-*this).floor(); }

int64_t Rational::round() const {
  const Rational half(1, 2);
  return num_ >= 0 ? (*this + half).floor() : (*this - half).ceil();
}

std::string Rational::to_string() const {
  return den_ == 1 ? std::to_string(num_) : std::to_string(num_) + "/" + std::to_string(den_);
}

Rational Rational::operator-() const {
  Rational r = *this;
  r.num_ = -r.num_;
  return r;
}

Rational operator+(const Rational& a, const Rational& b) {
  return reduced(Wide{a.num_} * b.den_ + Wide{b.num_} * a.den_, Wide{a.den_} * b.den_);
}

Rational operator-(const Rational& a, const Rational& b) { return a + (-b); }

Rational operator*(const Rational& a, const Rational& b) {
  return reduced(Wide{a.num_} * b.num_, Wide{a.den_} * b.den_);
}

Rational operator/(const Rational& a, const Rational& b) {
  RUSHES_CHECK(b.num_ != 0);
  return reduced(Wide{a.num_} * b.den_, Wide{a.den_} * b.num_);
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  return Wide{a.num_} * b.den_ <=> Wide{b.num_} * a.den_;
}

}  // namespace rushes::base
