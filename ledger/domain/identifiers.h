// The identifiers that the outer world gives: whether one is well formed and its check characters hold. Letters are
// capitals, nothing is trimmed or folded. Pure functions of their arguments; whether a code is in use is not asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jinshi/v1/common.pb.h"

namespace jinshi::ledger {

// A unified social credit code (GB 32100-2015): 18 characters of 0-9 A-Z without I O S V Z, the ninth to seventeenth an
// organisation code, the last a check over the rest.
[[nodiscard]] bool is_credit_code(std::string_view code);

// An organisation code (GB 11714-1997) without its hyphen: eight characters of 0-9 A-Z and a check of 0-9 or X.
[[nodiscard]] bool is_organisation_code(std::string_view code);

// A legal entity identifier (ISO 17442): 18 characters of 0-9 A-Z and two check digits (ISO 7064 MOD 97-10), 02 to 98.
[[nodiscard]] bool is_lei(std::string_view lei);

// An industry of GB/T 4754: its section, a letter A-T, then division, group or class in two to four digits.
[[nodiscard]] bool is_industry_code(std::string_view code);

// An administrative division (region) of GB/T 2260: six digits.
[[nodiscard]] bool is_region_code(std::string_view code);

// The shape of an ISO 3166-1 alpha-2 code: two of A-Z.
[[nodiscard]] bool is_country_code(std::string_view code);

// A registration centre's code: three of A-Z.
[[nodiscard]] bool is_centre_code(std::string_view code);

// The check character of ISO 7064 MOD 37,36 over `text`; empty unless all of it is 0-9 A-Z.
[[nodiscard]] std::optional<char> check_character_mod_37_36(std::string_view text);

// What a certificate's number says: SOC-2026-DA-000001-6 is the first data asset certificate of centre SOC in 2026.
struct CertificateNumber {
  std::string centre;
  int year = 0;
  v1::CertificateKind kind = v1::CERTIFICATE_KIND_UNSPECIFIED;
  std::uint32_t serial = 0;

  friend bool operator==(const CertificateNumber&, const CertificateNumber&) = default;
};

// `centre-year-kind-serial-check`: a centre code, four digits, DA or IP, six digits, and a check character (ISO 7064
// MOD 37,36 over the rest without hyphens). Empty when a part has no such form: years are 1900 to 9999, serials 0 to
// 999999.
[[nodiscard]] std::optional<std::string> make_certificate_number(std::string_view centre, int year,
                                                                 v1::CertificateKind kind, std::uint32_t serial);

// The inverse: empty for every text that make_certificate_number does not give.
[[nodiscard]] std::optional<CertificateNumber> parse_certificate_number(std::string_view number);

}  // namespace jinshi::ledger
