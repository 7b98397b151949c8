#include "node/validator.h"

#include <spdlog/sinks/null_sink.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "ledger/crypto/key_file.h"
#include "ledger/crypto/secret_file.h"
#include "node_world.h"

namespace jinshi::node {
namespace {

using namespace std::chrono_literals;

const Log& no_log() {
  static const Log log(LogLevel::kError, LogFormat::kText, std::make_shared<spdlog::sinks::null_sink_mt>());
  return log;
}

// A started validator on a real ledger in a folder that goes away.
class Running {
 public:
  explicit Running(bool started = true) : config_(config_in(folder_)) {
    const auto made = initialise(config_, TimeMs{1'700'000'100'000});
    if (!made) FAIL(made.error().message);
    open(started);
  }
  void open(bool started = true) {
    auto opened = Validator::open(config_, no_log());
    if (!opened) FAIL(opened.error().message);
    node_ = std::move(*opened);
    if (started) node_->start();
  }
  void restart() {
    CHECK(node_->stop());
    node_.reset();
    open();
  }

  Validator& node() { return *node_; }
  std::string bytes(int nonce, std::int64_t lives_ms = 60'000) {
    return transaction_bytes(
        {.chain_id = node_->ledger().chain_id(), .nonce = nonce, .expires_at = node_->clock().now() + lives_ms});
  }
  Submissions::Answer submit(std::string transaction, Submissions::Until until = Submissions::Until::kOutcome) {
    std::promise<Submissions::Answer> answer;
    node_->submissions().submit(std::move(transaction), "test", until,
                                [&answer](Submissions::Answer given) { answer.set_value(std::move(given)); });
    auto future = answer.get_future();
    REQUIRE(future.wait_for(20s) == std::future_status::ready);
    return future.get();
  }

 private:
  TemporaryFolder folder_;
  Config config_;
  std::unique_ptr<Validator> node_;
};

}  // namespace

TEST_CASE("a transaction becomes a receipt, and the same bytes the same receipt") {
  Running running;
  const std::string bytes = running.bytes(1);
  const auto first = running.submit(bytes);
  REQUIRE(first);
  CHECK(first->status() == v1::SUBMIT_STATUS_RECEIPT);
  CHECK(first->outcome() == v1::TRANSACTION_OUTCOME_ACCEPTED);
  CHECK(first->results_size() == 1);
  CHECK_FALSE(first->receipt().empty());
  const auto again = running.submit(bytes);
  REQUIRE(again);
  CHECK(again->status() == v1::SUBMIT_STATUS_RECEIPT);
  CHECK(again->height() == first->height());
  CHECK(running.node().pool().sizes().transactions == 0);
}

TEST_CASE("an id that the ledger holds under other signatures is a replay, with its height") {
  Running running;
  const std::string bytes = running.bytes(1);
  const auto first = running.submit(bytes);
  REQUIRE(first);
  const auto other = running.submit(with_other_signature(bytes));
  REQUIRE(other);
  CHECK(other->status() == v1::SUBMIT_STATUS_NOT_TAKEN);
  CHECK(other->refusal().reason() == v1::REASON_REPLAYED);
  CHECK(other->height() == first->height());
}

TEST_CASE("bytes that are no transaction of this chain are an error, and never reach the pool") {
  Running running;
  const auto garbage = running.submit("\x0a\x7f cut short");
  REQUIRE_FALSE(garbage);
  CHECK(garbage.error().reason == v1::REASON_MALFORMED);
  const auto elsewhere = running.submit(transaction_bytes({.nonce = 1, .expires_at = 5}));
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().reason == v1::REASON_WRONG_CHAIN);
  const auto large = running.submit(std::string(ledger::kMaxTransactionBytes + 1, 'x'));
  REQUIRE_FALSE(large);
  CHECK(large.error().reason == v1::REASON_TOO_LARGE);
  CHECK(running.node().pool().sizes().transactions == 0);
  CHECK(running.node().pool().sizes().bytes == 0);
}

TEST_CASE("what the forecast refuses is not taken, and says which field and why") {
  Running running;
  const auto stranger = running.submit(transaction_bytes({.chain_id = running.node().ledger().chain_id(),
                                                          .nonce = 1,
                                                          .expires_at = running.node().clock().now() + 60'000,
                                                          .keys = {kStrangersKey}}));
  REQUIRE(stranger);
  CHECK(stranger->status() == v1::SUBMIT_STATUS_NOT_TAKEN);
  CHECK(stranger->refusal().reason() == v1::REASON_UNKNOWN_KEY);
  CHECK_FALSE(stranger->refusal().message().empty());
  const auto far = running.submit(running.bytes(2, 10LL * 24 * 3'600'000));
  REQUIRE(far);
  CHECK(far->refusal().reason() == v1::REASON_EXPIRY_TOO_FAR);
}

TEST_CASE("past its time by certified time, an absent transaction is expired for good") {
  Running running;
  const std::string late = running.bytes(1, 1000);
  REQUIRE(running.node().move_clock(running.node().clock().now() + 5000));
  const auto early = running.submit(late);
  REQUIRE(early);
  // Until a block is certified after that time, only this node's forecast speaks.
  CHECK((early->status() == v1::SUBMIT_STATUS_NOT_TAKEN || early->status() == v1::SUBMIT_STATUS_EXPIRED));
  REQUIRE(running.submit(running.bytes(2)).has_value());
  const auto final = running.submit(late);
  REQUIRE(final);
  CHECK(final->status() == v1::SUBMIT_STATUS_EXPIRED);
}

TEST_CASE("after a restart the head is the same and a replayed transaction answers with its receipt") {
  Running running;
  const std::string bytes = running.bytes(1);
  const auto first = running.submit(bytes);
  REQUIRE(first);
  const auto head = running.node().ledger().head();
  const TimeMs clock = running.node().clock().now();
  running.restart();
  CHECK(running.node().ledger().head().height >= head.height);
  CHECK(running.node().clock().now() >= clock);
  const auto again = running.submit(bytes);
  REQUIRE(again);
  CHECK(again->height() == first->height());
  CHECK(again->results_size() == first->results_size());
}

TEST_CASE("four threads submit at once, and each transaction gets its own place") {
  Running running;
  constexpr int kThreads = 4, kEach = 40;
  std::mutex mutex;
  std::set<std::string> ids;
  std::atomic<int> receipts = 0, queued = 0, failures = 0;
  std::vector<std::string> bytes;
  for (int i = 0; i < kThreads * kEach; ++i) bytes.push_back(running.bytes(i));
  std::vector<std::thread> threads;
  std::atomic<int> open = 0;
  std::promise<void> all_answered;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const auto until = i % 8 == 7 ? Submissions::Until::kQueued : Submissions::Until::kOutcome;
        running.node().submissions().submit(bytes[static_cast<std::size_t>(thread * kEach + i)], "client", until,
                                            [&](Submissions::Answer answer) {
                                              if (answer) {
                                                const std::scoped_lock lock(mutex);
                                                ids.insert(answer->id());
                                                if (answer->status() == v1::SUBMIT_STATUS_RECEIPT) ++receipts;
                                                if (answer->status() == v1::SUBMIT_STATUS_QUEUED) ++queued;
                                              }
                                              if (++open == kThreads * kEach) all_answered.set_value();
                                            });
        if (i % 10 == 0) {
          // Catch's own assertions are of one thread.
          if (running.node().status().condition().empty()) ++failures;
          if (running.node().metrics().text().empty()) ++failures;
          if (!running.node().ledger().statistics()) ++failures;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(all_answered.get_future().wait_for(60s) == std::future_status::ready);
  CHECK(failures == 0);
  CHECK(ids.size() == kThreads * kEach);
  CHECK(queued == kThreads * kEach / 8);
  CHECK(receipts == kThreads * kEach - queued);
}

TEST_CASE("a stop answers everyone who waits, and whoever comes after it") {
  Running running;
  std::atomic<int> answered = 0;
  std::vector<std::string> bytes;
  for (int i = 0; i < 20; ++i) bytes.push_back(running.bytes(i));
  for (auto& one : bytes) {
    running.node().submissions().submit(one, "client", Submissions::Until::kOutcome,
                                        [&](Submissions::Answer) { ++answered; });
  }
  running.node().stop_taking();
  CHECK(running.node().stop());
  CHECK(answered == 20);
  const auto late = running.submit(bytes[0]);
  REQUIRE_FALSE(late);
  CHECK(late.error().reason == v1::REASON_STOPPING);
}

TEST_CASE("a caller whose patience ends hears that it is queued, and one who gave up is not answered") {
  Running running(false);  // nothing is ordered, so both wait
  std::optional<Submissions::Answer> patient;
  std::atomic<bool> gone_called = false;
  const std::string bytes = running.bytes(1);
  const Digest id = ledger::check_transaction(bytes, running.node().ledger().chain_id()).value()->id();
  auto& submissions = running.node().submissions();
  const auto waits = submissions.submit(bytes, "client", Submissions::Until::kOutcome,
                                        [&](Submissions::Answer answer) { patient = std::move(answer); });
  while (!running.node().pool().find(id)) std::this_thread::yield();
  const auto gone = submissions.submit(bytes, "client", Submissions::Until::kOutcome,
                                       [&](Submissions::Answer) { gone_called = true; });
  submissions.forget(gone);
  submissions.answer_now(waits);
  REQUIRE(patient.has_value());
  REQUIRE(patient->has_value());
  CHECK((*patient)->status() == v1::SUBMIT_STATUS_QUEUED);
  CHECK((*patient)->id() == id.string());
  running.node().stop();
  CHECK_FALSE(gone_called);
}

TEST_CASE("a node refuses to start with another's key, another chain's genesis, or no ledger") {
  const TemporaryFolder folder;
  Config config = config_in(folder);
  const auto nothing = Validator::open(config, no_log());
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message.find("--init") != std::string::npos);
  REQUIRE(initialise(config, std::nullopt));
  CHECK_FALSE(initialise(config, std::nullopt));

  Config stranger = config;
  stranger.node.consensus_key = folder / "stranger.pem";
  REQUIRE(crypto::write_key_file(stranger.node.consensus_key, numbered_key(kStrangersKey), ""));
  const auto wrong_key = Validator::open(stranger, no_log());
  REQUIRE_FALSE(wrong_key);
  CHECK(wrong_key.error().message.find("node.consensus_key") != std::string::npos);

  Config other_purpose = config;
  other_purpose.node.consensus_key = folder / "transactions.pem";
  REQUIRE(crypto::write_key_file(other_purpose.node.consensus_key, numbered_key(kFirstKey), ""));
  const auto wrong_purpose = Validator::open(other_purpose, no_log());
  REQUIRE_FALSE(wrong_purpose);
  CHECK(wrong_purpose.error().message.find("another purpose") != std::string::npos);

  Config other_name = config;
  other_name.node.organisation = "centre-b";
  const auto wrong_name = Validator::open(other_name, no_log());
  REQUIRE_FALSE(wrong_name);
  CHECK(wrong_name.error().message.find("node.organisation") != std::string::npos);

  Config other_chain = config;
  other_chain.node.genesis = folder / "other.bin";
  std::ofstream(other_chain.node.genesis, std::ios::binary) << genesis_bytes(1'700'000'000'001);
  const auto wrong_chain = Validator::open(other_chain, no_log());
  REQUIRE_FALSE(wrong_chain);
  CHECK(wrong_chain.error().reason == v1::REASON_WRONG_CHAIN);
}

TEST_CASE("an encrypted key's passphrase comes from a file or from the environment") {
  const TemporaryFolder folder;
  Config config = config_in(folder);
  REQUIRE(initialise(config, std::nullopt));
  config.node.consensus_key = folder / "encrypted.pem";
  REQUIRE(crypto::write_key_file(config.node.consensus_key, numbered_key(kConsensusKey), "correct horse"));
  CHECK_FALSE(Validator::open(config, no_log()));
  config.node.passphrase_file = folder / "passphrase";
  REQUIRE(crypto::write_secret_file(config.node.passphrase_file, "correct horse\n"));
  CHECK(Validator::open(config, no_log()));
  config.node.passphrase_file.clear();
  config.node.passphrase_variable = "JINSHI_NODE_TEST_PASSPHRASE";
  const auto unset = Validator::open(config, no_log());
  REQUIRE_FALSE(unset);
  CHECK(unset.error().message.find("JINSHI_NODE_TEST_PASSPHRASE") != std::string::npos);
  ::setenv("JINSHI_NODE_TEST_PASSPHRASE", "correct horse", 1);
  CHECK(Validator::open(config, no_log()));
  ::unsetenv("JINSHI_NODE_TEST_PASSPHRASE");
}

TEST_CASE("only a development network chooses when its clock begins") {
  Running running;
  CHECK(running.node().clock().now() >= 1'700'000'100'000);
  CHECK(running.node().clock().now() < 1'700'000'100'000 + 3'600'000);
}

}  // namespace jinshi::node
