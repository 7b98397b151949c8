// docs/protocol.md, consensus, sections 1 and 2.
#include "tests/simulation/scripted.h"

namespace jinshi::simulation {

TEST_CASE("rotation_to_dead: a term of a dead validator costs a timeout and no transaction") {
  Settings settings = scripted();
  settings.ordering.set_rotation_interval(8);
  World world(settings);
  world.start_all();
  world.node(kB).crash();  // proposes heights 8 to 15
  for (int i = 0; i < 20; ++i) {
    const auto transaction = world.submit(kA, "tx " + std::to_string(i));
    REQUIRE(world.run_until([&] { return world.is_certified(*transaction, kC); }, 20 * kTimeoutMs));
  }
  CHECK(world.node(kC).certified() >= 20);
  world.node(kB).start();
  settles(world, 20 * kTimeoutMs);
}

TEST_CASE("withheld_at_s_fine_above: a payload withheld at one height does not hold up those above it") {
  World world(scripted());
  world.start_all();
  const auto withheld = make_transaction("withheld");
  world.set_filter([&](const Node& from, const Node&, const Packet& packet) {
    return from.number() != kA || !is_payload_of(packet, withheld->id);
  });
  world.node(kA).submit(withheld);
  world.run_for(20);
  for (int i = 0; i < 6; ++i) {
    world.submit(kA, "tx " + std::to_string(i));
    world.run_for(10);
  }
  settles(world, 20 * kTimeoutMs);
  CHECK(world.watcher().highest_view() >= 1);
  CHECK_FALSE(world.node(kB).machine().has(withheld->id));
}

TEST_CASE("fetch_storm: a batch that nobody brings is asked for one peer at a time and seldom") {
  World world(scripted());
  world.start_all();
  const auto withheld = make_transaction("withheld");
  std::map<NodeNumber, int> asked;
  world.set_filter([&](const Node& from, const Node&, const Packet& packet) {
    if (std::holds_alternative<PayloadRequest>(packet)) ++asked[from.number()];
    return from.number() != kA || !is_payload_of(packet, withheld->id);
  });
  world.node(kA).submit(withheld);
  world.run_for(5000);
  CHECK(asked[kB] >= 1);
  for (const auto& [node, count] : asked) CHECK(count <= 5000 / (kTimeoutMs / 4));
  CHECK_FALSE(world.watcher().failure());
}

TEST_CASE("proposer_counts_twice: a proposer and one other are no quorum of three") {
  World world(scripted());
  world.start_all();
  world.run_for(200);
  world.network().partition({{kA, kB}, {kC, kD}});
  int commits = 0;
  world.set_listener([&](const Node&, const consensus::Effect& effect) {
    commits += sent_in<consensus::CommitVote>(effect) != nullptr;
  });
  world.submit(kA, "tx");
  world.run_for(10 * kTimeoutMs);
  CHECK(commits == 0);
  CHECK(world.node(kA).certified() == 0);
  world.mend();
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("headers_signed_by_halves: each half's signatures on every other height still certify all") {
  World world(scripted());
  world.start_all();
  world.set_filter([](const Node& from, const Node& to, const Packet& packet) {
    const auto* vote = message_of<consensus::HeaderVote>(packet);
    if (vote == nullptr) return true;
    const bool from_first = from.number() <= kB, to_first = to.number() <= kB;
    return from_first == to_first || (vote->height % 2 == 0) != from_first;
  });
  for (int i = 0; i < 10; ++i) {
    const auto transaction = world.submit(kA, "tx " + std::to_string(i));
    REQUIRE(world.run_until([&] { return world.node(kA).machine().has(transaction->id); }, 10 * kTimeoutMs));
  }
  settles(world, 20 * kTimeoutMs);
  CHECK(world.watcher().highest_view() == 0);
}

TEST_CASE("fresh_inside_reproposal: where a NEW-VIEW proposes again nobody votes for a fresh proposal") {
  Settings settings = scripted();
  World world(settings);
  world.start_all();
  world.run_for(100);
  // Prepared everywhere and decided nowhere.
  bool commits_pass = false;
  std::optional<Digest> prepared, fresh;
  bool injected = false;
  world.set_filter([&](const Node& from, const Node&, const Packet& packet) {
    if (const auto* vote = message_of<consensus::PrepareVote>(packet)) {
      if (vote->at.view == 0 && vote->height == 1) prepared = vote->digest;
    }
    if (message_of<consensus::NewViewPtr>(packet) != nullptr && from.number() == kB && !injected) {
      injected = true;
      v1::PrePrepare lie;
      lie.set_epoch(1);
      lie.set_view(1);
      lie.set_height(1);
      lie.set_validator(kB);
      v1::Batch batch;
      batch.set_proposer("b");
      batch.set_time(world.network_time());
      lie.set_batch(batch.SerializeAsString());
      auto proposal = *consensus::from_wire(lie);
      proposal.signature = *world.signer(kB).sign(consensus::vote_signing_bytes(
          world.node(kB).machine().chain_id(), {1, 1, v1::PHASE_PRE_PREPARE, 1, proposal.digest}));
      fresh = proposal.digest;
      for (const NodeNumber to : {kC, kD}) {
        for (const SimulatedMs delay : {0, 10, 50}) {
          world.after(delay, [&world, to, proposal] { world.node(to).receive("b", consensus::Message(proposal)); });
        }
      }
    }
    return commits_pass || message_of<consensus::CommitVote>(packet) == nullptr;
  });
  bool voted_for_fresh = false;
  world.set_listener([&](const Node&, const consensus::Effect& effect) {
    const auto* vote = sent_in<consensus::PrepareVote>(effect);
    voted_for_fresh |= vote != nullptr && fresh && vote->digest == *fresh;
    commits_pass |= std::holds_alternative<consensus::EnteredView>(effect);
  });
  world.submit(kA, "tx");
  REQUIRE(world.run_until([&] { return prepared.has_value(); }, 10 * kTimeoutMs));
  world.run_for(50);
  world.node(kA).crash();
  REQUIRE(world.run_until([&] { return world.node(kC).certified() >= 1; }, 20 * kTimeoutMs));
  CHECK(injected);
  CHECK_FALSE(voted_for_fresh);
  CHECK(world.node(kC).machine().blocks(0, 1)[0].batch_digest == *prepared);
  CHECK_FALSE(world.watcher().failure());
}

TEST_CASE("executed_replica_reproposes: who executed and did not certify votes for the same again in a later view") {
  World world(scripted());
  world.start_all();
  bool headers_pass = false;
  int again = 0;
  world.set_filter([&](const Node&, const Node&, const Packet& packet) {
    return headers_pass || message_of<consensus::HeaderVote>(packet) == nullptr;
  });
  world.set_listener([&](const Node& node, const consensus::Effect& effect) {
    const auto* vote = sent_in<consensus::PrepareVote>(effect);
    again += vote != nullptr && vote->at.view > 0 && vote->height <= node.replica().executed_height();
  });
  world.submit(kA, "tx");
  REQUIRE(world.run_until([&] { return again >= 3; }, 20 * kTimeoutMs));
  CHECK(world.node(kB).certified() == 0);
  headers_pass = true;
  settles(world, 60 * kTimeoutMs);
}

TEST_CASE("byzantine_votes_but_signs_no_header: the others certify without it") {
  World world(scripted());
  world.start_all();
  world.set_filter([](const Node& from, const Node&, const Packet& packet) {
    return from.number() != kD || (message_of<consensus::HeaderVote>(packet) == nullptr &&
                                   message_of<consensus::CertifiedHeaderPtr>(packet) == nullptr &&
                                   !std::holds_alternative<BlocksAnswer>(packet));
  });
  world.run_for(100);
  for (NodeNumber i = 0; i < 4; ++i) world.network().cut(i, kC);  // hears nothing
  for (int i = 0; i < 5; ++i) world.submit(kA, "tx " + std::to_string(i));
  world.run_for(4 * kTimeoutMs);
  world.network().mend_all();
  settles(world, 60 * kTimeoutMs);
}

}  // namespace jinshi::simulation
