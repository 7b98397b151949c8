#include "node/pool/pool.h"

#include <algorithm>

#include "proto/assert.h"

namespace jinshi::node {

Pool::Reservation::Reservation(Reservation&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), client_(std::move(other.client_)), bytes_(other.bytes_) {}

Pool::Reservation::~Reservation() {
  if (pool_ == nullptr) return;
  const std::scoped_lock lock(pool_->mutex_);
  pool_->give_back(client_, bytes_);
}

Result<Pool::Reservation> Pool::reserve(std::string_view client, std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  if (total_.transactions >= limits_.transactions || total_.bytes + bytes > limits_.bytes) {
    return fail(v1::REASON_POOL_FULL, "this node's pool is full: try again later, or another node");
  }
  const std::size_t share = std::max<std::size_t>(1, limits_.transactions * limits_.client_percent / 100);
  const std::size_t share_bytes = std::max(ledger::kMaxTransactionBytes, limits_.bytes / 100 * limits_.client_percent);
  std::string name(client);
  if (const auto used = shares_.find(name); used != shares_.end()) {
    if (used->second.transactions >= share || used->second.bytes + bytes > share_bytes) {
      return fail(v1::REASON_POOL_FULL, "this client's share of the pool is full: await some outcomes first");
    }
  } else if (bytes > share_bytes) {
    return fail(v1::REASON_TOO_LARGE, "a transaction has at most 1 MiB");
  }
  for (Share* count : {&total_, &shares_[name]}) {
    ++count->transactions;
    count->bytes += bytes;
  }
  return Reservation(*this, std::move(name), bytes);
}

Result<bool> Pool::add(Reservation room, ledger::TransactionPtr transaction) {
  // A refused reservation is given back when `room` goes, after the lock: hence the order of these two.
  Reservation kept(std::move(room));
  const std::scoped_lock lock(mutex_);
  if (const auto known = by_id_.find(transaction->id()); known != by_id_.end()) {
    if (entries_.at(known->second).transaction->envelope() == transaction->envelope()) return false;
    return fail(v1::REASON_REPLAYED, "the same transaction waits already with other signatures: await its outcome");
  }
  const Arrival arrival = next_++;
  by_id_.emplace(transaction->id(), arrival);
  waiting_.insert(arrival);
  by_expiry_.emplace(transaction->body().expires_at(), arrival);
  kept.pool_ = nullptr;
  entries_.emplace(arrival, Entry{std::move(transaction), std::move(kept.client_), kept.bytes_, false});
  return true;
}

std::vector<ledger::TransactionPtr> Pool::take(const BatchLimits& limits) {
  const std::scoped_lock lock(mutex_);
  std::vector<ledger::TransactionPtr> batch;
  std::size_t operations = 0, bytes = 0, signatures = 0;
  while (!waiting_.empty()) {
    Entry& entry = entries_.at(*waiting_.begin());
    const auto& transaction = *entry.transaction;
    operations += transaction.operations().size();
    bytes += transaction.bytes().size();
    signatures += static_cast<std::size_t>(transaction.body().signers_size());
    const bool fits = operations <= limits.operations && bytes <= limits.bytes && signatures <= kBatchSignatures;
    if (!fits && !batch.empty()) break;
    entry.listed = true;
    batch.push_back(entry.transaction);
    waiting_.erase(waiting_.begin());
  }
  return batch;
}

void Pool::certified(const std::vector<ledger::TransactionPtr>& listed) {
  const std::scoped_lock lock(mutex_);
  for (const auto& transaction : listed) {
    if (const auto known = by_id_.find(transaction->id()); known != by_id_.end()) remove(known->second);
  }
}

std::vector<ledger::TransactionPtr> Pool::expire(TimeMs certified_time) {
  const std::scoped_lock lock(mutex_);
  std::vector<ledger::TransactionPtr> expired;
  for (auto next = by_expiry_.begin(); next != by_expiry_.end() && next->first < certified_time;) {
    const Arrival arrival = next->second;
    ++next;  // removal takes the place before it away
    const Entry& entry = entries_.at(arrival);
    if (entry.listed) continue;
    expired.push_back(entry.transaction);
    remove(arrival);
  }
  return expired;
}

std::optional<Digest> Pool::find(const Digest& id) const {
  const std::scoped_lock lock(mutex_);
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return std::nullopt;
  return entries_.at(known->second).transaction->envelope();
}

Pool::Sizes Pool::sizes() const {
  const std::scoped_lock lock(mutex_);
  return {total_.transactions, total_.bytes, waiting_.size(), entries_.size() - waiting_.size()};
}

bool Pool::something_waits() const {
  const std::scoped_lock lock(mutex_);
  return !waiting_.empty();
}

std::int64_t Pool::retry_after_ms() const {
  // About 20 full blocks a second, each of some 500 transactions.
  constexpr std::size_t kBlockMs = 50, kBlockTransactions = 500;
  const std::scoped_lock lock(mutex_);
  const std::size_t blocks = waiting_.size() / kBlockTransactions + 1;
  return static_cast<std::int64_t>(std::min<std::size_t>(blocks * kBlockMs, 5000));
}

void Pool::give_back(const std::string& client, std::size_t bytes) {
  const auto share = shares_.find(client);
  JINSHI_ASSERT(share != shares_.end(), "what is given back was reserved");
  for (Share* count : {&total_, &share->second}) {
    --count->transactions;
    count->bytes -= bytes;
  }
  if (share->second.transactions == 0) shares_.erase(share);
}

void Pool::remove(Arrival arrival) {
  const auto entry = entries_.find(arrival);
  JINSHI_ASSERT(entry != entries_.end(), "every arrival has its entry");
  by_id_.erase(entry->second.transaction->id());
  by_expiry_.erase({entry->second.transaction->body().expires_at(), arrival});
  waiting_.erase(arrival);
  give_back(entry->second.client, entry->second.bytes);
  entries_.erase(entry);
}

}  // namespace jinshi::node
