#include "node/diagnosis.h"

#include <catch2/catch.hpp>

namespace jinshi::node {
namespace {

DiagnosisFacts idle() {
  DiagnosisFacts facts;
  facts.ordering.height = 7;
  facts.ordering.heartbeat_ms = 60'000;
  facts.ordering.progress_timeout_ms = 1000;
  facts.now = 5000;
  return facts;
}

bool says(const Diagnosis& diagnosis, std::string_view words) {
  INFO(diagnosis.text);
  return diagnosis.text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("an idle node is not a stalled one") {
  auto facts = idle();
  CHECK_FALSE(diagnose(facts).stalled);
  CHECK(says(diagnose(facts), "idle: nothing waits; the next heartbeat is in 55000 ms"));
  facts.ordering.next_due = 900;
  facts.network_now = 400;
  CHECK(says(diagnose(facts), "the next due entry in 500 ms"));
}

TEST_CASE("a block in the making is work until it takes too long") {
  auto facts = idle();
  facts.waiting = 12;
  for (const auto at : {OrderingStatus::At::kExecuting, OrderingStatus::At::kCertifying}) {
    facts.ordering.at = at;
    facts.now = 5000;
    CHECK_FALSE(diagnose(facts).stalled);
    CHECK(says(diagnose(facts), "working: block 8"));
    facts.now = 10'001;
    CHECK(diagnose(facts).stalled);
    CHECK(says(diagnose(facts), "stalled: block 8"));
  }
}

TEST_CASE("a node that waits while transactions do, or misses its heartbeat, is stalled") {
  auto facts = idle();
  facts.waiting = 1;
  facts.now = 10'001;
  CHECK(says(diagnose(facts), "stalled: 1 transactions wait"));
  facts.waiting = 0;
  facts.now = 120'001;
  CHECK(says(diagnose(facts), "stalled: no heartbeat"));
}

TEST_CASE("what failed is what the diagnosis says") {
  auto facts = idle();
  facts.ordering.at = OrderingStatus::At::kFailed;
  facts.ordering.failure = "executing a block: 000123.sst: No space left on device";
  CHECK(diagnose(facts).stalled);
  CHECK(says(diagnose(facts), "000123.sst"));
}

}  // namespace jinshi::node
