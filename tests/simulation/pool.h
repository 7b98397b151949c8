// A simulated node's transactions and batches: what waits, and what is held for whoever asks.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "consensus/message.h"
#include "tests/simulation/transaction.h"

namespace jinshi::simulation {

class Pool {
 public:
  // Whether it was not known and waits now.
  bool add(const TransactionPtr& transaction);
  // Held, whether it waits or not.
  void keep(const TransactionPtr& transaction) { by_envelope_[transaction->envelope] = transaction; }
  void keep_batch(const Digest& digest, const consensus::Blob& batch) { batches_[digest] = batch; }
  TransactionPtr find(const Digest& envelope) const;
  consensus::Blob find_batch(const Digest& digest) const;

  // Those that no accepted proposal lists, oldest first.
  std::vector<TransactionPtr> offer(std::size_t most) const;
  void list(const Digest& batch);
  void unlist(const Digest& batch);
  // In a certified block.
  void remove(const std::vector<Digest>& ids);
  std::vector<TransactionPtr> waiting() const;

  // The batch's transactions, in order; empty where one is not held.
  std::optional<std::vector<TransactionPtr>> transactions_of(const std::string& batch) const;
  std::vector<Digest> missing_of(const std::string& batch) const;

 private:
  void count(const Digest& batch, int change);

  struct Entry {
    TransactionPtr transaction;
    int listed = 0;
  };
  std::map<std::uint64_t, Entry> waiting_;  // by arrival
  std::unordered_map<Digest, std::uint64_t, DigestHash> arrival_of_;
  std::uint64_t next_ = 1;
  std::unordered_map<Digest, TransactionPtr, DigestHash> by_envelope_;
  std::unordered_map<Digest, consensus::Blob, DigestHash> batches_;
};

std::vector<Digest> envelopes_of(const std::string& batch);

}  // namespace jinshi::simulation
