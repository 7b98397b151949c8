#include "node/pool/pool.h"

#include <algorithm>
#include <array>

#include "proto/assert.h"

namespace jinshi::node {

// Holds the lock, and after it tells of events where there were none.
class Pool::Telling {
 public:
  explicit Telling(Pool& pool) : pool_(pool), lock_(pool.mutex_), had_some_(!pool.events_.empty()) {}
  ~Telling() {
    std::function<void()> tell;
    if (!had_some_ && !pool_.events_.empty()) tell = pool_.tell_;
    lock_.unlock();
    if (tell) tell();
  }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

 private:
  Pool& pool_;
  std::unique_lock<std::mutex> lock_;
  const bool had_some_;
};

Pool::Reservation::Reservation(Reservation&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), from_(std::move(other.from_)), bytes_(other.bytes_) {}

Pool::Reservation::~Reservation() {
  if (pool_ == nullptr) return;
  const std::scoped_lock lock(pool_->mutex_);
  pool_->give_back(from_, bytes_);
}

Result<Pool::Reservation> Pool::reserve(std::string_view client, std::size_t bytes) {
  return reserve({From::Kind::kClient, std::string(client)}, bytes, limits_.client_percent,
                 "this client's share of the pool is full: await some outcomes first");
}

Result<Pool::Reservation> Pool::reserve_for_validator(std::string_view organisation, std::size_t bytes) {
  return reserve({From::Kind::kValidator, std::string(organisation)}, bytes, limits_.validator_percent,
                 "this validator's share of the pool is full: it is passed on again later");
}

Result<Pool::Reservation> Pool::reserve(From from, std::size_t bytes, std::size_t percent, const char* full) {
  const std::scoped_lock lock(mutex_);
  if (total_.transactions >= limits_.transactions || total_.bytes + bytes > limits_.bytes) {
    return fail(v1::REASON_POOL_FULL, "this node's pool is full: try again later, or another node");
  }
  const std::size_t share = std::max<std::size_t>(1, limits_.transactions * percent / 100);
  const std::size_t share_bytes = std::max(ledger::kMaxTransactionBytes, limits_.bytes / 100 * percent);
  if (const auto used = shares_.find(from); used != shares_.end()) {
    if (used->second.transactions >= share || used->second.bytes + bytes > share_bytes) {
      return fail(v1::REASON_POOL_FULL, full);
    }
  } else if (bytes > share_bytes) {
    return fail(v1::REASON_TOO_LARGE, "a transaction has at most 1 MiB");
  }
  for (Share* count : {&total_, &shares_[from]}) {
    ++count->transactions;
    count->bytes += bytes;
  }
  return Reservation(*this, std::move(from), bytes);
}

Result<bool> Pool::add(Reservation room, ledger::TransactionPtr transaction) {
  // A refused reservation is given back when `room` goes, after the lock: hence the order of these two.
  Reservation kept(std::move(room));
  const Telling telling(*this);
  const Digest id = transaction->id(), envelope = transaction->envelope();
  const bool own = kept.from_.kind == From::Kind::kClient;
  if (Entry* known = entry_of(id)) {
    if (known->held.transaction->envelope() == envelope) return false;
    if (own) {
      return fail(v1::REASON_REPLAYED, "the same transaction waits already with other signatures: await its outcome");
    }
    if (known->others.size() >= kOtherEnvelopes || payloads_.contains(envelope)) return false;
    payloads_.emplace(envelope, transaction);
    kept.pool_ = nullptr;
    known->others.push_back({std::move(transaction), std::move(kept.from_), kept.bytes_});
    return false;
  }
  const Arrival arrival = next_++;
  by_id_.emplace(id, arrival);
  payloads_.emplace(envelope, transaction);
  by_expiry_.emplace(transaction->body().expires_at(), arrival);
  kept.pool_ = nullptr;
  const auto added =
      entries_.emplace(arrival, Entry{{std::move(transaction), std::move(kept.from_), kept.bytes_}, false, {}});
  set_waiting(arrival, added.first->second);
  if (tell_) events_.push_back({Event::Kind::kKnown, id, envelope, arrival, own});
  return true;
}

std::vector<ledger::TransactionPtr> Pool::take(const BatchLimits& limits) {
  const std::scoped_lock lock(mutex_);
  std::vector<ledger::TransactionPtr> batch;
  std::size_t operations = 0, bytes = 0, signatures = 0;
  while (!waiting_.empty()) {
    Entry& entry = entries_.at(*waiting_.begin());
    const auto& transaction = *entry.held.transaction;
    operations += transaction.operations().size();
    bytes += transaction.bytes().size();
    signatures += static_cast<std::size_t>(transaction.body().signers_size());
    const bool fits = operations <= limits.operations && bytes <= limits.bytes && signatures <= kBatchSignatures;
    if (!fits && !batch.empty()) break;
    entry.taken = true;
    batch.push_back(entry.held.transaction);
    waiting_.erase(waiting_.begin());
  }
  return batch;
}

void Pool::put_back(const std::vector<ledger::TransactionPtr>& taken) {
  const std::scoped_lock lock(mutex_);
  for (const auto& transaction : taken) {
    if (Entry* entry = entry_of(transaction->id())) {
      entry->taken = false;
      set_waiting(by_id_.at(transaction->id()), *entry);
    }
  }
}

ledger::TransactionPtr Pool::payload(const Digest& envelope) const {
  const std::array wanted{envelope};
  return resolve(wanted).transactions.front();
}

Pool::Resolved Pool::resolve(std::span<const Digest> envelopes) const {
  const std::scoped_lock lock(mutex_);
  Resolved resolved;
  resolved.transactions.reserve(envelopes.size());
  for (const Digest& envelope : envelopes) {
    if (const auto held = payloads_.find(envelope); held != payloads_.end()) {
      resolved.transactions.push_back(held->second);
    } else if (const auto fetched = fetched_.find(envelope); fetched != fetched_.end()) {
      resolved.transactions.push_back(fetched->second.transaction);
    } else {
      resolved.transactions.push_back(nullptr);
      resolved.missing.push_back(envelope);
    }
  }
  return resolved;
}

void Pool::keep_fetched(Height height, ledger::TransactionPtr transaction) {
  const std::scoped_lock lock(mutex_);
  Fetched& fetched = fetched_[transaction->envelope()];
  fetched.height = std::max(fetched.height, height);
  fetched.transaction = std::move(transaction);
}

void Pool::listed(const Digest& batch, const std::vector<ledger::TransactionPtr>& transactions) {
  const std::scoped_lock lock(mutex_);
  std::vector<Digest> ids;
  ids.reserve(transactions.size());
  for (const auto& transaction : transactions) {
    const Digest& id = transaction->id();
    ids.push_back(id);
    ++listings_[id];
    if (Entry* entry = entry_of(id)) {
      entry->taken = false;
      set_waiting(by_id_.at(id), *entry);
    }
  }
  let_go_of(batch);  // after the new ones count, so that nothing waits in between
  batches_.emplace(batch, std::move(ids));
}

void Pool::unlisted(const Digest& batch) {
  const std::scoped_lock lock(mutex_);
  let_go_of(batch);
}

void Pool::certified(const std::vector<ledger::TransactionPtr>& listed) {
  const Telling telling(*this);
  for (const auto& transaction : listed) {
    if (const auto known = by_id_.find(transaction->id()); known != by_id_.end()) remove(known->second);
  }
}

void Pool::certified(Height height, const Digest& batch, const std::vector<ledger::TransactionPtr>& listed) {
  certified(listed);
  const std::scoped_lock lock(mutex_);
  let_go_of(batch);
  std::erase_if(fetched_, [&](const auto& fetched) { return fetched.second.height <= height; });
}

std::vector<ledger::TransactionPtr> Pool::expire(TimeMs certified_time) {
  const Telling telling(*this);
  std::vector<ledger::TransactionPtr> expired;
  for (auto next = by_expiry_.begin(); next != by_expiry_.end() && next->first < certified_time;) {
    const Arrival arrival = next->second;
    ++next;  // removal takes the place before it away
    if (!waiting_.contains(arrival)) continue;
    expired.push_back(entries_.at(arrival).held.transaction);
    remove(arrival);
  }
  return expired;
}

std::optional<Digest> Pool::find(const Digest& id) const {
  const std::scoped_lock lock(mutex_);
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return std::nullopt;
  return entries_.at(known->second).held.transaction->envelope();
}

ledger::TransactionPtr Pool::waiting(const Digest& id) const {
  const std::scoped_lock lock(mutex_);
  const auto known = by_id_.find(id);
  if (known == by_id_.end() || !waiting_.contains(known->second)) return nullptr;
  return entries_.at(known->second).held.transaction;
}

std::vector<ledger::TransactionPtr> Pool::waiting() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ledger::TransactionPtr> transactions;
  transactions.reserve(waiting_.size());
  for (const Arrival arrival : waiting_) transactions.push_back(entries_.at(arrival).held.transaction);
  return transactions;
}

void Pool::on_events(std::function<void()> tell) {
  const std::scoped_lock lock(mutex_);
  tell_ = std::move(tell);
}

std::vector<Pool::Event> Pool::take_events() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(events_, {});
}

Pool::Sizes Pool::sizes() const {
  const std::scoped_lock lock(mutex_);
  return {total_.transactions, total_.bytes, waiting_.size(), entries_.size() - waiting_.size(), fetched_.size()};
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

Pool::Entry* Pool::entry_of(const Digest& id) {
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? nullptr : &entries_.at(known->second);
}

void Pool::set_waiting(Arrival arrival, const Entry& entry) {
  if (entry.taken || listings_.contains(entry.held.transaction->id())) {
    waiting_.erase(arrival);
  } else {
    waiting_.insert(arrival);
  }
}

void Pool::let_go_of(const Digest& batch) {
  const auto listing = batches_.find(batch);
  if (listing == batches_.end()) return;
  for (const Digest& id : listing->second) {
    const auto count = listings_.find(id);
    JINSHI_ASSERT(count != listings_.end(), "what a batch lists is counted");
    if (--count->second > 0) continue;
    listings_.erase(count);
    if (Entry* entry = entry_of(id)) set_waiting(by_id_.at(id), *entry);
  }
  batches_.erase(listing);
}

void Pool::give_back(const From& from, std::size_t bytes) {
  const auto share = shares_.find(from);
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
  const auto& transaction = *entry->second.held.transaction;
  if (tell_) events_.push_back({Event::Kind::kGone, transaction.id(), {}, 0, false});
  by_id_.erase(transaction.id());
  by_expiry_.erase({transaction.body().expires_at(), arrival});
  waiting_.erase(arrival);
  entry->second.others.push_back(std::move(entry->second.held));
  for (const Held& held : entry->second.others) {
    payloads_.erase(held.transaction->envelope());
    give_back(held.from, held.bytes);
  }
  entries_.erase(entry);
}

}  // namespace jinshi::node
