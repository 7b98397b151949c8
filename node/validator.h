// A validator of a network of one: every part of the node but its services, connected. Client bytes go through pool,
// check and forecast; the batch source orders; the ledger executes; the key signs the header; the certificate is
// stored; those who wait are told.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "jinshi/v1/admin_service.pb.h"
#include "ledger/crypto/signer.h"
#include "ledger/ledger.h"
#include "node/config.h"
#include "node/diagnosis.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/network_clock.h"
#include "node/ordering/driver.h"
#include "node/ordering/solo_source.h"
#include "node/pool/pool.h"
#include "node/pool/submissions.h"
#include "node/runtime.h"

namespace jinshi::node {

// Makes the data directory and block 0 from the genesis file. `clock_begins`: where a development network's clock
// starts. WRONG_STATE when the directory holds a ledger already.
Result<void> initialise(const Config& config, std::optional<TimeMs> clock_begins);

class Validator {
 public:
  // Reads keys, opens the ledger, checks that both fit the configuration. `log` outlives it. Errors name the mend.
  static Result<std::unique_ptr<Validator>> open(const Config& config, const Log& log);
  ~Validator();

  // Once each, before `start`. `on_head` is called on the executor after each certificate, `on_failure` when the disk
  // or the signer failed and the node must stop.
  void on_head(std::function<void(const ledger::Head&)> callback);
  void on_failure(std::function<void(const Error&)> callback);
  void start();

  // First answers everyone who waits and refuses who comes; then, with the services gone, finishes the block in flight
  // and joins the threads. False when that block took too long.
  void stop_taking();
  bool stop();

  const Config& config() const { return config_; }
  const Log& log() const { return log_; }
  const ledger::Ledger& ledger() const { return *ledger_; }
  NetworkClock& clock() { return *clock_; }
  Pool& pool() { return pool_; }
  Submissions& submissions() { return *submissions_; }
  Metrics& metrics() { return metrics_; }
  Runtime& runtime() { return *runtime_; }

  Diagnosis diagnosis() const;
  v1::GetStatusResponse status() const;
  Result<TimeMs> move_clock(TimeMs to);

 private:
  Validator(Config config, const Log& log, std::unique_ptr<ledger::Ledger> ledger, std::unique_ptr<NetworkClock> clock,
            std::unique_ptr<crypto::Signer> signer);
  void certified(const ledger::ExecutedBlock& block, const std::vector<ledger::TransactionPtr>& listed);
  Metrics::Levels levels() const;

  const Config config_;
  const Log& log_;
  const SteadyMs started_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<NetworkClock> clock_;
  std::unique_ptr<crypto::Signer> signer_;
  Metrics metrics_;
  Pool pool_;
  SoloSource source_;
  std::function<void(const ledger::Head&)> on_head_;
  std::function<void(const Error&)> on_failure_;
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<Submissions> submissions_;
  std::unique_ptr<OrderingDriver> driver_;
  bool stopped_ = false;
};

}  // namespace jinshi::node
