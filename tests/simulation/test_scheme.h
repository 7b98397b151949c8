// A cheap signature scheme for simulated worlds: a keyed hash whose key is public. Nobody in a world forges, but for
// the named adversaries, who sign with their own keys only. Programs that ship don't know its number.
#pragma once

#include <cstdint>
#include <memory>

#include "ledger/crypto/signer.h"

namespace jinshi::simulation {

inline constexpr std::uint8_t kTestScheme = 0xF0;

// The key of one number, of the cheap scheme or of secp256k1.
std::unique_ptr<crypto::Signer> make_signer(std::uint64_t number, bool real);

}  // namespace jinshi::simulation
