// The executor's side of ordering: executes decided batches one after another, stores certificates, and makes both
// lasting now and then. Everything here runs on the executor thread but where it says otherwise.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "consensus/effect.h"
#include "ledger/ledger.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/ordering/payloads.h"
#include "node/runtime.h"

namespace jinshi::node {

class Chain {
 public:
  struct Parts {
    Runtime& runtime;
    ledger::Ledger& ledger;
    Metrics& metrics;
    const Log& log;
    std::function<void(consensus::Event)> happened;  // any thread
    // After a certificate, each block that it certifies in turn: what it listed.
    std::function<void(const ledger::ExecutedBlock&, const Digest& batch, const std::vector<ledger::TransactionPtr>&)>
        certified;
    std::function<void(const Error&, std::string_view doing)> failed;  // once
  };

  explicit Chain(Parts parts) : parts_(std::move(parts)) {}

  // Any thread: hands over, in order.
  void execute(const consensus::Deliver& batch, HeldBatchPtr held);
  void certify(const consensus::Certified& certified);
  // Returns when everything handed over before is done.
  void finish();

 private:
  struct Executed {
    ledger::ExecutedBlock block;
    Digest batch;
    std::vector<ledger::TransactionPtr> transactions;
    double seconds = 0;
  };

  void run(const consensus::Deliver& batch, const HeldBatchPtr& held);
  void store(const consensus::Certified& certified);
  void make_lasting();
  void fail_with(const Error& error, std::string_view doing);

  Parts parts_;
  std::deque<Executed> executed_;  // above the certified height
  Height lasting_ = 0;             // a sync was asked for up to here
  SteadyMs last_sync_ = 0;
  bool failed_ = false;
};

// What the core needs of an executed block.
consensus::BlockExecuted to_event(const ledger::ExecutedBlock& block);

}  // namespace jinshi::node
