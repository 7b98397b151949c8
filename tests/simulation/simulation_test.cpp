#include <catch2/catch.hpp>

#include "tests/simulation/profile.h"

namespace jinshi::simulation {
namespace {

void hold(const std::string& profile, std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    auto settings = make_settings(profile, seed, std::nullopt);
    REQUIRE(settings);
    const auto failure = World(std::move(*settings)).run();
    INFO("jinshi_simulate --profile " << profile << " --seed " << seed << " --trace");
    if (failure) FAIL(*failure);
  }
}

}  // namespace

TEST_CASE("calm networks certify what waits") { hold("calm", 30); }
TEST_CASE("networks that lose, double and reorder messages certify what waits") { hold("lossy", 30); }
TEST_CASE("crashes and power cuts lose nothing that was said") { hold("crashes", 40); }
TEST_CASE("partitions and one-way links split nothing for ever") { hold("partitions", 40); }
TEST_CASE("all faults together break no promise") { hold("chaos", 40); }
TEST_CASE("liars break no promise") { hold("byzantine", 60); }
TEST_CASE("sets change under way") { hold("epochs", 40); }
TEST_CASE("liars, faults and set changes together break no promise") { hold("everything", 60); }

TEST_CASE("one seed is one world, to the last message") {
  for (const std::uint64_t seed : {3u, 14u, 15u}) {
    const auto once = [&] {
      World world(*make_settings("everything", seed, 4));
      world.run();
      return std::tuple(world.now(), world.node(0).certified(), world.random().next());
    };
    CHECK(once() == once());
  }
}

}  // namespace jinshi::simulation
