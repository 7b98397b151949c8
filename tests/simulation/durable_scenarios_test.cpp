// docs/protocol.md, consensus, section 3.
#include "tests/simulation/scripted.h"

namespace jinshi::simulation {

TEST_CASE("trim_before_certificate: flushing blocks without certificates lets go of no vote") {
  World world(scripted());
  world.start_all();
  bool headers_pass = false;
  world.set_filter([&](const Node&, const Node&, const Packet& packet) {
    return headers_pass || message_of<consensus::HeaderVote>(packet) == nullptr;
  });
  int trims = 0;
  world.set_listener(
      [&](const Node&, const consensus::Effect& effect) { trims += std::holds_alternative<consensus::Trim>(effect); });
  for (int i = 0; i < 3; ++i) {
    world.submit(kA, "tx " + std::to_string(i));
    world.run_for(50);
  }
  world.run_for(6000);  // every node flushes at least twice
  CHECK(world.node(kC).machine().executed() >= 1);
  CHECK(trims == 0);
  for (NodeNumber i = 0; i < 4; ++i) world.node(i).crash();
  headers_pass = true;
  world.start_all();
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("certificate_lost_at_power_cut: certificates that nobody flushed are made again, over the same headers") {
  World world(scripted());
  for (NodeNumber i = 0; i < 4; ++i) world.node(i).set_flushing(false);
  world.start_all();
  for (int round = 0; round < 5; ++round) {
    const auto transaction = world.submit(kB, "tx " + std::to_string(round));
    REQUIRE(world.run_until([&] { return world.is_certified(*transaction, kA); }, 40 * kTimeoutMs));
    for (NodeNumber i = 0; i < 4; ++i) world.node(i).crash();
    world.run_for(50);
    world.start_all();
  }
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("new_view_then_restart: who restarts behind its NEW-VIEW resumes in that view") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  world.node(kA).crash();
  bool led = false;
  world.set_listener([&](const Node& node, const consensus::Effect& effect) {
    if (node.number() != kB || led || sent_in<consensus::NewViewPtr>(effect) == nullptr) return;
    led = true;
    world.after(0, [&] { world.node(kB).crash(); });
  });
  world.submit(kC, "tx");
  REQUIRE(world.run_until([&] { return led && !world.node(kB).is_up(); }, 20 * kTimeoutMs));
  world.node(kB).start();
  CHECK(world.node(kB).replica().ballot().view == 1);
  CHECK(world.node(kB).replica().active());
  REQUIRE(world.run_until([&] { return world.all_certified() || world.node(kC).certified() > 0; }, 20 * kTimeoutMs));
  world.node(kA).start();
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("all_restart_three_return: after a total outage a quorum goes on without the last") {
  World world(scripted());
  world.start_all();
  const auto before = world.submit(kA, "before");
  REQUIRE(world.run_until([&] { return world.is_certified(*before, kB); }, 10 * kTimeoutMs));
  for (NodeNumber i = 0; i < 4; ++i) world.node(i).crash();
  world.run_for(1000);
  for (const NodeNumber i : {kB, kC, kD}) world.node(i).start();
  const auto after = world.submit(kC, "after");
  CHECK(world.run_until([&] { return world.is_certified(*after, kD) && world.is_certified(*before, kD); },
                        40 * kTimeoutMs));
  CHECK_FALSE(world.watcher().failure());
}

TEST_CASE("old_signature_below_trim: what a laggard holds of a trimmed height takes nobody's vote away") {
  World world(scripted());
  world.start_all();
  world.run_for(100);
  // d sees votes and never certifies.
  world.set_filter([](const Node&, const Node& to, const Packet& packet) {
    return to.number() != kD ||
           (message_of<consensus::HeaderVote>(packet) == nullptr &&
            message_of<consensus::CertifiedHeaderPtr>(packet) == nullptr &&
            message_of<consensus::CommitVote>(packet) == nullptr && !std::holds_alternative<BlocksAnswer>(packet));
  });
  const auto first = world.submit(kA, "first");
  REQUIRE(world.run_until([&] { return world.is_certified(*first, kB); }, 10 * kTimeoutMs));
  world.run_for(5000);  // flushed and trimmed
  world.node(kB).crash();
  world.node(kB).start();
  world.run_for(500);
  world.node(kC).crash();
  world.node(kC).start();
  world.run_for(500);
  CHECK(world.watcher().became_followers().empty());
  world.set_filter(nullptr);
  world.submit(kC, "second");
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("rolled_back_log: a log from yesterday ends its key's voting, loudly") {
  World world(scripted());
  world.node(kB).set_flushing(false);
  world.start_all();
  world.run_for(100);
  const SimulatedLog yesterday = world.node(kB).log();
  world.set_filter([](const Node&, const Node&, const Packet& packet) {
    return message_of<consensus::HeaderVote>(packet) == nullptr;
  });
  world.submit(kA, "tx");
  REQUIRE(world.run_until([&] { return world.node(kC).machine().executed() > 0; }, 10 * kTimeoutMs));
  world.node(kB).crash();
  world.node(kB).set_log(yesterday);
  world.watcher().expect_follower("b");
  world.node(kB).start();
  CHECK(world.run_until([&] { return world.watcher().became_followers().contains("b"); }, 10 * kTimeoutMs));
  world.set_filter(nullptr);
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("a validator without its log follows and never votes") {
  World world(scripted());
  world.watcher().expect_follower("b");
  world.node(kB).set_log(std::nullopt);
  bool voted = false;
  world.set_listener([&](const Node& node, const consensus::Effect& effect) {
    voted |= node.number() == kB && (sent_in<consensus::PrepareVote>(effect) ||
                                     sent_in<consensus::HeaderVote>(effect) || sent_in<consensus::CommitVote>(effect));
  });
  world.start_all();
  world.submit(kB, "tx");
  settles(world, 20 * kTimeoutMs);
  CHECK_FALSE(voted);
}

}  // namespace jinshi::simulation
