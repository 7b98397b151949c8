#include "node/network_clock.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "node/clock_text.h"
#include "node_world.h"

namespace jinshi::node {
namespace {

constexpr TimeMs kSystem = 1'800'000'000'000;

NetworkClock::SystemClock fixed(TimeMs time) {
  return [time] { return time; };
}

std::unique_ptr<NetworkClock> open(const TemporaryFolder& folder, bool development = true, TimeMs system = kSystem) {
  auto clock = NetworkClock::open(folder / "clock", development, fixed(system));
  REQUIRE(clock);
  return std::move(*clock);
}

}  // namespace

TEST_CASE("the network clock is the system's until it is moved") {
  const TemporaryFolder folder;
  CHECK(open(folder)->now() == kSystem);
}

TEST_CASE("a moved clock stays moved over a restart") {
  const TemporaryFolder folder;
  REQUIRE(open(folder)->move_to(kSystem + 5000));
  CHECK(open(folder)->now() == kSystem + 5000);
  CHECK(open(folder, true, kSystem + 100)->now() == kSystem + 5100);
}

TEST_CASE("the clock moves forward only") {
  const TemporaryFolder folder;
  const auto clock = open(folder);
  REQUIRE(clock->move_to(kSystem + 5000));
  const auto back = clock->move_to(kSystem + 4999);
  REQUIRE_FALSE(back);
  CHECK(back.error().reason == v1::REASON_BAD_VALUE);
  CHECK(clock->now() == kSystem + 5000);
  CHECK(clock->move_to(kSystem + 5000));
  CHECK_FALSE(clock->move_to(std::numeric_limits<TimeMs>::max()));
}

TEST_CASE("outside development the clock can't be moved, and a clock file is not read") {
  const TemporaryFolder folder;
  const auto moved = open(folder, false)->move_to(kSystem + 5000);
  REQUIRE_FALSE(moved);
  CHECK(moved.error().reason == v1::REASON_WRONG_STATE);
  REQUIRE(open(folder)->move_to(kSystem + 5000));
  CHECK(open(folder, false)->now() == kSystem);
}

TEST_CASE("a development clock may begin in another year, once") {
  const TemporaryFolder folder;
  REQUIRE(NetworkClock::begin_at(folder / "clock", 1'600'000'000'000, fixed(kSystem)));
  CHECK(open(folder)->now() == 1'600'000'000'000);
  CHECK_FALSE(NetworkClock::begin_at(folder / "clock", 1'600'000'000'000, fixed(kSystem)));
}

TEST_CASE("a clock file that holds no offset is damage, and the message says what to do") {
  const TemporaryFolder folder;
  for (const char* text : {"", "offset_ms ", "offset_ms 5", "offset_ms x\n", "5\n", "offset_ms 5\nmore"}) {
    std::ofstream(folder / "clock") << text;
    const auto clock = NetworkClock::open(folder / "clock", true, fixed(kSystem));
    INFO(text);
    REQUIRE_FALSE(clock);
    CHECK(clock.error().reason == v1::REASON_DAMAGED);
    CHECK(clock.error().message.find("offset_ms N") != std::string::npos);
  }
}

TEST_CASE("operators write times as milliseconds or with their zone") {
  const std::pair<const char*, TimeMs> good[] = {
      {"1795996800000", 1795996800000},
      {"2026-11-23T08:00+08:00", 1795392000000},
      {"2026-11-23T08:00:00+08:00", 1795392000000},
      {"2026-11-23T00:00:00Z", 1795392000000},
      {"2026-11-22T19:30:01-04:30", 1795392001000},
  };
  for (const auto& [text, time] : good) {
    INFO(text);
    const auto parsed = parse_time(text);
    REQUIRE(parsed);
    CHECK(*parsed == time);
  }
  for (const char* text : {"", "0", "-5", "now", "2026-11-23", "2026-11-23T08:00", "2026-02-30T08:00Z",
                           "2026-11-23T24:00Z", "2026-11-23T08:00+8:00", "2026-11-23T08:00:00Zx"}) {
    INFO(text);
    CHECK_FALSE(parse_time(text));
  }
}

}  // namespace jinshi::node
