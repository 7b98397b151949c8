#include "node/diagnosis.h"

#include <catch2/catch.hpp>

namespace jinshi::node {
namespace {

// A validator of the set whose last block was certified at 0.
DiagnosisFacts idle() {
  DiagnosisFacts facts;
  facts.ordering.replica.active = true;
  facts.ordering.replica.is_validator = true;
  facts.ordering.replica.certified = facts.ordering.replica.executed = 7;
  facts.ordering.heartbeat_ms = 60'000;
  facts.ordering.progress_timeout_ms = 1000;
  facts.now = 5000;
  return facts;
}

// Height 8 is in flight; two of its validators are silent since 4,000.
DiagnosisFacts lacking(const std::string& what) {
  auto facts = idle();
  facts.waiting = 3;
  facts.ordering.replica.height_in_flight = 8;
  facts.ordering.replica.lacking.push_back({what, {"centre-a", "exchange-b"}, 4000});
  return facts;
}

bool says(const Diagnosis& diagnosis, std::string_view words) {
  INFO(diagnosis.text);
  return diagnosis.text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("an idle node is not a stalled one, and says when something will happen by itself") {
  auto facts = idle();
  CHECK_FALSE(diagnose(facts).stalled);
  CHECK(diagnose(facts).text == "idle: nothing waits; the next heartbeat is in 55000 ms");
  facts.ordering.next_due = 900;
  facts.network_now = 400;
  CHECK(says(diagnose(facts), "the next due entry in 500 ms"));
  facts.now = 60'100;
  facts.network_now = 1000;
  CHECK(says(diagnose(facts), "the next heartbeat is in 0 ms, the next due entry in 0 ms"));
}

TEST_CASE("transactions that wait are work until no block came for too long") {
  auto facts = idle();
  facts.waiting = 12;
  facts.ordering.replica.executed = 9;
  CHECK_FALSE(diagnose(facts).stalled);
  CHECK(diagnose(facts).text == "working: 12 transactions wait, 2 blocks are in flight");
  facts.now = 10'000;
  CHECK_FALSE(diagnose(facts).stalled);
  facts.now = 10'001;
  CHECK(diagnose(facts).stalled);
  CHECK(says(diagnose(facts), "stalled: 12 transactions wait, and no block came for 10001 ms"));
}

TEST_CASE("a network whose timeout is long is given two of them before it is called stalled") {
  auto facts = idle();
  facts.waiting = 1;
  facts.ordering.progress_timeout_ms = 8000;
  facts.now = 16'000;
  CHECK_FALSE(diagnose(facts).stalled);
  facts.now = 16'001;
  CHECK(diagnose(facts).stalled);
}

TEST_CASE("a node that misses its heartbeat twice is stalled though nothing waits") {
  auto facts = idle();
  facts.now = 120'000;
  CHECK_FALSE(diagnose(facts).stalled);
  facts.now = 120'001;
  CHECK(diagnose(facts).stalled);
  CHECK(says(diagnose(facts), "stalled: no block for 120001 ms, not even a heartbeat"));
}

TEST_CASE("a stall names who has not voted for what, at which height and since when") {
  for (const std::string what : {"PREPARE", "COMMIT", "header signature"}) {
    auto facts = lacking(what);
    facts.now = 14'500;
    CHECK(diagnose(facts).stalled);
    CHECK(says(diagnose(facts), "no " + what + " from centre-a, exchange-b for 10500 ms at height 8"));
  }
}

TEST_CASE("several lacks are each named, and a lack that begins now is 0 ms old") {
  auto facts = lacking("COMMIT");
  facts.ordering.replica.lacking.push_back({"header signature", {"bank-c"}, 5000});
  facts.now = 4500;
  CHECK(who_is_waited_for(facts.ordering, facts.now) ==
        "no COMMIT from centre-a, exchange-b for 500 ms at height 8; "
        "no header signature from bank-c for 0 ms at height 8");
  CHECK(who_is_waited_for(idle().ordering, 5000).empty());
}

TEST_CASE("a view change is work that names its view and who has yet to join it, at no height") {
  auto facts = lacking("VIEW-CHANGE");
  facts.ordering.replica.active = false;
  facts.ordering.replica.at = {2, 5};
  CHECK_FALSE(diagnose(facts).stalled);
  CHECK(diagnose(facts).text ==
        "working: changes to view 5 of epoch 2; no VIEW-CHANGE from centre-a, exchange-b for 1000 ms");
  facts.now = 10'001;
  CHECK(says(diagnose(facts), "stalled: 3 transactions wait"));
  CHECK(says(diagnose(facts), "no VIEW-CHANGE from centre-a, exchange-b for 6001 ms"));
}

TEST_CASE("who catches up works, whatever it lacks") {
  auto facts = idle();
  facts.ordering.catching_up = true;
  facts.ordering.replica.active = false;
  CHECK_FALSE(diagnose(facts).stalled);
  CHECK(diagnose(facts).text == "working: catches up from height 7");
}

TEST_CASE("a start that asks what it has signed is stalled only when too few answer for long") {
  auto facts = idle();
  facts.ordering.replica.recovering = true;
  CHECK_FALSE(diagnose(facts).stalled);
  facts.now = 10'001;
  CHECK(diagnose(facts).stalled);
  CHECK(says(diagnose(facts), "asks its peers what it has signed, and too few have answered for 10001 ms"));
}

TEST_CASE("a node outside the set changes no view") {
  auto facts = idle();
  facts.ordering.replica.active = false;
  facts.ordering.replica.is_validator = false;
  CHECK(says(diagnose(facts), "idle"));
}

TEST_CASE("what failed is what the diagnosis says, before anything else") {
  auto facts = lacking("PREPARE");
  facts.now = 1'000'000;
  facts.ordering.catching_up = true;
  facts.ordering.failure = "executing a block: 000123.sst: No space left on device";
  CHECK(diagnose(facts).stalled);
  CHECK(diagnose(facts).text == "stalled: executing a block: 000123.sst: No space left on device");
  facts.ordering.failure.clear();
  facts.ordering.stopped = true;
  CHECK(diagnose(facts).text == "stalled: the node is stopping");
}

}  // namespace jinshi::node
