#include <algorithm>
#include <bit>
#include <thread>

#include "ledger/merkle/state_tree.h"

namespace jinshi::merkle {
namespace {

// A guess beyond this is a mistake; the buckets would then only be fuller.
constexpr unsigned kMaxBuiltDepth = 30;

}  // namespace

StateTree::Builder::Builder(std::uint64_t expected_size) {
  const std::uint64_t buckets = std::bit_ceil(expected_size / kBucketLoad + 1);
  const unsigned depth = std::min(static_cast<unsigned>(std::countr_zero(buckets)), kMaxBuiltDepth);
  tree_.depth_ = depth;
  tree_.buckets_.resize(std::size_t{1} << depth);
  tree_.levels_.resize(depth + 2);
  for (unsigned d = 0; d <= depth; ++d) tree_.levels_[d].resize(std::size_t{1} << d);
}

void StateTree::Builder::add(const StateLeaf& leaf) {
  tree_.buckets_[tree_.bucket_of(leaf.key).index].push_back(leaf);
  ++tree_.size_;
}

Result<StateTree> StateTree::Builder::finish(unsigned threads) {
  const unsigned depth = tree_.depth_;
  const std::size_t count = tree_.buckets_.size();
  // By depth as the digests are, and needed only while building.
  std::vector<std::vector<Occupancy>> occupancies(depth + 1);
  for (unsigned d = 0; d <= depth; ++d) occupancies[d].resize(std::size_t{1} << d);

  // Each thread has a run of buckets and the subtrees that lie whole above them.
  const unsigned top = std::min<unsigned>(depth, std::bit_width(std::max(threads, 1u)) - 1);
  const std::size_t parts = std::size_t{1} << top;
  std::vector<std::uint8_t> has_twice(parts);

  const auto hash_buckets = [&](std::size_t part) {
    HashPlan plan;
    std::vector<HashPlan::Planned> planned;
    const std::size_t end = count / parts * (part + 1);
    for (std::size_t first = count / parts * part; first < end; first += kPlanned) {
      const std::size_t last = std::min(first + kPlanned, end);
      plan.clear();
      planned.clear();
      for (std::size_t i = first; i < last; ++i) {
        Bucket& bucket = tree_.buckets_[i];
        bucket.shrink_to_fit();
        if (!std::ranges::is_sorted(bucket, {}, &StateLeaf::key)) std::ranges::sort(bucket, {}, &StateLeaf::key);
        if (std::ranges::adjacent_find(bucket, {}, &StateLeaf::key) != bucket.end()) {
          has_twice[part] = 1;
          return;
        }
        planned.push_back(plan.plan(std::span<const StateLeaf>(bucket), depth));
      }
      plan.run();
      for (std::size_t i = first; i < last; ++i) {
        tree_.levels_[depth][i] = plan.value(planned[i - first].ref);
        occupancies[depth][i] = planned[i - first].occupancy;
      }
    }
  };
  const auto hash_level = [&](unsigned d, std::size_t first, std::size_t last) {
    const auto& below = tree_.levels_[d + 1];
    std::vector<crypto::DigestPair> pairs;
    std::vector<std::size_t> hashed;
    std::vector<Digest> hashes;
    for (std::size_t block = first; block < last; block += kPlanned) {
      pairs.clear();
      hashed.clear();
      for (std::size_t i = block; i < std::min(block + kPlanned, last); ++i) {
        const Occupancy left = occupancies[d + 1][2 * i];
        const Occupancy right = occupancies[d + 1][2 * i + 1];
        if (joins_by_hash(left, right)) {
          pairs.push_back({below[2 * i], below[2 * i + 1]});
          hashed.push_back(i);
          occupancies[d][i] = Occupancy::kMany;
        } else {
          const std::size_t some = left == Occupancy::kEmpty ? 2 * i + 1 : 2 * i;
          tree_.levels_[d][i] = below[some];
          occupancies[d][i] = occupancies[d + 1][some];
        }
      }
      hashes.resize(pairs.size());
      crypto::sha256_pairs(kStateNodePrefix, pairs, hashes);
      for (std::size_t i = 0; i < hashes.size(); ++i) tree_.levels_[d][hashed[i]] = hashes[i];
    }
  };
  const auto hash_part = [&](std::size_t part) {
    hash_buckets(part);
    for (unsigned d = depth; d-- > top;) {
      const std::size_t width = (std::size_t{1} << d) / parts;
      hash_level(d, width * part, width * (part + 1));
    }
  };

  std::vector<std::jthread> workers;
  for (std::size_t part = 1; part < parts; ++part) workers.emplace_back(hash_part, part);
  hash_part(0);
  workers.clear();
  if (std::ranges::find(has_twice, 1) != has_twice.end()) {
    return fail(v1::REASON_DAMAGED, "two records have one state key; rebuild the state from the blocks");
  }
  for (unsigned d = top; d-- > 0;) hash_level(d, 0, std::size_t{1} << d);
  return std::move(tree_);
}

}  // namespace jinshi::merkle
