#include "ledger/domain/identifiers.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

namespace jinshi::ledger {
namespace {

// The fictitious organisations of the sample day, and four codes that are in use.
constexpr std::array<std::string_view, 23> kCreditCodes = {
    "11110112MA0990004L", "12110112MA0120113A", "91110112MA0120228B", "91110112MA020013XT", "91110112MA0300149G",
    "91110112MA0300253L", "91110112MA0400166U", "91110112MA0500175C", "35110112MA0600184N", "12110112MA0700193J",
    "91110112MA0800100D", "12110112MA0810114P", "12110112MA09101238", "91110112MA09102389", "91110112MA0910342D",
    "12110112MA0910457Q", "91110112MA0910561P", "11110112MA09106766", "91110112MA09107802", "91330100799655058B",
    "9144030071526726XG", "914403001922038216", "91110000802100433B"};

// In use: a data vendor's, a registration agent's and two manufacturers'. The last four have the least and the greatest
// check digits that ISO 7064 gives.
constexpr std::array<std::string_view, 8> kLeis = {
    "5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55", "HWUPKR0MPOU8FGXBT394", "INR2EJN1ERAN0W5ZP974",
    "529900JINSHI00002302", "529900JINSHI00005503", "529900JINSHI00005697", "529900JINSHI00008898"};

constexpr std::string_view kCapitalsAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

struct Number {
  std::string_view text;
  std::string_view centre;
  int year;
  v1::CertificateKind kind;
  std::uint32_t serial;
};

constexpr auto kAsset = v1::CERTIFICATE_KIND_DATA_ASSET;
constexpr auto kIp = v1::CERTIFICATE_KIND_DATA_IP;

// The first six are the sample day's.
constexpr std::array<Number, 10> kNumbers = {{
    {"PUB-2026-DA-000001-1", "PUB", 2026, kAsset, 1},
    {"SOC-2026-DA-000001-6", "SOC", 2026, kAsset, 1},
    {"SOC-2026-DA-000002-4", "SOC", 2026, kAsset, 2},
    {"SOC-2026-DA-000003-2", "SOC", 2026, kAsset, 3},
    {"SOC-2026-DA-000004-Z", "SOC", 2026, kAsset, 4},
    {"SOC-2026-DA-000005-X", "SOC", 2026, kAsset, 5},
    {"SOC-2026-IP-000001-8", "SOC", 2026, kIp, 1},
    {"DIP-2026-IP-123456-B", "DIP", 2026, kIp, 123456},
    {"AAA-1900-DA-000000-B", "AAA", 1900, kAsset, 0},
    {"ZZZ-9999-IP-999999-S", "ZZZ", 9999, kIp, 999999},
}};

// Every text that differs from `text` in one character, of the kind that may stand there.
template <class Visit>
void for_each_substitution(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : kCapitalsAndDigits) {
      if (c == text[i]) continue;
      std::string changed(text);
      changed[i] = c;
      visit(changed);
    }
  }
}

// Every text with two neighbours that differ exchanged.
template <class Visit>
void for_each_transposition(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == text[i + 1]) continue;
    std::string changed(text);
    std::swap(changed[i], changed[i + 1]);
    visit(changed);
  }
}

// What no identifier of fixed length may become by a slip of the hand.
template <class Predicate>
void check_shape(std::string_view good, Predicate accepts) {
  const std::string text(good);
  INFO(text);
  CHECK(accepts(text));
  CHECK_FALSE(accepts(""));
  CHECK_FALSE(accepts(" " + text));
  CHECK_FALSE(accepts(text + " "));
  CHECK_FALSE(accepts(text + "0"));
  CHECK_FALSE(accepts(text.substr(1)));
  CHECK_FALSE(accepts(text.substr(0, text.size() - 1)));
  CHECK_FALSE(accepts(text + std::string(1, '\0')));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {' ', '\0', '/', ':', '@', '[', 'a', 'z', '\x80', '\xFF'}) {
      std::string changed = text;
      changed[i] = c;
      CHECK_FALSE(accepts(changed));
    }
  }
}

}  // namespace

TEST_CASE("credit codes with right checks pass") {
  for (const auto code : kCreditCodes) {
    INFO(code);
    CHECK(is_credit_code(code));
    CHECK(is_organisation_code(code.substr(8, 9)));
  }
  check_shape(kCreditCodes[0], is_credit_code);
}

TEST_CASE("a credit code with any one character wrong, or two neighbours exchanged, is refused") {
  for (const auto code : kCreditCodes) {
    for_each_substitution(code, [](const std::string& changed) {
      INFO(changed);
      CHECK_FALSE(is_credit_code(changed));
    });
    for_each_transposition(code, [](const std::string& changed) {
      INFO(changed);
      CHECK_FALSE(is_credit_code(changed));
    });
  }
}

TEST_CASE("a credit code whose own check holds over a wrong organisation code is refused") {
  CHECK(is_credit_code("11110112MA0990004L"));
  CHECK_FALSE(is_credit_code("11110112MA0990005P"));
}

TEST_CASE("an organisation code's check is a digit, X for ten and 0 for eleven") {
  const std::string_view code =
      GENERATE(as<std::string_view>{}, "D2143569X", "MA0800100", "MA0100091", "MA0100016", "MA0990004", "MA01001A6");
  INFO(code);
  CHECK(is_organisation_code(code));
  for (const char c : kCapitalsAndDigits) {
    if (c != code.back()) CHECK_FALSE(is_organisation_code(std::string(code.substr(0, 8)) + c));
  }
  check_shape(code, is_organisation_code);
  CHECK_FALSE(is_organisation_code("D2143569-X"));
}

TEST_CASE("legal entity identifiers with right checks pass") {
  for (const auto lei : kLeis) {
    INFO(lei);
    CHECK(is_lei(lei));
  }
  check_shape(kLeis[0], is_lei);
}

// MOD 97-10 promises no more: a letter in a digit's place makes a number of another length, and one in 97 of those
// passes.
TEST_CASE("a legal entity identifier with a digit or a letter mistaken, or two neighbours exchanged, is refused") {
  const auto is_digit = [](char c) { return c <= '9'; };
  for (const auto lei : kLeis) {
    for_each_substitution(lei, [&](const std::string& changed) {
      const auto mistake = std::ranges::mismatch(lei, changed);
      if (is_digit(*mistake.in1) != is_digit(*mistake.in2)) return;
      INFO(changed);
      CHECK_FALSE(is_lei(changed));
    });
    for_each_transposition(lei, [](const std::string& changed) {
      INFO(changed);
      CHECK_FALSE(is_lei(changed));
    });
  }
}

TEST_CASE("check digits that leave the right remainder but that ISO 7064 never gives are refused") {
  CHECK(is_lei("529900JINSHI00002302"));
  CHECK_FALSE(is_lei("529900JINSHI00002399"));
  CHECK(is_lei("529900JINSHI00005697"));
  CHECK_FALSE(is_lei("529900JINSHI00005600"));
  CHECK(is_lei("529900JINSHI00008898"));
  CHECK_FALSE(is_lei("529900JINSHI00008801"));
}

TEST_CASE("an industry is a section A-T and two to four digits") {
  const std::string_view good = GENERATE(as<std::string_view>{}, "A01", "C36", "I65", "I651", "I6510", "T97", "T9700");
  CHECK(is_industry_code(good));
  const std::string_view bad = GENERATE(as<std::string_view>{}, "", "I", "I6", "I65100", "U97", "Z01", "@65", "i65",
                                        "65", "651", "I6A", "I65 ", " I65", "I65A", "I-65", "II65");
  INFO(bad);
  CHECK_FALSE(is_industry_code(bad));
}

TEST_CASE("a division is six digits, a country two capitals and a centre three") {
  check_shape("110000", is_region_code);
  CHECK_FALSE(is_region_code("11000A"));
  check_shape("CN", is_country_code);
  CHECK_FALSE(is_country_code("C1"));
  check_shape("SOC", is_centre_code);
  CHECK_FALSE(is_centre_code("SO1"));
  CHECK(is_centre_code("AAA"));
  CHECK(is_centre_code("ZZZ"));
}

TEST_CASE("the check character of ISO 7064 MOD 37,36 is the published one") {
  CHECK(check_character_mod_37_36("A12425GABC1234002") == 'M');  // the Global Release Identifier's own example
  CHECK(check_character_mod_37_36("") == '1');
  CHECK_FALSE(check_character_mod_37_36("a"));
  CHECK_FALSE(check_character_mod_37_36("SOC-2026"));
  CHECK_FALSE(check_character_mod_37_36("石"));
}

TEST_CASE("certificate numbers are made and parsed back") {
  for (const Number& number : kNumbers) {
    INFO(number.text);
    CHECK(make_certificate_number(number.centre, number.year, number.kind, number.serial) == number.text);
    const auto parsed = parse_certificate_number(number.text);
    REQUIRE(parsed);
    CHECK(*parsed == CertificateNumber{std::string(number.centre), number.year, number.kind, number.serial});
  }
  check_shape(kNumbers[1].text, parse_certificate_number);
}

TEST_CASE("a certificate number with any one character wrong, or two neighbours exchanged, is refused") {
  for (const Number& number : kNumbers) {
    for_each_substitution(number.text, [](const std::string& changed) {
      INFO(changed);
      CHECK_FALSE(parse_certificate_number(changed));
    });
    for_each_transposition(number.text, [](const std::string& changed) {
      INFO(changed);
      CHECK_FALSE(parse_certificate_number(changed));
    });
  }
}

TEST_CASE("a certificate number is not made of parts that have no such form") {
  CHECK(make_certificate_number("SOC", 1900, kAsset, 0));
  CHECK_FALSE(make_certificate_number("SOC", 1899, kAsset, 0));
  CHECK(make_certificate_number("SOC", 9999, kAsset, 999'999));
  CHECK_FALSE(make_certificate_number("SOC", 10'000, kAsset, 1));
  CHECK_FALSE(make_certificate_number("SOC", -2026, kAsset, 1));
  CHECK_FALSE(make_certificate_number("SOC", 2026, kAsset, 1'000'000));
  CHECK_FALSE(make_certificate_number("SOC", 2026, v1::CERTIFICATE_KIND_UNSPECIFIED, 1));
  CHECK_FALSE(make_certificate_number("SOC", 2026, static_cast<v1::CertificateKind>(3), 1));
  const std::string_view centre = GENERATE(as<std::string_view>{}, "", "SO", "SOCI", "soc", "S0C", "S-C");
  CHECK_FALSE(make_certificate_number(centre, 2026, kAsset, 1));
}

TEST_CASE("a certificate number whose check holds over parts without its form is refused") {
  const std::string_view number =
      GENERATE(as<std::string_view>{}, "S0C-2026-DA-000001-G", "SOC-1899-DA-000001-K", "SOC-2026-DX-000001-5",
               "SOC-2026-AD-000001-K", "SOC-2026-DA-00000A-N", "SOC-20Z6-DA-000001-O", "SOC-2026-D-0000001-S",
               "SO-2026-DA-000001-T", "SOC2026DA0000016", "SOC-2026DA-000001-6", "SOC_2026_DA_000001_6");
  INFO(number);
  CHECK_FALSE(parse_certificate_number(number));
}

}  // namespace jinshi::ledger
