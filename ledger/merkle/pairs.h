// A level of a tree lies in memory as its nodes do in pairs; this says so to the hash function.
#pragma once

#include <span>

#include "ledger/crypto/sha256.h"

namespace jinshi::merkle {

static_assert(sizeof(crypto::DigestPair) == 2 * sizeof(Digest) && alignof(crypto::DigestPair) == alignof(Digest));

// The level's digests two by two; an odd last one is left out.
inline std::span<const crypto::DigestPair> pairs_of(std::span<const Digest> level) {
  return {reinterpret_cast<const crypto::DigestPair*>(level.data()), level.size() / 2};
}

}  // namespace jinshi::merkle
