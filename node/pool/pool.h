// The transactions that wait for their place in a block. Bounded by number, by bytes, and by each client's share of
// both, counted from the moment the bytes arrive. A transaction stays until its id is listed in a certified block or
// its time has passed by certified time. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/execution/transaction.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

// How many signatures a batch carries at most, so that its check stays short.
inline constexpr std::size_t kBatchSignatures = 4000;

class Pool {
 public:
  struct Limits {
    std::size_t transactions = 20'000;
    std::size_t bytes = 64 << 20;
    std::size_t client_percent = 50;
  };

  // Room for one transaction, given back when let go of.
  class Reservation {
   public:
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&&) = delete;
    ~Reservation();

   private:
    friend class Pool;
    Reservation(Pool& pool, std::string client, std::size_t bytes)
        : pool_(&pool), client_(std::move(client)), bytes_(bytes) {}
    Pool* pool_;
    std::string client_;
    std::size_t bytes_;
  };

  explicit Pool(Limits limits) : limits_(limits) {}

  // POOL_FULL for the whole pool, or for this client's share.
  Result<Reservation> reserve(std::string_view client, std::size_t bytes);

  // False when the same envelope waits already. REPLAYED when another envelope of this id does.
  Result<bool> add(Reservation room, ledger::TransactionPtr transaction);

  // A batch in the order of arrival: as many as fit, and at least one when something waits. They stay in the pool,
  // listed.
  struct BatchLimits {
    std::size_t operations = 2000;
    std::size_t bytes = 2 << 20;
  };
  std::vector<ledger::TransactionPtr> take(const BatchLimits& limits);

  // A certified block lists these; whatever became of them, they wait no longer.
  void certified(const std::vector<ledger::TransactionPtr>& listed);
  // Lets go of what no batch lists and certified time has passed.
  std::vector<ledger::TransactionPtr> expire(TimeMs certified_time);

  // The envelope that waits, or is listed, under this id.
  std::optional<Digest> find(const Digest& id) const;

  struct Sizes {
    std::size_t transactions = 0;  // with those still being checked
    std::size_t bytes = 0;
    std::size_t waiting = 0;  // in no ordered batch
    std::size_t listed = 0;
  };
  Sizes sizes() const;
  bool something_waits() const;

  // When it is worth trying again: by then the batches ahead should be done.
  std::int64_t retry_after_ms() const;

 private:
  using Arrival = std::uint64_t;
  struct Entry {
    ledger::TransactionPtr transaction;
    std::string client;
    std::size_t bytes = 0;
    bool listed = false;
  };
  struct Share {
    std::size_t transactions = 0;
    std::size_t bytes = 0;
  };

  void give_back(const std::string& client, std::size_t bytes);  // mutex_ held
  void remove(Arrival arrival);                                  // mutex_ held

  const Limits limits_;
  mutable std::mutex mutex_;  // guards all below
  std::unordered_map<Arrival, Entry> entries_;
  std::unordered_map<Digest, Arrival, DigestHash> by_id_;
  std::set<Arrival> waiting_;
  std::set<std::pair<TimeMs, Arrival>> by_expiry_;
  std::unordered_map<std::string, Share> shares_;
  Share total_;
  Arrival next_ = 0;
};

}  // namespace jinshi::node
