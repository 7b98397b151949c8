#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

const std::vector<std::string> kSocial{"registry-social"};

v1::Operation change(const std::string& what) {
  return op("change_registration { asset: 'a' reason_digest: '#reason' " + what + " }");
}
v1::Operation correct(const std::string& what) {
  return op("correct_registration { asset: 'a' reason_digest: '#reason' " + what + " }");
}
v1::UpdateContent update(const std::string& root = "grown") {
  v1::UpdateContent event;
  event.set_asset("a");
  event.mutable_content()->set_root(digest_of(root));
  event.mutable_content()->set_chunk_size(1 << 20);
  event.mutable_content()->set_chunk_count(20);
  event.mutable_content()->set_over(v1::CONTENT_FORM_PLAINTEXT);
  event.set_size_bytes(20'000'000);
  event.set_record_count(2000);
  event.set_period_to("2026-11-22");
  return event;
}

void expect_blocked(Zone& zone, std::string_view by, const std::vector<std::string>& with, const v1::Operation& event) {
  v1::Encumbrances& on = *zone.change_asset("a").mutable_encumbrances();
  on.set_open_disputes(1);
  CHECK(zone.outcome(by, with, event) == "DISPUTED");
  on.set_freezes(1);
  CHECK(zone.outcome(by, with, event) == "FROZEN");
  on.Clear();
}

// --- change ---

TEST_CASE("a change replaces the fields that are present and no others") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const v1::Asset before = *zone.asset("a");
  zone.accept("hospital", kSocial,
              change("name: 'Renamed' industry: 'Q84' hosting: HOSTING_FEDERATED level: DATA_LEVEL_IMPORTANT "
                     "update_frequency: UPDATE_FREQUENCY_STATIC coverage: '310000' "
                     "duties { duty: DUTY_USE org: 'museum' } external_codes { scheme: 'N' code: '42' } "
                     "lawful_basis_digest: '#basis' description_digest: '#new'"));
  v1::Asset expected = before;
  expected.set_name("Renamed");
  expected.set_industry("Q84");
  expected.set_hosting(v1::HOSTING_FEDERATED);
  expected.set_level(v1::DATA_LEVEL_IMPORTANT);
  expected.clear_grade();
  expected.set_update_frequency(v1::UPDATE_FREQUENCY_STATIC);
  expected.set_coverage(0, "310000");
  expected.add_duties()->set_duty(v1::DUTY_USE);
  expected.mutable_duties(0)->set_org("museum");
  expected.add_external_codes()->set_scheme("N");
  expected.mutable_external_codes(0)->set_code("42");
  expected.set_lawful_basis_digest(digest_of("basis"));
  expected.set_description_digest(digest_of("new"));
  CHECK(zone.asset("a")->ShortDebugString() == expected.ShortDebugString());
  CHECK(zone.certificate(zone.registration("a")->certificate())->state() == v1::CERTIFICATE_STATE_VALID);
}

TEST_CASE("another sector zone takes what is counted along") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.at_date("2026-12-01");
  zone.accept("hospital", kSocial, change("zone: 'MEDICAL'"));
  CHECK(zone.total("GENERAL", "2026-11").declared_bytes() == 10'000'000);
  CHECK(zone.total("GENERAL", "2026-12").declared_bytes() == -10'000'000);
  CHECK(zone.total("GENERAL", "2026-12").assets() == -1);
  CHECK(zone.total("MEDICAL", "2026-12").declared_bytes() == 10'000'000);
  CHECK(zone.total("MEDICAL", "2026-12").assets() == 1);
  CHECK(zone.total("MEDICAL", "2026-12").certificates() == 1);
}

TEST_CASE("level and grade stay consistent, and are lowered only with a security assessment in force") {
  struct Case {
    const char* what;
    const char* expected;
  };
  const Case cases[] = {
      {"grade: 3", "APPLIED"},
      {"grade: 2", "APPLIED"},
      {"grade: 1", "ASSESSMENT_REQUIRED grade"},
      {"grade: 5", "BAD_VALUE grade"},
      {"level: DATA_LEVEL_IMPORTANT", "APPLIED"},
      {"level: DATA_LEVEL_IMPORTANT grade: 4", "BAD_VALUE grade"},
      {"level: DATA_LEVEL_CORE", "CORE_DATA_FORBIDDEN level"},
      {"level: DATA_LEVEL_GENERAL", "APPLIED"},
      {"level: DATA_LEVEL_GENERAL grade: 1", "ASSESSMENT_REQUIRED level"},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    Zone zone;
    zone.with_certified_asset("a", "hospital");
    CHECK(zone.outcome("hospital", kSocial, change(one.what)) == one.expected);
  }
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.accept("hospital", kSocial, change("level: DATA_LEVEL_IMPORTANT"));
  CHECK(zone.outcome("hospital", kSocial, change("grade: 4")) == "BAD_VALUE grade");
  CHECK(zone.outcome("hospital", kSocial, change("level: DATA_LEVEL_GENERAL")) == "BAD_VALUE grade");
  const auto lower = change("level: DATA_LEVEL_GENERAL grade: 4");
  CHECK(zone.outcome("hospital", kSocial, lower) == "ASSESSMENT_REQUIRED level");
  zone.accept("assessor-quality", op(zone.assessment("s", "a", v1::ASSESSMENT_KIND_SECURITY)));
  zone.accept("hospital", kSocial, lower);
  CHECK(zone.asset("a")->grade() == 4);
}

TEST_CASE("changes that are refused") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  CHECK(zone.outcome("hospital", kSocial, change("")) == "MISSING_FIELD");
  CHECK(zone.outcome("hospital", kSocial, change("zone: 'DEEP_SEA'")) == "BAD_VALUE zone");
  CHECK(zone.outcome("hospital", kSocial, change("duties { duty: DUTY_USE org: 'nobody' }")) ==
        "UNKNOWN_ORGANISATION duties[0].org");
  CHECK(zone.outcome("hospital", kSocial, op("change_registration { asset: 'a' name: 'x' }")) ==
        "MISSING_FIELD reason_digest");
  CHECK(zone.outcome("hospital", change("name: 'x'")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"registry-public"}, change("name: 'x'")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("museum", kSocial, change("name: 'x'")) == "NOT_HOLDER");
  expect_blocked(zone, "hospital", kSocial, change("name: 'x'"));
  zone.accept("hospital", kSocial, op("cancel_registration { asset: 'a' }"));
  CHECK(zone.outcome("hospital", kSocial, change("name: 'x'")) == "WRONG_STATE");
}

// --- correction ---

TEST_CASE("a clerical error is corrected by registry and holder") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  v1::Asset expected = *zone.asset("a");
  zone.accept("registry-social", {"hospital"},
              correct("name: 'Right' industry: 'Q84' record_count: 1001 period_from: '2021-02-01' "
                      "period_to: '2026-09-30' coverage: '310000' description_digest: '#right'"));
  expected.set_name("Right");
  expected.set_industry("Q84");
  expected.set_record_count(1001);
  expected.set_period_from("2021-02-01");
  expected.set_period_to("2026-09-30");
  expected.set_coverage(0, "310000");
  expected.set_description_digest(digest_of("right"));
  CHECK(zone.asset("a")->ShortDebugString() == expected.ShortDebugString());
}

TEST_CASE("corrections that are refused") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const auto outcome = [&](const std::string& what) {
    return zone.outcome("registry-social", {"hospital"}, correct(what));
  };
  CHECK(outcome("") == "MISSING_FIELD");
  CHECK(outcome("period_from: '2026-11-01'") == "BAD_DATES period_from");
  CHECK(outcome("period_to: '2020-12-31'") == "BAD_DATES period_to");
  CHECK(zone.outcome("registry-social", correct("name: 'x'")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", kSocial, correct("name: 'x'")) == "ROLE_MISSING");
  CHECK(zone.outcome("registry-ip", {"hospital"}, correct("name: 'x'")) == "WRONG_REGISTRY");
  expect_blocked(zone, "registry-social", {"hospital"}, correct("name: 'x'"));
  zone.accept("hospital", kSocial, op("cancel_registration { asset: 'a' }"));
  CHECK(outcome("name: 'x'") == "WRONG_STATE");
}

// --- new content ---

TEST_CASE("live data grows: the new content is claimed, the old one free, the totals count the new size") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const std::string old_root = zone.asset("a")->content().root();
  zone.accept("hospital", op(update()));
  const v1::Asset& asset = *zone.asset("a");
  CHECK(asset.content().root() == digest_of("grown"));
  CHECK(asset.size_bytes() == 20'000'000);
  CHECK(asset.record_count() == 2000);
  CHECK(asset.period_to() == "2026-11-22");
  CHECK(asset.content_version() == 2);
  CHECK(zone.records().certified_content(old_root) == nullptr);
  CHECK(zone.records().certified_content(digest_of("grown"))->registrations() == 1);
  CHECK(zone.total("GENERAL", "2026-11").declared_bytes() == 20'000'000);
  CHECK(zone.total("GENERAL", "2026-11").assets() == 1);
  CHECK(zone.total("GENERAL", "2026-11").certificates() == 1);
}

TEST_CASE("the same bytes under another period keep their claim") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  auto event = update("content of a");
  event.mutable_content()->set_chunk_count(10);
  event.set_size_bytes(10'000'000);
  zone.accept("hospital", op(event));
  CHECK(zone.asset("a")->content_version() == 2);
  CHECK(zone.records().certified_content(digest_of("content of a"))->registrations() == 1);
  CHECK(zone.total("GENERAL", "2026-11").declared_bytes() == 10'000'000);
}

TEST_CASE("new content is laid out as content is") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const auto outcome = [&](const auto& alter) {
    v1::UpdateContent event = update();
    alter(event, *event.mutable_content());
    return zone.forecast("hospital", {}, op(event));
  };
  CHECK(outcome([](auto&, auto& content) { content.set_chunk_size(1'000'000); }) == "BAD_VALUE content.chunk_size");
  CHECK(outcome([](auto&, auto& content) { content.set_chunk_size(32768); }) == "BAD_VALUE content.chunk_size");
  CHECK(outcome([](auto&, auto& content) { content.set_chunk_count(19); }) == "BAD_VALUE content.chunk_count");
  CHECK(outcome([](auto&, auto& content) { content.set_chunk_count(21); }) == "BAD_VALUE content.chunk_count");
  CHECK(outcome([](auto&, auto& content) { content.set_size(20'000'001); }) == "APPLIED");
  CHECK(outcome([](auto&, auto& content) { content.set_size(19'999'999); }) == "BAD_VALUE content.size");
  CHECK(outcome([](auto&, auto& content) { content.set_size(20 << 20); }) == "APPLIED");
  CHECK(outcome([](auto&, auto& content) { content.set_size((20 << 20) + 1); }) == "BAD_VALUE content.chunk_count");
  CHECK(outcome([](auto& event, auto&) { event.set_size_bytes(0); }) == "BAD_VALUE size_bytes");
  CHECK(outcome([](auto& event, auto&) { event.set_size_bytes(1'000'000'000'000'000'001); }) == "BAD_VALUE size_bytes");
}

TEST_CASE("new content that is refused") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.with_certified_asset("b", "museum");
  CHECK(zone.outcome("museum", op(update())) == "NOT_HOLDER");
  auto early = update();
  early.set_period_to("2026-10-30");
  CHECK(zone.outcome("hospital", op(early)) == "BAD_DATES period_to");
  CHECK(zone.outcome("hospital", op(update("content of b"))) == "CONTENT_ALREADY_CERTIFIED content.root");
  expect_blocked(zone, "hospital", {}, op(update()));
  zone.accept("hospital", kSocial, change("update_frequency: UPDATE_FREQUENCY_STATIC"));
  CHECK(zone.outcome("hospital", op(update())) == "CONTENT_MISMATCH content");
  zone.accept("hospital", kSocial, op("cancel_registration { asset: 'a' }"));
  CHECK(zone.outcome("hospital", op(update())) == "WRONG_STATE");
}

}  // namespace
}  // namespace jinshi::ledger::testing
