#include "ledger/merkle/state_proof.h"

#include <bit>

#include "ledger/crypto/sha256.h"
#include "proto/assert.h"

namespace jinshi::merkle {

Digest state_leaf_hash(const Digest& key, const Digest& record) {
  return crypto::sha256_pair(kStateLeafPrefix, key, record);
}

Digest state_node_hash(const Digest& left, const Digest& right) {
  return crypto::sha256_pair(kStateNodePrefix, left, right);
}

unsigned shared_bits(const Digest& left, const Digest& right) {
  for (unsigned i = 0; i < Digest::kSize; ++i) {
    const auto differing = static_cast<std::uint8_t>(left.bytes[i] ^ right.bytes[i]);
    if (differing != 0) return i * 8 + static_cast<unsigned>(std::countl_zero(differing));
  }
  return kKeyBits;
}

bool StateProof::verify(const Digest& root, const Digest& key, const std::optional<Digest>& record) const {
  if (siblings.size() > kKeyBits) return false;
  // A node holds two entries at least, so where the way ends at one or none, the last sibling holds some.
  if (!siblings.empty() && siblings.back().is_zero()) return false;

  Digest hash;
  if (record) {
    if (other) return false;
    hash = state_leaf_hash(key, *record);
  } else if (other) {
    if (other->key == key || shared_bits(other->key, key) < siblings.size()) return false;
    hash = state_leaf_hash(other->key, other->record);
  }
  for (auto depth = static_cast<unsigned>(siblings.size()); depth-- > 0;) {
    const Digest& sibling = siblings[depth];
    hash = key_bit(key, depth) ? state_node_hash(sibling, hash) : state_node_hash(hash, sibling);
  }
  return hash == root;
}

std::string StateProof::encode() const {
  JINSHI_ASSERT(siblings.size() <= kKeyBits, "a key has 256 bits, and so many siblings at most");
  std::string bytes;
  bytes.reserve(2 + (siblings.size() + 2) * Digest::kSize);
  bytes.push_back(static_cast<char>(siblings.size() >> 8));
  bytes.push_back(static_cast<char>(siblings.size() & 0xff));
  for (const Digest& sibling : siblings) bytes.append(sibling.view());
  if (other) bytes.append(other->key.view()).append(other->record.view());
  return bytes;
}

Result<StateProof> StateProof::decode(ByteView bytes) {
  const auto refuse = [] {
    return fail(v1::REASON_BAD_PROOF, "the bytes are not a state proof; ask the node for the proof again");
  };
  if (bytes.size() < 2) return refuse();
  const std::size_t count = static_cast<std::uint8_t>(bytes[0]) * 256u + static_cast<std::uint8_t>(bytes[1]);
  bytes.remove_prefix(2);
  if (count > kKeyBits) return refuse();
  const bool has_other = bytes.size() == (count + 2) * Digest::kSize;
  if (!has_other && bytes.size() != count * Digest::kSize) return refuse();

  const auto take = [&bytes] {
    const auto digest = Digest::from(bytes.substr(0, Digest::kSize));
    bytes.remove_prefix(Digest::kSize);
    return *digest;
  };
  StateProof proof;
  proof.siblings.reserve(count);
  for (std::size_t i = 0; i < count; ++i) proof.siblings.push_back(take());
  if (has_other) {
    proof.other.emplace();
    proof.other->key = take();
    proof.other->record = take();
  }
  return proof;
}

}  // namespace jinshi::merkle
