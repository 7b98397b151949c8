// SHA-256 (FIPS 180-4), the digest of suite 1. Only ledger/crypto and the trees of ledger/merkle call it directly: all
// else goes through ledger/crypto/digest.h, whose tags keep one kind of bytes from passing for another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "proto/types.h"

namespace jinshi::crypto {

Digest sha256(ByteView bytes);

// SHA-256 of bytes that arrive in pieces. After `finish` the object is as new.
class Sha256 {
 public:
  Sha256();
  Sha256& update(ByteView bytes);
  Digest finish();

 private:
  alignas(8) std::array<std::byte, 112> state_;  // the library's state, which needs no destruction
};

// Two children of a tree's node, laid out as they are hashed.
struct DigestPair {
  Digest left;
  Digest right;
  friend auto operator<=>(const DigestPair&, const DigestPair&) = default;
};

// SHA-256 of one prefix byte and two digests: the node of a Merkle tree (RFC 9162 section 2.1.1).
Digest sha256_pair(std::uint8_t prefix, const Digest& left, const Digest& right);

// out[i] = sha256_pair(prefix, pairs[i].left, pairs[i].right), two interleaved on the processor's SHA instructions
// where it has them: about half the time of as many single calls. The spans are equally long and either do not overlap,
// or `out` begins where `pairs` does, so that a level of a tree is folded in place.
void sha256_pairs(std::uint8_t prefix, std::span<const DigestPair> pairs, std::span<Digest> out);

namespace internal {

// The portable path and the hardware one, apart, so that tests hold them against each other.
bool has_sha_instructions();
void sha256_pairs_portable(std::uint8_t prefix, std::span<const DigestPair> pairs, std::span<Digest> out);
void sha256_pairs_hardware(std::uint8_t prefix, std::span<const DigestPair> pairs, std::span<Digest> out);

}  // namespace internal

}  // namespace jinshi::crypto
