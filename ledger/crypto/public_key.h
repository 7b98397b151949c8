// A public key of the ledger: one byte that names its signature scheme, then the key as the scheme writes it
// (docs/protocol.md, suite). Scheme 1: ECDSA over secp256k1, a 33-byte compressed point (SEC 1 section 2.3.3).
// The parsed point is kept (parsing costs 5 us, a check 37), so keep registered keys as PublicKeys.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

// Whether the key's leading byte names a scheme that this program knows. A verifier that meets another one needs to be
// newer; it must not call the key bad.
bool known_scheme(ByteView encoded_key);

class PublicKey {
 public:
  static constexpr std::size_t kEncodedSize = 34;

  // BAD_VALUE unless `encoded` is exactly one known scheme byte and a compressed point on the curve. Whether a newer
  // program could read it is asked of `known_scheme`.
  static Result<PublicKey> parse(ByteView encoded);

  ByteView encoded() const { return {reinterpret_cast<const char*>(encoded_.data()), encoded_.size()}; }
  // The key without its scheme byte, as other programs know it.
  ByteView point() const { return encoded().substr(1); }

  // The signature library's own form of the point: opaque, and never stored.
  const std::array<std::uint8_t, 64>& parsed() const { return parsed_; }

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.encoded_ == b.encoded_; }
  friend std::strong_ordering operator<=>(const PublicKey& a, const PublicKey& b) { return a.encoded_ <=> b.encoded_; }

 private:
  PublicKey() = default;

  std::array<std::uint8_t, kEncodedSize> encoded_{};
  std::array<std::uint8_t, 64> parsed_{};
};

// For hash maps. A point's x is as good as random, unless somebody searches for collisions: bound maps of unregistered
// keys.
struct PublicKeyHash {
  std::size_t operator()(const PublicKey& key) const;
};

}  // namespace jinshi::crypto
