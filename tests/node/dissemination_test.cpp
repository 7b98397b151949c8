#include "node/pool/dissemination.h"

#include <catch2/catch.hpp>
#include <deque>

#include "node_world.h"

namespace jinshi::node {
namespace {

class FakeLinks : public PeerLinks {
 public:
  void send(const std::string& organisation, std::shared_ptr<const std::string> message) override {
    sent.emplace_back(organisation, std::move(message));
  }
  void fetch_blocks(const std::string&, const v1::FetchBlocksRequest&, Done<v1::FetchBlocksResponse>) override {}
  void fetch_payload(const std::string&, const v1::FetchPayloadRequest&, Done<v1::FetchPayloadResponse>) override {}
  void get_head(const std::string&, Done<v1::GetHeadResponse>) override {}
  bool connected(const std::string&) const override { return true; }

  std::vector<std::pair<std::string, std::shared_ptr<const std::string>>> sent;
};

// One node among "b", "c" and "d". Checks run when the test says so.
struct Node {
  explicit Node(Pool::Limits limits = {}) : pool(limits) { passing.set_validators({"b", "c", "d"}); }

  SteadyMs now = 1'000'000;
  Pool pool;
  FakeLinks links;
  std::deque<std::function<void()>> checks;
  std::set<Digest> executed;
  std::optional<SteadyMs> wake_at;
  int told = 0;
  Dissemination passing{{pool, links, Digest{}, [this](const Digest& id) { return executed.contains(id); },
                         [this](std::function<void()> check) { checks.push_back(std::move(check)); },
                         [this] { ++told; }, [this](SteadyMs at) { wake_at = at; }, [this] { return now; }}};

  ledger::TransactionPtr client_brings(int nonce, std::size_t operations = 1) {
    auto made = transaction({.nonce = nonce, .expires_at = 1000, .operations = operations});
    auto room = pool.reserve("client", made->bytes().size());
    REQUIRE(room);
    REQUIRE(pool.add(std::move(*room), made).value());
    passing.accepted(made, now);
    return made;
  }
  void receive(const std::vector<std::string>& transactions, const std::string& from = "b") {
    v1::Transactions message;
    for (const auto& bytes : transactions) message.add_transactions(bytes);
    passing.received(from, message);
  }
  void run_checks() {
    while (!checks.empty()) {
      const auto check = std::move(checks.front());
      checks.pop_front();
      check();
    }
  }
  // As the node's timer would, until then.
  void pass_time(SteadyMs until) {
    while (wake_at && *wake_at <= until) {
      now = std::max(now, *std::exchange(wake_at, std::nullopt));
      passing.tick(now);
    }
    now = until;
  }
  // What "b" got since it was asked last; the others got the same.
  std::vector<std::vector<std::string>> messages() {
    std::vector<std::vector<std::string>> to_b;
    REQUIRE(links.sent.size() % 3 == 0);
    for (std::size_t i = 0; i < links.sent.size(); i += 3) {
      CHECK(links.sent[i].first == "b");
      CHECK(links.sent[i + 1].first == "c");
      CHECK(links.sent[i + 2].first == "d");
      CHECK(links.sent[i].second == links.sent[i + 2].second);
      v1::PeerMessage message;
      REQUIRE(message.ParseFromString(*links.sent[i].second));
      to_b.emplace_back(message.transactions().transactions().begin(), message.transactions().transactions().end());
    }
    links.sent.clear();
    return to_b;
  }
};

using Messages = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("a client's transaction goes to every validator at once, and those right behind it share a message") {
  Node node;
  const auto first = node.client_brings(1);
  CHECK(node.messages() == Messages{{first->bytes()}});
  node.now += 1;
  const auto second = node.client_brings(2), third = node.client_brings(3);
  CHECK(node.messages().empty());
  node.pass_time(node.now + kPassOnPauseMs);
  CHECK(node.messages() == Messages{{second->bytes(), third->bytes()}});
  node.now += kPassOnPauseMs;
  const auto fourth = node.client_brings(4);
  CHECK(node.messages() == Messages{{fourth->bytes()}});
}

TEST_CASE("a message of transactions stays small, and what fills one does not wait") {
  Node node;
  node.client_brings(0);
  node.messages();
  std::vector<ledger::TransactionPtr> brought;
  for (int i = 1; i <= 9; ++i) brought.push_back(node.client_brings(i, 1000));
  REQUIRE(brought[0]->bytes().size() * 8 > kPassOnBytes);
  CHECK_FALSE(node.links.sent.empty());
  node.pass_time(node.now + kPassOnPauseMs);
  std::size_t seen = 0;
  for (const auto& message : node.messages()) {
    std::size_t bytes = 0;
    for (const auto& one : message) {
      CHECK(one == brought[seen++]->bytes());
      bytes += one.size();
    }
    CHECK((bytes <= kPassOnBytes || message.size() == 1));
  }
  CHECK(seen == 9);
}

TEST_CASE("while it waits a transaction is passed on again, less and less often") {
  Node node;
  const SteadyMs begin = node.now;
  const auto brought = node.client_brings(1);
  node.messages();
  for (const SteadyMs at : {1000, 3000, 7000, 15'000, 31'000, 61'000, 91'000}) {
    node.pass_time(begin + at - 1);
    CHECK(node.messages().empty());
    node.pass_time(begin + at);
    CHECK(node.messages() == Messages{{brought->bytes()}});
  }
}

TEST_CASE("what a batch lists is passed on no more, unless the batch is void") {
  Node node;
  const auto brought = node.client_brings(1);
  node.messages();
  const Digest batch{{1}};
  node.pool.listed(batch, {brought});
  node.pass_time(node.now + 10'000);
  CHECK(node.messages().empty());
  node.pool.unlisted(batch);
  node.pass_time(node.now + 1000);
  CHECK(node.messages() == Messages{{brought->bytes()}});
  node.pool.certified({brought});
  node.pass_time(node.now + 100'000);
  CHECK(node.messages().empty());
  CHECK_FALSE(node.wake_at);
}

TEST_CASE("passing on again is spread over time") {
  Node node;
  std::size_t bytes = 0;
  int count = 0;
  while (bytes < 3 * kPassOnAgainBytes) bytes += node.client_brings(count++, 1000)->bytes().size();
  node.pass_time(node.now + kPassOnPauseMs);
  node.messages();
  const SteadyMs due = node.now + kPassOnAgainMs;
  node.pass_time(due);
  std::size_t at_once = 0;
  for (const auto& message : node.messages()) {
    for (const auto& one : message) at_once += one.size();
  }
  CHECK(at_once >= kPassOnAgainBytes);
  CHECK(at_once < kPassOnAgainBytes + ledger::kMaxTransactionBytes);
  node.pass_time(due + 3 * kPassOnAgainPauseMs);
  CHECK(node.passing.counts().passed_on == 2 * static_cast<std::uint64_t>(count));
}

TEST_CASE("what a validator passes on is checked, kept, and not passed on at once") {
  Node node;
  const auto made = transaction({.nonce = 1, .expires_at = 1000});
  node.receive({made->bytes()});
  CHECK_FALSE(node.pool.something_waits());
  node.run_checks();
  CHECK(node.told == 1);
  REQUIRE(node.pool.payload(made->envelope()));
  CHECK(node.messages().empty());
  node.pass_time(node.now + kPassOnAgainReceivedMs - 1);
  CHECK(node.messages().empty());
  node.pass_time(node.now + 1);
  CHECK(node.messages() == Messages{{made->bytes()}});
}

TEST_CASE("before suspicion all that waits is passed on") {
  Node node;
  const auto made = transaction({.nonce = 1, .expires_at = 1000});
  node.receive({made->bytes()});
  node.run_checks();
  const auto own = node.client_brings(2);
  node.messages();
  node.passing.pass_on_all(node.now);
  CHECK(node.messages() == Messages{{made->bytes(), own->bytes()}});
}

TEST_CASE("what is held, executed or being checked is known without a second check of its signatures") {
  Node node;
  const auto made = transaction({.nonce = 1, .expires_at = 1000});
  node.receive({made->bytes()}, "b");
  node.run_checks();
  // Known by its envelope though its operations are others: the check would refuse it.
  v1::SignedTransaction altered = made->signed_parts();
  altered.set_operations(0, "other");
  node.receive({made->bytes(), altered.SerializeAsString()}, "c");
  node.run_checks();
  CHECK(node.passing.counts().known == 2);
  CHECK(node.passing.counts().invalid == 0);
  const auto executed = transaction({.nonce = 2, .expires_at = 1000});
  node.executed.insert(executed->id());
  node.receive({executed->bytes()});
  node.run_checks();
  CHECK(node.passing.counts().known == 3);
  CHECK(node.pool.sizes().transactions == 1);
  CHECK(node.told == 1);
}

TEST_CASE("what no check lets pass is dropped, and gives its room back") {
  Node node;
  v1::SignedTransaction altered = transaction({.nonce = 1, .expires_at = 1000})->signed_parts();
  altered.set_signatures(0, std::string(64, 'x'));
  const auto other_chain = transaction({.chain_id = Digest{{1}}, .nonce = 2, .expires_at = 1000});
  node.receive({altered.SerializeAsString(), "no transaction", "", other_chain->bytes(),
                std::string(ledger::kMaxTransactionBytes + 1, 'x')});
  CHECK(node.pool.sizes().transactions == 4);
  node.run_checks();
  CHECK(node.passing.counts().invalid == 5);
  CHECK(node.passing.counts().received == 5);
  CHECK(node.pool.sizes().transactions == 0);
  CHECK(node.pool.sizes().bytes == 0);
}

TEST_CASE("one validator fills its own share only, from the moment its bytes arrive") {
  Node node({.transactions = 10, .validator_percent = 20});
  const auto bytes = [](int nonce) { return transaction_bytes({.nonce = nonce, .expires_at = 1000}); };
  node.receive({bytes(1), bytes(2), bytes(3)}, "b");
  CHECK(node.passing.counts().no_room == 1);
  node.receive({bytes(4)}, "c");
  CHECK(node.passing.counts().no_room == 1);
  node.run_checks();
  CHECK(node.pool.sizes().waiting == 3);
  node.client_brings(5);
}

}  // namespace jinshi::node
