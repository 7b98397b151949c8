#include "consensus/waiting.h"

#include <algorithm>

namespace jinshi::consensus {
namespace {

// More than any fairness_batches; see the range that governance is held to.
constexpr std::size_t kBatchesKept = 256;

}  // namespace

void Waiting::add(const KnownTransaction& transaction, SteadyMs now) {
  const auto [entry, added] = by_id_.try_emplace(transaction.id, Entry{next_, now, transaction.passed_on, 0});
  if (!added) {
    entry->second.passed_on |= transaction.passed_on;
    return;
  }
  in_order_.emplace(next_++, transaction.id);
}

void Waiting::remove(const Digest& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  if (found->second.listed > 0) --listed_;
  in_order_.erase(found->second.arrival);
  by_id_.erase(found);
}

void Waiting::list(const std::vector<Digest>& ids) {
  for (const Digest& id : ids) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end() && found->second.listed++ == 0) ++listed_;
  }
}

void Waiting::unlist(const std::vector<Digest>& ids) {
  for (const Digest& id : ids) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end() && found->second.listed > 0 && --found->second.listed == 0) --listed_;
  }
}

std::optional<SteadyMs> Waiting::oldest_since() const {
  if (in_order_.empty()) return std::nullopt;
  return by_id_.at(in_order_.begin()->second).since;
}

void Waiting::batch_accepted(const std::vector<Digest>& ids, bool had_room, SteadyMs) {
  Batch batch{next_, 0, had_room};
  for (const Digest& id : ids) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) batch.latest = std::max(batch.latest, found->second.arrival);
  }
  batches_.push_back(batch);
  if (batches_.size() > kBatchesKept) batches_.pop_front();
}

Waiting::PassedOver Waiting::most_passed_over() const {
  // Who came first was passed over most: a batch that passed over a later one passed over it, too.
  for (const auto& [arrival, id] : in_order_) {
    const Entry& entry = by_id_.at(id);
    if (!entry.passed_on || entry.listed > 0) continue;
    const auto passed = std::ranges::count_if(batches_, [&](const Batch& batch) {
      return arrival < batch.before && (batch.had_room || batch.latest > arrival);
    });
    return {static_cast<std::size_t>(passed), entry.since};
  }
  return {};
}

}  // namespace jinshi::consensus
