#include "ledger/domain/due_queue.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/domain/effective_state.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

constexpr auto kEnd = v1::DUE_WHAT_CERTIFICATE_END;
constexpr auto kControls = v1::DUE_WHAT_CONTROLS;

v1::Due entry(TimeMs time, const char* id) { return due_entry(time, kEnd, v1::StateKey::kCertificate, id); }

TEST_CASE("the due queue's order has golden bytes: time, what, kind, id") {
  CHECK(to_hex(due_order(entry(0x0102030405060708, "AB"))) ==
        "0102030405060708"
        "00000001"
        "0000000e"
        "4142");
}

TEST_CASE("the due queue runs by time, then what, then kind, then id") {
  const std::vector<v1::Due> in_order = {
      due_entry(255, kControls, v1::StateKey::kOrganisation, "z"),
      due_entry(256, kEnd, v1::StateKey::kOrganisation, "z"),
      due_entry(256, kEnd, v1::StateKey::kCertificate, "a"),
      due_entry(256, kEnd, v1::StateKey::kCertificate, "aa"),
      due_entry(256, kEnd, v1::StateKey::kCertificate, "b"),
      due_entry(256, kControls, v1::StateKey::kOrganisation, "a"),
      due_entry(65536, kEnd, v1::StateKey::kCertificate, "a"),
  };
  auto sorted = in_order;
  std::ranges::reverse(sorted);
  std::ranges::sort(sorted, {}, due_order);
  for (std::size_t i = 0; i < sorted.size(); ++i) CHECK(due_order(sorted[i]) == due_order(in_order[i]));
}

TEST_CASE("an entry is scheduled once, and may be taken back whether it is there or not") {
  Zone zone;
  const auto due = entry(kStart + kDay, "x");
  zone.change([&](Overlay& overlay) {
    schedule(overlay, due);
    schedule(overlay, due);
  });
  REQUIRE(zone.record(keys::due(due)) != nullptr);
  CHECK(zone.record(keys::due(due))->version() == 1);
  zone.change([&](Overlay& overlay) { unschedule(overlay, due); });
  CHECK(zone.record(keys::due(due)) == nullptr);
  zone.change([&](Overlay& overlay) { unschedule(overlay, due); });
}

TEST_CASE("a certificate leaves the totals in the month of the day after its last one") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.at(end_of(*zone.certificate(number)) - 1);
  CHECK(zone.certificate(number)->counted());
  CHECK(zone.total("GENERAL", "2029-11").certificates() == 0);
  zone.at(end_of(*zone.certificate(number)));
  CHECK(!zone.certificate(number)->counted());
  CHECK(zone.certificate(number)->state() == v1::CERTIFICATE_STATE_VALID);
  CHECK(zone.asset("a")->certificates_in_force() == 0);
  CHECK(zone.total("GENERAL", "2029-11").certificates() == -1);
  CHECK(zone.total("GENERAL", "2029-11").assets() == -1);
  CHECK(zone.total("GENERAL", "2029-11").declared_bytes() == -10'000'000);
  CHECK(zone.records().due(zone.time()).empty());
}

TEST_CASE("a suspended certificate's end finds nothing to count") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.accept("court", op("suspend_certificate { certificate: '" + number + "' reason_digest: '#r' }"));
  zone.at(end_of(*zone.certificate(number)));
  CHECK(zone.total("GENERAL", "2029-11").certificates() == 0);
  CHECK(zone.records().due(zone.time()).empty());
}

TEST_CASE("loosened controls apply when they are due") {
  Zone zone;
  zone.with_second_key("hospital");
  zone.accept("hospital", {"hospital/2"}, op("set_controls { org: 'hospital' two_keys: 50 }"));
  REQUIRE(zone.organisation("hospital")->has_pending_controls());
  zone.pass(zone.parameters().controls_delay_ms());
  CHECK(!zone.organisation("hospital")->has_pending_controls());
  CHECK(zone.organisation("hospital")->two_keys_size() == 1);
}

}  // namespace
}  // namespace jinshi::ledger::testing
