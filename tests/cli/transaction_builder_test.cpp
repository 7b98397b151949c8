#include "cli/transaction_builder.h"

#include <catch2/catch.hpp>

#include "ledger/execution/transaction.h"
#include "tests/cli/world.h"

namespace jinshi::cli {
namespace {

using testing::chain;
using testing::key_of;

v1::Operation accept(const std::string& asset) {
  v1::AcceptApplication event;
  event.set_asset(asset);
  return operation_of(event);
}

}  // namespace

TEST_CASE("what the builder signs, the check before ordering accepts") {
  TransactionBuilder builder(chain(), 1'000'000, v1::MODE_EACH);
  for (int i = 0; i < 7; ++i) builder.add(accept("asset-" + std::to_string(i)));
  const auto transaction = sign_transaction(builder, {key_of("one"), key_of("two")});
  REQUIRE(transaction);
  const auto checked = ledger::check_transaction(*transaction, chain());
  REQUIRE(checked);
  CHECK((*checked)->operations().size() == 7);
  CHECK((*checked)->body().mode() == v1::MODE_EACH);
  CHECK((*checked)->body().expires_at() == 1'000'000);
  REQUIRE((*checked)->signers_of(3).size() == 2);
  CHECK((*checked)->signers_of(3)[0] == key_of("one")->public_key().encoded());
}

TEST_CASE("a thousand operations make one transaction, each with a salt of its own") {
  TransactionBuilder builder(chain(), 1'000'000);
  for (int i = 0; i < 1000; ++i) builder.add(accept("same"));
  const auto transaction = sign_transaction(builder, {key_of("one")});
  REQUIRE(transaction);
  REQUIRE(ledger::check_transaction(*transaction, chain()));
  CHECK(builder.operations()[0] != builder.operations()[1]);
}

TEST_CASE("a transaction for another chain is refused") {
  TransactionBuilder builder(chain(), 1'000'000);
  builder.add(accept("a"));
  const auto transaction = sign_transaction(builder, {key_of("one")});
  REQUIRE(transaction);
  const auto checked = ledger::check_transaction(*transaction, crypto::sha256("another chain"));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().reason == v1::REASON_WRONG_CHAIN);
}

}  // namespace jinshi::cli
