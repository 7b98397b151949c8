// Every part of a node but its services, connected. A validator: client bytes go through pool, check and forecast, and
// to the other validators; the core of consensus orders; the ledger executes; a quorum's signatures certify; those who
// wait are told. An audit node has the same parts, but no key: it fetches what others certified, checks and
// re-executes all of it, and takes no writes.
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
#include "node/peer/identity.h"
#include "node/peer/links.h"
#include "node/pool/dissemination.h"
#include "node/pool/pool.h"
#include "node/pool/submissions.h"
#include "node/runtime.h"
#include "node/sync/head_poller.h"

namespace jinshi::node {

// Makes the data directory and block 0 from the genesis file, and a validator's vote log. `clock_begins`: where a
// development network's clock starts. WRONG_STATE when the directory holds a ledger already.
Result<void> initialise(const Config& config, std::optional<TimeMs> clock_begins);

class Validator final : public PeerHandler {
 public:
  // How this node reaches the others; not called where the configuration names none.
  using MakeLinks = std::function<Result<std::unique_ptr<PeerLinks>>(const Config&, PeerBook&, const Log&)>;

  // Reads keys, opens the ledger and the vote log, checks that they fit the configuration. `log` outlives it. Errors
  // name the mend.
  static Result<std::unique_ptr<Validator>> open(const Config& config, const Log& log, const MakeLinks& make_links = {});
  ~Validator() override;

  // Once each, before `start`. `on_head` is called on the executor after each certificate, `on_failure` when the disk
  // or the signer failed, or this node came apart from the others, and must stop.
  void on_head(std::function<void(const ledger::Head&)> callback);
  void on_failure(std::function<void(const Error&)> callback);
  void start();

  // First answers everyone who waits and refuses who comes; then, with the services gone, finishes the block in flight
  // and joins the threads. False when that block took too long.
  void stop_taking();
  bool stop();

  // Of other nodes.
  void received(const std::string& organisation, std::string message, Hold hold) override;
  Result<v1::FetchBlocksResponse> blocks(const v1::FetchBlocksRequest& request) override;
  Result<v1::FetchPayloadResponse> payload(const v1::FetchPayloadRequest& request) override;
  v1::GetHeadResponse head() override;

  const Config& config() const { return config_; }
  const Log& log() const { return log_; }
  const ledger::Ledger& ledger() const { return *ledger_; }
  NetworkClock& clock() { return *clock_; }
  Pool& pool() { return pool_; }
  Submissions& submissions() { return *submissions_; }
  Metrics& metrics() { return metrics_; }
  Runtime& runtime() { return *runtime_; }
  PeerBook& peer_book() { return peer_book_; }

  Diagnosis diagnosis() const;
  v1::GetStatusResponse status() const;
  Result<TimeMs> move_clock(TimeMs to);

 private:
  Validator(Config config, const Log& log, std::unique_ptr<ledger::Ledger> ledger, std::unique_ptr<NetworkClock> clock,
            std::unique_ptr<crypto::Signer> signer);
  Result<void> connect(const MakeLinks& make_links);
  void certified(const ledger::ExecutedBlock& block, const Digest& batch,
                 const std::vector<ledger::TransactionPtr>& listed);
  void epochs_changed(const v1::Epochs& epochs);
  void wake_dissemination_at(SteadyMs when);
  Metrics::Levels levels() const;
  std::vector<std::string> peers() const;
  std::string voting(const OrderingStatus& ordering) const;

  const Config config_;
  const Log& log_;
  const SteadyMs started_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<NetworkClock> clock_;
  std::unique_ptr<crypto::Signer> signer_;
  Metrics metrics_;
  Pool pool_;
  PeerBook peer_book_;
  std::function<void(const ledger::Head&)> on_head_;
  std::function<void(const Error&)> on_failure_;
  std::unique_ptr<Runtime> runtime_;
  boost::asio::steady_timer dissemination_timer_;  // of the side thread
  std::atomic<bool> links_stopped_ = false;
  std::unique_ptr<LogFiles> log_files_;
  std::unique_ptr<PeerLinks> links_;
  std::unique_ptr<Dissemination> dissemination_;
  std::unique_ptr<Submissions> submissions_;
  std::unique_ptr<OrderingDriver> driver_;
  std::unique_ptr<HeadPoller> head_poller_;
  bool stopped_ = false;
};

}  // namespace jinshi::node
