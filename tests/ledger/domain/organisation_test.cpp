#include "ledger/domain/organisation.h"

#include <catch2/catch.hpp>
#include <functional>

#include "ledger/domain/record_key.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

// 91110112MA0910561P and 91110112MA09107802 are nobody's in a Zone.
v1::AdmitOrganisation admission(const Zone& zone, const std::string& id = "fintech") {
  v1::AdmitOrganisation admission;
  admission.set_org(id);
  admission.set_credit_code("91110112MA0910561P");
  admission.set_name("示例征信公司 (Sample Credit Data)");
  admission.set_kind(v1::ORGANISATION_KIND_PRIVATE);
  admission.add_roles(v1::ROLE_PLATFORM);
  admission.add_roles(v1::ROLE_MEMBER);
  *admission.add_keys() = zone.grant(id, id);
  return admission;
}

TEST_CASE("governance admits an organisation, and its keys may sign") {
  Zone zone;
  auto event = admission(zone);
  event.set_controller("holding");
  *event.add_keys() = zone.grant("fintech", "fintech/2");
  event.mutable_keys(1)->set_label("night desk");
  event.mutable_keys(1)->mutable_only()->add_events(v1::Operation::kRaiseObjection);
  *event.mutable_governance_key() = zone.grant("fintech", "fintech/governance", v1::KEY_PURPOSE_GOVERNANCE);
  *event.mutable_consensus_key() = zone.grant("fintech", "fintech/consensus", v1::KEY_PURPOSE_CONSENSUS);
  event.add_tls_keys()->set_spki_digest(digest_of("fintech/tls"));
  event.add_two_keys(v1::Operation::kSetControls);
  event.add_two_keys(v1::Operation::kAddKey);
  REQUIRE(zone.outcome("governance", op(event)) == "APPLIED");

  const auto& fintech = *zone.organisation("fintech");
  CHECK(fintech.state() == v1::ORGANISATION_STATE_ACTIVE);
  CHECK(fintech.name() == "示例征信公司 (Sample Credit Data)");
  CHECK(fintech.kind() == v1::ORGANISATION_KIND_PRIVATE);
  CHECK(fintech.controller() == "holding");
  REQUIRE(fintech.roles_size() == 2);
  CHECK(fintech.roles(0) == v1::ROLE_MEMBER);
  REQUIRE(fintech.keys_size() == 2);
  CHECK_FALSE(fintech.keys(0).has_only());
  CHECK(fintech.keys(1).label() == "night desk");
  CHECK(fintech.keys(1).only().events(0) == v1::Operation::kRaiseObjection);
  CHECK(fintech.governance_key() == public_key("fintech/governance"));
  CHECK(fintech.consensus_key() == public_key("fintech/consensus"));
  CHECK(fintech.tls_keys(0).spki_digest() == digest_of("fintech/tls"));
  CHECK(fintech.controls_set());
  CHECK(fintech.two_keys(0) == v1::Operation::kAddKey);

  const std::vector<std::pair<std::string, v1::KeyPurpose>> keys = {
      {public_key("fintech"), v1::KEY_PURPOSE_TRANSACTION},
      {public_key("fintech/governance"), v1::KEY_PURPOSE_GOVERNANCE},
      {public_key("fintech/consensus"), v1::KEY_PURPOSE_CONSENSUS},
      {digest_of("fintech/tls"), v1::KEY_PURPOSE_TLS}};
  for (const auto& [key, purpose] : keys) {
    const auto* record = zone.records().key(key);
    REQUIRE(record != nullptr);
    CHECK(record->organisation() == "fintech");
    CHECK(record->purpose() == purpose);
  }
  const auto* code = zone.record(keys::credit_code("91110112MA0910561P"));
  REQUIRE(code != nullptr);
  CHECK(code->credit_code().organisation() == "fintech");
  zone.accept("fintech", op(zone.application("scores", "fintech")));
}

TEST_CASE("an admission that is not in order is refused with the field at fault") {
  struct Case {
    std::function<void(Zone&, v1::AdmitOrganisation&)> alter;
    std::string outcome;
  };
  const std::vector<Case> cases = {
      {[](Zone&, auto& event) { event.clear_credit_code(); }, "MISSING_FIELD credit_code"},
      {[](Zone&, auto& event) { event.set_lei("5493001KJTIIGC8Y1R12"); }, "BAD_CREDIT_CODE lei"},
      {[](Zone&, auto& event) { event.set_credit_code("91110112MA0910561Q"); }, "BAD_CREDIT_CODE credit_code"},
      {[](Zone&, auto& event) { event.set_kind(v1::ORGANISATION_KIND_FOREIGN); }, "MISSING_FIELD lei"},
      {[](Zone&, auto& event) {
         event.set_kind(v1::ORGANISATION_KIND_FOREIGN);
         event.set_lei("5493001KJTIIGC8Y1R12");
       },
       "BAD_CREDIT_CODE credit_code"},
      {[](Zone&, auto& event) { event.add_roles(v1::ROLE_REGISTRY_IP); }, "MISSING_FIELD centre_code"},
      {[](Zone&, auto& event) { event.set_centre_code("FIN"); }, "BAD_VALUE centre_code"},
      {[](Zone&, auto& event) { event.add_two_keys(v1::Operation::kAddKey); }, "BAD_VALUE two_keys"},
      {[](Zone&, auto& event) { event.clear_keys(); }, "MISSING_FIELD keys"},
      {[](Zone&, auto& event) { event.mutable_keys(0)->clear_possession(); }, "MISSING_FIELD keys[0].possession"},
      {[](Zone&, auto& event) { event.mutable_keys(0)->set_recent_header(digest_of("header 0")); },
       "BAD_VALUE keys[0].recent_header"},
      {[](Zone& zone, auto& event) {
         *event.mutable_consensus_key() = zone.grant("fintech", "fintech/consensus", v1::KEY_PURPOSE_CONSENSUS);
         event.mutable_consensus_key()->clear_recent_header();
       },
       "MISSING_FIELD consensus_key.recent_header"},
      {[](Zone& zone, auto& event) {
         *event.mutable_governance_key() = zone.grant("fintech", "fintech/governance", v1::KEY_PURPOSE_GOVERNANCE);
         event.mutable_governance_key()->mutable_only();
       },
       "BAD_VALUE governance_key.only"},
      {[](Zone& zone, auto& event) {
         *event.mutable_governance_key() = zone.grant("fintech", "fintech/governance", v1::KEY_PURPOSE_GOVERNANCE);
         event.mutable_governance_key()->set_valid_from(1);
       },
       "BAD_VALUE governance_key.valid_from"},
      {[](Zone&, auto& event) { event.set_org("hospital"); }, "ID_TAKEN org"},
      {[](Zone&, auto& event) { event.set_credit_code("12110112MA09101238"); }, "CREDIT_CODE_TAKEN credit_code"},
      {[](Zone&, auto& event) {
         event.add_roles(v1::ROLE_REGISTRY_IP);
         event.set_centre_code("SOC");
       },
       "CREDIT_CODE_TAKEN centre_code"},
      {[](Zone&, auto& event) { event.mutable_keys(0)->set_public_key(public_key("hospital")); },
       "KEY_TAKEN keys[0].public_key"},
      {[](Zone&, auto& event) { *event.add_keys() = event.keys(0); }, "KEY_TAKEN keys[1].public_key"},
      {[](Zone&, auto& event) { *event.mutable_governance_key() = event.keys(0); },
       "KEY_TAKEN governance_key.public_key"},
      {[](Zone&, auto& event) { event.add_tls_keys()->set_spki_digest(digest_of("exchange/tls")); },
       "KEY_TAKEN tls_keys[0].spki_digest"},
      {[](Zone&, auto& event) { event.mutable_keys(0)->set_public_key(public_key("fintech/2")); },
       "BAD_SIGNATURE keys[0].possession"},
      // A possession is for one organisation and one purpose.
      {[](Zone& zone, auto& event) { *event.mutable_keys(0) = zone.grant("hospital", "fintech"); },
       "BAD_SIGNATURE keys[0].possession"},
      {[](Zone& zone, auto& event) { *event.mutable_governance_key() = zone.grant("fintech", "fintech/2"); },
       "BAD_SIGNATURE governance_key.possession"},
      {[](Zone& zone, auto& event) {
         *event.mutable_consensus_key() = zone.grant("fintech", "fintech/consensus", v1::KEY_PURPOSE_CONSENSUS);
         event.mutable_consensus_key()->set_recent_header(digest_of("elsewhere"));
       },
       "DIGEST_MISMATCH consensus_key.recent_header"},
  };
  for (const Case& one : cases) {
    Zone zone;
    auto event = admission(zone);
    one.alter(zone, event);
    CAPTURE(one.outcome);
    CHECK(zone.outcome("governance", op(event)) == one.outcome);
  }
}

TEST_CASE("a foreign organisation is known by its LEI") {
  Zone zone;
  auto event = admission(zone);
  event.set_kind(v1::ORGANISATION_KIND_FOREIGN);
  event.clear_credit_code();
  event.set_lei("5493001KJTIIGC8Y1R12");
  REQUIRE(zone.outcome("governance", op(event)) == "APPLIED");
  CHECK(zone.organisation("fintech")->lei() == "5493001KJTIIGC8Y1R12");
  CHECK(zone.record(keys::credit_code("5493001KJTIIGC8Y1R12")) != nullptr);
}

TEST_CASE("a consensus key's header is one of the last 1,024 and no older") {
  Zone zone;
  auto event = admission(zone);
  *event.mutable_consensus_key() = zone.grant("fintech", "fintech/consensus", v1::KEY_PURPOSE_CONSENSUS);
  for (int block = 0; block < 1023; ++block) zone.pass(0);
  CHECK(zone.forecast("governance", {}, op(event)) == "APPLIED");
  zone.pass(0);
  CHECK(zone.forecast("governance", {}, op(event)) == "DIGEST_MISMATCH consensus_key.recent_header");
}

TEST_CASE("governance is more than two thirds of the validators, by their governance keys") {
  Zone zone;
  const auto event = op("suspend_organisation { org: 'hospital' reason_digest: '#reason' }");
  CHECK(zone.outcome("hospital", event) == "ROLE_MISSING");
  CHECK(zone.outcome("exchange", event) == "QUORUM_MISSING");
  CHECK(zone.outcome("exchange/governance", {"zone-office/governance"}, event) == "QUORUM_MISSING");
  // A transaction key is no vote.
  CHECK(zone.outcome("exchange/governance", {"zone-office/governance", "registry-social"}, event) == "QUORUM_MISSING");
  CHECK(zone.outcome("exchange/governance", {"zone-office/governance", "registry-social/governance"}, event) ==
        "APPLIED");
  CHECK(zone.organisation("hospital")->state() == v1::ORGANISATION_STATE_SUSPENDED);
}

TEST_CASE("roles are replaced, and a centre code stays with the registry that had it") {
  Zone zone;
  REQUIRE(zone.outcome("governance",
                       op("change_roles { org: 'registry-ip' roles: ROLE_PLATFORM roles: ROLE_MEMBER }")) == "APPLIED");
  const auto& organisation = *zone.organisation("registry-ip");
  REQUIRE(organisation.roles_size() == 2);
  CHECK(organisation.roles(0) == v1::ROLE_MEMBER);
  CHECK(organisation.roles(1) == v1::ROLE_PLATFORM);
  CHECK(organisation.centre_code().empty());

  const std::vector<std::pair<std::string, std::string>> cases = {
      {"org: 'museum' roles: ROLE_REGISTRY_IP centre_code: 'IPR'", "CREDIT_CODE_TAKEN centre_code"},
      {"org: 'museum' roles: ROLE_REGISTRY_IP", "MISSING_FIELD centre_code"},
      {"org: 'museum' roles: ROLE_MEMBER centre_code: 'MUS'", "BAD_VALUE centre_code"},
      {"org: 'museum' roles: ROLE_REGISTRY_IP centre_code: 'ipr'", "BAD_VALUE centre_code"},
      {"org: 'nobody' roles: ROLE_MEMBER", "UNKNOWN_ORGANISATION org"},
      {"org: 'exchange' roles: ROLE_EXCHANGE", "WRONG_STATE roles"},
      {"org: 'exchange' roles: ROLE_VALIDATOR roles: ROLE_MEMBER", "APPLIED"},
      {"org: 'registry-ip' roles: ROLE_REGISTRY_IP centre_code: 'IPR'", "APPLIED"},
      {"org: 'museum' roles: ROLE_REGISTRY_IP centre_code: 'MUS'", "APPLIED"},
      {"org: 'hospital' roles: ROLE_REGISTRY_IP centre_code: 'MUS'", "CREDIT_CODE_TAKEN centre_code"},
  };
  for (const auto& [fields, outcome] : cases) {
    CAPTURE(fields);
    CHECK(zone.outcome("governance", op("change_roles { " + fields + " }")) == outcome);
  }
}

TEST_CASE("an organisation is suspended, restored and removed, each from the states that allow it") {
  Zone zone;
  const auto suspend = op("suspend_organisation { org: 'museum' reason_digest: '#reason' }");
  const auto restore = op("restore_organisation { org: 'museum' }");
  const auto remove = op("remove_organisation { org: 'museum' reason_digest: '#reason' }");
  const auto change = op("change_roles { org: 'museum' roles: ROLE_MEMBER }");
  CHECK(zone.outcome("governance", restore) == "WRONG_STATE");
  CHECK(zone.outcome("governance", suspend) == "APPLIED");
  CHECK(zone.outcome("governance", suspend) == "WRONG_STATE");
  CHECK(zone.outcome("museum", op(zone.application("a", "museum"))) == "ORGANISATION_SUSPENDED");
  CHECK(zone.outcome("governance", change) == "APPLIED");
  CHECK(zone.outcome("governance", restore) == "APPLIED");
  CHECK(zone.outcome("museum", op(zone.application("a", "museum"))) == "APPLIED");
  CHECK(zone.outcome("governance", suspend) == "APPLIED");
  CHECK(zone.outcome("governance", remove) == "APPLIED");
  CHECK(zone.organisation("museum")->state() == v1::ORGANISATION_STATE_REMOVED);
  for (const auto& event : {suspend, restore, remove, change})
    CHECK(zone.outcome("governance", event) == "WRONG_STATE");
  CHECK(zone.outcome("museum", op(zone.application("b", "museum"))) == "ORGANISATION_SUSPENDED");
}

TEST_CASE("a validator of the current, the next or the waiting set is not removed") {
  const auto remove = op("remove_organisation { org: 'museum' reason_digest: '#reason' }");
  const auto place = GENERATE(0, 1, 2);
  Zone zone;
  v1::Epochs& epochs = zone.change_epochs();
  v1::Epoch& epoch = place == 0   ? *epochs.mutable_current()
                     : place == 1 ? *epochs.mutable_next()
                                  : *epochs.mutable_waiting();
  epoch.mutable_set()->add_validators()->set_organisation("museum");
  const std::vector<std::string> others = {"exchange/governance", "registry-social/governance",
                                           "registry-public/governance"};
  CHECK(zone.outcome("zone-office/governance", others, remove) == "WRONG_STATE org");
}

TEST_CASE("a merged organisation's successor signs for what it held") {
  Zone zone;
  zone.with_certified_asset("relics", "museum");
  const auto merge = op("succeed_organisation { org: 'museum' into: 'city-data' agreement_digest: '#merger' }");
  CHECK(zone.outcome("governance", merge) == "MISSING_COSIGNER");
  CHECK(zone.outcome("governance", {"hospital"}, merge) == "MISSING_COSIGNER");
  REQUIRE(zone.outcome("governance", {"registry-ip"}, merge) == "APPLIED");
  CHECK(zone.organisation("museum")->state() == v1::ORGANISATION_STATE_REMOVED);
  CHECK(zone.organisation("museum")->succeeded_by() == "city-data");
  CHECK(zone.outcome("governance", {"registry-ip"}, merge) == "WRONG_STATE");

  const auto transfer = op("transfer_registration { asset: 'relics' to: 'city-data' agreement_digest: '#merger' }");
  CHECK(zone.outcome("hospital", {"registry-social"}, transfer) == "NOT_HOLDER");
  CHECK(zone.outcome("city-data", {"registry-social"}, transfer) == "APPLIED");
  CHECK(zone.asset("relics")->rights(0).holder() == "city-data");
}

TEST_CASE("a succession that is not in order is refused") {
  Zone zone;
  zone.accept("governance", op("suspend_organisation { org: 'shipping' reason_digest: '#reason' }"));
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"museum", "shipping", "WRONG_STATE into"},
      {"museum", "museum", "SAME_PARTY into"},
      {"exchange", "museum", "WRONG_STATE org"},
      {"museum", "nobody", "UNKNOWN_ORGANISATION into"},
      {"nobody", "museum", "UNKNOWN_ORGANISATION org"},
      {"museum", "registry-ip", "CONFLICT_OF_INTEREST"},
      {"shipping", "museum", "APPLIED"}};
  for (const auto& [org, into, outcome] : cases) {
    CAPTURE(org, into);
    CHECK(zone.outcome("governance", {"registry-ip"},
                       op("succeed_organisation { org: '" + org + "' into: '" + into +
                          "' agreement_digest: '#merger' }")) == outcome);
  }
}

}  // namespace
}  // namespace jinshi::ledger::testing
