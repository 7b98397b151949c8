#include "ledger/merkle/state_subtree.h"

namespace jinshi::merkle {

Subtree join(const Subtree& left, const Subtree& right) {
  if (joins_by_hash(left.occupancy, right.occupancy)) {
    return {state_node_hash(left.digest, right.digest), Occupancy::kMany, {}};
  }
  return left.occupancy == Occupancy::kEmpty ? right : left;
}

HashPlan::HashPlan() { clear(); }

void HashPlan::clear() {
  leaves_.clear();
  leaf_refs_.clear();
  for (auto& wave : waves_) wave.clear();
  values_.assign(1, Digest{});
  value_waves_.assign(1, 0);
}

HashPlan::Ref HashPlan::add_value(std::uint16_t wave) {
  values_.emplace_back();
  value_waves_.push_back(wave);
  return static_cast<Ref>(values_.size() - 1);
}

HashPlan::Ref HashPlan::add_node(Ref left, Ref right) {
  const auto wave = static_cast<std::uint16_t>(1 + std::max(value_waves_[left], value_waves_[right]));
  if (waves_.size() <= wave) waves_.resize(wave + 1u);
  const Ref out = add_value(wave);
  waves_[wave].push_back({left, right, out});
  return out;
}

void HashPlan::run() {
  hashes_.resize(leaves_.size());
  crypto::sha256_pairs(kStateLeafPrefix, leaves_, hashes_);
  for (std::size_t i = 0; i < hashes_.size(); ++i) values_[leaf_refs_[i]] = hashes_[i];
  for (const auto& wave : waves_) {
    pairs_.clear();
    for (const Job& job : wave) pairs_.push_back({values_[job.left], values_[job.right]});
    hashes_.resize(pairs_.size());
    crypto::sha256_pairs(kStateNodePrefix, pairs_, hashes_);
    for (std::size_t i = 0; i < hashes_.size(); ++i) values_[wave[i].out] = hashes_[i];
  }
}

}  // namespace jinshi::merkle
