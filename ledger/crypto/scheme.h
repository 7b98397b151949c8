// The signature schemes that this program knows. A scheme has a number, which stands first in an encoded key, and says
// how its keys are read and its signatures checked. Only ledger/crypto looks at them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

inline constexpr std::uint8_t kSchemeSecp256k1 = 1;  // ECDSA over secp256k1 with SHA-256, low S, 64 bytes

// A key as its scheme wants to have it for many checks.
using ParsedKey = std::array<std::uint8_t, 64>;

struct Scheme {
  std::uint8_t number;
  // `encoded` begins with the scheme's number.
  Result<ParsedKey> (*parse)(ByteView encoded);
  Result<void> (*verify)(const ParsedKey& key, ByteView signing_bytes, ByteView signature);
};

// scheme 1
Result<ParsedKey> parse_secp256k1(ByteView encoded);
Result<void> verify_secp256k1(const ParsedKey& key, ByteView signing_bytes, ByteView signature);

// All that there are. Alone in its file: a model program that defines it itself, with a cheap scheme beside, gets its
// own, and no other program can be told to accept that scheme.
std::span<const Scheme> schemes();

}  // namespace jinshi::crypto
