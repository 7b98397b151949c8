#include "ledger/merkle/live_ids.h"

#include <string>
#include <utility>

#include "proto/assert.h"

namespace jinshi::merkle {

Result<void> LiveIds::restore(const LiveIdRow& row) {
  Hour& hour = hours_[row.hour];
  if (row.n != hour.tree.size() || !hour.ids.insert(row.id).second) {
    return fail(v1::REASON_DAMAGED, "the live ids of hour " + std::to_string(row.hour) + " are damaged at number " +
                                        std::to_string(row.n) +
                                        "; restore the database from a backup or sync it from the other nodes");
  }
  hour.tree.append(leaf_hash(row.id.view()));
  return {};
}

bool LiveIds::contains(const Digest& id, TimeMs expires_at) const {
  const auto hour = hours_.find(hour_of(expires_at));
  return hour != hours_.end() && hour->second.ids.contains(id);
}

std::vector<HourRoot> LiveIds::roots() const {
  std::vector<HourRoot> roots;
  for (const auto& [hour, live] : hours_) roots.push_back({hour, live.tree.size(), live.tree.root()});
  return roots;
}

std::uint64_t LiveIds::size() const {
  std::uint64_t size = 0;
  for (const auto& [hour, live] : hours_) size += live.tree.size();
  return size;
}

LiveIds::Block LiveIds::begin_block(TimeMs block_time) const { return {*this, block_time}; }

void LiveIds::commit(Block&& block) {
  JINSHI_ASSERT(block.before_ == this, "a block's live ids are committed where they began");
  for (const std::int64_t hour : block.dropped_) hours_.erase(hour);
  for (auto& [hour, grown] : block.touched_) {
    Hour& live = hours_[hour];
    JINSHI_ASSERT(live.tree.size() + grown.ids.size() == grown.tree.size(), "one block is committed at a time");
    live.tree = std::move(grown.tree);
    live.ids.merge(grown.ids);
  }
}

// An hour is over when the block's time is at or past its end, so the block's own hour is the first live one.
LiveIds::Block::Block(const LiveIds& before, TimeMs block_time)
    : before_(&before), first_live_hour_(hour_of(block_time)) {
  for (const auto& [hour, live] : before.hours_) {
    if (hour < first_live_hour_) dropped_.push_back(hour);
  }
}

bool LiveIds::Block::contains(const Digest& id, TimeMs expires_at) const {
  const std::int64_t hour = hour_of(expires_at);
  if (hour < first_live_hour_) return false;
  if (before_->contains(id, expires_at)) return true;
  const auto touched = touched_.find(hour);
  return touched != touched_.end() && touched->second.ids.contains(id);
}

bool LiveIds::Block::add(const Digest& id, TimeMs expires_at) {
  const std::int64_t hour = hour_of(expires_at);
  if (hour < first_live_hour_ || contains(id, expires_at)) return false;
  const auto [touched, is_first] = touched_.try_emplace(hour);
  Hour& grown = touched->second;
  if (is_first) {
    if (const auto live = before_->hours_.find(hour); live != before_->hours_.end()) grown.tree = live->second.tree;
  }
  added_.push_back({hour, grown.tree.size(), id});
  grown.tree.append(leaf_hash(id.view()));
  grown.ids.insert(id);
  return true;
}

std::vector<HourRoot> LiveIds::Block::roots() const {
  std::map<std::int64_t, const Hour*> hours;
  for (const auto& [hour, live] : before_->hours_) {
    if (hour >= first_live_hour_) hours[hour] = &live;
  }
  for (const auto& [hour, grown] : touched_) hours[hour] = &grown;
  std::vector<HourRoot> roots;
  for (const auto& [hour, live] : hours) roots.push_back({hour, live->tree.size(), live->tree.root()});
  return roots;
}

}  // namespace jinshi::merkle
