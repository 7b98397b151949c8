// The signature schemes' numbers, as they stand in encoded keys. Only ledger/crypto looks at them.
#pragma once

#include <cstdint>

namespace jinshi::crypto {

inline constexpr std::uint8_t kSchemeSecp256k1 = 1;  // ECDSA over secp256k1 with SHA-256, low S, 64 bytes

}  // namespace jinshi::crypto
