#include "ledger/domain/identifiers.h"

#include <algorithm>
#include <array>

namespace jinshi::ledger {
namespace {

constexpr std::string_view kCreditCodeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool all_digits(std::string_view text) { return std::ranges::all_of(text, is_digit); }
bool all_capitals(std::string_view text) { return std::ranges::all_of(text, is_capital); }

// 0-9 count 0 to 9, A-Z 10 to 35, as in GB 11714 and ISO 7064.
std::optional<int> value_of(char c) {
  if (is_digit(c)) return c - '0';
  if (is_capital(c)) return c - 'A' + 10;
  return std::nullopt;
}

char character_of(int value) { return static_cast<char>(value < 10 ? '0' + value : 'A' + value - 10); }

int parse_number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::string padded(std::uint32_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  return std::string(width - digits.size(), '0') + digits;
}

std::string_view series_of(v1::CertificateKind kind) {
  if (kind == v1::CERTIFICATE_KIND_DATA_ASSET) return "DA";
  if (kind == v1::CERTIFICATE_KIND_DATA_IP) return "IP";
  return "";
}

v1::CertificateKind kind_of(std::string_view series) {
  if (series == "DA") return v1::CERTIFICATE_KIND_DATA_ASSET;
  if (series == "IP") return v1::CERTIFICATE_KIND_DATA_IP;
  return v1::CERTIFICATE_KIND_UNSPECIFIED;
}

}  // namespace

bool is_credit_code(std::string_view code) {
  if (code.size() != 18 || !is_organisation_code(code.substr(8, 9))) return false;
  int sum = 0;
  int weight = 1;  // 3^(i-1) mod 31
  for (const char c : code.substr(0, 17)) {
    const auto value = kCreditCodeAlphabet.find(c);
    if (value == std::string_view::npos) return false;
    sum += static_cast<int>(value) * weight;
    weight = weight * 3 % 31;
  }
  return code[17] == kCreditCodeAlphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
}

bool is_organisation_code(std::string_view code) {
  constexpr std::array kWeights = {3, 7, 9, 10, 5, 8, 4, 2};
  if (code.size() != kWeights.size() + 1) return false;
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    const auto value = value_of(code[i]);
    if (!value) return false;
    sum += *value * kWeights[i];
  }
  return code.back() == "0123456789X0"[11 - sum % 11];
}

bool is_lei(std::string_view lei) {
  if (lei.size() != 20 || !all_digits(lei.substr(18))) return false;
  int remainder = 0;
  for (const char c : lei.substr(0, 18)) {
    const auto value = value_of(c);
    if (!value) return false;
    remainder = (remainder * (*value < 10 ? 10 : 100) + *value) % 97;
  }
  // Compared with the one pair that ISO 7064 gives: 00, 01 and 99 leave the same remainder as 97, 98 and 02.
  return parse_number(lei.substr(18)) == 98 - remainder * 100 % 97;
}

bool is_industry_code(std::string_view code) {
  return code.size() >= 3 && code.size() <= 5 && code[0] >= 'A' && code[0] <= 'T' && all_digits(code.substr(1));
}

bool is_region_code(std::string_view code) { return code.size() == 6 && all_digits(code); }

bool is_country_code(std::string_view code) { return code.size() == 2 && all_capitals(code); }

bool is_centre_code(std::string_view code) { return code.size() == 3 && all_capitals(code); }

std::optional<char> check_character_mod_37_36(std::string_view text) {
  int product = 36;
  for (const char c : text) {
    const auto value = value_of(c);
    if (!value) return std::nullopt;
    const int sum = (product + *value) % 36;
    product = (sum == 0 ? 36 : sum) * 2 % 37;
  }
  return character_of((37 - product) % 36);
}

std::optional<std::string> make_certificate_number(std::string_view centre, int year, v1::CertificateKind kind,
                                                   std::uint32_t serial) {
  const std::string_view series = series_of(kind);
  if (!is_centre_code(centre) || year < 1900 || year > 9999 || series.empty() || serial > 999'999) return std::nullopt;
  const std::string four_digits = std::to_string(year);
  const std::string six_digits = padded(serial, 6);
  std::string checked(centre);
  checked.append(four_digits).append(series).append(six_digits);

  std::string number(centre);
  number.append("-").append(four_digits).append("-").append(series).append("-").append(six_digits).append("-");
  number.push_back(*check_character_mod_37_36(checked));
  return number;
}

std::optional<CertificateNumber> parse_certificate_number(std::string_view number) {
  constexpr std::size_t kLength = std::string_view("SOC-2026-DA-000001-6").size();
  if (number.size() != kLength || !all_digits(number.substr(4, 4)) || !all_digits(number.substr(12, 6))) {
    return std::nullopt;
  }
  CertificateNumber parts{std::string(number.substr(0, 3)), parse_number(number.substr(4, 4)),
                          kind_of(number.substr(9, 2)), static_cast<std::uint32_t>(parse_number(number.substr(12, 6)))};
  // Made again, it must be the same text: hyphens, ranges and the check are judged in one place.
  if (make_certificate_number(parts.centre, parts.year, parts.kind, parts.serial) != number) return std::nullopt;
  return parts;
}

}  // namespace jinshi::ledger
