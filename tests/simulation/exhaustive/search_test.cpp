#include "tests/simulation/exhaustive/search.h"

#include <catch2/catch.hpp>

namespace jinshi::exhaustive {
namespace {

void finds_nothing_in_all(std::size_t byzantine) {
  const SearchResult result = Search({byzantine, 2, 2'000'000, false}).run();
  INFO(result.violation.value_or("every promise kept"));
  for (const auto& line : result.trace) UNSCOPED_INFO(line);
  CHECK_FALSE(result.violation);
  CHECK(result.complete);
  // It went where it is worth going.
  CHECK(result.states > 100'000);
  CHECK(result.delivered[3] > 0);
}

}  // namespace

TEST_CASE("nothing that the first leader says, nor any order of messages and timers, breaks a promise in two views") {
  finds_nothing_in_all(0);
}

TEST_CASE("nothing that the second leader says, nor any order of messages and timers, breaks a promise in two views") {
  finds_nothing_in_all(1);
}

TEST_CASE("nothing that one who never leads says, nor any order of messages and timers, breaks a promise in two views") {
  finds_nothing_in_all(2);
}

TEST_CASE("a search of three views that is cut finds no promise broken until then") {
  for (const bool depth_first : {false, true}) {
    const SearchResult result = Search({1, 3, 50'000, depth_first}).run();
    INFO(result.violation.value_or("every promise kept"));
    CHECK_FALSE(result.violation);
    CHECK(result.states >= 50'000);
  }
}

}  // namespace jinshi::exhaustive
