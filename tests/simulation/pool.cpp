#include "tests/simulation/pool.h"

#include "jinshi/v1/block.pb.h"
#include "proto/assert.h"

namespace jinshi::simulation {

std::vector<Digest> envelopes_of(const std::string& batch) {
  v1::Batch read;
  if (!read.ParseFromString(batch)) return {};
  std::vector<Digest> envelopes;
  for (const auto& bytes : read.envelopes()) envelopes.push_back(Digest::from(bytes).value_or(Digest{}));
  return envelopes;
}

bool Pool::add(const TransactionPtr& transaction) {
  keep(transaction);
  if (!arrival_of_.try_emplace(transaction->id, next_).second) return false;
  waiting_.emplace(next_++, Entry{transaction, 0});
  return true;
}

TransactionPtr Pool::find(const Digest& envelope) const {
  const auto found = by_envelope_.find(envelope);
  return found == by_envelope_.end() ? nullptr : found->second;
}

consensus::Blob Pool::find_batch(const Digest& digest) const {
  const auto found = batches_.find(digest);
  return found == batches_.end() ? nullptr : found->second;
}

std::vector<TransactionPtr> Pool::offer(std::size_t most) const {
  std::vector<TransactionPtr> offered;
  for (const auto& [arrival, entry] : waiting_) {
    if (offered.size() == most) break;
    if (entry.listed <= 0) offered.push_back(entry.transaction);
  }
  return offered;
}

void Pool::list(const Digest& batch) { count(batch, 1); }
void Pool::unlist(const Digest& batch) { count(batch, -1); }

void Pool::count(const Digest& batch, int change) {
  const auto bytes = find_batch(batch);
  JINSHI_ASSERT(bytes != nullptr, "a listed batch is held");
  for (const Digest& envelope : envelopes_of(*bytes)) {
    const auto transaction = find(envelope);
    JINSHI_ASSERT(transaction != nullptr, "a listed batch's transactions are held");
    const auto arrival = arrival_of_.find(transaction->id);
    if (arrival != arrival_of_.end()) waiting_.at(arrival->second).listed += change;
  }
}

void Pool::remove(const std::vector<Digest>& ids) {
  for (const Digest& id : ids) {
    const auto found = arrival_of_.find(id);
    if (found == arrival_of_.end()) continue;
    waiting_.erase(found->second);
    arrival_of_.erase(found);
  }
}

std::vector<TransactionPtr> Pool::waiting() const {
  std::vector<TransactionPtr> all;
  for (const auto& [arrival, entry] : waiting_) all.push_back(entry.transaction);
  return all;
}

std::optional<std::vector<TransactionPtr>> Pool::transactions_of(const std::string& batch) const {
  std::vector<TransactionPtr> transactions;
  for (const Digest& envelope : envelopes_of(batch)) {
    transactions.push_back(find(envelope));
    if (!transactions.back()) return std::nullopt;
  }
  return transactions;
}

std::vector<Digest> Pool::missing_of(const std::string& batch) const {
  std::vector<Digest> missing;
  for (const Digest& envelope : envelopes_of(batch)) {
    if (!find(envelope)) missing.push_back(envelope);
  }
  return missing;
}

}  // namespace jinshi::simulation
