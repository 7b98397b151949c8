#include "ledger/merkle/rfc9162.h"

#include <bit>
#include <iterator>
#include <utility>

#include "ledger/crypto/sha256.h"
#include "ledger/merkle/pairs.h"
#include "proto/assert.h"

namespace jinshi::merkle {
namespace {

constexpr std::uint8_t kNodePrefix = 0x01;

// The largest power of two below n; n is at least 2.
std::uint64_t split_of(std::uint64_t n) { return std::bit_floor(n - 1); }

void append_consistency(std::uint64_t older_size, std::span<const Digest> leaves, bool is_whole,
                        std::vector<Digest>& proof) {
  if (older_size == leaves.size()) {
    if (!is_whole) proof.push_back(merkle_root(leaves));
    return;
  }
  const std::uint64_t k = split_of(leaves.size());
  if (older_size <= k) {
    append_consistency(older_size, leaves.first(k), is_whole, proof);
    proof.push_back(merkle_root(leaves.subspan(k)));
  } else {
    append_consistency(older_size - k, leaves.subspan(k), false, proof);
    proof.push_back(merkle_root(leaves.first(k)));
  }
}

}  // namespace

Digest leaf_hash(ByteView leaf) {
  crypto::Sha256 hash;
  hash.update(ByteView("\0", 1));
  hash.update(leaf);
  return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) { return crypto::sha256_pair(kNodePrefix, left, right); }

const Digest& empty_root() {
  static const Digest root = crypto::sha256({});
  return root;
}

Digest merkle_root(std::span<const Digest> leaf_hashes) {
  Frontier frontier;
  frontier.append(leaf_hashes);
  return frontier.root();
}

std::vector<Digest> inclusion_path(std::uint64_t index, std::span<const Digest> leaf_hashes) {
  JINSHI_ASSERT(index < leaf_hashes.size(), "a path is asked for a leaf of the tree");
  std::vector<Digest> path;
  while (leaf_hashes.size() > 1) {
    const std::uint64_t k = split_of(leaf_hashes.size());
    if (index < k) {
      path.push_back(merkle_root(leaf_hashes.subspan(k)));
      leaf_hashes = leaf_hashes.first(k);
    } else {
      path.push_back(merkle_root(leaf_hashes.first(k)));
      leaf_hashes = leaf_hashes.subspan(k);
      index -= k;
    }
  }
  return {path.rbegin(), path.rend()};
}

std::size_t inclusion_path_length(std::uint64_t index, std::uint64_t size) {
  if (index >= size) return 0;
  // Below the level where index and last leaf part, every level has a sibling; above it, the ones to the left do.
  const int inner = std::bit_width(index ^ (size - 1));
  return static_cast<std::size_t>(inner + (inner < 64 ? std::popcount(index >> inner) : 0));
}

bool verify_inclusion(const Digest& leaf_hash, std::uint64_t index, std::uint64_t size, std::span<const Digest> path,
                      const Digest& root) {
  return root_from_path(leaf_hash, index, size, path) == root;
}

std::optional<Digest> root_from_path(const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                                     std::span<const Digest> path) {
  if (index >= size || path.size() != inclusion_path_length(index, size)) return std::nullopt;
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : path) {
    if (sn == 0) return std::nullopt;
    if ((fn & 1) != 0 || fn == sn) {
      hash = node_hash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return std::nullopt;
  return hash;
}

std::vector<Digest> consistency_proof(std::uint64_t older_size, std::span<const Digest> leaf_hashes) {
  JINSHI_ASSERT(older_size <= leaf_hashes.size(), "an older tree is no larger than the whole");
  std::vector<Digest> proof;
  if (older_size > 0 && older_size < leaf_hashes.size()) append_consistency(older_size, leaf_hashes, true, proof);
  return proof;
}

bool verify_consistency(std::uint64_t older_size, std::uint64_t size, const Digest& older_root, const Digest& root,
                        std::span<const Digest> proof) {
  if (older_size > size) return false;
  if (older_size == size) {
    return proof.empty() && older_root == root && (size != 0 || root == empty_root());
  }
  if (older_size == 0) return proof.empty() && older_root == empty_root();
  // The RFC prepends the older root to the proof when the older tree is a whole subtree of the newer.
  const bool is_whole = std::has_single_bit(older_size);
  if (proof.empty()) return false;
  std::uint64_t fn = older_size - 1;
  std::uint64_t sn = size - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  Digest older_hash = is_whole ? older_root : proof.front();
  Digest hash = older_hash;
  for (const Digest& sibling : proof.subspan(is_whole ? 0 : 1)) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      older_hash = node_hash(sibling, older_hash);
      hash = node_hash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && older_hash == older_root && hash == root;
}

LeafTree::LeafTree(std::vector<Digest> leaf_hashes) {
  levels_.push_back(std::move(leaf_hashes));
  while (levels_.back().size() > 1) {
    const std::vector<Digest>& below = levels_.back();
    std::vector<Digest> above(below.size() / 2);
    crypto::sha256_pairs(kNodePrefix, pairs_of(below), above);
    if (below.size() % 2 != 0) above.push_back(below.back());
    levels_.push_back(std::move(above));
  }
  root_ = levels_.front().empty() ? empty_root() : levels_.back().front();
}

std::vector<Digest> LeafTree::path(std::uint64_t index) const {
  JINSHI_ASSERT(index < size(), "a path is asked for a leaf of the tree");
  std::vector<Digest> path;
  for (const auto& level : levels_) {
    const std::uint64_t sibling = index ^ 1;
    if (sibling < level.size()) path.push_back(level[sibling]);
    index >>= 1;
  }
  return path;
}

Frontier::Frontier(std::uint64_t size, std::vector<Digest> peaks) : size_(size) {
  JINSHI_ASSERT(peaks.size() == static_cast<std::size_t>(std::popcount(size)), "a frontier has a peak for each bit");
  auto next = peaks.rbegin();
  for (unsigned level = 0; level < 64 && (size >> level) != 0; ++level) {
    peaks_.push_back((size >> level & 1) != 0 ? *next++ : Digest{});
  }
}

void Frontier::append(std::span<const Digest> leaf_hashes, const Visitor& visit) {
  std::vector<Digest> fresh;
  std::span<const Digest> roots = leaf_hashes;
  for (unsigned level = 0; !roots.empty(); ++level) {
    if (visit) visit(level, roots);
    if (peaks_.size() <= level) peaks_.emplace_back();
    const bool has_peak = (size_ >> level & 1) != 0;
    // A waiting peak pairs with the first new root, and the last one left over waits in its place.
    std::vector<Digest> parents((roots.size() + (has_peak ? 1 : 0)) / 2);
    std::size_t done = 0;
    if (has_peak) {
      parents[done++] = node_hash(peaks_[level], roots.front());
      roots = roots.subspan(1);
    }
    crypto::sha256_pairs(kNodePrefix, pairs_of(roots), std::span(parents).subspan(done));
    if (roots.size() % 2 != 0) peaks_[level] = roots.back();
    fresh = std::move(parents);
    roots = fresh;
  }
  size_ += leaf_hashes.size();
}

Digest Frontier::root() const {
  if (size_ == 0) return empty_root();
  const auto lowest = static_cast<unsigned>(std::countr_zero(size_));
  Digest root = peaks_[lowest];
  for (unsigned level = lowest + 1; level < peaks_.size(); ++level) {
    if ((size_ >> level & 1) != 0) root = node_hash(peaks_[level], root);
  }
  return root;
}

std::vector<Digest> Frontier::peaks() const {
  std::vector<Digest> peaks;
  for (unsigned level = static_cast<unsigned>(peaks_.size()); level-- > 0;) {
    if ((size_ >> level & 1) != 0) peaks.push_back(peaks_[level]);
  }
  return peaks;
}

}  // namespace jinshi::merkle
