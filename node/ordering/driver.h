// Carries out what the batch source decides: fills batches from the pool, executes them, signs headers, certifies
// blocks, and tells the source what came of it. The source runs on the strand, everything that waits for the disk or a
// signer on the executor.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>

#include "ledger/crypto/signer.h"
#include "ledger/ledger.h"
#include "node/diagnosis.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/network_clock.h"
#include "node/ordering/batch_source.h"
#include "node/pool/pool.h"
#include "node/runtime.h"

namespace jinshi::node {

class OrderingDriver {
 public:
  struct Parts {
    Runtime& runtime;
    ledger::Ledger& ledger;
    Pool& pool;
    BatchSource& source;
    const crypto::Signer& signer;
    const NetworkClock& clock;
    Metrics& metrics;
    const Log& log;
    std::string organisation;
    Pool::BatchLimits limits;
    // On the executor, after a certificate: what the block listed.
    std::function<void(const ledger::ExecutedBlock&, const std::vector<ledger::TransactionPtr>&)> certified;
    // On the executor, once: the disk or the signer failed. Nothing is ordered after it.
    std::function<void(const Error&)> failed;
  };

  explicit OrderingDriver(Parts parts);

  // Refuses a key that is not the only validator's: CONFIGURATION. Before `start`.
  static Result<void> check_validator(const v1::Epochs& epochs, std::string_view organisation,
                                      const crypto::PublicKey& key);

  void start();
  // Any thread: the pool has something new.
  void transactions_wait();
  // Any thread: timers that hang on the network clock are looked at again.
  void clock_moved();
  // Finishes the block in flight, then orders no more. False when that took longer than the patience.
  bool stop(std::chrono::milliseconds patience);

  OrderingStatus status() const;

 private:
  void handle(const OrderingEvent& event);                     // strand
  void order(const OrderBatch& effect);                        // strand
  void execute(const std::string& batch);                      // executor
  void certify(const CertifyHeader& effect);                   // executor
  void fail_with(const Error& error, std::string_view doing);  // executor
  void post(OrderingEvent event);                              // to the strand
  ChainPosition position();                                    // executor, or before the start
  void set(OrderingStatus::At at);

  Parts parts_;
  boost::asio::steady_timer timer_;                // strand
  Pool::BatchLimits limits_;                       // strand: of the epoch in force
  bool started_ = false;                           // strand
  bool stopping_ = false;                          // strand
  bool in_flight_ = false;                         // strand
  std::promise<void> stopped_;                     // fulfilled on the strand, once
  bool stop_told_ = false;                         // strand
  std::vector<ledger::TransactionPtr> listed_;     // of the block in flight: handed from strand to executor and back
  std::optional<ledger::ExecutedBlock> executed_;  // executor
  double execute_seconds_ = 0;                     // executor
  std::atomic<bool> told_to_look_ = false;         // a TransactionsWait is on its way
  mutable std::mutex status_mutex_;                // guards status_
  OrderingStatus status_;
};

}  // namespace jinshi::node
