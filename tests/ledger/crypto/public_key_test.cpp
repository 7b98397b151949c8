#include "ledger/crypto/public_key.h"

#include <catch2/catch.hpp>

#include "ledger/crypto/secret_key.h"
#include "tests/ledger/crypto/test_keys.h"

namespace jinshi::crypto {
namespace {

constexpr char kX[] = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";  // the generator's
constexpr char kY[] = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

std::string hex_of(std::string_view prefix, std::string_view rest) { return std::string(prefix) + std::string(rest); }

}  // namespace

TEST_CASE("the public key of one is the generator, under its scheme byte") {
  const auto key = key_of("0000000000000000000000000000000000000000000000000000000000000001");
  CHECK(to_hex(key.public_key().encoded()) == hex_of("0102", kX));
  CHECK(to_hex(key.public_key().point()) == hex_of("02", kX));
}

TEST_CASE("an encoded key parses to itself") {
  for (int i = 0; i < 20; ++i) {
    const auto key = numbered_key(i);
    const auto again = PublicKey::parse(key.public_key().encoded());
    REQUIRE(again);
    CHECK(*again == key.public_key());
    CHECK(again->parsed() == key.public_key().parsed());
    CHECK(PublicKeyHash{}(*again) == PublicKeyHash{}(key.public_key()));
    CHECK(*again != numbered_key(i + 1).public_key());
  }
}

TEST_CASE("keys are ordered as their bytes") {
  const auto even = PublicKey::parse(bytes(hex_of("0102", kX)));
  const auto odd = PublicKey::parse(bytes(hex_of("0103", kX)));
  REQUIRE(even);
  REQUIRE(odd);
  CHECK(*even < *odd);
  CHECK(*even != *odd);
}

TEST_CASE("anything but one scheme byte and a compressed point on the curve is refused as BAD_VALUE") {
  const std::string zeros(64, '0');
  const auto [what, hex] = GENERATE_COPY(table<std::string, std::string>({
      {"nothing", ""},
      {"the scheme byte alone", "01"},
      {"a bare point without scheme byte", hex_of("02", kX)},
      {"scheme 0", hex_of("0002", kX)},
      {"scheme 2, not known yet", hex_of("0202", kX)},
      {"an uncompressed point", hex_of("0104", kX) + kY},
      {"a hybrid point, even", hex_of("0106", kX) + kY},
      {"a hybrid point, odd", hex_of("0107", kX) + kY},
      {"an uncompressed point's prefix on 33 bytes", hex_of("0104", kX)},
      {"a hybrid prefix on 33 bytes", hex_of("0106", kX)},
      {"prefix 00", hex_of("0100", kX)},
      {"prefix 01", hex_of("0101", kX)},
      {"prefix 05", hex_of("0105", kX)},
      {"one byte short", hex_of("0102", std::string(kX).substr(2))},
      {"one byte long", hex_of("0102", kX) + "00"},
      {"x = 0, not on the curve", hex_of("0102", zeros)},
      {"x = 5, not on the curve", hex_of("0102", zeros.substr(1) + "5")},
      {"x = p, the field's size", "0102fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"},
      {"x = p + 1, which is 1 again", "0102fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30"},
      {"x = 2^256 - 1", hex_of("0103", std::string(64, 'f'))},
      {"infinity, as SEC 1 writes it", "0100"},
  }));
  INFO(what);
  const auto parsed = PublicKey::parse(bytes(hex));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().reason == v1::REASON_BAD_VALUE);
  CHECK(parsed.error().message.ends_with('.'));
}

TEST_CASE("a scheme of the future can be told from a bad key") {
  CHECK(known_scheme(bytes(hex_of("0102", kX))));
  CHECK_FALSE(known_scheme(bytes(hex_of("0202", kX))));
  CHECK_FALSE(known_scheme(bytes(hex_of("0002", kX))));
  CHECK_FALSE(known_scheme(""));
}

TEST_CASE("a secret key is a number above zero and below the group's order") {
  CHECK(SecretKey::parse(bytes("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140")));
  const auto hex = GENERATE(as<std::string>{}, "", "01", std::string(64, '0'), std::string(64, 'f'),
                            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
                            "00000000000000000000000000000000000000000000000000000000000000000001");
  const auto parsed = SecretKey::parse(bytes(hex));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("two generated keys differ") {
  const auto one = generate_key(), other = generate_key();
  CHECK(one.public_key() != other.public_key());
  CHECK(one.scalar().size() == SecretKey::kSize);
}

}  // namespace jinshi::crypto
