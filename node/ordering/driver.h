// Runs the core of consensus on the strand: brings it events, carries out its effects in order. Signatures are checked
// on the workers before a message becomes an event; what is persisted is on disk before anything behind it is said;
// blocks are executed beside it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consensus/replica.h"
#include "ledger/crypto/signer.h"
#include "ledger/ledger.h"
#include "node/diagnosis.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/network_clock.h"
#include "node/ordering/chain.h"
#include "node/ordering/evidence_files.h"
#include "node/ordering/payloads.h"
#include "node/ordering/vote_log_writer.h"
#include "node/peer/links.h"
#include "node/pool/pool.h"
#include "node/runtime.h"
#include "node/sync/catch_up.h"

namespace jinshi::node {

class OrderingDriver {
 public:
  struct Parts {
    Runtime& runtime;
    ledger::Ledger& ledger;
    Pool& pool;
    const crypto::Signer* signer = nullptr;  // null: this node only follows
    PeerLinks* links = nullptr;              // null: it knows no other
    const NetworkClock& clock;
    Metrics& metrics;
    const Log& log;
    std::string organisation;
    std::vector<std::string> peers;  // whom it can reach
    Pool::BatchLimits limits;
    std::filesystem::path evidence;  // the folder for its files
    // On the executor, after a certificate: what each block listed.
    std::function<void(const ledger::ExecutedBlock&, const Digest& batch, const std::vector<ledger::TransactionPtr>&)>
        certified;
    // On the strand: what waits should be given to every validator again.
    std::function<void()> pass_on_again;
    // On the strand, whenever an executed block changed them.
    std::function<void(const v1::Epochs&)> epochs_changed;
    // Once: the disk or the signer failed, or this node came apart from the others. Nothing is ordered after it.
    std::function<void(const Error&)> failed;
  };

  explicit OrderingDriver(Parts parts);
  ~OrderingDriver();

  // Before the start, once. No log: this node never votes. DAMAGED where what the log holds is not what it was.
  Result<void> restore(std::optional<VoteLog::Opened> log);
  void start();

  // Any thread. A message of consensus from the peer at the other end of a channel: hostile.
  void received(const std::string& organisation, const v1::PeerMessage& message, PeerHandler::Hold hold);
  // Another's certified head: hostile, too. Whoever follows without being told gets to know this way; two heads of one
  // height are evidence.
  void head_of(const std::string& organisation, const v1::CertifiedHeader& head);
  // On the strand: whether nobody tells this node what happens, since it is not in the set.
  bool is_outside_the_set() const { return started_ && !stopping_ && !replica_->is_validator(); }
  // The pool has something to tell.
  void pool_changed();
  // Timers that hang on the network clock are looked at again.
  void clock_moved();
  v1::FetchPayloadResponse payload(const v1::FetchPayloadRequest& request) const { return payloads_.serve(request); }

  // Says no more, and finishes what is being executed. False when that took longer than the patience.
  bool stop(std::chrono::milliseconds patience);

  OrderingStatus status() const;
  std::vector<std::string> evidence_files() const { return evidence_.files(); }

 private:
  // What is carried out behind the log: prepared on the strand, done on the writer's thread.
  using Deferred = std::vector<std::function<void()>>;

  void step(const consensus::Event& event);  // strand
  void happened(consensus::Event event);     // any thread
  void carry_out(consensus::Effects effects);
  void prepare(const consensus::Send& effect, Deferred& later);
  void persist(const consensus::Persist& effect, std::vector<std::string>& entries);
  void offer_batch(const consensus::WantBatch& wanted);
  void arm(consensus::SteadyMs at);
  void look_at_epochs();
  void compare_heads(const consensus::CertifiedHeaderPtr& head);
  void came_apart(const consensus::Diverged& diverged);
  void accuse(const consensus::EvidenceFound& found);
  void fail_with(const Error& error, std::string_view doing);  // any thread
  void publish_status();

  Parts parts_;
  Payloads payloads_;
  Chain chain_;
  CatchUp catch_up_;
  EvidenceFiles evidence_;
  std::unique_ptr<consensus::Replica> replica_;  // strand
  consensus::VerifierPtr verifier_;              // strand; handed to the workers
  std::shared_ptr<const v1::Epochs> epochs_;     // strand: as executed
  Payloads::Bounds bounds_;                      // strand: of the epoch in force
  boost::asio::steady_timer timer_;              // strand
  std::deque<consensus::Event> events_;          // strand: what carrying out effects made happen
  consensus::CertifiedHeaderPtr last_head_;      // strand: the highest that another told
  std::vector<ledger::TransactionPtr> offered_;  // strand: taken for a batch that the core has yet to accept
  bool stepping_ = false;                        // strand
  bool stopping_ = false;                        // strand
  bool started_ = false;                         // strand
  std::atomic<std::size_t> behind_log_ = 0;      // groups that the log has yet to take
  std::atomic<bool> failed_ = false;
  mutable std::mutex status_mutex_;  // guards status_
  OrderingStatus status_;
  std::unique_ptr<VoteLogWriter> log_;  // last: its thread ends before what it calls goes
};

}  // namespace jinshi::node
