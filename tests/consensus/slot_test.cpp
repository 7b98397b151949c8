#include "consensus/slot.h"

#include <catch2/catch.hpp>

#include "ledger/crypto/sha256.h"

namespace jinshi::consensus {
namespace {

const Digest kOne = crypto::sha256("one"), kTwo = crypto::sha256("two");

}  // namespace

TEST_CASE("a slot counts distinct validators for one digest of one view") {
  Slot slot;
  CHECK_FALSE(slot.add_prepare(0, 0, {kOne, v1::PHASE_PRE_PREPARE, 1, "a"}));
  CHECK_FALSE(slot.add_prepare(0, 0, {kOne, v1::PHASE_PREPARE, 1, "a again"}));
  CHECK(slot.prepare_count(0, kOne) == 1);
  CHECK_FALSE(slot.add_prepare(0, 1, {kOne, v1::PHASE_PREPARE, 1, "b"}));
  CHECK_FALSE(slot.add_prepare(1, 2, {kOne, v1::PHASE_PREPARE, 1, "another view"}));
  CHECK_FALSE(slot.certificate({1, 0}, 5, kOne, 3));
  CHECK_FALSE(slot.add_prepare(0, 3, {kOne, v1::PHASE_PREPARE, 1, "d"}));
  const auto certificate = slot.certificate({1, 0}, 5, kOne, 3);
  REQUIRE(certificate);
  REQUIRE(certificate->entries.size() == 3);
  CHECK(certificate->entries[0].phase == v1::PHASE_PRE_PREPARE);
  CHECK(certificate->entries[2].validator == 3);
  CHECK(certificate->height == 5);
}

TEST_CASE("a slot notices who voted for two, and counts the first only") {
  Slot slot;
  CHECK_FALSE(slot.add_prepare(0, 1, {kOne, v1::PHASE_PREPARE, 1, "first"}));
  const auto against = slot.add_prepare(0, 1, {kTwo, v1::PHASE_PREPARE, 1, "second"});
  REQUIRE(against);
  CHECK(against->signature == "first");
  CHECK(slot.prepare_count(0, kTwo) == 0);
  CHECK(slot.prepare_count(0, kOne) == 1);
}

TEST_CASE("commits of one view decide, of several views together they do not") {
  Slot slot;
  slot.add_commit(0, 0, kOne);
  slot.add_commit(0, 1, kOne);
  slot.add_commit(1, 2, kOne);
  slot.add_commit(0, 3, kTwo);
  CHECK_FALSE(slot.committed(3));
  slot.add_commit(0, 1, kTwo);  // the first stands
  CHECK_FALSE(slot.committed(3));
  slot.add_commit(0, 2, kOne);
  CHECK(slot.committed(3) == kOne);
}

TEST_CASE("a slot keeps the newest views' votes only") {
  Slot slot;
  for (View view = 0; view < 20; ++view) {
    slot.add_prepare(view, 0, {kOne, v1::PHASE_PREPARE, 1, "a"});
    slot.add_commit(view, 0, kOne);
  }
  CHECK(slot.prepares().size() == Slot::kViewsKept);
  CHECK(slot.has_commit(19, 0));
  CHECK_FALSE(slot.has_commit(19 - Slot::kViewsKept, 0));
}

}  // namespace jinshi::consensus
