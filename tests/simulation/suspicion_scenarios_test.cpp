// docs/protocol.md, consensus, sections 5 and 6.
#include "tests/simulation/scripted.h"

namespace jinshi::simulation {

TEST_CASE("first_tx_after_idle: a long silence is nobody's fault, and a dead proposer costs one timeout from then") {
  World world(scripted());
  world.start_all();
  world.run_for(50'000);
  const auto first = world.submit(kB, "first");
  REQUIRE(world.run_until([&] { return world.is_certified(*first, kB); }, kTimeoutMs));
  CHECK(world.watcher().suspicions() == 0);
  world.run_for(40'000);
  world.node(kA).crash();
  const auto second = world.submit(kB, "second");
  CHECK(world.run_until([&] { return world.is_certified(*second, kC); }, 3 * kTimeoutMs));
}

TEST_CASE(
    "idle_epoch_dead_proposer: an announced epoch comes though nobody asks for anything and the proposer is dead") {
  World world(scripted());
  world.start_all();
  world.submit(kB, "set abcd 60000");
  REQUIRE(world.run_until([&] { return world.node(kB).certified() >= 1; }, 10 * kTimeoutMs));
  world.node(kA).crash();
  CHECK(world.run_until([&] { return world.node(kB).replica().epoch() == 2; }, 20 * kTimeoutMs));
  world.node(kA).start();
  settles(world, 40 * kTimeoutMs);
}

TEST_CASE("idle_heartbeat_dead_proposer: an idle chain's time goes on without its proposer") {
  Settings settings = scripted();
  settings.ordering.set_heartbeat_ms(1000);
  World world(settings);
  world.start_all();
  REQUIRE(world.run_until([&] { return world.node(kB).certified() >= 3; }, 10'000));
  world.node(kA).crash();
  const Height before = world.node(kB).certified();
  CHECK(world.run_until([&] { return world.node(kB).certified() >= before + 3; }, 20'000));
}

TEST_CASE("a due entry is proposed for when its time comes, on an idle chain") {
  World world(scripted());
  world.start_all();
  world.submit(kA, "due 5000");
  REQUIRE(world.run_until([&] { return world.node(kA).certified() >= 1; }, kTimeoutMs));
  const Height before = world.node(kA).certified();
  world.run_for(4000);
  CHECK(world.node(kA).certified() == before);
  CHECK(world.run_until([&] { return world.node(kA).certified() > before; }, 2000));
  CHECK(world.watcher().suspicions() == 0);
}

TEST_CASE("censor_with_small_batches: one who leaves a transaction out is left, however busy it is") {
  Settings settings = scripted();
  settings.adversary = "censor";
  settings.adversary_node = kA;
  World world(settings);
  world.start_all();
  world.run_for(100);
  std::uint64_t number = 0;
  auto censored = make_transaction("tx 0");
  while (censored->id.bytes[0] % 4 != 0) censored = make_transaction("tx " + std::to_string(++number));
  world.submit(kB, censored->text);  // its client goes from node to node: f+1 must have passed it on
  for (int i = 0; i < 200 && !world.node(kC).machine().has(censored->id); ++i) {
    auto other = make_transaction("other " + std::to_string(i));
    if (other->id.bytes[0] % 4 != 0) world.node(kC).submit(other);
    world.run_for(30);
  }
  INFO(world.watcher().failure().value_or(""));
  CHECK(world.node(kC).machine().has(censored->id));
  CHECK(world.watcher().highest_view() >= 1);
  CHECK_FALSE(world.watcher().failure());
}

TEST_CASE("overload alone changes no view") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  for (int i = 0; i < 400; ++i) world.submit(static_cast<NodeNumber>(i % 4), "tx " + std::to_string(i));
  settles(world, 100 * kTimeoutMs);
  CHECK(world.watcher().highest_view() == 0);
}

TEST_CASE("lone_tx: a transaction that was passed on in vain is passed on again and ordered without its client") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  bool lost = true;
  world.set_filter([&](const Node&, const Node&, const Packet& packet) {
    return !lost || !std::holds_alternative<PassedOn>(packet);
  });
  const auto transaction = world.submit_once(kC, "tx");
  world.run_for(50);
  lost = false;
  CHECK(world.run_until([&] { return world.is_certified(*transaction, kB); }, 10 * kTimeoutMs));
}

TEST_CASE("skewed_honest_clock: a proposer with a wrong clock gets no votes and no blame") {
  Settings settings = scripted();
  World world(settings);
  world.node(kA).settings().skew_ms = 5000;
  world.start_all();
  world.submit(kB, "tx");
  settles(world, 20 * kTimeoutMs);
  CHECK(world.watcher().highest_view() >= 1);
  CHECK(world.watcher().evidence() == 0);
}

}  // namespace jinshi::simulation
