// The state tree's rule and its proofs (docs/protocol.md, state). Needs no tree: the offline verifier uses it alone.
//
// For a set of (key, record digest), T(set, depth) is 32 zero bytes for an empty set, the leaf for one entry at any
// depth, and otherwise the node over T of the entries whose key bit `depth` is 0 and T of those whose bit is 1, bits
// most significant first. leaf = H(0x02 || key || record digest), node = H(0x03 || left || right), root = T(all, 0).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::merkle {

inline constexpr std::uint8_t kStateLeafPrefix = 0x02;
inline constexpr std::uint8_t kStateNodePrefix = 0x03;
inline constexpr unsigned kKeyBits = 256;

[[nodiscard]] Digest state_leaf_hash(const Digest& key, const Digest& record);
[[nodiscard]] Digest state_node_hash(const Digest& left, const Digest& right);

// Bit `depth` of a key, counted from the most significant.
[[nodiscard]] inline bool key_bit(const Digest& key, unsigned depth) {
  return (key.bytes[depth / 8] >> (7 - depth % 8) & 1) != 0;
}

// How many leading bits two keys share: 256 for equal ones.
[[nodiscard]] unsigned shared_bits(const Digest& left, const Digest& right);

struct StateEntry {
  Digest key;
  Digest record;
  friend bool operator==(const StateEntry&, const StateEntry&) = default;
};

// That a key has a record digest in the set with a given root, or that it is absent from it. The claim is the
// verifier's; the proof holds only what he lacks. For one root and one claim exactly one proof verifies.
struct StateProof {
  // The sibling subtrees on the key's way down from the root; an empty one is 32 zero bytes. At most 256.
  std::vector<Digest> siblings;
  // Only in a proof of absence, where the way ends at another key's leaf rather than at an empty subtree.
  std::optional<StateEntry> other;

  // `record` empty claims absence.
  [[nodiscard]] bool verify(const Digest& root, const Digest& key, const std::optional<Digest>& record) const;

  // Two bytes, the number of siblings big-endian; the siblings; then nothing, or the other leaf's key and record.
  [[nodiscard]] std::string encode() const;
  // REASON_BAD_PROOF for anything that `encode` doesn't write.
  [[nodiscard]] static Result<StateProof> decode(ByteView bytes);

  friend bool operator==(const StateProof&, const StateProof&) = default;
};

}  // namespace jinshi::merkle
