// docs/protocol.md, consensus, section 7.
#include "tests/simulation/scripted.h"

namespace jinshi::simulation {

TEST_CASE("two_set_changes_within_window: the second waits for the first's epoch and then has its own") {
  Settings settings = scripted();
  settings.standby = 1;
  World world(settings);
  world.start_all();
  world.submit(kA, "set bcde 1000");
  world.run_for(30);
  world.submit(kB, "set abcd 1500");
  CHECK(world.run_until([&] { return world.node(kB).replica().epoch() == 3; }, 60 * kTimeoutMs));
  world.submit(kC, "tx");
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("handover_to_lagging_set: a set that has yet to catch up takes over once it has") {
  Settings settings = scripted();
  settings.standby = 3;
  World world(settings);
  for (NodeNumber i = 0; i < 4; ++i) {
    for (NodeNumber late = 4; late < 7; ++late) world.network().cut_both(i, late);
  }
  world.start_all();
  world.submit(kA, "set aefg 60000");
  REQUIRE(world.run_until([&] { return world.node(kA).replica().epoch() == 2; }, 20 * kTimeoutMs));
  world.run_for(10 * kTimeoutMs);
  CHECK(world.node(4).certified() == 0);
  world.network().mend_all();
  world.submit(kA, "tx");
  settles(world, 100 * kTimeoutMs);
}

TEST_CASE("who slept through three epochs finds its way") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  world.node(kD).crash();
  for (int i = 0; i < 3; ++i) {
    world.submit(kA, "set abcd " + std::to_string(50'000 + i));
    const auto epoch = static_cast<consensus::EpochNumber>(i + 2);
    REQUIRE(world.run_until([&] { return world.node(kB).replica().epoch() == epoch; }, 40 * kTimeoutMs));
  }
  world.node(kD).start();
  settles(world, 60 * kTimeoutMs);
}

}  // namespace jinshi::simulation
