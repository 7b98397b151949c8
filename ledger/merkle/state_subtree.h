// T(set, depth) of state_proof.h for a few entries in key order, and the rule that joins two subtrees. Shared by the
// tree, whose buckets are such sets, and by its older versions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/crypto/sha256.h"
#include "ledger/merkle/state_proof.h"

namespace jinshi::merkle {

enum class Occupancy : std::uint8_t { kEmpty, kSingle, kMany };

struct Subtree {
  Digest digest;  // zero when empty
  Occupancy occupancy = Occupancy::kEmpty;
  StateEntry single;  // the entry, where it is the only one
};

[[nodiscard]] Subtree join(const Subtree& left, const Subtree& right);

// Whether a node over the two is hashed; else it is the one with an entry, which has just one, or empty.
[[nodiscard]] inline bool joins_by_hash(Occupancy left, Occupancy right) {
  return left == Occupancy::kMany || right == Occupancy::kMany ||
         (left == Occupancy::kSingle && right == Occupancy::kSingle);
}

// Where the entries whose bit `depth` is 1 begin. They are in key order and share the bits before it.
template <class Entry>
[[nodiscard]] std::size_t split_at(std::span<const Entry> entries, unsigned depth) {
  const auto ones = std::ranges::find_if(entries, [depth](const Entry& entry) { return key_bit(entry.key, depth); });
  return static_cast<std::size_t>(ones - entries.begin());
}

template <class Entry>
[[nodiscard]] Digest subtree_digest(std::span<const Entry> entries, unsigned depth) {
  if (entries.empty()) return {};
  if (entries.size() == 1) return state_leaf_hash(entries.front().key, entries.front().record);
  const std::size_t split = split_at(entries, depth);
  return state_node_hash(subtree_digest(entries.first(split), depth + 1),
                         subtree_digest(entries.subspan(split), depth + 1));
}

// Goes on with a proof of `key` from `depth` down: adds the siblings below, and the other leaf if the way ends there.
template <class Entry>
void extend_proof(std::span<const Entry> entries, unsigned depth, const Digest& key, StateProof& proof) {
  for (; entries.size() > 1; ++depth) {
    const std::size_t split = split_at(entries, depth);
    const auto zeros = entries.first(split);
    const auto ones = entries.subspan(split);
    proof.siblings.push_back(subtree_digest(key_bit(key, depth) ? zeros : ones, depth + 1));
    entries = key_bit(key, depth) ? ones : zeros;
  }
  if (!entries.empty() && entries.front().key != key) {
    proof.other = StateEntry{entries.front().key, entries.front().record};
  }
}

// Hashes many small subtrees at once: what doesn't wait for anything else is hashed in one go, two lanes at a time.
class HashPlan {
 public:
  // A value to come. Node 0 is the empty subtree.
  using Ref = std::uint32_t;
  struct Planned {
    Ref ref = 0;
    Occupancy occupancy = Occupancy::kEmpty;
  };

  HashPlan();
  template <class Entry>
  [[nodiscard]] Planned plan(std::span<const Entry> entries, unsigned depth) {
    if (entries.empty()) return {};
    if (entries.size() == 1) {
      leaves_.push_back({entries.front().key, entries.front().record});
      leaf_refs_.push_back(add_value(0));
      return {leaf_refs_.back(), Occupancy::kSingle};
    }
    const std::size_t split = split_at(entries, depth);
    const Ref left = plan(entries.first(split), depth + 1).ref;
    const Ref right = plan(entries.subspan(split), depth + 1).ref;
    return {add_node(left, right), Occupancy::kMany};
  }
  void run();
  [[nodiscard]] const Digest& value(Ref ref) const { return values_[ref]; }
  void clear();

 private:
  struct Job {
    Ref left, right, out;
  };
  Ref add_value(std::uint16_t wave);
  Ref add_node(Ref left, Ref right);

  std::vector<crypto::DigestPair> leaves_;
  std::vector<Ref> leaf_refs_;
  std::vector<std::vector<Job>> waves_;  // a job's inputs come from earlier waves; wave 0 is the leaves
  std::vector<Digest> values_;
  std::vector<std::uint16_t> value_waves_;
  std::vector<crypto::DigestPair> pairs_;
  std::vector<Digest> hashes_;
};

}  // namespace jinshi::merkle
