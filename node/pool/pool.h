// The transactions that wait for their place in a block, and the payloads that proposals list by envelope. Bounded by
// number, by bytes, and by the share of both of each client and of each validator that passes transactions on, counted
// from the moment the bytes arrive. A transaction stays until its id is listed in a certified block or its time has
// passed by certified time (docs/protocol.md, consensus). Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
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

// How many other envelopes of one id are kept as payloads: another proposer may have been given one of those.
inline constexpr std::size_t kOtherEnvelopes = 4;

class Pool {
 public:
  struct Limits {
    std::size_t transactions = 20'000;
    std::size_t bytes = 64 << 20;
    std::size_t client_percent = 50;
    std::size_t validator_percent = 30;
  };

  // Who brought a transaction: a client of this node, or a validator that passes it on.
  struct From {
    enum class Kind { kClient, kValidator };
    Kind kind = Kind::kClient;
    std::string name;
    friend bool operator==(const From&, const From&) = default;
  };

  // Room for one transaction, given back when let go of.
  class Reservation {
   public:
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&&) = delete;
    ~Reservation();

   private:
    friend class Pool;
    Reservation(Pool& pool, From from, std::size_t bytes) : pool_(&pool), from_(std::move(from)), bytes_(bytes) {}
    Pool* pool_;
    From from_;
    std::size_t bytes_;
  };

  explicit Pool(Limits limits) : limits_(limits) {}

  // POOL_FULL for the whole pool, or for this client's or validator's share.
  Result<Reservation> reserve(std::string_view client, std::size_t bytes);
  Result<Reservation> reserve_for_validator(std::string_view organisation, std::size_t bytes);

  // False when the same envelope is held already. Another envelope of an id that waits is REPLAYED from a client; from
  // a validator it is kept as a payload, and is no transaction of its own: false.
  Result<bool> add(Reservation room, ledger::TransactionPtr transaction);

  // A batch in the order of arrival: as many as fit, and at least one when something waits. They stay in the pool,
  // taken: until certified, or listed and then unlisted, or put back.
  struct BatchLimits {
    std::size_t operations = 2000;
    std::size_t bytes = 2 << 20;
  };
  std::vector<ledger::TransactionPtr> take(const BatchLimits& limits);
  // No proposal came of it.
  void put_back(const std::vector<ledger::TransactionPtr>& taken);

  // The payload of this envelope, from a client, a validator or a fetch; null when it isn't held.
  ledger::TransactionPtr payload(const Digest& envelope) const;

  struct Resolved {
    std::vector<ledger::TransactionPtr> transactions;  // as the batch lists them; null where missing
    std::vector<Digest> missing;                       // envelopes
  };
  Resolved resolve(std::span<const Digest> envelopes) const;

  // A payload that an accepted proposal of this height lists and that nobody passed on. Kept until the height is
  // certified, outside of every share: the window of heights and the bounds of batches bound it.
  void keep_fetched(Height height, ledger::TransactionPtr transaction);

  // An accepted proposal lists these, so no other batch should; by id, also of such as arrive later. Again for the same
  // batch replaces what it listed.
  void listed(const Digest& batch, const std::vector<ledger::TransactionPtr>& transactions);
  // The proposal is void: what no other proposal lists waits again, in the order in which it first came.
  void unlisted(const Digest& batch);

  // A certified block lists these; whatever became of them, they wait no longer.
  void certified(const std::vector<ledger::TransactionPtr>& listed);
  // As above, and neither the batch's listing nor payloads fetched up to its height are needed any more.
  void certified(Height height, const Digest& batch, const std::vector<ledger::TransactionPtr>& listed);
  // Lets go of what no batch lists and certified time has passed.
  std::vector<ledger::TransactionPtr> expire(TimeMs certified_time);

  // The envelope that waits, or is listed, under this id.
  std::optional<Digest> find(const Digest& id) const;
  // The transaction, while no batch has it.
  ledger::TransactionPtr waiting(const Digest& id) const;
  // Everything that waits, in the order of arrival.
  std::vector<ledger::TransactionPtr> waiting() const;

  // What became known and what is gone, in order, for whoever decides what waits for too long. `arrival` ascends with
  // each known one.
  struct Event {
    enum class Kind { kKnown, kGone };
    Kind kind = Kind::kKnown;
    Digest id;
    Digest envelope;            // of a known one
    std::uint64_t arrival = 0;  // of a known one
    bool own = false;           // a client's of this node, not passed on by another
  };
  // From then on events are kept until taken; `tell` is called, on any thread, when there are some after none.
  void on_events(std::function<void()> tell);
  std::vector<Event> take_events();

  struct Sizes {
    std::size_t transactions = 0;  // with those still being checked
    std::size_t bytes = 0;
    std::size_t waiting = 0;  // in no ordered batch
    std::size_t listed = 0;   // or taken for a batch
    std::size_t fetched = 0;
  };
  Sizes sizes() const;
  bool something_waits() const;

  // When it is worth trying again: by then the batches ahead should be done.
  std::int64_t retry_after_ms() const;

 private:
  using Arrival = std::uint64_t;
  struct Held {
    ledger::TransactionPtr transaction;
    From from;
    std::size_t bytes = 0;
  };
  struct Entry {
    Held held;
    bool taken = false;
    std::vector<Held> others;  // other envelopes of the same id
  };
  struct Share {
    std::size_t transactions = 0;
    std::size_t bytes = 0;
  };
  struct FromHash {
    std::size_t operator()(const From& from) const {
      return std::hash<std::string>()(from.name) * 2 + static_cast<std::size_t>(from.kind);
    }
  };
  struct Fetched {
    ledger::TransactionPtr transaction;
    Height height = 0;  // the highest that lists it
  };
  class Telling;

  Result<Reservation> reserve(From from, std::size_t bytes, std::size_t percent, const char* full);
  // All with mutex_ held.
  Entry* entry_of(const Digest& id);
  void set_waiting(Arrival arrival, const Entry& entry);
  void let_go_of(const Digest& batch);
  void give_back(const From& from, std::size_t bytes);
  void remove(Arrival arrival);

  const Limits limits_;
  mutable std::mutex mutex_;  // guards all below
  std::unordered_map<Arrival, Entry> entries_;
  std::unordered_map<Digest, Arrival, DigestHash> by_id_;
  std::unordered_map<Digest, ledger::TransactionPtr, DigestHash> payloads_;  // by envelope: of entries and others
  std::unordered_map<Digest, Fetched, DigestHash> fetched_;                  // by envelope
  std::unordered_map<Digest, std::vector<Digest>, DigestHash> batches_;      // ids that proposals list
  std::unordered_map<Digest, std::size_t, DigestHash> listings_;             // of how many of those, by id
  std::set<Arrival> waiting_;
  std::set<std::pair<TimeMs, Arrival>> by_expiry_;
  std::unordered_map<From, Share, FromHash> shares_;
  Share total_;
  Arrival next_ = 0;
  std::function<void()> tell_;
  std::vector<Event> events_;
};

}  // namespace jinshi::node
