// Brings the payloads of proposals: the batch by its digest, its transactions from the pool or from a peer, each
// checked once (docs/protocol.md, order: held, waiting or invalid). On the strand, but for what peers ask.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "consensus/effect.h"
#include "jinshi/v1/peer_service.pb.h"
#include "ledger/execution/transaction.h"
#include "node/peer/links.h"
#include "node/pool/pool.h"
#include "node/runtime.h"

namespace jinshi::node {

// A batch whose every transaction is here and passed the check that looks at bytes alone.
struct HeldBatch {
  consensus::Blob batch;
  std::vector<ledger::TransactionPtr> transactions;
  Height height = 0;
};
using HeldBatchPtr = std::shared_ptr<const HeldBatch>;

class Payloads {
 public:
  struct Parts {
    Runtime& runtime;
    Pool& pool;
    PeerLinks* links = nullptr;  // null: a network of one
    Digest chain_id;
    std::function<void(consensus::Event)> answer;  // on the strand
  };
  // Of the epoch in force: what a batch may hold.
  struct Bounds {
    std::size_t operations = 2000;
    std::size_t bytes = 2 << 20;
    std::uint32_t protocol_version = 1;
  };

  explicit Payloads(Parts parts) : parts_(std::move(parts)) {}

  void bound(Bounds bounds) { bounds_ = bounds; }
  // Answered once, by PayloadHeld or PayloadInvalid; asked again, another peer is.
  void need(const consensus::NeedPayload& wanted);
  // The pool has more: what lacked it may be whole.
  void pool_has_more();
  void put(const Digest& digest, HeldBatch batch);
  HeldBatchPtr find(const Digest& digest) const;
  // A certified height: nothing at or below it is needed any more.
  void certified(Height height);

  // Any thread.
  v1::FetchPayloadResponse serve(const v1::FetchPayloadRequest& request) const;

  static bool had_room(const HeldBatch& batch, const Bounds& bounds);

 private:
  struct Incomplete {
    consensus::Blob batch;
    std::vector<Digest> envelopes;
    std::vector<ledger::TransactionPtr> transactions;  // null where missing
    std::size_t missing = 0;
    std::string from;
    Height height = 0;
    bool fetching = false;
    std::shared_ptr<boost::asio::steady_timer> patience;
  };

  bool read_batch(const Digest& digest, Incomplete& one, consensus::Blob batch);
  void take_from_pool(const Digest& digest, Incomplete& one);
  void finish(const Digest& digest);
  void invalid(const Digest& digest, std::string transaction);
  void fetch_later(const Digest& digest);
  void fetch(const Digest& digest);
  void fetched(const Digest& digest, Result<v1::FetchPayloadResponse> answer);
  void checked(const Digest& digest, std::vector<Result<ledger::TransactionPtr>> transactions,
               std::vector<std::string> bytes);

  Parts parts_;
  Bounds bounds_;
  std::unordered_map<Digest, Incomplete, DigestHash> incomplete_;
  mutable std::mutex mutex_;  // guards what follows, which peers ask for
  std::unordered_map<Digest, HeldBatchPtr, DigestHash> held_;
};

}  // namespace jinshi::node
