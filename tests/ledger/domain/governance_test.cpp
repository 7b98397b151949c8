#include "ledger/domain/governance.h"
#include "ledger/domain/validators.h"

#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

constexpr const char* kSuspend = "suspend_organisation { org: 'hospital' reason_digest: '#reason' }";

v1::Operation proposal(const Zone& zone, const std::string& id, const std::string& change, TimeMs lifetime = kDay) {
  return op("propose { proposal: '" + id + "' change { " + change +
            " } expires_at: " + std::to_string(zone.time() + lifetime) + " }");
}

v1::Operation approval(const std::string& id) { return op("approve { proposal: '" + id + "' }"); }

v1::OrganisationState hospital_state(const Zone& zone) { return zone.organisation("hospital")->state(); }

TEST_CASE("the default parameters are in their ranges") {
  CHECK(check_parameters(default_parameters()));
  CHECK(default_parameters().notice_days() == 5);
  CHECK(default_ordering().window() == 64);
}

TEST_CASE("governance replaces the parameters whole") {
  Zone zone;
  v1::SetParameters event;
  *event.mutable_parameters() = default_parameters();
  event.mutable_parameters()->set_notice_days(7);
  event.mutable_parameters()->clear_two_keys();
  event.mutable_parameters()->add_two_keys(v1::Operation::kRevokeCertificate);
  event.mutable_parameters()->add_two_keys(v1::Operation::kAddKey);
  CHECK(zone.outcome("hospital", op(event)) == "ROLE_MISSING");
  REQUIRE(zone.outcome("governance", op(event)) == "APPLIED");
  CHECK(zone.parameters().notice_days() == 7);
  REQUIRE(zone.parameters().two_keys_size() == 2);
  CHECK(zone.parameters().two_keys(0) == v1::Operation::kAddKey);
}

TEST_CASE("a parameter out of its range is refused by name") {
  struct Case {
    const char* name;
    std::vector<std::int64_t> bad;
  };
  const std::vector<Case> cases = {
      {"notice_days", {61}},
      {"compliance_grade", {0, 5}},
      {"certificate_days", {0, 7306}},
      {"renewal_days", {367}},
      {"controls_delay_ms", {-1, 0, kHour - 1, 30 * kDay + 1}},
      {"proposal_lifetime_ms", {0, 90 * kDay + 1}},
      {"expiry_one_signer_ms", {0, kDay + 1}},
      {"expiry_several_signers_ms", {0, 30 * kDay + 1, kHour - 1}},
      {"challenge_samples", {0, 65}},
      {"confirm_by_ms", {0, 90 * kDay + 1}},
      {"silence_days", {0, 367}},
      {"freeze_days", {0, 367}},
  };
  Zone zone;
  for (const Case& one : cases) {
    for (const std::int64_t value : one.bad) {
      v1::SetParameters event;
      auto& parameters = *event.mutable_parameters();
      parameters = default_parameters();
      const auto* field = v1::Parameters::descriptor()->FindFieldByName(one.name);
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32) {
        parameters.GetReflection()->SetUInt32(&parameters, field, static_cast<std::uint32_t>(value));
      } else {
        parameters.GetReflection()->SetInt64(&parameters, field, value);
      }
      CAPTURE(one.name, value);
      CHECK(zone.outcome("governance", op(event)) == std::string("PARAMETER_RANGE parameters.") + one.name);
    }
  }
  v1::SetParameters event;
  *event.mutable_parameters() = default_parameters();
  event.mutable_parameters()->clear_zones();
  CHECK(zone.outcome("governance", op(event)) == "MISSING_FIELD parameters.zones");
}

TEST_CASE("a proposal runs with the approval that completes the quorum") {
  Zone zone;
  REQUIRE(zone.outcome("zone-office/governance", proposal(zone, "p", kSuspend)) == "APPLIED");
  const auto& record = *zone.records().proposal("p");
  CHECK(record.state() == v1::PROPOSAL_STATE_OPEN);
  CHECK(record.proposer() == "zone-office");
  CHECK(record.epoch() == 1);
  CHECK(record.expires_at() == zone.time() + kDay);
  CHECK(record.change().has_suspend_organisation());
  REQUIRE(record.approvals_size() == 1);
  CHECK(hospital_state(zone) == v1::ORGANISATION_STATE_ACTIVE);

  CHECK(zone.outcome("hospital", approval("p")) == "ROLE_MISSING");
  CHECK(zone.outcome("exchange", approval("p")) == "ROLE_MISSING");
  CHECK(zone.outcome("zone-office/governance", approval("p")) == "ALREADY_CONFIRMED proposal");
  REQUIRE(zone.outcome("registry-social/governance", approval("p")) == "APPLIED");
  CHECK(record.state() == v1::PROPOSAL_STATE_OPEN);
  CHECK(hospital_state(zone) == v1::ORGANISATION_STATE_ACTIVE);
  REQUIRE(zone.outcome("exchange/governance", approval("p")) == "APPLIED");
  CHECK(record.state() == v1::PROPOSAL_STATE_CARRIED);
  REQUIRE(record.approvals_size() == 3);
  CHECK(record.approvals(0) == "exchange");
  CHECK(hospital_state(zone) == v1::ORGANISATION_STATE_SUSPENDED);
  CHECK(zone.outcome("registry-public/governance", approval("p")) == "WRONG_STATE");
  CHECK(zone.outcome("registry-public/governance", approval("q")) == "UNKNOWN_RECORD proposal");
}

TEST_CASE("co-signing governance keys approve at once, and carry a proposal where they are enough") {
  Zone zone;
  REQUIRE(zone.outcome("zone-office/governance", {"exchange/governance", "hospital", "registry-social"},
                       proposal(zone, "two", kSuspend)) == "APPLIED");
  CHECK(zone.records().proposal("two")->approvals_size() == 2);
  CHECK(zone.records().proposal("two")->state() == v1::PROPOSAL_STATE_OPEN);
  REQUIRE(zone.outcome("governance", proposal(zone, "all", kSuspend)) == "APPLIED");
  CHECK(zone.records().proposal("all")->state() == v1::PROPOSAL_STATE_CARRIED);
  CHECK(hospital_state(zone) == v1::ORGANISATION_STATE_SUSPENDED);
  // What the other one proposes can't be done again: the approval that would carry it is refused, and it stays open.
  CHECK(zone.outcome("registry-social/governance", approval("two")) == "WRONG_STATE proposal");
  CHECK(zone.records().proposal("two")->state() == v1::PROPOSAL_STATE_OPEN);
  CHECK(zone.outcome("governance", proposal(zone, "again", kSuspend)) == "WRONG_STATE change.suspend_organisation");
}

TEST_CASE("a proposal carries one exact change that governance signs, and ends in time") {
  Zone zone;
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"", "MISSING_FIELD change"},
      {std::string("salt: '0123456789abcdef' ") + kSuspend, "BAD_VALUE change.salt"},
      {"approve { proposal: 'p' }", "BAD_VALUE change.approve"},
      {"propose { proposal: 'q' }", "BAD_VALUE change.propose"},
      {"accept_application { asset: 'a' }", "BAD_VALUE change.accept_application"},
      {"suspend_organisation { org: 'hospital' }", "MISSING_FIELD change.suspend_organisation.reason_digest"},
      {"suspend_organisation { org: 'no id' reason_digest: '#x' }", "BAD_ID change.suspend_organisation.org"},
      {"change_roles { org: 'museum' roles: ROLE_REGISTRY_IP }", "MISSING_FIELD change.change_roles.centre_code"},
      {"restore_organisation { org: 'hospital' }", "APPLIED"},
      {"set_controls { org: 'hospital' }", "APPLIED"},
  };
  int number = 0;
  for (const auto& [change, outcome] : changes) {
    CAPTURE(change);
    const auto event = proposal(zone, "p" + std::to_string(++number), change);
    CHECK(zone.outcome("zone-office/governance", event) == outcome);
  }
  CHECK(zone.outcome("zone-office", proposal(zone, "p", kSuspend)) == "ROLE_MISSING");
  CHECK(zone.outcome("hospital", proposal(zone, "p", kSuspend)) == "ROLE_MISSING");
  CHECK(zone.outcome("zone-office/governance", proposal(zone, "p", kSuspend, 0)) == "TOO_LATE expires_at");
  CHECK(zone.outcome("zone-office/governance", proposal(zone, "p", kSuspend, 7 * kDay + 1)) ==
        "LIMIT_EXCEEDED expires_at");
  CHECK(zone.outcome("zone-office/governance", proposal(zone, "p", kSuspend, 7 * kDay)) == "APPLIED");
  CHECK(zone.outcome("exchange/governance", proposal(zone, "p", kSuspend)) == "ID_TAKEN proposal");
}

TEST_CASE("a proposal lapses at its end and with its epoch") {
  Zone zone;
  zone.accept("zone-office/governance", proposal(zone, "p", kSuspend));
  zone.pass(kDay);
  CHECK(zone.forecast("exchange/governance", {}, approval("p")) == "APPLIED");
  zone.pass(1);
  CHECK(zone.outcome("exchange/governance", approval("p")) == "RECORD_EXPIRED proposal");
  zone.accept("zone-office/governance", proposal(zone, "q", kSuspend));
  zone.change_epochs().mutable_current()->set_number(2);
  CHECK(zone.outcome("exchange/governance", approval("q")) == "WRONG_STATE proposal");
}

TEST_CASE("an admission that is proposed rests on a header that was recent when it was proposed") {
  Zone zone;
  v1::AdmitOrganisation admission;
  admission.set_org("fintech");
  admission.set_credit_code("91110112MA0910561P");
  admission.set_name("Sample Credit Data");
  admission.set_kind(v1::ORGANISATION_KIND_PRIVATE);
  admission.add_roles(v1::ROLE_VALIDATOR);
  *admission.add_keys() = zone.grant("fintech", "fintech");
  *admission.mutable_consensus_key() = zone.grant("fintech", "fintech/consensus", v1::KEY_PURPOSE_CONSENSUS);
  v1::Propose event;
  event.set_proposal("p");
  event.set_expires_at(zone.time() + kDay);
  *event.mutable_change()->mutable_admit_organisation() = admission;
  auto stale = event;
  stale.mutable_change()->mutable_admit_organisation()->mutable_consensus_key()->set_recent_header(digest_of("old"));
  CHECK(zone.outcome("zone-office/governance", op(stale)) ==
        "DIGEST_MISMATCH change.admit_organisation.consensus_key.recent_header");
  REQUIRE(zone.outcome("zone-office/governance", op(event)) == "APPLIED");
  zone.pass_blocks(1025);
  zone.accept("exchange/governance", approval("p"));
  REQUIRE(zone.outcome("registry-social/governance", approval("p")) == "APPLIED");
  REQUIRE(zone.organisation("fintech") != nullptr);
  CHECK(zone.organisation("fintech")->consensus_key() == public_key("fintech/consensus"));
}

TEST_CASE("a proposed merger needs the registry beside the approval that carries it") {
  Zone zone;
  zone.accept("zone-office/governance", {"exchange/governance"},
              proposal(zone, "p", "succeed_organisation { org: 'museum' into: 'city-data' agreement_digest: '#m' }"));
  CHECK(zone.outcome("registry-public/governance", approval("p")) == "MISSING_COSIGNER proposal");
  CHECK(zone.outcome("registry-public/governance", {"registry-ip"}, approval("p")) == "APPLIED");
  CHECK(zone.organisation("museum")->succeeded_by() == "city-data");
}

}  // namespace
}  // namespace jinshi::ledger::testing
