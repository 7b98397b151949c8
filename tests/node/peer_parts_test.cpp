#include <catch2/catch.hpp>
#include <vector>

#include "in_process_links.h"
#include "node/peer/identity.h"
#include "node/peer/send_queue.h"

namespace jinshi::node {
namespace {

Digest digest(int number) {
  Digest digest;
  digest.bytes[0] = static_cast<std::uint8_t>(number);
  return digest;
}

v1::Key tls_key(int number, const std::string& organisation, TimeMs revoked_at = 0) {
  v1::Key key;
  key.set_key(digest(number).string());
  key.set_organisation(organisation);
  key.set_purpose(v1::KEY_PURPOSE_TLS);
  key.set_revoked_at(revoked_at);
  return key;
}

void name(v1::Epoch* epoch, std::uint64_t number, const std::vector<std::string>& organisations) {
  epoch->set_number(number);
  for (const auto& organisation : organisations) epoch->mutable_set()->add_validators()->set_organisation(organisation);
}

PeerBytes vote(std::size_t size) { return std::make_shared<const std::string>(size, '\x0a'); }
PeerBytes bulk(std::size_t size) { return std::make_shared<const std::string>(size, '\x5a'); }

class Recorder final : public PeerHandler {
 public:
  void received(const std::string& organisation, std::string message, Hold) override {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(organisation + ": " + message);
  }
  Result<v1::FetchBlocksResponse> blocks(const v1::FetchBlocksRequest& request) override {
    v1::FetchBlocksResponse response;
    response.set_certified(request.from());
    return response;
  }
  Result<v1::FetchPayloadResponse> payload(const v1::FetchPayloadRequest&) override {
    return fail(v1::REASON_UNKNOWN_RECORD, "not here");
  }
  v1::GetHeadResponse head() override { return {}; }
  std::vector<std::string> messages() {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> messages_;
};

PeerBytes text(const std::string& message) { return std::make_shared<const std::string>(message); }

}  // namespace

TEST_CASE("only a live TLS key on the ledger names an organisation") {
  PeerBook book;
  v1::Key consensus = tls_key(2, "a");
  consensus.set_purpose(v1::KEY_PURPOSE_CONSENSUS);
  const v1::Key keys[] = {tls_key(1, "a"), consensus, tls_key(3, "b", 1'700'000'000'000)};
  book.update(keys, {});
  CHECK(book.organisation_of(digest(1)) == "a");
  CHECK_FALSE(book.organisation_of(digest(2)));
  CHECK_FALSE(book.organisation_of(digest(3)));
  CHECK_FALSE(book.organisation_of(digest(4)));
}

TEST_CASE("a key that is revoked names nobody from then on, and a directory that was asked for stays as it was") {
  PeerBook book;
  const v1::Key live[] = {tls_key(1, "a")}, revoked[] = {tls_key(1, "a", 1)};
  book.update(live, {});
  const auto before = book.directory();
  book.update(revoked, {});
  CHECK_FALSE(book.organisation_of(digest(1)));
  CHECK(before->organisation_of(digest(1)) == "a");
}

TEST_CASE("validators are those of the set in force, the two to come, and the one before") {
  PeerBook book;
  v1::Epochs epochs;
  name(epochs.mutable_current(), 1, {"a", "b"});
  name(epochs.mutable_next(), 2, {"b", "c"});
  name(epochs.mutable_waiting(), 3, {"d"});
  book.update({}, epochs);
  CHECK(book.directory()->validators() == std::set<std::string>{"a", "b", "c", "d"});

  v1::Epochs later;
  name(later.mutable_current(), 2, {"b", "c"});
  book.update({}, later);
  CHECK(book.directory()->validators() == std::set<std::string>{"a", "b", "c"});

  v1::Epochs last;
  name(last.mutable_current(), 3, {"d"});
  book.update({}, last);
  CHECK(book.directory()->validators() == std::set<std::string>{"b", "c", "d"});
}

TEST_CASE("a node that starts is told the set before") {
  PeerBook book;
  v1::Epochs epochs;
  name(epochs.mutable_current(), 5, {"b"});
  book.update({}, epochs);
  CHECK_FALSE(book.is_validator("a"));
  v1::Epoch before;
  name(&before, 4, {"a"});
  book.previous_set(before.set());
  CHECK(book.is_validator("a"));
  book.update({}, epochs);
  CHECK(book.is_validator("a"));
}

TEST_CASE("transactions passed on are known by their first byte") {
  v1::PeerMessage message;
  message.mutable_transactions()->add_transactions("x");
  CHECK(is_bulk(message.SerializeAsString()));
  message.mutable_status();
  CHECK_FALSE(is_bulk(message.SerializeAsString()));
  CHECK_FALSE(is_bulk(""));
}

TEST_CASE("a vote overtakes every transaction that waits, and each lane keeps its order") {
  SendQueue queue({100, 10});
  const auto first = bulk(10), second = bulk(10), third = vote(5), fourth = vote(5);
  for (const auto& message : {first, second, third, fourth}) queue.push(message);
  CHECK(queue.messages() == 4);
  CHECK(queue.bytes() == 30);
  for (const auto& message : {third, fourth, first, second}) CHECK(queue.pop() == message);
  CHECK(queue.pop() == nullptr);
  CHECK(queue.dropped() == 0);
}

TEST_CASE("a full queue drops the oldest votes and the newest transactions, and counts them") {
  SendQueue queue({10, 3});
  const auto kept = bulk(10);
  queue.push(kept);
  queue.push(bulk(1));
  CHECK(queue.dropped() == 1);
  for (int i = 0; i < 5; ++i) queue.push(vote(1));
  CHECK(queue.dropped() == 3);
  const auto large = vote(9);
  queue.push(large);
  CHECK(queue.dropped() == 5);
  queue.push(vote(11));
  CHECK(queue.dropped() == 6);
  CHECK(queue.messages() == 3);
  CHECK(queue.bytes() == 20);
  queue.bound({9, 1});
  CHECK(queue.pop() == large);
  CHECK(queue.pop() == nullptr);
  CHECK(queue.dropped() == 8);
}

TEST_CASE("links within a process carry messages and answers, and a cut one neither") {
  const std::size_t threads = GENERATE(0, 3);
  Recorder a, b;
  InProcessHub hub(threads);
  auto from_a = hub.join("a", a), from_b = hub.join("b", b);
  from_a->send("b", text("1"));
  from_a->send("b", text("2"));
  from_b->send("a", text("3"));
  hub.settle();
  CHECK(b.messages() == std::vector<std::string>{"a: 1", "a: 2"});
  CHECK(a.messages() == std::vector<std::string>{"b: 3"});

  v1::FetchBlocksRequest request;
  request.set_from(7);
  Result<v1::FetchBlocksResponse> answer = fail(v1::REASON_STOPPING, "");
  from_a->fetch_blocks("b", request, [&](auto result) { answer = std::move(result); });
  hub.settle();
  REQUIRE(answer);
  CHECK(answer->certified() == 7);

  hub.cut("a", "b");
  CHECK_FALSE(from_a->connected("b"));
  CHECK(from_b->connected("a"));
  from_a->send("b", text("lost"));
  from_a->fetch_blocks("b", request, [&](auto result) { answer = std::move(result); });
  hub.settle();
  CHECK(b.messages().size() == 2);
  CHECK(answer.error().reason == v1::REASON_UNREACHABLE);
  hub.mend_all();
  from_a->send("b", text("4"));
  hub.settle();
  CHECK(b.messages().back() == "a: 4");
}

TEST_CASE("what is sent over a held link within a process comes when it is released, in order") {
  Recorder a, b;
  InProcessHub hub(2);
  auto from_a = hub.join("a", a), from_b = hub.join("b", b);
  hub.hold("a", "b");
  for (int i = 0; i < 5; ++i) from_a->send("b", text(std::to_string(i)));
  hub.settle();
  CHECK(b.messages().empty());
  hub.release("a", "b");
  hub.settle();
  CHECK(b.messages() == std::vector<std::string>{"a: 0", "a: 1", "a: 2", "a: 3", "a: 4"});
}

TEST_CASE("a member that left a process's links hears no more and may come back") {
  Recorder a;
  InProcessHub hub(2);
  auto from_a = hub.join("a", a);
  {
    Recorder b;
    const auto from_b = hub.join("b", b);
    for (int i = 0; i < 100; ++i) from_a->send("b", text("x"));
  }
  Recorder again;
  const auto from_b = hub.join("b", again);
  hub.settle();
  from_a->send("b", text("y"));
  hub.settle();
  CHECK(again.messages().back() == "a: y");
}

}  // namespace jinshi::node
