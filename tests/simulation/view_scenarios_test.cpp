// docs/protocol.md, consensus, section 4.
#include "tests/simulation/scripted.h"

namespace jinshi::simulation {

TEST_CASE("run_ahead_one_way: who hears nobody waits one view ahead, and is back at once when it hears") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  for (NodeNumber i = 0; i < 4; ++i) world.network().cut(i, kD);
  world.submit(kD, "tx");
  world.run_for(40 * kTimeoutMs);
  CHECK(world.node(kD).replica().ballot().view <= 1);
  CHECK(world.node(kA).replica().ballot().view == 0);
  world.network().mend_all();
  world.submit(kA, "another");
  settles(world, 20 * kTimeoutMs);
}

TEST_CASE("restart_behind_runner: those who restart find the one who asked for the next view") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  for (NodeNumber i = 0; i < 4; ++i) world.network().cut(i, kD);
  world.submit(kD, "tx");
  world.run_for(10 * kTimeoutMs);
  for (const NodeNumber i : {kA, kB, kC}) world.node(i).crash();
  world.run_for(100);
  world.mend();
  world.submit(kB, "another");
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("heal_half_half: two halves that could do nothing go on together") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  world.network().partition({{kA, kB}, {kC, kD}});
  world.submit(kA, "one");
  world.submit(kC, "two");
  world.run_for(40 * kTimeoutMs);
  CHECK(world.node(kA).certified() == 0);
  world.network().mend_all();
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("dead_first_n_minus_q: with as many dead as may be, the first in turn, the rest goes on") {
  for (const std::size_t n : {std::size_t{4}, std::size_t{7}}) {
    World world(scripted(n));
    world.start_all();
    world.run_for(100);
    for (NodeNumber i = 0; i < (n - 1) / 3; ++i) world.node(i).crash();
    const auto transaction = world.submit_once(n - 1, "tx");
    CHECK(world.run_until([&] { return world.is_certified(*transaction, n - 2); }, 20 * kTimeoutMs));
    CHECK_FALSE(world.watcher().failure());
  }
}

TEST_CASE("faults_never_stop: with one node down at any time and a lossy network there is progress all the same") {
  Settings settings = scripted();
  settings.network.loss = 0.05;
  World world(settings);
  world.start_all();
  world.run_for(200);
  for (int round = 0; round < 15; ++round) {
    const NodeNumber down = world.random().below(4);
    world.node(down).crash();
    const auto transaction = world.submit((down + 1) % 4, "tx " + std::to_string(round));
    CHECK(world.run_until([&] { return world.node((down + 2) % 4).machine().has(transaction->id); }, 60'000));
    world.node(down).start();
    world.run_for(200);
  }
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("twins: one key in two machines splits nothing, and is named where both votes are seen") {
  std::size_t evidence = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Settings settings = scripted();
    settings.seed = seed;
    settings.adversary = "twins";
    settings.adversary_node = kA;
    World world(settings);
    // Each twin has half of the others, and both halves hear one another.
    world.network().cut_both(kA, kC);
    world.network().cut_both(4, kB);
    if (seed % 2 == 0) world.network().cut_both(4, kD);
    world.start_all();
    world.submit(kA, "one");
    world.node(4).submit(make_transaction("two"));
    world.run_for(10 * kTimeoutMs);
    world.network().mend_all();
    world.submit(kB, "three");
    settles(world, 200 * kTimeoutMs);
    evidence += world.watcher().evidence();
  }
  CHECK(evidence > 0);
}

}  // namespace jinshi::simulation
