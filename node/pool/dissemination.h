// Passes transactions on to every validator, so that whoever proposes has them, and takes in what the others pass on
// (docs/protocol.md, consensus). What a client of this node brings is passed on at once; while it waits it is passed
// on again, less and less often. What another validator passed on is passed on only when it waits for long, or before
// this node suspects: its sender may have died half way. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "ledger/execution/transaction.h"
#include "node/steady.h"
#include "node/peer/links.h"
#include "node/pool/pool.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

// A message is closed before it grows beyond this; a larger transaction goes alone.
inline constexpr std::size_t kPassOnBytes = 256 << 10;
// What arrives within this time after a message went out shares the next one. No waiting when idle.
inline constexpr SteadyMs kPassOnPauseMs = 5;
// A transaction that waits is passed on again after so long, then twice as long, up to the longest.
inline constexpr SteadyMs kPassOnAgainMs = 1000, kPassOnAgainReceivedMs = 4000, kPassOnAgainLongestMs = 30'000;
// How much of that goes out at once, and how long until the next, so that a full pool does not crowd out votes.
inline constexpr std::size_t kPassOnAgainBytes = 1 << 20;
inline constexpr SteadyMs kPassOnAgainPauseMs = 100;

class Dissemination {
 public:
  struct Parts {
    Pool& pool;
    PeerLinks& links;
    Digest chain_id;
    // Whether the ledger holds the id already.
    std::function<bool(const Digest& id)> executed;
    // Runs checks on the workers.
    std::function<void(std::function<void()>)> post_check;
    // The pool has something new.
    std::function<void()> transactions_wait;
    // `tick` is wanted then; replaces what was wanted before. Any thread.
    std::function<void(SteadyMs)> wake_at;
    std::function<SteadyMs()> steady_now;
  };

  explicit Dissemination(Parts parts) : parts_(std::move(parts)) {}

  // The other validators' organisations: of the set in force, and of the next once it is known.
  void set_validators(std::vector<std::string> organisations);
  void set_protocol_version(std::uint32_t version) { protocol_version_ = version; }

  // A client's transaction that the pool took.
  void accepted(const ledger::TransactionPtr& transaction, SteadyMs now);
  // What a validator passed on; hostile bytes. Each signature is checked once: what the pool holds is known by its
  // envelope before. All that finds no room in the validator's share is dropped.
  void received(const std::string& organisation, const v1::Transactions& message);

  // Whatever is due.
  void tick(SteadyMs now);
  // Before suspicion: all that waits, whoever brought it.
  void pass_on_all(SteadyMs now);

  struct Counts {
    std::uint64_t passed_on = 0;  // transactions, once for all receivers
    std::uint64_t received = 0;
    std::uint64_t known = 0;  // of those received: held, executed, or being checked
    std::uint64_t invalid = 0;
    std::uint64_t no_room = 0;
  };
  Counts counts() const;

 private:
  struct Waiting {
    Digest id;
    SteadyMs after = 0;  // since it was passed on last
  };
  struct Arrived;

  void check(const std::vector<std::shared_ptr<Arrived>>& arrived);
  void check(Arrived& arrived);
  // All with mutex_ held.
  void send(const std::vector<ledger::TransactionPtr>& transactions);
  void flush(SteadyMs now);
  void pass_on_again(SteadyMs now);
  void ask_to_be_woken();

  const Parts parts_;
  std::atomic<std::uint32_t> protocol_version_ = kProtocolVersion;
  mutable std::mutex mutex_;  // guards all below
  std::vector<std::string> organisations_;
  std::vector<ledger::TransactionPtr> fresh_;  // not passed on yet
  std::size_t fresh_bytes_ = 0;
  SteadyMs flush_not_before_ = 0, again_not_before_ = 0;
  std::multimap<SteadyMs, Waiting> again_;
  std::optional<SteadyMs> wanted_;                        // the tick that was asked for
  std::unordered_set<Digest, DigestHash> being_checked_;  // envelopes
  Counts counts_;
};

}  // namespace jinshi::node
