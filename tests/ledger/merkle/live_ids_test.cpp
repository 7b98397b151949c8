#include "ledger/merkle/live_ids.h"

#include <catch2/catch.hpp>

#include "tests/ledger/merkle/random.h"

namespace jinshi::merkle {

TEST_CASE("the hour of a time is rounded down") {
  CHECK(hour_of(0) == 0);
  CHECK(hour_of(3'599'999) == 0);
  CHECK(hour_of(3'600'000) == 1);
  CHECK(hour_of(-1) == -1);
  CHECK(hour_of(-3'600'000) == -1);
  CHECK(hour_of(-3'600'001) == -2);
}

TEST_CASE("each live hour's root is that of its ids in order of acceptance, through many blocks and restarts") {
  for (const std::uint64_t seed : {51u, 52u, 53u}) {
    Random random(seed);
    LiveIds ids;
    std::map<std::int64_t, std::vector<Digest>> model;
    TimeMs time = 1'700'000'000'000;
    for (int number = 0; number < 60; ++number) {
      time += static_cast<TimeMs>(random.below(2 * kHourMs));
      auto block = ids.begin_block(time);
      std::vector<std::int64_t> dropped;
      while (!model.empty() && time >= (model.begin()->first + 1) * kHourMs) {
        dropped.push_back(model.begin()->first);
        model.erase(model.begin());
      }
      REQUIRE(block.dropped_hours() == dropped);
      std::vector<LiveIdRow> added;
      for (std::uint64_t i = random.below(30); i > 0; --i) {
        const Digest id = random.digest();
        const TimeMs expires_at = time + static_cast<TimeMs>(random.below(6 * kHourMs));
        REQUIRE_FALSE(block.contains(id, expires_at));
        REQUIRE(block.add(id, expires_at));
        REQUIRE(block.contains(id, expires_at));
        REQUIRE_FALSE(block.add(id, expires_at));
        REQUIRE_FALSE(ids.contains(id, expires_at));
        auto& hour = model[expires_at / kHourMs];
        added.push_back({expires_at / kHourMs, hour.size(), id});
        hour.push_back(id);
      }
      REQUIRE(block.added() == added);
      const auto roots = block.roots();
      ids.commit(std::move(block));
      REQUIRE(ids.roots() == roots);

      std::vector<HourRoot> expected;
      LiveIds restored;
      for (const auto& [hour, of_hour] : model) {
        std::vector<Digest> leaves;
        for (const Digest& id : of_hour) {
          REQUIRE(ids.contains(id, hour * kHourMs));
          REQUIRE(restored.restore({hour, leaves.size(), id}));
          leaves.push_back(leaf_hash(id.view()));
        }
        expected.push_back({hour, leaves.size(), merkle_root(leaves)});
      }
      REQUIRE(roots == expected);
      REQUIRE(restored.roots() == expected);
      if (number % 5 == 0) ids = std::move(restored);
    }
  }
}

TEST_CASE("an hour lives until the very millisecond of its end, and takes no id thereafter") {
  Random random(54);
  const Digest id = random.digest();
  LiveIds ids;
  auto block = ids.begin_block(10 * kHourMs);
  REQUIRE(block.add(id, 11 * kHourMs - 1));
  CHECK_FALSE(block.add(random.digest(), 10 * kHourMs - 1));
  ids.commit(std::move(block));
  CHECK(ids.begin_block(11 * kHourMs - 1).contains(id, 11 * kHourMs - 1));
  const auto later = ids.begin_block(11 * kHourMs);
  CHECK_FALSE(later.contains(id, 11 * kHourMs - 1));
  CHECK(later.roots().empty());
  CHECK(later.dropped_hours() == std::vector<std::int64_t>{10});
  CHECK(ids.size() == 1);
}

TEST_CASE("stored rows that leave one out or repeat one are damage") {
  Random random(55);
  const Digest id = random.digest();
  LiveIds ids;
  REQUIRE(ids.restore({5, 0, id}));
  CHECK(ids.restore({5, 2, random.digest()}).error().reason == v1::REASON_DAMAGED);
  CHECK(ids.restore({5, 0, random.digest()}).error().reason == v1::REASON_DAMAGED);
  CHECK(ids.restore({5, 1, id}).error().reason == v1::REASON_DAMAGED);
}

}  // namespace jinshi::merkle
