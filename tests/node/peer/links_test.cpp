#include <grpcpp/create_channel.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <future>

#include "endpoints.h"
#include "jinshi/v1/peer_service.grpc.pb.h"

namespace jinshi::node {
namespace {

// Redialled soon, so that tests are.
LinkLimits quick() {
  LinkLimits limits;
  limits.last_backoff = std::chrono::milliseconds(200);
  return limits;
}

// Two validators that listen and know each other.
struct Pair {
  Pair() {
    for (auto* endpoint : {&a, &b}) endpoint->listen();
    introduce({&a, &b}, {"a", "b"});
    a.link_to({&b}, quick());
    b.link_to({&a}, quick());
  }
  ~Pair() {
    // Before either's links are gone, nobody may be told of a dial.
    for (auto* endpoint : {&a, &b}) endpoint->stop_server();
  }

  Folder folder;
  Endpoint a{folder, "a"}, b{folder, "b"};
};

Result<v1::FetchBlocksResponse> fetch(Endpoint& from, const std::string& to, Height height, std::uint32_t bytes = 0) {
  v1::FetchBlocksRequest request;
  request.set_from(height);
  request.set_max_bytes(bytes);
  std::promise<Result<v1::FetchBlocksResponse>> answer;
  from.links->fetch_blocks(to, request, [&](auto result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

bool connected(Endpoint& from, const std::string& to) {
  return eventually([&] { return from.links->connected(to); });
}

}  // namespace

TEST_CASE("two validators hear each other, each under the other's name, in order") {
  Pair pair;
  pair.a.links->start();
  pair.b.links->start();
  REQUIRE(connected(pair.a, "b"));
  REQUIRE(connected(pair.b, "a"));
  for (int i = 0; i < 100; ++i) {
    pair.a.links->send("b", text_message("from a " + std::to_string(i)));
    pair.b.links->send("a", text_message("from b " + std::to_string(i)));
  }
  REQUIRE(pair.a.inbox.wait_for(100));
  REQUIRE(pair.b.inbox.wait_for(100));
  for (int i = 0; i < 100; ++i) {
    CHECK(pair.a.inbox.messages()[static_cast<std::size_t>(i)] == Inbox::Message{"b", "from b " + std::to_string(i)});
    CHECK(pair.b.inbox.messages()[static_cast<std::size_t>(i)] == Inbox::Message{"a", "from a " + std::to_string(i)});
  }
  CHECK(pair.a.server->linked("b"));
  CHECK(eventually([&] { return pair.a.links->states()[0].sent == 100; }));
}

TEST_CASE("blocks, payloads and heads are fetched, a large answer too, and a refusal keeps its reason") {
  Pair pair;
  const auto blocks = fetch(pair.a, "b", 7, 10 << 20);
  if (!blocks) FAIL(blocks.error().message);
  CHECK(blocks->certified() == 7);
  CHECK(blocks->blocks(0).header().size() == 10 << 20);

  std::promise<Result<v1::FetchPayloadResponse>> payload;
  pair.a.links->fetch_payload("b", {}, [&](auto result) { payload.set_value(std::move(result)); });
  const auto refused = payload.get_future().get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_UNKNOWN_RECORD);

  std::promise<Result<v1::GetHeadResponse>> head;
  pair.a.links->get_head("b", [&](auto result) { head.set_value(std::move(result)); });
  CHECK(head.get_future().get());

  CHECK(fetch(pair.a, "nobody", 1).error().reason == v1::REASON_UNREACHABLE);
}

TEST_CASE("a key that the ledger doesn't list is refused by either side's handshake") {
  Folder folder;
  Endpoint a(folder, "a"), stranger(folder, "stranger");
  a.listen();
  stranger.listen();
  introduce({&a}, {"a"});
  introduce({&stranger}, {});
  const v1::Key known[] = {a.key()};
  stranger.book.update(known, {});
  stranger.link_to({&a});
  CHECK(fetch(stranger, "a", 1).error().reason == v1::REASON_UNREACHABLE);

  // The other way about: who listens there isn't who was dialled.
  a.link_to({&stranger});
  CHECK(fetch(a, "stranger", 1).error().reason == v1::REASON_UNREACHABLE);
  CHECK(a.logged().find("TLS key is refused") != std::string::npos);
}

TEST_CASE("one organisation's server is not taken for another's") {
  Folder folder;
  Endpoint a(folder, "a"), b(folder, "b"), c(folder, "c");
  for (auto* endpoint : {&a, &b, &c}) endpoint->listen();
  introduce({&a, &b, &c}, {"a", "b", "c"});
  Config::PeerAddress wrong = c.address();
  wrong.organisation = "b";
  a.links = std::make_unique<GrpcLinks>(std::span(&wrong, 1), *a.tls, a.book, a.log());
  CHECK(fetch(a, "b", 1).error().reason == v1::REASON_UNREACHABLE);
}

TEST_CASE("who is registered and no validator may fetch and may not send") {
  Folder folder;
  Endpoint validator(folder, "validator"), audit(folder, "audit");
  validator.listen();
  introduce({&validator, &audit}, {"validator"});
  audit.link_to({&validator}, quick());
  CHECK(fetch(audit, "validator", 3)->certified() == 3);
  audit.links->start();
  audit.links->send("validator", text_message("a vote"));
  CHECK(eventually([&] { return audit.links->states()[0].trouble.find("only validators") != std::string::npos; }));
  CHECK_FALSE(audit.links->connected("validator"));
  CHECK(validator.inbox.count() == 0);
  // Once it is one, it is heard.
  introduce({&validator, &audit}, {"validator", "audit"});
  CHECK(validator.inbox.wait_for("a vote"));
}

TEST_CASE("a key that is revoked is heard no more on its stream and refused on the next") {
  Pair pair;
  pair.a.links->start();
  REQUIRE(connected(pair.a, "b"));
  pair.a.links->send("b", text_message("before"));
  REQUIRE(pair.b.inbox.wait_for("before"));
  const v1::Key revoked[] = {pair.a.key(1)};
  v1::Epochs epochs;
  for (const char* name : {"a", "b"}) epochs.mutable_current()->mutable_set()->add_validators()->set_organisation(name);
  pair.b.book.update(revoked, epochs);
  pair.a.links->send("b", text_message("after"));
  CHECK(eventually([&] { return !pair.a.links->connected("b"); }));
  CHECK(fetch(pair.a, "b", 1).error().reason == v1::REASON_UNREACHABLE);
  CHECK(pair.b.inbox.count() == 1);
}

TEST_CASE("an expired certificate is warned of once, and its key is as good as ever") {
  Folder folder;
  Endpoint a(folder, "a", 1, 1'600'000'000'000), b(folder, "b");
  b.listen();
  introduce({&a, &b}, {"a", "b"});
  a.link_to({&b});
  CHECK(fetch(a, "b", 5)->certified() == 5);
  a.links->start();
  a.links->send("b", text_message("still here"));
  CHECK(b.inbox.wait_for("still here"));
  const std::string log = b.logged();
  const auto first = log.find("out of date");
  REQUIRE(first != std::string::npos);
  CHECK(log.find("out of date", first + 1) == std::string::npos);
}

TEST_CASE("a peer that comes back is dialled again and hears what is sent then") {
  Pair pair;
  pair.a.links->start();
  REQUIRE(connected(pair.a, "b"));
  const int port = pair.b.server->port();
  pair.b.stop_server();
  REQUIRE(eventually([&] { return !pair.a.links->connected("b"); }));
  pair.b.listen({}, port);
  REQUIRE(connected(pair.a, "b"));
  pair.a.links->send("b", text_message("again"));
  CHECK(pair.b.inbox.wait_for("again"));
}

TEST_CASE("a server with open streams stops within a second") {
  Pair pair;
  pair.a.links->start();
  REQUIRE(connected(pair.a, "b"));
  const auto begin = std::chrono::steady_clock::now();
  pair.b.stop_server();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("a peer that takes slowly costs bounded memory on both sides, and a vote still comes through") {
  Pair pair;
  LinkLimits limits = quick();
  limits.queue = {1 << 20, 64};
  pair.b.stop_server();
  pair.b.listen({.held_bytes = 1 << 20, .held_messages = 4, .fetches = 8, .strangers_fetches = 8});
  pair.a.link_to({&pair.b}, limits);
  pair.b.inbox.keep_holds(true);
  pair.a.links->start();
  REQUIRE(connected(pair.a, "b"));
  // Transactions that were passed on, by their first byte.
  for (int i = 0; i < 2000; ++i) pair.a.links->send("b", text_message("\x5a" + std::string(64 * 1024, 'x')));
  REQUIRE(pair.b.inbox.wait_for(4));
  const auto state = pair.a.links->states()[0];
  CHECK(state.waiting_bytes <= 1 << 20);
  CHECK(state.dropped > 1000);
  CHECK(pair.b.inbox.count() == 4);
  pair.a.links->send("b", text_message("a vote"));
  pair.b.inbox.keep_holds(false);
  CHECK(pair.b.inbox.wait_for("a vote"));
}

TEST_CASE(
    "a message that is too large is dropped by its sender, and one from a stranger to the rules ends its stream") {
  Pair pair;
  pair.a.links->start();
  REQUIRE(connected(pair.a, "b"));
  pair.a.links->send("b", text_message(std::string(kMaxPeerMessageBytes + 1, 'x')));
  pair.a.links->send("b", text_message("small"));
  REQUIRE(pair.b.inbox.wait_for("small"));
  CHECK(pair.a.links->states()[0].dropped == 1);

  const auto channel = grpc::CreateChannel(pair.b.address().address, pair.a.tls->channel_to("b"));
  const auto stub = v1::PeerService::NewStub(channel);
  grpc::ClientContext context;
  v1::LinkResponse response;
  const auto writer = stub->Link(&context, &response);
  v1::PeerMessage large;
  large.mutable_transactions()->add_transactions(std::string(kMaxPeerMessageBytes + 8192, 'x'));
  writer->Write(large);
  writer->WritesDone();
  writer->Finish();
  CHECK(pair.b.inbox.count() == 1);
  // Its own stream had been replaced; it comes back.
  REQUIRE(connected(pair.a, "b"));
  CHECK(eventually([&] {
    pair.a.links->send("b", text_message("later"));
    return pair.b.inbox.count() > 1;
  }));
}

TEST_CASE("a second stream of one organisation takes the first one's place") {
  Pair pair;
  pair.a.links->start();
  REQUIRE(connected(pair.a, "b"));
  const auto channel = grpc::CreateChannel(pair.b.address().address, pair.a.tls->channel_to("b"));
  const auto stub = v1::PeerService::NewStub(channel);
  grpc::ClientContext context;
  v1::LinkResponse response;
  const auto writer = stub->Link(&context, &response);
  CHECK(
      eventually([&] { return pair.a.links->states()[0].trouble.find("took this one's place") != std::string::npos; }));
  context.TryCancel();
  writer->Finish();
  CHECK(connected(pair.a, "b"));
}

TEST_CASE("a caller's fetches at once are bounded") {
  Pair pair;
  pair.b.inbox.hold_fetches(true);
  std::mutex mutex;
  std::vector<Result<v1::FetchBlocksResponse>> answers;
  for (int i = 0; i < 12; ++i) {
    pair.a.links->fetch_blocks("b", {}, [&](auto result) {
      const std::scoped_lock lock(mutex);
      answers.push_back(std::move(result));
    });
  }
  const auto answered = [&] {
    const std::scoped_lock lock(mutex);
    return answers.size();
  };
  CHECK(eventually([&] { return answered() == 4; }));
  pair.b.inbox.hold_fetches(false);
  CHECK(eventually([&] { return answered() == 12; }));
  CHECK(std::ranges::count_if(answers, [](const auto& answer) { return !answer.has_value(); }) == 4);
}

}  // namespace jinshi::node
