#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "ledger/crypto/certificate_check.h"
#include "proto/assert.h"
#include "proto/canonical.h"
#include "tests/simulation/test_scheme.h"

namespace jinshi::simulation {

std::string organisation_name(NodeNumber number) { return std::string(1, static_cast<char>('a' + number)); }

World::World(Settings settings)
    : settings_(std::move(settings)),
      random_(settings_.seed),
      network_(settings_.network),
      watcher_(settings_.ordering.window()) {
  const std::size_t n = settings_.validators;
  for (NodeNumber i = 0; i < n + settings_.standby; ++i) {
    signers_.push_back(make_signer(i, settings_.real_signatures));
  }
  v1::Epoch first;
  first.set_number(1);
  first.set_protocol_version(1);
  *first.mutable_ordering() = settings_.ordering;
  for (NodeNumber i = 0; i < n; ++i) *first.mutable_set()->add_validators() = validator(i, i);
  watcher_.epoch(first);

  std::vector<std::string> adversaries(n);
  std::size_t lying = 0;
  for (const auto& name : {settings_.adversary, settings_.more_adversary}) {
    if (name.empty() || lying == crypto::max_faulty(n)) continue;
    ++lying;
    NodeNumber who;
    do {
      who = random_.below(n);
    } while (!adversaries[who].empty());
    if (settings_.adversary_node && lying == 1) who = *settings_.adversary_node;
    adversaries[who] = name;
  }
  const auto add = [&](NodeNumber who) {
    Node::Settings node;
    node.number = nodes_.size();
    node.organisation = organisation_name(who);
    node.skew_ms = random_.between(-settings_.most_skew_ms, settings_.most_skew_ms);
    node.batch_transactions = settings_.batch_transactions;
    node.sync_ms = random_.between(0, settings_.most_sync_ms);
    node.execute_ms = random_.between(0, settings_.most_execute_ms);
    node.flush_ms = random_.between(50, settings_.most_flush_ms);
    auto machine = std::make_unique<HashChain>(
        first, kEpochMs, [this](const std::string& text, v1::Epoch& next) { govern(text, next); });
    std::unique_ptr<Adversary> adversary;
    if (who < n && !adversaries[who].empty()) adversary = make_adversary(adversaries[who]);
    if (adversary) watcher_.byzantine(node.organisation);
    nodes_.push_back(
        std::make_unique<Node>(*this, std::move(node), std::move(machine), signers_[who], std::move(adversary)));
  };
  for (NodeNumber i = 0; i < n + settings_.standby; ++i) add(i);
  for (NodeNumber i = 0; i < n; ++i) {
    if (nodes_[i]->adversary() != nullptr && nodes_[i]->adversary()->runs_twice()) add(i);
  }
}

v1::Validator World::validator(NodeNumber number, std::uint64_t key) const {
  v1::Validator one;
  one.set_organisation(organisation_name(number));
  one.set_consensus_key(std::string(signers_[key]->public_key().encoded()));
  one.set_governance_key(std::string(34, 'g'));
  return one;
}

// "set abd heartbeat": these organisations, and another heartbeat.
void World::govern(const std::string& text, v1::Epoch& next) const {
  std::istringstream words(text);
  std::string word, organisations;
  std::int64_t heartbeat = 0;
  words >> word >> organisations >> heartbeat;
  next.mutable_set()->clear_validators();
  for (const char name : organisations) {
    const auto number = static_cast<NodeNumber>(name - 'a');
    *next.mutable_set()->add_validators() = validator(number, number);
  }
  if (heartbeat > 0) next.mutable_ordering()->set_heartbeat_ms(heartbeat);
}

void World::start_all() {
  for (auto& node : nodes_) node->start();
}

bool World::run_until(const std::function<bool()>& condition, SimulatedMs most_ms) {
  const SimulatedMs end = now() + most_ms;
  queue_.after(most_ms, [] {});  // so that time comes to the end
  while (!watcher_.failure()) {
    if (condition()) return true;
    if (queue_.empty() || queue_.next_time() > end) break;
    queue_.run_one();
  }
  return false;
}

void World::send(const Node& from, const std::string& to, const Packet& packet) {
  for (const auto& node : nodes_) {
    if (node->organisation() != to || node->number() == from.number()) continue;
    if (filter_ && !filter_(from, *node, packet)) continue;
    for (const SimulatedMs delay : network_.delays(from.number(), node->number(), random_)) {
      after(delay, [this, to_node = node.get(), by = from.organisation(), packet] {
        const auto* message = std::get_if<consensus::Message>(&packet);
        if (!settings_.wire || message == nullptr) return to_node->receive(by, packet);
        const std::string bytes = encode(consensus::to_wire(*message));
        v1::PeerMessage wire;
        JINSHI_ASSERT(wire.ParseFromString(bytes), "what was written is read");
        auto read = consensus::from_wire(wire);
        if (!read) return watcher_.fail("a message does not survive the wire: " + describe(*message));
        to_node->receive(by, std::move(*read));
      });
    }
  }
}

void World::trace(const Node& node, const std::string& text) const {
  if (!settings_.trace) return;
  const std::string twin = node.number() >= settings_.validators + settings_.standby ? "'" : "";
  std::printf("%7lld %s%s  %s\n", static_cast<long long>(now()), node.organisation().c_str(), twin.c_str(),
              text.c_str());
}

// --- clients ---

TransactionPtr World::submit_once(NodeNumber node, std::string text) {
  auto transaction = make_transaction(std::move(text));
  nodes_[node]->submit(transaction);
  return transaction;
}

TransactionPtr World::submit(NodeNumber node, std::string text) {
  auto transaction = submit_once(node, std::move(text));
  submitted_.push_back(transaction);
  retry(transaction);
  return transaction;
}

// A client who got no receipt asks another node.
void World::retry(const TransactionPtr& transaction) {
  after(random_.between(1500, 3000), [this, transaction] {
    for (const auto& node : nodes_) {
      if (node->is_honest() && is_certified(*transaction, node->number())) return;
    }
    nodes_[random_.below(settings_.validators)]->submit(transaction);
    retry(transaction);
  });
}

bool World::is_certified(const Transaction& transaction, NodeNumber node) const {
  // The machine knows what was executed; what is executed is decided, and certified with the next certificate.
  return nodes_[node]->machine().has(transaction.id) &&
         nodes_[node]->machine().certified() == nodes_[node]->machine().executed();
}

bool World::converged() const {
  std::optional<Height> height;
  for (const auto& node : nodes_) {
    if (!node->is_honest()) continue;
    if (!node->is_up()) return false;
    const Height certified = node->certified();
    if (certified != node->machine().executed() || (height && *height != certified)) return false;
    height = certified;
  }
  return true;
}

bool World::all_certified() const {
  return std::ranges::all_of(submitted_, [&](const auto& transaction) {
    return std::ranges::all_of(
        nodes_, [&](const auto& node) { return !node->is_honest() || node->machine().has(transaction->id); });
  });
}

void World::plan_clients() {
  for (std::size_t i = 0; i < settings_.transactions; ++i) {
    after(random_.between(0, settings_.transactions_end_ms), [this, i] {
      std::string text = "tx " + std::to_string(i);
      if (random_.chance(0.03)) text = "due " + std::to_string(random_.between(1, 5000)) + " " + std::to_string(i);
      submit(random_.below(settings_.validators), std::move(text));
    });
  }
  for (std::size_t i = 0; i < settings_.set_changes; ++i) {
    after(random_.between(0, settings_.transactions_end_ms), [this, i] {
      // Byzantine ones stay, so that no set has more than it can bear.
      std::string set;
      std::vector<NodeNumber> honest;
      for (NodeNumber one = 0; one < settings_.validators + settings_.standby; ++one) {
        if (nodes_[one]->is_honest()) {
          honest.push_back(one);
        } else {
          set += organisation_name(one);
        }
      }
      while (set.size() < settings_.validators && !honest.empty()) {
        const std::size_t at = random_.below(honest.size());
        set += organisation_name(honest[at]);
        honest.erase(honest.begin() + static_cast<std::ptrdiff_t>(at));
      }
      submit(random_.below(settings_.validators),
             "set " + set + " " + std::to_string(random_.between(800, 3000)) + " " + std::to_string(i));
    });
  }
}

// --- faults ---

void World::plan_faults() {
  if (!settings_.faults.crashes && !settings_.faults.partitions) return;
  after(random_.between(1, 2 * settings_.faults.every_ms), [this] {
    if (now() >= settings_.faults.end_ms) return;
    one_fault();
    plan_faults();
  });
}

void World::one_fault() {
  const NodeNumber who = random_.below(nodes_.size()), other = random_.below(nodes_.size());
  const bool crashes = settings_.faults.crashes && (!settings_.faults.partitions || random_.chance(0.5));
  if (crashes) {
    if (random_.chance(0.03)) {  // a power cut in the whole house
      for (auto& node : nodes_) node->crash();
    } else if (nodes_[who]->is_up()) {
      nodes_[who]->crash();
    } else {
      nodes_[who]->start();
    }
    for (auto& node : nodes_) {
      if (!node->is_up() && random_.chance(0.4)) node->start();
    }
    return;
  }
  switch (random_.below(6)) {
    case 0: {
      std::vector<std::vector<NodeNumber>> halves(2);
      for (NodeNumber i = 0; i < nodes_.size(); ++i) halves[random_.below(2)].push_back(i);
      network_.mend_all();
      network_.partition(halves);
      break;
    }
    case 1:
      for (NodeNumber i = 0; i < nodes_.size(); ++i) network_.cut_both(who, i);
      break;
    case 2:
      for (NodeNumber i = 0; i < nodes_.size(); ++i) network_.cut(i, who);  // hears nothing
      break;
    case 3:
      network_.cut(who, other);
      break;
    default:
      network_.mend_all();
  }
  if (settings_.trace) std::printf("%7lld    links change\n", static_cast<long long>(now()));
}

void World::mend() {
  network_.mend_all();
  network_.settings() = {};
  start_all();
}

std::optional<std::string> World::run() {
  start_all();
  plan_clients();
  plan_faults();
  const SimulatedMs calm_from = std::max(settings_.faults.end_ms, settings_.transactions_end_ms);
  run_for(settings_.faults.end_ms);
  mend();
  run_for(calm_from - now());
  const bool done = run_until([this] { return all_certified() && converged(); }, settings_.bound_ms);
  if (!done && !watcher_.failure()) {
    std::string where = "what waits was not certified in time, or the nodes stand apart:";
    for (const auto& node : nodes_) {
      where += " " + node->organisation() + (node->is_honest() ? "" : "*") + "=" + std::to_string(node->certified()) +
               "/" + std::to_string(node->machine().executed());
      if (node->is_up()) where += " view " + std::to_string(node->replica().ballot().view);
    }
    watcher_.fail(where);
  }
  return watcher_.failure();
}

}  // namespace jinshi::simulation
