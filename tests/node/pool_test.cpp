#include "node/pool/pool.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "node_world.h"

namespace jinshi::node {
namespace {

ledger::TransactionPtr numbered(int nonce, std::size_t operations = 1, TimeMs expires_at = 1000) {
  return transaction({.nonce = nonce, .expires_at = expires_at, .operations = operations});
}

Result<bool> add(Pool& pool, const ledger::TransactionPtr& transaction, std::string_view client = "a") {
  auto room = pool.reserve(client, transaction->bytes().size());
  if (!room) return std::unexpected(room.error());
  return pool.add(std::move(*room), transaction);
}

std::vector<int> order_of(const std::vector<ledger::TransactionPtr>& batch,
                          const std::vector<ledger::TransactionPtr>& known) {
  std::vector<int> order;
  for (const auto& transaction : batch) {
    order.push_back(static_cast<int>(std::ranges::find(known, transaction) - known.begin()));
  }
  return order;
}

Result<bool> pass_on(Pool& pool, const ledger::TransactionPtr& transaction, std::string_view validator = "b") {
  auto room = pool.reserve_for_validator(validator, transaction->bytes().size());
  if (!room) return std::unexpected(room.error());
  return pool.add(std::move(*room), transaction);
}

ledger::TransactionPtr other_envelope(const ledger::TransactionPtr& transaction) {
  const auto other = ledger::check_transaction(with_other_signature(transaction->bytes()), Digest{});
  REQUIRE(other);
  REQUIRE((*other)->id() == transaction->id());
  REQUIRE((*other)->envelope() != transaction->envelope());
  return *other;
}

}  // namespace

TEST_CASE("a batch holds what fits, in the order of arrival") {
  Pool pool({});
  std::vector<ledger::TransactionPtr> known;
  for (int i = 0; i < 5; ++i) {
    known.push_back(numbered(i, 3));
    REQUIRE(add(pool, known.back()).value());
  }
  CHECK(order_of(pool.take({.operations = 7}), known) == std::vector{0, 1});
  CHECK(order_of(pool.take({.bytes = known[0]->bytes().size()}), known) == std::vector{2});
  CHECK(order_of(pool.take({}), known) == std::vector{3, 4});
  CHECK(pool.take({}).empty());
  CHECK(pool.sizes().listed == 5);
}

TEST_CASE("a transaction above a batch's bounds is ordered alone rather than never") {
  Pool pool({});
  REQUIRE(add(pool, numbered(1, 5)));
  REQUIRE(add(pool, numbered(2, 1)));
  CHECK(pool.take({.operations = 2}).size() == 1);
  CHECK(pool.take({.operations = 2}).size() == 1);
}

TEST_CASE("a batch never asks for more than 4,000 signature checks") {
  Pool pool({});
  std::vector<int> keys(ledger::kMaxSigners);
  std::iota(keys.begin(), keys.end(), 100);
  const std::size_t full = kBatchSignatures / keys.size();
  for (std::size_t i = 0; i <= full; ++i) {
    REQUIRE(add(pool, transaction({.nonce = static_cast<int>(i), .expires_at = 1000, .keys = keys})));
  }
  CHECK(pool.take({.operations = 100'000, .bytes = 64 << 20}).size() == full);
}

TEST_CASE("the same envelope waits once, and another envelope of its id is a replay") {
  Pool pool({});
  const auto first = transaction({.nonce = 1, .expires_at = 1000});
  CHECK(add(pool, first).value());
  CHECK_FALSE(add(pool, first).value());
  CHECK(pool.sizes().transactions == 1);
  CHECK(pool.find(first->id()) == first->envelope());
  const auto other = ledger::check_transaction(with_other_signature(first->bytes()), Digest{});
  REQUIRE(other);
  REQUIRE((*other)->id() == first->id());
  const auto refused = add(pool, *other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_REPLAYED);
  CHECK(pool.sizes().transactions == 1);
}

TEST_CASE("the pool is full by number, and by bytes, and says when to try again") {
  Pool by_number({.transactions = 2, .client_percent = 100});
  REQUIRE(add(by_number, numbered(1), "a"));
  REQUIRE(add(by_number, numbered(2), "b"));
  const auto full = add(by_number, numbered(3), "c");
  REQUIRE_FALSE(full);
  CHECK(full.error().reason == v1::REASON_POOL_FULL);
  CHECK(by_number.retry_after_ms() > 0);

  const auto one = numbered(4);
  Pool by_bytes({.bytes = 2 * one->bytes().size(), .client_percent = 100});
  REQUIRE(add(by_bytes, one, "a"));
  REQUIRE(add(by_bytes, numbered(5), "b"));
  CHECK_FALSE(add(by_bytes, numbered(6), "c"));
}

TEST_CASE("one client can't fill the pool against the others") {
  Pool pool({.transactions = 10, .client_percent = 30});
  for (int i = 0; i < 3; ++i) REQUIRE(add(pool, numbered(i), "greedy"));
  const auto refused = add(pool, numbered(3), "greedy");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_POOL_FULL);
  CHECK(add(pool, numbered(4), "modest"));
}

TEST_CASE("room is given back when a check fails, a block is certified, or time passes") {
  Pool pool({.transactions = 1, .client_percent = 100});
  { const auto room = pool.reserve("a", 100); }
  const auto first = numbered(1);
  REQUIRE(add(pool, first));
  CHECK_FALSE(pool.reserve("a", 100));
  const auto batch = pool.take({});
  CHECK_FALSE(pool.reserve("a", 100));
  pool.certified(batch);
  CHECK(pool.sizes().transactions == 0);
  CHECK(pool.sizes().bytes == 0);
  REQUIRE(add(pool, numbered(2, 1, 500)));
  CHECK(pool.expire(501).size() == 1);
  CHECK(pool.reserve("a", 100));
}

TEST_CASE("a transaction expires by certified time, and not while a batch lists it") {
  Pool pool({});
  REQUIRE(add(pool, numbered(1, 1, 500)));
  CHECK(pool.expire(500).empty());
  const auto batch = pool.take({});
  CHECK(pool.expire(501).empty());
  REQUIRE(add(pool, numbered(2, 1, 400)));
  REQUIRE(add(pool, numbered(3, 1, 600)));
  CHECK(pool.expire(501).size() == 1);
  CHECK(pool.sizes().waiting == 1);
}

TEST_CASE("a certified block takes an id out of the pool by whatever envelope it was listed") {
  Pool pool({});
  const auto known = numbered(1);
  REQUIRE(add(pool, known));
  pool.certified({known});
  CHECK_FALSE(pool.something_waits());
  CHECK_FALSE(pool.find(known->id()));
  pool.certified({known});
}

TEST_CASE("each validator has a share of the pool, beside the clients'") {
  Pool pool({.transactions = 10, .client_percent = 50, .validator_percent = 20});
  REQUIRE(pass_on(pool, numbered(1), "b"));
  REQUIRE(pass_on(pool, numbered(2), "b"));
  const auto refused = pass_on(pool, numbered(3), "b");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_POOL_FULL);
  CHECK(pass_on(pool, numbered(3), "c"));
  // A client that calls itself as a validator does has its own share.
  CHECK(add(pool, numbered(4), "b"));
  CHECK(add(pool, numbered(5), "b"));
  CHECK(add(pool, numbered(6), "b"));
}

TEST_CASE("another envelope of an id is a payload, and one of them is ordered") {
  Pool pool({});
  const auto first = numbered(1), other = other_envelope(first);
  REQUIRE(add(pool, first).value());
  CHECK_FALSE(pass_on(pool, other).value());
  CHECK_FALSE(pass_on(pool, other, "c").value());
  CHECK(pool.payload(first->envelope()) == first);
  CHECK(pool.payload(other->envelope()) == other);
  CHECK(pool.find(first->id()) == first->envelope());
  CHECK(pool.sizes().waiting == 1);
  CHECK(pool.sizes().transactions == 2);
  const auto again = add(pool, other);
  REQUIRE_FALSE(again);
  CHECK(again.error().reason == v1::REASON_REPLAYED);
  pool.certified({other});
  CHECK_FALSE(pool.payload(first->envelope()));
  CHECK_FALSE(pool.payload(other->envelope()));
  CHECK(pool.sizes().transactions == 0);
  CHECK(pool.sizes().bytes == 0);
}

TEST_CASE("one id has so many other envelopes and no more") {
  Pool pool({});
  const auto first = numbered(1);
  REQUIRE(pass_on(pool, first));
  for (std::size_t i = 0; i < kOtherEnvelopes + 3; ++i) CHECK_FALSE(pass_on(pool, other_envelope(first)).value());
  CHECK(pool.sizes().transactions == 1 + kOtherEnvelopes);
  CHECK(pool.expire(1001).size() == 1);
  CHECK(pool.sizes().transactions == 0);
}

TEST_CASE("a batch is resolved in its order, and what is missing is named") {
  Pool pool({});
  const auto held = numbered(1), fetched = numbered(2), missing = numbered(3);
  REQUIRE(add(pool, held));
  pool.keep_fetched(7, fetched);
  const std::vector<Digest> envelopes{missing->envelope(), fetched->envelope(), held->envelope()};
  const auto resolved = pool.resolve(envelopes);
  CHECK(resolved.transactions == std::vector<ledger::TransactionPtr>{nullptr, fetched, held});
  CHECK(resolved.missing == std::vector{missing->envelope()});
}

TEST_CASE("a fetched payload is kept until its height is certified, outside of every share") {
  Pool pool({.transactions = 1, .client_percent = 100});
  REQUIRE(add(pool, numbered(1)));
  const auto fetched = numbered(2);
  pool.keep_fetched(7, fetched);
  pool.keep_fetched(9, fetched);
  CHECK(pool.sizes().transactions == 1);
  CHECK(pool.sizes().fetched == 1);
  pool.certified(7, Digest{{7}}, {});
  CHECK(pool.payload(fetched->envelope()) == fetched);
  pool.certified(9, Digest{{9}}, {fetched});
  CHECK_FALSE(pool.payload(fetched->envelope()));
}

TEST_CASE("what an accepted proposal lists is in no other batch until the proposal is void") {
  Pool pool({});
  const auto a = numbered(1), b = numbered(2), c = numbered(3);
  for (const auto& one : {a, b, c}) REQUIRE(add(pool, one));
  const Digest first{{1}}, second{{2}};
  pool.listed(first, {a, b});
  pool.listed(second, {b});
  CHECK(pool.sizes().listed == 2);
  CHECK(pool.expire(1001) == std::vector{c});
  pool.unlisted(first);
  CHECK(pool.take({}) == std::vector{a});
  pool.unlisted(second);
  pool.unlisted(second);
  CHECK(pool.take({}) == std::vector{b});
}

TEST_CASE("what arrives after the proposal that lists it does not wait") {
  Pool pool({});
  const auto late = numbered(1);
  const Digest batch{{1}};
  pool.listed(batch, {other_envelope(late)});
  REQUIRE(pass_on(pool, late).value());
  CHECK_FALSE(pool.something_waits());
  pool.unlisted(batch);
  CHECK(pool.waiting(late->id()) == late);
}

TEST_CASE("what was taken waits again in its old place when no proposal came of it, or the proposal is void") {
  Pool pool({});
  const auto a = numbered(1), b = numbered(2), c = numbered(3);
  REQUIRE(add(pool, a));
  REQUIRE(add(pool, b));
  const auto taken = pool.take({});
  REQUIRE(add(pool, c));
  pool.put_back(taken);
  CHECK(pool.waiting() == std::vector{a, b, c});
  const Digest batch{{1}};
  pool.listed(batch, pool.take({.operations = 2}));
  pool.listed(batch, {a, b});
  CHECK(pool.waiting() == std::vector{c});
  pool.unlisted(batch);
  CHECK(pool.waiting() == std::vector{a, b, c});
  pool.listed(batch, {a});
  pool.certified(1, batch, {a});
  CHECK(pool.waiting() == std::vector{b, c});
}

TEST_CASE("who decides what waits too long is told what came and what went, in order") {
  Pool pool({});
  const auto a = numbered(1), b = numbered(2, 1, 500);
  REQUIRE(add(pool, a));
  int told = 0;
  pool.on_events([&] { ++told; });
  REQUIRE(add(pool, b));
  CHECK(told == 1);
  REQUIRE(pass_on(pool, numbered(3)));
  pass_on(pool, other_envelope(a));
  pool.certified({a});
  pool.expire(501);
  CHECK(told == 1);
  const auto events = pool.take_events();
  REQUIRE(events.size() == 4);
  CHECK(events[0].kind == Pool::Event::Kind::kKnown);
  CHECK(events[0].id == b->id());
  CHECK(events[0].envelope == b->envelope());
  CHECK(events[0].own);
  CHECK_FALSE(events[1].own);
  CHECK(events[1].arrival > events[0].arrival);
  CHECK(events[2].kind == Pool::Event::Kind::kGone);
  CHECK(events[2].id == a->id());
  CHECK(events[3].id == b->id());
  CHECK(pool.take_events().empty());
  pool.certified({numbered(3)});
  CHECK(told == 2);
}

}  // namespace jinshi::node
