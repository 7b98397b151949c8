// The tree over all records, in memory. Its root and proofs are those of state_proof.h, a pure function of the set of
// (key, record digest); each leaf also keeps the record's position in storage, which no root covers.
//
// Leaves lie in buckets by the leading bits of their key, about 8 in each, and the roots of all subtrees from the
// buckets up beside them; inside a bucket nothing is kept, all is hashed again. Buckets split one by one as entries
// come (linear hashing), so no block pays for a doubling. See docs/decisions/0001-state-tree-in-memory.md.
//
// Threads: const members may run at once from many threads, but not beside `commit`.
//
// A bucket costs a hash for each of its entries. Keys are digests, so crowding one takes as much work as finding
// partial collisions; a client who did it would slow blocks that touch his own bucket.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ledger/merkle/state_proof.h"
#include "ledger/merkle/state_subtree.h"

namespace jinshi::merkle {

struct StateLeaf {
  Digest key;
  Digest record;
  std::uint64_t position = 0;
  friend bool operator==(const StateLeaf&, const StateLeaf&) = default;
};

struct StateValue {
  Digest record;
  std::uint64_t position = 0;
  friend bool operator==(const StateValue&, const StateValue&) = default;
};

struct StateChange {
  Digest key;
  std::optional<StateValue> value;  // empty deletes; deleting what is absent changes nothing
};

class StateTree {
 public:
  class Update;
  class Builder;

  StateTree();

  // What the tree becomes with these changes, each key once in any order. Hashes everything and changes nothing, so
  // that a header can be computed and be on disk before readers see its state.
  [[nodiscard]] Update prepare(std::span<const StateChange> changes) const;
  // Quick: moves what was prepared into place. The update must have been prepared from the tree as it is now.
  void commit(Update&& update);

  [[nodiscard]] const Digest& root() const { return levels_.front().front(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::optional<StateValue> find(const Digest& key) const;
  // Of presence when the key has a record, else of absence.
  [[nodiscard]] StateProof prove(const Digest& key) const;

  // All leaves in key order.
  template <class Visitor>
  void for_each_leaf(Visitor&& visit) const {
    for (const auto* buckets : {&lower_buckets_, &buckets_}) {
      for (const Bucket& bucket : *buckets) {
        for (const StateLeaf& leaf : bucket) visit(leaf);
      }
    }
  }

  // The subtree of the keys whose first `depth` bits are `index`, for those who walk the tree (state_undo.h). From the
  // root {0, 0} down to a bucket, where its leaves lie in key order.
  struct Place {
    unsigned depth = 0;
    std::uint64_t index = 0;
    [[nodiscard]] Place child(bool bit) const { return {depth + 1, index << 1 | (bit ? 1u : 0u)}; }
  };
  [[nodiscard]] bool is_bucket(Place place) const;
  [[nodiscard]] std::span<const StateLeaf> bucket(Place place) const;
  [[nodiscard]] const Digest& digest(Place place) const { return levels_[place.depth][place.index]; }
  [[nodiscard]] Occupancy occupancy(Place place) const;
  [[nodiscard]] Place bucket_of(const Digest& key) const;

 private:
  // Fewer entries a bucket cost memory for nodes, more cost hashes for each change.
  static constexpr std::uint64_t kBucketLoad = 8;
  // Buckets hashed in one plan: enough to fill both lanes, few enough for the cache.
  static constexpr std::size_t kPlanned = 64;
  using Bucket = std::vector<StateLeaf>;  // in key order
  class Preparation;

  void fetch_bucket(Place place) const;
  void fetch_leaves(Place place) const;

  // Buckets lie at `depth_`; the first `split_` of them have been replaced by two each, a level lower.
  unsigned depth_ = 0;
  std::uint64_t split_ = 0;
  std::vector<Bucket> buckets_;
  std::vector<Bucket> lower_buckets_;
  // levels_[d][i] is the subtree at {d, i}, for all places from the buckets up.
  std::vector<std::vector<Digest>> levels_;
  std::uint64_t size_ = 0;
  std::uint64_t version_ = 0;
};

// What `prepare` found. Only for `commit`, but for its root and size.
class StateTree::Update {
 public:
  [[nodiscard]] const Digest& root() const { return root_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  friend class StateTree;
  friend class Preparation;
  struct NewNode {
    std::uint64_t index;
    Digest digest;
    Occupancy occupancy;
  };
  struct NewBucket {
    Place place;
    Bucket leaves;
  };

  Digest root_;
  std::uint64_t size_ = 0;
  std::uint64_t split_ = 0;
  std::vector<NewBucket> buckets_;           // in key order
  std::vector<std::vector<NewNode>> nodes_;  // by depth, then in key order
  std::uint64_t version_ = 0;
};

// Builds a whole tree from leaves in any order, quickest in key order: at start, from a leaf file or from the records.
class StateTree::Builder {
 public:
  // The number of leaves may be a guess: it only decides the number of buckets.
  explicit Builder(std::uint64_t expected_size);
  void add(const StateLeaf& leaf);
  // Hashes with so many threads. REASON_DAMAGED when a key came twice.
  [[nodiscard]] Result<StateTree> finish(unsigned threads = 2);

 private:
  StateTree tree_;  // all buckets at one depth
};

}  // namespace jinshi::merkle
