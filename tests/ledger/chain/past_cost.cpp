// What reading the past costs; docs/decisions/0004-older-heights-by-undo.md has its figures. Hidden: it runs by
// `ledger_test [cost]` alone.
#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "ledger/verify/verify.h"
#include "tests/ledger/chain/chain.h"

using namespace jinshi;
using namespace jinshi::ledger;
using namespace jinshi::ledger::testing;

TEST_CASE("a record and a proof 1, 50 and 400 full blocks back", "[.cost]") {
  constexpr Height kBlocks = 401;
  constexpr int kTransactions = 2, kOperations = 1000;
  TestChain chain({"zone-office"}, nullptr, std::size_t{4} << 30, false);
  for (Height height = 1; height <= kBlocks; ++height) {
    std::vector<TransactionPtr> transactions;
    for (int t = 0; t < kTransactions; ++t) {
      std::vector<v1::Operation> operations;
      for (int i = 0; i < kOperations; ++i) {
        const std::string id = std::to_string(height) + "-" + std::to_string(t) + "-" + std::to_string(i);
        operations.push_back(op(Zone().application("relic-" + id, "museum")));
      }
      transactions.push_back(chain.sign("museum", operations));
    }
    chain.block(std::move(transactions));
  }
  const auto milliseconds = [](const auto& act) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const auto start = std::chrono::steady_clock::now();
      act();
      best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  v1::StateKey key;
  key.set_organisation("hospital");
  for (const Height back : {0, 1, 50, 400}) {
    const Height height = kBlocks - back;
    const double get = milliseconds([&] { REQUIRE(chain.ledger().get(key, height).has_value()); });
    const double prove = milliseconds([&] { REQUIRE(chain.ledger().prove(key, height).has_value()); });
    std::cout << back << " blocks back: get " << get << " ms, prove " << prove << " ms\n";
  }
}
