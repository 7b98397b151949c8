// Four validators and an audit node in one process, connected without a socket.
#include <spdlog/sinks/null_sink.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <future>
#include <map>
#include <thread>

#include "in_process_links.h"
#include "ledger/crypto/key_file.h"
#include "node/validator.h"
#include "node_world.h"

namespace jinshi::node {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAudit = "audit";

const Log& no_log() {
  static const Log log(LogLevel::kError, LogFormat::kText, std::make_shared<spdlog::sinks::null_sink_mt>());
  return log;
}

Config config_of(const std::filesystem::path& folder, const std::string& name) {
  const bool audit = name == kAudit;
  std::string text = "[node]\ndata = '" + name + "'\ngenesis = 'genesis.bin'\nthreads = 1\norganisation = '" +
                     (audit ? validator_name(1) : name) + "'\n";
  text += audit ? "role = 'audit'\n" : "consensus_key = '" + name + ".pem'\n";
  text += "[client]\ncertificate = 'tls.pem'\nkey = 'tls.key'\n";
  if (!audit) text += "[peer]\nlisten = '127.0.0.1:7403'\n";
  for (int number = 1; number <= kValidators; ++number) {
    const std::string peer = validator_name(number);
    if (peer != name) text += "[[peers]]\norganisation = '" + peer + "'\naddress = '" + peer + ":7403'\n";
  }
  const auto config = parse_config(text, folder / "node.toml");
  if (!config) FAIL(config.error().message);
  return *config;
}

std::vector<std::string> everyone() {
  std::vector<std::string> names{kAudit};
  for (int number = 1; number <= kValidators; ++number) names.push_back(validator_name(number));
  return names;
}

// Made once: each network begins as its copy.
const TemporaryFolder& new_network() {
  static const TemporaryFolder folder;
  static const bool made = [] {
    std::ofstream(folder / "genesis.bin", std::ios::binary) << genesis_of_four(NetworkClock::system_now() - 1000);
    for (int number = 1; number <= kValidators; ++number) {
      REQUIRE(crypto::write_key_file(folder / (validator_name(number) + ".pem"),
                                     numbered_key(key_of_validator(number, kConsensusKey)), ""));
    }
    for (const auto& name : everyone()) {
      const auto initialised = initialise(config_of(folder / "", name), std::nullopt);
      if (!initialised) FAIL(initialised.error().message);
    }
    return true;
  }();
  REQUIRE(made);
  return folder;
}

class Network {
 public:
  explicit Network(bool with_audit = false) {
    std::filesystem::copy(new_network() / "", folder_ / "",
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    for (const auto& name : everyone()) {
      if (name != kAudit || with_audit) start(name);
    }
  }
  ~Network() {
    for (const auto& name : everyone()) {
      if (nodes_.contains(name)) stop(name);
    }
    CHECK(failures_ == 0);
  }

  void start(const std::string& name) {
    auto opened = Validator::open(config_of(folder_ / "", name), no_log(),
                                  [&](const Config&, PeerBook&, const Log&) { return hub_.links(name); });
    if (!opened) FAIL(opened.error().message);
    (*opened)->on_head([this](const ledger::Head&) { changed_.notify_all(); });
    (*opened)->on_failure([this](const Error&) { ++failures_; });
    hub_.serve(name, **opened);
    (*opened)->start();
    nodes_[name] = std::move(*opened);
  }
  // In the order of main.cpp.
  void stop(const std::string& name) {
    Validator& node = *nodes_.at(name);
    node.stop_taking();
    hub_.leave(name);
    CHECK(node.stop());
    nodes_.erase(name);
  }

  InProcessHub& hub() { return hub_; }
  Validator& node(const std::string& name) { return *nodes_.at(name); }
  Validator& node(int number) { return node(validator_name(number)); }
  Height height(const std::string& name) { return node(name).ledger().head().height; }
  std::filesystem::path vote_log(int number) {
    return config_of(folder_ / "", validator_name(number)).vote_log_directory();
  }

  using Answer = std::future<Submissions::Answer>;
  Answer submit(const std::string& at) {
    const int nonce = ++nonce_;
    const auto answer = std::make_shared<std::promise<Submissions::Answer>>();
    Validator& to = node(at);
    const auto bytes = transaction_bytes({.chain_id = to.ledger().chain_id(),
                                          .nonce = nonce,
                                          .expires_at = to.clock().now() + 120'000,
                                          .keys = {key_of_validator(1, kFirstKey)},
                                          .organisation = validator_name(1)});
    to.submissions().submit(bytes, "client", Submissions::Until::kOutcome,
                            [answer](Submissions::Answer given) { answer->set_value(std::move(given)); });
    return answer->get_future();
  }
  Answer submit(int number) { return submit(validator_name(number)); }
  Height receipt(Answer answer) {
    REQUIRE(answer.wait_for(60s) == std::future_status::ready);
    const auto given = answer.get();
    if (!given) FAIL(given.error().message);
    CHECK(given->status() == v1::SUBMIT_STATUS_RECEIPT);
    CHECK(given->outcome() == v1::TRANSACTION_OUTCOME_ACCEPTED);
    return given->height();
  }

  template <class Condition>
  void wait_until(const std::string& what, Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    std::unique_lock lock(mutex_);
    while (!condition()) {
      INFO(what);
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      changed_.wait_for(lock, 20ms);  // not all that is waited for comes with a head
    }
  }
  void wait_for_height(Height wanted) {
    for (const auto& [name, node] : nodes_) {
      wait_until(name + " reaches height " + std::to_string(wanted),
                 [&, at = node.get()] { return at->ledger().head().height >= wanted; });
    }
  }
  // Every block's header up to where the last one is, byte for byte. Which of them have a certificate of their own may
  // differ.
  void check_all_agree() {
    const auto first = headers(nodes_.begin()->first);
    for (const auto& [name, node] : nodes_) {
      const auto others = headers(name);
      for (std::size_t i = 0; i < std::min(first.size(), others.size()); ++i) {
        v1::Header ours, theirs;
        ours.ParseFromString(first[i]);
        theirs.ParseFromString(others[i]);
        INFO(ours.ShortDebugString());
        INFO(theirs.ShortDebugString());
        if (others[i] != first[i]) FAIL(name + " differs at height " + std::to_string(i + 1));
      }
    }
  }
  std::string voting(int number) { return node(number).status().voting(); }

 private:
  // From height 1 on.
  std::vector<std::string> headers(const std::string& name) {
    const Height certified = height(name);
    std::vector<std::string> found;
    while (found.size() < certified) {
      v1::FetchBlocksRequest request;
      request.set_from(found.size() + 1);
      const auto answer = node(name).blocks(request);
      REQUIRE(answer);
      REQUIRE(answer->blocks_size() > 0);
      for (const auto& block : answer->blocks()) found.push_back(block.header());
    }
    return found;
  }

  TemporaryFolder folder_;
  InProcessHub hub_{2};
  std::mutex mutex_;  // of the wait only
  std::condition_variable changed_;
  std::atomic<int> failures_ = 0;
  int nonce_ = 0;
  std::map<std::string, std::unique_ptr<Validator>> nodes_;
};

}  // namespace

TEST_CASE("four validators agree on every block, and a transaction gets its receipt wherever it is submitted") {
  Network network;
  std::vector<Network::Answer> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(network.submit(1 + i % kValidators));
  Height highest = 0;
  for (auto& answer : answers) highest = std::max(highest, network.receipt(std::move(answer)));
  network.wait_for_height(highest + 1);  // idle, a heartbeat makes the next
  network.check_all_agree();
  for (int number = 1; number <= kValidators; ++number) {
    const auto status = network.node(number).status();
    CHECK(status.voting() == "voting");
    CHECK(status.evidence().empty());
    CHECK(status.peers_size() == kValidators - 1);
    CHECK_FALSE(network.node(number).diagnosis().stalled);
    network.wait_until("nothing is left in the pool",
                       [&] { return network.node(number).pool().sizes().transactions == 0; });
  }
}

TEST_CASE("who was cut off catches up once it is heard again, and orders with the others") {
  Network network;
  network.receipt(network.submit(4));
  network.hub().cut_off(validator_name(4));
  const Height before = network.height(validator_name(4));
  Height highest = 0;
  for (int i = 0; i < 6; ++i) highest = std::max(highest, network.receipt(network.submit(1 + i % 3)));
  CHECK(highest > before);
  CHECK(network.height(validator_name(4)) < highest);
  network.hub().mend_all();
  network.wait_for_height(highest);
  network.check_all_agree();
  network.receipt(network.submit(4));
}

TEST_CASE("what a slow link holds back is made good, and comes late without harm") {
  Network network;
  network.receipt(network.submit(1));
  const std::string from = network.node(2).status().leader();
  const std::string to = validator_name(from == validator_name(3) ? 2 : 3);
  network.hub().hold(from, to);
  Height highest = 0;
  for (int i = 0; i < 4; ++i) highest = std::max(highest, network.receipt(network.submit(from)));
  network.wait_for_height(highest);
  network.hub().release(from, to);
  network.wait_for_height(network.receipt(network.submit(to)));
  network.check_all_agree();
  for (int number = 1; number <= kValidators; ++number) CHECK(network.node(number).status().evidence().empty());
}

TEST_CASE("without its leader the rest goes on in a later view, and the leader comes back from its directory") {
  Network network;
  network.receipt(network.submit(2));
  const std::string leader = network.node(1).status().leader();
  const std::string other = leader == validator_name(1) ? validator_name(2) : validator_name(1);
  network.stop(leader);
  network.receipt(network.submit(other));
  CHECK(network.node(other).status().view() > 0);
  const Height highest = network.receipt(network.submit(other));
  network.start(leader);
  network.wait_for_height(highest);
  network.wait_until("the old leader votes again", [&] { return network.node(leader).status().voting() == "voting"; });
  network.wait_for_height(network.receipt(network.submit(leader)));
  network.check_all_agree();
}

TEST_CASE("when all stop and start again, the network goes on where it was") {
  Network network;
  const Height before = network.receipt(network.submit(3));
  for (int number = 1; number <= kValidators; ++number) network.stop(validator_name(number));
  for (int number = 1; number <= kValidators; ++number) network.start(validator_name(number));
  for (int number = 1; number <= kValidators; ++number) CHECK(network.height(validator_name(number)) + 1 >= before);
  const Height after = network.receipt(network.submit(3));
  CHECK(after > before);
  network.wait_for_height(after);
  network.check_all_agree();
}

TEST_CASE("a flood of what a peer should never send is dropped and let go, and blocks go on") {
  Network network;
  network.receipt(network.submit(1));
  const auto hold = std::make_shared<int>(0);
  std::vector<std::string> flood{std::string(1000, '\xff'), ""};
  v1::PeerMessage message;
  auto& proposal = *message.mutable_pre_prepare();
  proposal.set_height(network.height(validator_name(1)) + 1);
  proposal.set_batch("no batch");
  proposal.set_signature(std::string(64, 'x'));
  flood.push_back(message.SerializeAsString());
  auto& vote = *message.mutable_prepare();
  vote.set_height(network.height(validator_name(1)) + 1);
  vote.set_digest(std::string(32, 'd'));
  vote.set_signature(std::string(64, 'x'));
  flood.push_back(message.SerializeAsString());
  message.mutable_certified()->set_header("no header");
  flood.push_back(message.SerializeAsString());
  for (int i = 0; i < 100; ++i) message.mutable_transactions()->add_transactions(std::string(200, static_cast<char>(i)));
  flood.push_back(message.SerializeAsString());
  std::thread sender([&] {
    for (int i = 0; i < 500; ++i) {
      for (const auto& bytes : flood) network.node(1).received(validator_name(2), bytes, hold);
    }
  });
  const Height during = network.receipt(network.submit(1));
  sender.join();
  network.wait_until("nothing of the flood is held", [&] { return hold.use_count() == 1; });
  CHECK(network.receipt(network.submit(1)) >= during);
  network.check_all_agree();
  CHECK(network.node(1).status().evidence().empty());
  network.wait_until("nothing of the flood is in the pool",
                     [&] { return network.node(1).pool().sizes().transactions == 0; });
}

TEST_CASE("an audit node follows what is certified, checks it, and takes no writes") {
  Network network(true);
  Height highest = 0;
  for (int i = 0; i < 5; ++i) highest = std::max(highest, network.receipt(network.submit(1 + i % kValidators)));
  network.wait_for_height(highest);
  network.check_all_agree();
  CHECK(network.node(kAudit).status().voting().starts_with("audit"));
  auto refused = network.submit(kAudit);
  REQUIRE(refused.wait_for(10s) == std::future_status::ready);
  const auto answer = refused.get();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().reason == v1::REASON_NOT_WRITABLE);

  // It starts again in the middle of the chain, and follows from there.
  network.stop(kAudit);
  highest = network.receipt(network.submit(2));
  network.start(kAudit);
  network.wait_for_height(highest);
  network.check_all_agree();
}

TEST_CASE("a validator without its vote log follows, and signs nothing any more") {
  Network network;
  const Height before = network.receipt(network.submit(4));
  network.wait_for_height(before);
  network.stop(validator_name(4));
  std::filesystem::remove_all(network.vote_log(4));
  network.start(validator_name(4));
  Height highest = 0;
  for (int i = 0; i < 4; ++i) highest = network.receipt(network.submit(1 + i));
  network.wait_for_height(highest);
  network.check_all_agree();
  CHECK(network.voting(4).starts_with("following"));
  const auto certified = network.node(1).ledger().head().certificate;
  CHECK(certified.signatures_size() == kValidators - 1);
  for (const auto& one : certified.signatures()) CHECK(one.validator() != kValidators - 1);
  // Its votes are missed, so it takes all others: without one of them nothing is certified, and nothing splits.
  CHECK(network.voting(1) == "voting");
}

}  // namespace jinshi::node
