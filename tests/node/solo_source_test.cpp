#include "node/ordering/solo_source.h"

#include <catch2/catch.hpp>

namespace jinshi::node {
namespace {

// A source with clocks in the test's hand. The network clock is a million ahead of the steady one.
class Bench {
 public:
  std::vector<OrderingEffect> give(const OrderingEvent& event) { return source_.step(event, {network(), steady_}); }
  std::vector<OrderingEffect> start(std::optional<TimeMs> next_due = std::nullopt) {
    return give(Started{position(0, next_due), std::nullopt, false});
  }
  // From an ordered batch to its certificate.
  std::vector<OrderingEffect> finish_block(Height height, bool something_waits,
                                           std::optional<TimeMs> next_due = std::nullopt) {
    const auto effects = give(BlockExecuted{height, Digest{}});
    REQUIRE(effects.size() == 1);
    CHECK(std::holds_alternative<CertifyHeader>(effects[0]));
    return give(BlockCertified{position(height, next_due), something_waits});
  }
  void pass(std::int64_t ms) { steady_ += ms; }
  void move_clock(std::int64_t ms) { moved_ += ms; }
  TimeMs network() const { return 1'000'000 + steady_ + moved_; }
  SteadyMs steady() const { return steady_; }

  static constexpr std::int64_t kHeartbeat = 2000;

 private:
  ChainPosition position(Height height, std::optional<TimeMs> next_due) {
    time_ = std::max(time_, height == 0 ? 0 : network());
    return {height, time_, next_due, kHeartbeat};
  }
  SoloSource source_;
  SteadyMs steady_ = 500;
  std::int64_t moved_ = 0;
  TimeMs time_ = 0;
};

template <class Effect>
Effect only(const std::vector<OrderingEffect>& effects) {
  REQUIRE(effects.size() == 1);
  REQUIRE(std::holds_alternative<Effect>(effects[0]));
  return std::get<Effect>(effects[0]);
}

}  // namespace

TEST_CASE("an idle source orders at once when something waits") {
  Bench bench;
  only<ArmTimer>(bench.start());
  bench.pass(3);
  CHECK(only<OrderBatch>(bench.give(TransactionsWait{})).time == bench.network());
}

TEST_CASE("nothing is ordered while a block is in flight, and what came meanwhile fills the next") {
  Bench bench;
  bench.start();
  only<OrderBatch>(bench.give(TransactionsWait{}));
  CHECK(bench.give(TransactionsWait{}).empty());
  CHECK(bench.give(TimePassed{}).empty());
  only<OrderBatch>(bench.finish_block(1, true));
  only<ArmTimer>(bench.finish_block(2, false));
}

TEST_CASE("an empty block comes after the heartbeat and not before") {
  Bench bench;
  const SteadyMs start = bench.steady();
  CHECK(only<ArmTimer>(bench.start()).at == start + Bench::kHeartbeat);
  bench.pass(Bench::kHeartbeat - 1);
  only<ArmTimer>(bench.give(TimePassed{}));
  bench.pass(1);
  only<OrderBatch>(bench.give(TimePassed{}));
  CHECK(only<ArmTimer>(bench.finish_block(1, false)).at == bench.steady() + Bench::kHeartbeat);
}

TEST_CASE("an empty block comes when the next due entry can run") {
  Bench bench;
  CHECK(only<ArmTimer>(bench.start(bench.network() + 300)).at == bench.steady() + 300);
  bench.pass(300);
  CHECK(only<OrderBatch>(bench.give(TimePassed{})).time == bench.network());
}

TEST_CASE("a moved clock makes due what its time has come to") {
  Bench bench;
  const TimeMs due = bench.network() + 1'000'000;
  CHECK(only<ArmTimer>(bench.start(due)).at == bench.steady() + Bench::kHeartbeat);
  bench.move_clock(1'000'000);
  CHECK(only<OrderBatch>(bench.give(TimePassed{})).time == due);
}

TEST_CASE("more due entries than one block runs bring the next block at once") {
  Bench bench;
  const TimeMs due = bench.network();
  only<OrderBatch>(bench.start(due));
  only<OrderBatch>(bench.finish_block(1, false, due));
  only<ArmTimer>(bench.finish_block(2, false));
}

TEST_CASE("batch time never falls behind the last block's, whatever the clock does") {
  Bench bench;
  bench.start();
  const TimeMs before = only<OrderBatch>(bench.give(TransactionsWait{})).time;
  bench.finish_block(1, false);
  bench.move_clock(-5000);
  CHECK(only<OrderBatch>(bench.give(TransactionsWait{})).time == before);
}

TEST_CASE("a block that a crash left uncertified is certified before anything is ordered") {
  Bench bench;
  Digest header;
  header.bytes[0] = 7;
  const auto effect = only<CertifyHeader>(bench.give(Started{{3, 900, std::nullopt, 2000}, header, true}));
  CHECK(effect.height == 3);
  CHECK(effect.header == header);
  CHECK(bench.give(TransactionsWait{}).empty());
  only<OrderBatch>(bench.give(BlockCertified{{3, 900, std::nullopt, 2000}, true}));
}

}  // namespace jinshi::node
