// A network of simulated validators in which one seed decides every delay, loss, crash, partition and lie.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/event_queue.h"
#include "tests/simulation/hash_chain.h"
#include "tests/simulation/network.h"
#include "tests/simulation/node.h"
#include "tests/simulation/random.h"
#include "tests/simulation/watcher.h"

namespace jinshi::simulation {

// What can happen until `faults_end_ms`; then everything is mended and all nodes run.
struct Faults {
  bool crashes = false;
  bool partitions = false;     // halves, single nodes, one-way links
  SimulatedMs every_ms = 700;  // on average
  SimulatedMs end_ms = 0;
};

struct Settings {
  std::uint64_t seed = 0;
  std::string profile = "calm";
  std::size_t validators = 4;
  std::size_t standby = 0;  // nodes that are no validators at first
  v1::OrderingParameters ordering;
  NetworkSettings network;
  Faults faults;
  std::string adversary;                     // of one validator; empty = none
  std::optional<NodeNumber> adversary_node;  // the seed's choice unless said
  std::string more_adversary;                // of another, where f > 1
  SimulatedMs most_skew_ms = 0;
  SimulatedMs most_sync_ms = 5, most_execute_ms = 5, most_flush_ms = 2000;
  std::size_t batch_transactions = 10;
  std::size_t transactions = 40;
  std::size_t set_changes = 0;
  SimulatedMs transactions_end_ms = 5000;
  SimulatedMs bound_ms = 120'000;  // after the faults' end everything that waits is certified
  bool real_signatures = false;
  bool wire = false;  // messages travel as bytes
  bool trace = false;
};

class World {
 public:
  explicit World(Settings settings);

  // The whole seed: clients, faults, and the bound at the end. What failed, if anything.
  std::optional<std::string> run();

  // --- for scripts ---
  void start_all();
  // Runs until the condition holds; whether it did before that many milliseconds passed and nothing failed.
  bool run_until(const std::function<bool()>& condition, SimulatedMs most_ms);
  void run_for(SimulatedMs ms) {
    run_until([] { return false; }, ms);
  }
  // A client's transaction, given to the node, and again to others until it is certified.
  TransactionPtr submit(NodeNumber node, std::string text);
  // Given once, to one node.
  TransactionPtr submit_once(NodeNumber node, std::string text);
  bool is_certified(const Transaction& transaction, NodeNumber node) const;
  bool all_certified() const;  // every client's transaction, on every honest node
  bool converged() const;      // all honest nodes run and stand at one certified height
  Node& node(NodeNumber number) { return *nodes_[number]; }
  std::size_t size() const { return nodes_.size(); }
  const crypto::Signer& signer(NodeNumber number) const { return *signers_[number]; }
  Network& network() { return network_; }
  Watcher& watcher() { return watcher_; }
  const Settings& settings() const { return settings_; }
  // Sees every packet that is sent; where it says no, the packet is lost.
  using Filter = std::function<bool(const Node& from, const Node& to, const Packet&)>;
  void set_filter(Filter filter) { filter_ = std::move(filter); }
  // Sees every effect that is carried out.
  void set_listener(std::function<void(const Node&, const consensus::Effect&)> listener) {
    listener_ = std::move(listener);
  }
  void mend();  // no faults, all nodes up

  // --- for nodes ---
  SimulatedMs now() const { return queue_.now(); }
  TimeMs network_time() const { return kEpochMs + queue_.now(); }
  void after(SimulatedMs delay, EventQueue::Action action) { queue_.after(delay, std::move(action)); }
  Random& random() { return random_; }
  void send(const Node& from, const std::string& to, const Packet& packet);
  void told(const Node& node, const consensus::Effect& effect) {
    if (listener_) listener_(node, effect);
  }
  bool traces() const { return settings_.trace; }
  void trace(const Node& node, const std::string& text) const;

 private:
  static constexpr TimeMs kEpochMs = 1'800'000'000'000;

  void govern(const std::string& text, v1::Epoch& next) const;
  v1::Validator validator(NodeNumber number, std::uint64_t key) const;
  void plan_clients();
  void plan_faults();
  void one_fault();
  void retry(const TransactionPtr& transaction);

  Settings settings_;
  Random random_;
  EventQueue queue_;
  Network network_;
  Watcher watcher_;
  std::vector<std::shared_ptr<const crypto::Signer>> signers_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<TransactionPtr> submitted_;
  Filter filter_;
  std::function<void(const Node&, const consensus::Effect&)> listener_;
};

std::string organisation_name(NodeNumber number);

}  // namespace jinshi::simulation
