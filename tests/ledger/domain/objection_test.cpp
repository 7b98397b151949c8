#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

v1::Operation raised() { return op("raise_objection { objection: 'o' asset: 'a' ground_digest: '#ground' }"); }
v1::Operation admission() { return op("admit_objection { objection: 'o' }"); }
v1::Operation dismissal() { return op("resolve_objection { objection: 'o' outcome: OBJECTION_OUTCOME_DISMISSED }"); }
v1::Operation upheld() {
  return op("resolve_objection { objection: 'o' outcome: OBJECTION_OUTCOME_UPHELD reason_digest: '#reason' }");
}

const v1::Objection& objection(const Zone& zone) { return *zone.records().objection("o"); }
std::uint32_t open(const Zone& zone) { return zone.asset("a")->encumbrances().open_objections(); }
std::uint32_t admitted(const Zone& zone) { return zone.asset("a")->encumbrances().admitted_objections(); }

Zone with_noticed() {
  Zone zone;
  zone.with_noticed(zone.application("a", "hospital"));
  return zone;
}

TEST_CASE("an objection is raised against a registration in notice, and blocks its certificate") {
  Zone zone = with_noticed();
  zone.accept("carmaker", raised());
  CHECK(objection(zone).asset() == "a");
  CHECK(objection(zone).certificate_kind() == v1::CERTIFICATE_KIND_DATA_ASSET);
  CHECK(objection(zone).objector() == "carmaker");
  CHECK(objection(zone).ground_digest() == digest_of("ground"));
  CHECK(objection(zone).state() == v1::OBJECTION_STATE_RAISED);
  CHECK(!objection(zone).admitted());
  CHECK(open(zone) == 1);
  CHECK(admitted(zone) == 0);
  CHECK(zone.forecast("registry-social", {}, op(zone.issue("a"))) == "OBJECTION_OPEN");
}

TEST_CASE("an objection that can't be raised is refused") {
  Zone zone = with_noticed();
  CHECK(zone.outcome("hospital", raised()) == "CONFLICT_OF_INTEREST asset");
  CHECK(zone.outcome("registry-social", raised()) == "CONFLICT_OF_INTEREST asset");
  CHECK(zone.outcome("carmaker", op("raise_objection { objection: 'o' asset: 'b' ground_digest: '#g' }")) ==
        "UNKNOWN_ASSET asset");
  CHECK(zone.outcome("carmaker", op("raise_objection { objection: 'o' asset: 'a' certificate_kind: "
                                    "CERTIFICATE_KIND_DATA_IP ground_digest: '#g' }")) == "WRONG_STATE");
  CHECK(zone.outcome("carmaker", op("raise_objection { objection: 'o' asset: 'a' }")) == "MISSING_FIELD ground_digest");
  zone.accept("carmaker", raised());
  CHECK(zone.outcome("museum", raised()) == "ID_TAKEN objection");
  CHECK(open(zone) == 1);
}

TEST_CASE("an objection is to a registration that is in notice or certified") {
  Zone zone;
  zone.with_application(zone.application("a", "hospital"));
  CHECK(zone.outcome("carmaker", raised()) == "WRONG_STATE");
  zone.accept("registry-social", op("accept_application { asset: 'a' }"));
  CHECK(zone.outcome("carmaker", raised()) == "WRONG_STATE");
  zone.accept("registry-social", op("publish_notice { asset: 'a' }"));
  CHECK(zone.forecast("carmaker", {}, raised()) == "APPLIED");
  zone.accept("registry-social", op(zone.issue("a")));
  CHECK(zone.forecast("carmaker", {}, raised()) == "APPLIED");
  zone.accept("hospital", {"registry-social"}, op("cancel_registration { asset: 'a' }"));
  CHECK(zone.outcome("carmaker", raised()) == "WRONG_STATE");
}

TEST_CASE("an objection is admitted by the registry that decides on it, once") {
  Zone zone = with_noticed();
  CHECK(zone.outcome("registry-social", admission()) == "UNKNOWN_RECORD objection");
  zone.accept("carmaker", raised());
  CHECK(zone.outcome("hospital", admission()) == "ROLE_MISSING");
  CHECK(zone.outcome("registry-public", admission()) == "WRONG_REGISTRY");
  zone.accept("registry-social", admission());
  CHECK(objection(zone).state() == v1::OBJECTION_STATE_ADMITTED);
  CHECK(objection(zone).admitted());
  CHECK(open(zone) == 1);
  CHECK(admitted(zone) == 1);
  CHECK(zone.outcome("registry-social", admission()) == "WRONG_STATE");
}

TEST_CASE("an objection to what is no longer in notice can't be admitted, only resolved") {
  Zone zone = with_noticed();
  zone.accept("carmaker", raised());
  zone.accept("hospital", op("withdraw_application { asset: 'a' }"));
  CHECK(zone.outcome("registry-social", admission()) == "WRONG_STATE objection");
  CHECK(zone.outcome("registry-social", upheld()) == "APPLIED");
  CHECK(open(zone) == 0);
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_WITHDRAWN);
}

TEST_CASE("a dismissed objection leaves the registration to go on") {
  for (const bool admit : {false, true}) {
    Zone zone = with_noticed();
    zone.accept("carmaker", raised());
    if (admit) zone.accept("registry-social", admission());
    CHECK(zone.outcome("carmaker", dismissal()) == "ROLE_MISSING");
    CHECK(zone.outcome("registry-ip", dismissal()) == "WRONG_REGISTRY");
    zone.accept("registry-social", dismissal());
    CHECK(objection(zone).state() == v1::OBJECTION_STATE_RESOLVED);
    CHECK(objection(zone).outcome() == v1::OBJECTION_OUTCOME_DISMISSED);
    CHECK(open(zone) == 0);
    CHECK(admitted(zone) == 0);
    CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_NOTICED);
    CHECK(zone.outcome("registry-social", dismissal()) == "WRONG_STATE");
    CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "APPLIED");
  }
}

TEST_CASE("an upheld objection rejects a registration in notice") {
  for (const bool admit : {false, true}) {
    Zone zone = with_noticed();
    zone.accept("carmaker", raised());
    if (admit) zone.accept("registry-social", admission());
    zone.accept("registry-social", upheld());
    CHECK(objection(zone).outcome() == v1::OBJECTION_OUTCOME_UPHELD);
    CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_REJECTED);
    CHECK(open(zone) == 0);
    CHECK(admitted(zone) == 0);
    CHECK(zone.outcome("hospital", op(zone.application("a", "hospital"))) == "APPLIED");
  }
}

TEST_CASE("an upheld objection revokes a certificate, and what follows from it ends") {
  Zone zone;
  const std::string number = zone.with_certified_asset("a", "hospital");
  zone.accept("carmaker", raised());
  zone.accept("registry-social", admission());
  zone.accept("registry-social", upheld());
  CHECK(zone.certificate(number)->state() == v1::CERTIFICATE_STATE_REVOKED);
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_REVOKED);
  CHECK(zone.total("GENERAL", "2026-11").certificates() == 0);
  CHECK(zone.record(keys::first("hospital", v1::FIRST_KIND_REGISTRATION)) == nullptr);
}

TEST_CASE("objections are counted one by one") {
  Zone zone = with_noticed();
  zone.accept("carmaker", raised());
  zone.accept("museum", op("raise_objection { objection: 'p' asset: 'a' ground_digest: '#g' }"));
  zone.accept("registry-social", admission());
  CHECK(open(zone) == 2);
  CHECK(admitted(zone) == 1);
  zone.accept("registry-social", dismissal());
  CHECK(open(zone) == 1);
  CHECK(zone.forecast("registry-social", {}, op(zone.issue("a"))) == "OBJECTION_OPEN");
  zone.accept("registry-social", op("resolve_objection { objection: 'p' outcome: OBJECTION_OUTCOME_DISMISSED }"));
  CHECK(open(zone) == 0);
  CHECK(zone.forecast("registry-social", {}, op(zone.issue("a"))) == "APPLIED");
}

TEST_CASE("a registry that came to hold the asset, or objected, does not resolve the objection") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.accept("carmaker", raised());
  v1::GrantedRight& right = *zone.change_asset("a").add_rights();
  right.set_right(v1::RIGHT_PROCESS);
  right.set_holder("registry-social");
  CHECK(zone.outcome("registry-social", admission()) == "CONFLICT_OF_INTEREST");
  CHECK(zone.outcome("registry-social", dismissal()) == "CONFLICT_OF_INTEREST");
}

}  // namespace
}  // namespace jinshi::ledger::testing
