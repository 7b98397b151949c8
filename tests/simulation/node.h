// A validator as the simulator has it: the shipped core, and around it a log, an executor, a pool, clocks, and what
// brings payloads and blocks. Carries effects out in order, what stands behind a Persist only after the log's sync.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "consensus/replica.h"
#include "tests/simulation/adversary.h"
#include "tests/simulation/machine.h"
#include "tests/simulation/network.h"
#include "tests/simulation/packet.h"
#include "tests/simulation/pool.h"
#include "tests/simulation/simulated_log.h"

namespace jinshi::simulation {

class World;

class Node {
 public:
  struct Settings {
    NodeNumber number = 0;
    std::string organisation;
    TimeMs skew_ms = 0;
    std::size_t batch_transactions = 10;
    SimulatedMs sync_ms = 3, execute_ms = 2, flush_ms = 500;
  };

  Node(World& world, Settings settings, std::unique_ptr<Machine> machine, std::shared_ptr<const crypto::Signer> signer,
       std::unique_ptr<Adversary> adversary);

  void start();
  void crash();
  bool is_up() const { return replica_.has_value(); }
  bool is_honest() const { return adversary_ == nullptr; }

  void receive(const std::string& from, Packet packet);
  // A client's; passed on to every validator.
  void submit(const TransactionPtr& transaction);

  const std::string& organisation() const { return settings_.organisation; }
  NodeNumber number() const { return settings_.number; }
  const Machine& machine() const { return *machine_; }
  const consensus::Replica& replica() const { return *replica_; }
  Height certified() const { return machine_->certified(); }
  Settings& settings() { return settings_; }
  Adversary* adversary() { return adversary_.get(); }
  void set_signer(std::shared_ptr<const crypto::Signer> signer) { signer_ = std::move(signer); }

  // For scenarios about disks.
  SimulatedLog& log() { return *log_; }
  void set_log(std::optional<SimulatedLog> log) { log_ = std::move(log); }
  void set_flushing(bool flushes) { flushes_ = flushes; }

 private:
  struct Pending {
    std::uint64_t needs = 0;  // what of the log must be on disk before
    consensus::Effect effect;
    std::vector<std::string> everyone;  // to whom a Send to all goes
  };
  struct Payload {
    consensus::Blob batch;
    std::string from;
    bool answered = false;
  };

  consensus::Moment moment() const;
  // Runs unless the node was stopped in between.
  void later(SimulatedMs delay, std::function<void()> action);
  void step(const consensus::Event& event);
  void drain();
  void sync();
  void flush();
  void flush_now_and_then();

  void carry_out(Pending pending);
  void carry_out(const consensus::Deliver& effect);
  void carry_out(const consensus::Certified& effect);
  void carry_out(const consensus::NeedPayload& effect);
  void carry_out(const consensus::WantBatch& effect);
  void carry_out(const consensus::ArmTimer& effect);
  void carry_out(const consensus::NeedSync& effect);
  void log_entry(v1::LogEntry entry);

  void handle(const std::string& from, const consensus::Message& message);
  void handle(const std::string& from, const PassedOn& packet);
  void handle(const std::string& from, const PayloadRequest& packet);
  void handle(const std::string& from, const PayloadAnswer& packet);
  void handle(const std::string& from, const BlocksRequest& packet);
  void handle(const std::string& from, const BlocksAnswer& packet);

  void resolve(const Digest& digest, bool may_ask);
  void execute_next();
  void pass_on(const std::vector<TransactionPtr>& transactions);
  void ask_for_blocks(Height above, std::string from);
  void send(const std::string& to, const Packet& packet);
  void know_epochs();
  std::vector<std::string> validators() const;
  Means means();

  World& world_;
  Settings settings_;
  std::unique_ptr<Machine> machine_;
  std::shared_ptr<const crypto::Signer> signer_;
  std::unique_ptr<Adversary> adversary_;
  std::optional<SimulatedLog> log_;
  SimulatedMs steady_offset_ = 0;
  bool flushes_ = true;
  Height flushed_ = 0;

  // Gone with a crash.
  std::optional<consensus::Replica> replica_;
  std::uint64_t life_ = 0;
  std::shared_ptr<const consensus::Verifier> verifier_;
  std::size_t epochs_known_ = 0;
  Pool pool_;
  std::deque<Pending> pending_;
  bool syncing_ = false, executing_ = false;
  std::deque<consensus::Deliver> to_execute_;
  std::map<Height, std::vector<Digest>> executed_ids_;
  std::map<Digest, Payload> payloads_;
  std::uint64_t timer_ = 0;
  std::optional<SimulatedMs> asked_for_blocks_;
};

}  // namespace jinshi::simulation
