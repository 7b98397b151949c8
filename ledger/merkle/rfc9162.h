// Merkle trees to the letter of RFC 9162 section 2.1, with SHA-256: the history, operations, results, live-id and
// content trees. Pure functions over leaf hashes; whoever holds the leaves hashes them with `leaf_hash` first.
//
// A leaf hashes as H(0x00 || leaf), a node as H(0x01 || left || right), the empty tree as H of nothing. A tree of n
// leaves splits at the largest power of two below n. Indices count from 0.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "proto/types.h"

namespace jinshi::merkle {

[[nodiscard]] Digest leaf_hash(ByteView leaf);
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);
[[nodiscard]] const Digest& empty_root();

// RFC 9162 section 2.1.1.
[[nodiscard]] Digest merkle_root(std::span<const Digest> leaf_hashes);

// The siblings of leaf `index` from the leaf up, section 2.1.3.1. The index must lie within the leaves.
[[nodiscard]] std::vector<Digest> inclusion_path(std::uint64_t index, std::span<const Digest> leaf_hashes);

// Section 2.1.3.2. False for an index outside the tree and for a path that is too short or too long.
[[nodiscard]] bool verify_inclusion(const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                                    std::span<const Digest> path, const Digest& root);

// The root that a path leads to; empty for an index outside the tree and for a path of a wrong length.
[[nodiscard]] std::optional<Digest> root_from_path(const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                                                   std::span<const Digest> path);

// How many siblings a path of leaf `index` in a tree of `size` leaves has: for limits, before anything is hashed.
[[nodiscard]] std::size_t inclusion_path_length(std::uint64_t index, std::uint64_t size);

// That the tree of the first `older_size` leaves is a beginning of the whole, section 2.1.4.1. The RFC leaves out two
// cases: an equal size and a size of 0 both have the empty proof. `older_size` must not exceed the leaves.
[[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t older_size, std::span<const Digest> leaf_hashes);

// Section 2.1.4.2. An older size of 0 asks for the empty proof and the empty root; equal sizes for equal roots.
[[nodiscard]] bool verify_consistency(std::uint64_t older_size, std::uint64_t size, const Digest& older_root,
                                      const Digest& root, std::span<const Digest> proof);

// A tree at hand in whole: built once, then asked for many paths. Twice the memory of its leaf hashes.
class LeafTree {
 public:
  explicit LeafTree(std::vector<Digest> leaf_hashes);

  [[nodiscard]] std::uint64_t size() const { return levels_.front().size(); }
  [[nodiscard]] const Digest& root() const { return root_; }
  // The index must lie within the leaves.
  [[nodiscard]] std::vector<Digest> path(std::uint64_t index) const;

 private:
  // Level k holds the roots of all whole subtrees of 2^k leaves, and at its end the ragged one if there is one: the
  // pairwise fold that lifts an odd last node gives just the RFC's split.
  std::vector<std::vector<Digest>> levels_;
  Digest root_;
};

// An append-only tree reduced to the roots of its whole subtrees, one for each bit of its size: enough for the root
// and for more leaves, 32 bytes a level.
class Frontier {
 public:
  // Sees the new whole subtrees of 2^level leaves, in order, level by level from 0.
  using Visitor = std::function<void(unsigned level, std::span<const Digest> roots)>;

  Frontier() = default;
  // The subtree roots from the largest down; there must be one for each bit of `size`.
  Frontier(std::uint64_t size, std::vector<Digest> peaks);

  void append(std::span<const Digest> leaf_hashes, const Visitor& visit = {});
  void append(const Digest& leaf_hash) { append(std::span(&leaf_hash, 1)); }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;
  // From the largest subtree down, as a snapshot carries them.
  [[nodiscard]] std::vector<Digest> peaks() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;  // by level; meaningful where the size has that bit
};

}  // namespace jinshi::merkle
