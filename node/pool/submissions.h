// The way of a transaction from its bytes to its outcome: room in the pool, the check of its bytes, the forecast, the
// pool, a certified block, the receipt (docs/protocol.md, outcomes of a submit). Any thread; checks run on the workers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "jinshi/v1/ledger_service.pb.h"
#include "ledger/ledger.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/network_clock.h"
#include "node/pool/pool.h"
#include "node/runtime.h"

namespace jinshi::node {

// How many callers may await one transaction.
inline constexpr std::size_t kMaxWaitersForOne = 64;

class Submissions {
 public:
  struct Parts {
    Runtime& runtime;
    const ledger::Ledger& ledger;
    Pool& pool;
    const NetworkClock& clock;
    Metrics& metrics;
    const Log& log;
    std::function<void(const ledger::TransactionPtr&)> accepted;  // the pool took it
    bool writable = true;                                           // an audit node takes no writes
  };

  // An error where nothing can be said of the ledger: the bytes are no transaction of this chain, the pool is full, the
  // node stops. Fields of errors are paths in SignedTransaction. All else, a forecast refusal too, is a response.
  using Answer = Result<v1::SubmitResponse>;
  using Done = std::function<void(Answer)>;
  enum class Until { kQueued, kOutcome };

  class Waiter {
   private:
    friend class Submissions;
    explicit Waiter(Done done) : done_(std::move(done)) {}
    ledger::TransactionPtr transaction() {
      const std::scoped_lock lock(mutex_);
      return transaction_;
    }
    std::atomic<bool> answered_ = false;
    Done done_;
    std::mutex mutex_;                    // guards transaction_
    ledger::TransactionPtr transaction_;  // once checked
  };
  using Ticket = std::shared_ptr<Waiter>;

  explicit Submissions(Parts parts) : parts_(std::move(parts)) {}

  // `done` is called once, on any thread, possibly before this returns.
  Ticket submit(std::string bytes, std::string_view client, Until until, Done done);
  // The caller waits no longer: `done` is called now with QUEUED or UNKNOWN, unless it was.
  void answer_now(const Ticket& ticket);
  // The caller is gone: `done` won't be called, unless it was, or is being.
  void forget(const Ticket& ticket);

  // After a certificate, from the thread that certifies.
  void certified(const std::vector<ledger::TransactionPtr>& listed, const std::vector<ledger::TransactionPtr>& expired,
                 std::uint32_t protocol_version);

  // Everyone who waits gets UNKNOWN, everyone who comes STOPPING.
  void stop();

 private:
  void process(const Ticket& ticket, Pool::Reservation reserved, std::string bytes, Until until);
  // What the ledger says of the transaction, once that is certain.
  std::optional<Answer> settled(const ledger::CheckedTransaction& transaction) const;
  std::optional<Answer> settled(const ledger::CheckedTransaction& transaction,
                                std::optional<ledger::TransactionOutcome> found) const;
  Answer after_block(const ledger::CheckedTransaction& transaction,
                     std::optional<ledger::TransactionOutcome> found) const;
  Result<void> wait_for(const ledger::TransactionPtr& transaction, const Ticket& ticket);
  void wake(const std::vector<ledger::TransactionPtr>& transactions);
  using Woken = std::vector<std::pair<ledger::TransactionPtr, std::vector<Ticket>>>;
  void tell(const Woken& woken);
  void answer(const Ticket& ticket, Answer answer);

  Parts parts_;
  std::atomic<std::uint32_t> protocol_version_ = kProtocolVersion;
  std::mutex mutex_;  // guards waiters_; stopping_ is set under it, so that nobody joins after the last were answered
  std::unordered_map<Digest, std::vector<Ticket>, DigestHash> waiters_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace jinshi::node
