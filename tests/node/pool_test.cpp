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

}  // namespace jinshi::node
