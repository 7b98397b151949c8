#include "ledger/merkle/state_tree.h"

#include <algorithm>
#include <utility>

#include "proto/assert.h"

namespace jinshi::merkle {
namespace {

// Splits in one block, beyond one for every two changes: a tree that fell behind catches up without a stall.
constexpr std::uint64_t kSpareSplits = 16;
// Every bucket of a large tree misses the cache; so many changes ahead, they are asked for.
constexpr std::size_t kFetchAhead = 16;
constexpr std::size_t kCacheLine = 64;
// More buckets than memory could hold.
constexpr unsigned kMaxDepth = 40;

std::uint64_t leading_bits(const Digest& key, unsigned depth) {
  if (depth == 0) return 0;
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 8; ++i) bits = bits << 8 | key.bytes[i];
  return bits >> (64 - depth);
}

}  // namespace

StateTree::StateTree() : buckets_(1), levels_(2) { levels_.front().resize(1); }

StateTree::Place StateTree::bucket_of(const Digest& key) const {
  const std::uint64_t index = leading_bits(key, depth_);
  if (index >= split_) return {depth_, index};
  return {depth_ + 1, leading_bits(key, depth_ + 1)};
}

bool StateTree::is_bucket(Place place) const {
  return place.depth > depth_ || (place.depth == depth_ && place.index >= split_);
}

std::span<const StateLeaf> StateTree::bucket(Place place) const {
  return place.depth > depth_ ? lower_buckets_[place.index] : buckets_[place.index];
}

void StateTree::fetch_bucket(Place place) const {
  __builtin_prefetch(&(place.depth > depth_ ? lower_buckets_ : buckets_)[place.index]);
}

void StateTree::fetch_leaves(Place place) const {
  const auto bytes = std::as_bytes(bucket(place));
  for (std::size_t i = 0; i < bytes.size(); i += kCacheLine) __builtin_prefetch(bytes.data() + i);
}

Occupancy StateTree::occupancy(Place place) const {
  while (!is_bucket(place)) {
    const bool has_left = !digest(place.child(false)).is_zero();
    const bool has_right = !digest(place.child(true)).is_zero();
    if (has_left == has_right) return has_left ? Occupancy::kMany : Occupancy::kEmpty;
    place = place.child(has_right);
  }
  const std::size_t count = bucket(place).size();
  return count == 0 ? Occupancy::kEmpty : count == 1 ? Occupancy::kSingle : Occupancy::kMany;
}

std::optional<StateValue> StateTree::find(const Digest& key) const {
  for (const StateLeaf& leaf : bucket(bucket_of(key))) {
    if (leaf.key == key) return StateValue{leaf.record, leaf.position};
  }
  return std::nullopt;
}

StateProof StateTree::prove(const Digest& key) const {
  StateProof proof;
  proof.siblings.reserve(depth_ + 8);
  Place place;
  while (!is_bucket(place)) {
    const bool bit = key_bit(key, place.depth);
    const Digest& sibling = digest(place.child(!bit));
    // Beside an empty sibling there may be a single entry, whose leaf then stands here or above.
    if (sibling.is_zero() && occupancy(place) != Occupancy::kMany) break;
    proof.siblings.push_back(sibling);
    place = place.child(bit);
  }
  while (!is_bucket(place)) place = place.child(digest(place.child(false)).is_zero());
  extend_proof(bucket(place), place.depth, key, proof);
  return proof;
}

// One call of `prepare`: buckets first, then the nodes above them level by level.
class StateTree::Preparation {
 public:
  explicit Preparation(const StateTree& tree) : tree_(tree) {
    update_.size_ = tree.size_;
    update_.version_ = tree.version_;
    update_.nodes_.resize(tree.depth_ + 2);
  }

  Update run(std::span<const StateChange> changes) {
    change_buckets(changes);
    split_buckets(changes.size());
    hash_buckets();
    for (unsigned depth = tree_.depth_ + 1; depth > 0; --depth) hash_parents(depth);
    const auto& top = update_.nodes_.front();
    update_.root_ = top.empty() ? tree_.root() : top.front().digest;
    return std::move(update_);
  }

 private:
  void change_buckets(std::span<const StateChange> changes) {
    // Sorted by the first bits and only then by the key, which seldom needs to be looked at.
    struct Ordered {
      std::uint64_t bits;
      const StateChange* change;
    };
    std::vector<Ordered> order;
    order.reserve(changes.size());
    for (const StateChange& change : changes) order.push_back({leading_bits(change.key, 64), &change});
    std::ranges::sort(order, [](const Ordered& left, const Ordered& right) {
      return left.bits != right.bits ? left.bits < right.bits : left.change->key < right.change->key;
    });
    const auto twice = std::ranges::adjacent_find(
        order, [](const Ordered& left, const Ordered& right) { return left.change->key == right.change->key; });
    JINSHI_ASSERT(twice == order.end(), "a block changes each key once");

    update_.buckets_.reserve(changes.size());
    Bucket merged;
    for (auto next = order.begin(); next != order.end();) {
      const auto left = static_cast<std::size_t>(order.end() - next);
      if (left > kFetchAhead) tree_.fetch_bucket(tree_.bucket_of(next[kFetchAhead].change->key));
      if (left > kFetchAhead / 2) tree_.fetch_leaves(tree_.bucket_of(next[kFetchAhead / 2].change->key));
      const Place place = tree_.bucket_of(next->change->key);
      const std::span<const StateLeaf> old = tree_.bucket(place);
      auto leaf = old.begin();
      merged.clear();
      for (; next != order.end() && is_within(next->change->key, place); ++next) {
        const auto& [key, value] = *next->change;
        while (leaf != old.end() && leaf->key < key) merged.push_back(*leaf++);
        if (leaf != old.end() && leaf->key == key) ++leaf;
        if (value) merged.push_back({key, value->record, value->position});
      }
      merged.insert(merged.end(), leaf, old.end());
      update_.size_ += merged.size();
      update_.size_ -= old.size();
      update_.buckets_.push_back({place, Bucket(merged.begin(), merged.end())});
    }
  }

  static bool is_within(const Digest& key, Place place) { return leading_bits(key, place.depth) == place.index; }

  void split_buckets(std::size_t change_count) {
    const std::uint64_t level_size = std::uint64_t{1} << tree_.depth_;
    const std::uint64_t wanted = (update_.size_ + kBucketLoad - 1) / kBucketLoad;
    const std::uint64_t present = level_size + tree_.split_;
    update_.split_ = tree_.split_;
    if (wanted <= present || tree_.depth_ >= kMaxDepth) return;
    const std::uint64_t splits =
        std::min({wanted - present, level_size - tree_.split_, change_count / 2 + kSpareSplits});
    update_.split_ += splits;

    // Key order keeps all lower buckets before the unsplit ones, so the new ones go in between.
    std::vector<Update::NewBucket> all;
    all.reserve(update_.buckets_.size() + 2 * splits);
    auto next = update_.buckets_.begin();
    while (next != update_.buckets_.end() && next->place.depth > tree_.depth_) all.push_back(std::move(*next++));
    for (std::uint64_t index = tree_.split_; index < update_.split_; ++index) {
      const Place place{tree_.depth_, index};
      std::span<const StateLeaf> leaves = tree_.bucket(place);
      const bool is_changed = next != update_.buckets_.end() && next->place.index == index;
      if (is_changed) leaves = next->leaves;
      const std::size_t ones = split_at(leaves, tree_.depth_);
      all.push_back({place.child(false), Bucket(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(ones))});
      all.push_back({place.child(true), Bucket(leaves.begin() + static_cast<std::ptrdiff_t>(ones), leaves.end())});
      if (is_changed) ++next;
    }
    all.insert(all.end(), std::make_move_iterator(next), std::make_move_iterator(update_.buckets_.end()));
    update_.buckets_ = std::move(all);
  }

  void hash_buckets() {
    const std::span<const Update::NewBucket> all = update_.buckets_;
    HashPlan plan;
    std::vector<HashPlan::Planned> planned;
    for (std::size_t first = 0; first < all.size(); first += kPlanned) {
      const auto some = all.subspan(first, std::min(kPlanned, all.size() - first));
      plan.clear();
      planned.clear();
      for (const auto& [place, leaves] : some) {
        planned.push_back(plan.plan(std::span<const StateLeaf>(leaves), place.depth));
      }
      plan.run();
      for (std::size_t i = 0; i < some.size(); ++i) {
        const Place place = some[i].place;
        // Nodes over split buckets come before unsplit buckets in key order, and are put there by `hash_parents`.
        auto& nodes = place.depth > tree_.depth_ ? update_.nodes_[place.depth] : upper_;
        nodes.push_back({place.index, plan.value(planned[i].ref), planned[i].occupancy});
      }
    }
  }

  // The parents of the changed nodes at `depth`, of which one child at least has changed.
  void hash_parents(unsigned depth) {
    const auto& children = update_.nodes_[depth];
    auto& parents = update_.nodes_[depth - 1];
    parents.reserve(children.size() + (depth - 1 == tree_.depth_ ? upper_.size() : 0));
    pairs_.clear();
    hashed_.clear();
    for (auto child = children.begin(); child != children.end();) {
      const std::uint64_t index = child->index >> 1;
      const bool is_right = (child->index & 1) != 0;
      const auto sibling = child + 1;
      const bool has_both = !is_right && sibling != children.end() && sibling->index == child->index + 1;
      const Update::NewNode near = *child;
      const Update::NewNode far = has_both ? *sibling : kept({depth, child->index ^ 1}, near.occupancy);
      const auto& [left, right] = is_right ? std::tie(far, near) : std::tie(near, far);
      child += has_both ? 2 : 1;
      if (joins_by_hash(left.occupancy, right.occupancy)) {
        hashed_.push_back(parents.size());
        pairs_.push_back({left.digest, right.digest});
        parents.push_back({index, {}, Occupancy::kMany});
      } else {
        const auto& some = left.occupancy == Occupancy::kEmpty ? right : left;
        parents.push_back({index, some.digest, some.occupancy});
      }
    }
    hashes_.resize(pairs_.size());
    crypto::sha256_pairs(kStateNodePrefix, pairs_, hashes_);
    for (std::size_t i = 0; i < hashes_.size(); ++i) parents[hashed_[i]].digest = hashes_[i];
    if (depth - 1 == tree_.depth_) parents.insert(parents.end(), upper_.begin(), upper_.end());
  }

  // A node that no change touches. Whether it holds one entry or many only matters beside an empty one.
  [[nodiscard]] Update::NewNode kept(Place place, Occupancy sibling) const {
    const Digest& digest = tree_.digest(place);
    if (digest.is_zero()) return {place.index, digest, Occupancy::kEmpty};
    return {place.index, digest, sibling == Occupancy::kMany ? Occupancy::kMany : tree_.occupancy(place)};
  }

  const StateTree& tree_;
  Update update_;
  std::vector<Update::NewNode> upper_;  // the changed buckets at the tree's own depth
  std::vector<crypto::DigestPair> pairs_;
  std::vector<Digest> hashes_;
  std::vector<std::size_t> hashed_;
};

StateTree::Update StateTree::prepare(std::span<const StateChange> changes) const {
  return Preparation(*this).run(changes);
}

void StateTree::commit(Update&& update) {
  JINSHI_ASSERT(update.version_ == version_, "an update is committed to the tree that it was prepared from");
  ++version_;
  size_ = update.size_;
  if (update.split_ > split_) {
    // Reserved in whole, filled as buckets split: memory is touched bit by bit and nothing moves.
    const std::size_t full = std::size_t{2} << depth_;
    lower_buckets_.reserve(full);
    levels_[depth_ + 1].reserve(full);
    lower_buckets_.resize(2 * update.split_);
    levels_[depth_ + 1].resize(2 * update.split_);
    for (; split_ < update.split_; ++split_) Bucket().swap(buckets_[split_]);
  }
  for (auto& [place, leaves] : update.buckets_) {
    (place.depth > depth_ ? lower_buckets_ : buckets_)[place.index] = std::move(leaves);
  }
  for (std::size_t depth = 0; depth < update.nodes_.size(); ++depth) {
    for (const auto& node : update.nodes_[depth]) levels_[depth][node.index] = node.digest;
  }
  if (split_ == buckets_.size()) {
    buckets_ = std::exchange(lower_buckets_, {});
    ++depth_;
    split_ = 0;
    levels_.emplace_back();
  }
}

}  // namespace jinshi::merkle
