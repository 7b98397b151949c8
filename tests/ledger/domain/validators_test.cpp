// SetValidators and its epochs, after docs/protocol.md, epochs.
#include "ledger/domain/validators.h"

#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

constexpr std::uint64_t kWindow = 64;

v1::Operation set_of(const std::vector<std::string>& organisations, const std::string& ordering = {}) {
  std::string text = "set_validators { ";
  for (const std::string& id : organisations) text += "validators: '" + id + "' ";
  return op(text + (ordering.empty() ? "" : "ordering { " + ordering + " } ") + "}");
}

std::string ordering(std::uint64_t window, std::int64_t heartbeat_ms) {
  v1::OrderingParameters parameters = default_ordering();
  parameters.set_window(static_cast<std::uint32_t>(window));
  parameters.set_heartbeat_ms(heartbeat_ms);
  return parameters.ShortDebugString();
}

// Admits a validator-to-be, with the keys that are named after it.
void with_newcomer(Zone& zone, const std::string& id = "fintech") {
  v1::AdmitOrganisation event;
  event.set_org(id);
  event.set_credit_code("91110112MA0910561P");
  event.set_name("Sample " + id);
  event.set_kind(v1::ORGANISATION_KIND_PRIVATE);
  event.add_roles(v1::ROLE_VALIDATOR);
  *event.add_keys() = zone.grant(id, id);
  *event.mutable_governance_key() = zone.grant(id, id + "/governance", v1::KEY_PURPOSE_GOVERNANCE);
  *event.mutable_consensus_key() = zone.grant(id, id + "/consensus", v1::KEY_PURPOSE_CONSENSUS);
  zone.accept("governance", op(event));
}

void add_key(Zone& zone, const std::string& id, const std::string& key, v1::KeyPurpose purpose) {
  v1::AddKey event;
  event.set_org(id);
  event.set_purpose(purpose);
  *event.mutable_key() = zone.grant(id, key, purpose);
  zone.accept(id, op(event));
}

// What its two keys' revoking a third answers.
std::string revoked(Zone& zone, const std::string& id, const std::string& key) {
  if (zone.organisation(id)->keys_size() < 2) zone.with_second_key(id);
  return zone.outcome(id, {id + "/2"}, op("revoke_key { org: '" + id + "' public_key: '@" + key + "' }"));
}

std::vector<std::string> names(const v1::Epoch& epoch) {
  std::vector<std::string> all;
  for (const v1::Validator& validator : epoch.set().validators()) all.push_back(validator.organisation());
  return all;
}

const std::vector<std::string> kFirst = {"zone-office", "registry-public", "registry-social", "exchange"};
const std::vector<std::string> kSecond = {"zone-office", "registry-public", "registry-social", "fintech"};
const std::vector<std::string> kThird = {"fintech", "zone-office", "registry-public", "registry-social", "exchange"};

TEST_CASE("a set that governance co-signs is in force W + 1 heights after its block") {
  Zone zone;
  with_newcomer(zone);
  const Height h = zone.block().height;
  REQUIRE(zone.outcome("governance", set_of(kSecond)) == "APPLIED");
  CHECK(names(zone.epochs().current()) == kFirst);
  CHECK_FALSE(zone.epochs().has_waiting());
  const v1::Epoch next = zone.epochs().next();
  CHECK(next.number() == 2);
  CHECK(next.first_height() == h + kWindow + 1);
  CHECK(names(next) == kSecond);
  CHECK(next.set().validators(3).consensus_key() == public_key("fintech/consensus"));
  CHECK(next.set().validators(3).governance_key() == public_key("fintech/governance"));
  CHECK(next.protocol_version() == 1);
  CHECK(next.ordering().SerializeAsString() == default_ordering().SerializeAsString());

  zone.pass_blocks(kWindow);
  CHECK(zone.epochs().current().number() == 1);
  CHECK(zone.forecast("fintech/governance", {}, op("approve { proposal: 'p' }")) == "UNKNOWN_RECORD proposal");
  zone.pass_blocks(1);
  CHECK(zone.block().height == next.first_height());
  CHECK(zone.epochs().current().SerializeAsString() == next.SerializeAsString());
  CHECK_FALSE(zone.epochs().has_next());
  // The votes are the new set's.
  CHECK(zone.outcome("zone-office/governance", {"registry-public/governance", "exchange/governance"}, set_of(kFirst)) ==
        "QUORUM_MISSING");
  CHECK(zone.outcome("zone-office/governance", {"registry-public/governance", "fintech/governance"}, set_of(kFirst)) ==
        "APPLIED");
}

TEST_CASE("a set that is proposed is announced by the approval that carries it, and voids what else is proposed") {
  Zone zone;
  const std::string end = " expires_at: " + std::to_string(zone.time() + kDay) + " }";
  zone.accept("exchange/governance",
              op("propose { proposal: 'set' change { set_validators { validators: 'exchange' "
                 "validators: 'zone-office' validators: 'registry-public' validators: 'registry-social' } }" +
                 end));
  zone.accept("exchange/governance",
              op("propose { proposal: 'other' change { restore_organisation { org: 'museum' } }" + end));
  zone.pass_blocks(5);
  zone.accept("zone-office/governance", op("approve { proposal: 'set' }"));
  CHECK_FALSE(zone.epochs().has_next());
  zone.pass_blocks(5);
  const Height h = zone.block().height;
  zone.accept("registry-social/governance", op("approve { proposal: 'set' }"));
  CHECK(zone.epochs().next().first_height() == h + kWindow + 1);
  CHECK(names(zone.epochs().next()).front() == "exchange");
  CHECK(zone.forecast("zone-office/governance", {}, op("approve { proposal: 'other' }")) == "APPLIED");
  zone.pass_blocks(kWindow + 1);
  CHECK(zone.outcome("zone-office/governance", op("approve { proposal: 'other' }")) == "WRONG_STATE proposal");
}

TEST_CASE("what is proposed is judged as it stands when it is carried") {
  Zone zone;
  with_newcomer(zone);
  const std::string end = " expires_at: " + std::to_string(zone.time() + kDay) + " }";
  zone.accept("exchange/governance",
              op("propose { proposal: 'set' change { set_validators { validators: 'fintech' } }" + end));
  CHECK(zone.outcome("exchange/governance", op("propose { proposal: 'none' change { set_validators { } }" + end)) ==
        "MISSING_FIELD change.set_validators.validators");
  zone.accept("zone-office/governance", op("approve { proposal: 'set' }"));
  zone.accept("governance", op("suspend_organisation { org: 'fintech' reason_digest: '#why' }"));
  CHECK(zone.outcome("registry-social/governance", op("approve { proposal: 'set' }")) == "WRONG_STATE proposal");
}

TEST_CASE("two changes of one block are one epoch, and the later one stands") {
  Zone zone;
  with_newcomer(zone);
  const Height h = zone.block().height;
  zone.accept("governance", set_of(kSecond, ordering(64, 5000)));
  zone.accept("governance", set_of(kThird));
  CHECK_FALSE(zone.epochs().has_waiting());
  CHECK(zone.epochs().next().number() == 2);
  CHECK(zone.epochs().next().first_height() == h + kWindow + 1);
  CHECK(names(zone.epochs().next()) == kThird);
  CHECK(zone.epochs().next().ordering().heartbeat_ms() == 5000);
}

TEST_CASE("changes while one is announced are treated together, as executed at its first height") {
  Zone zone;
  with_newcomer(zone);
  zone.accept("governance", set_of(kSecond, ordering(10, 60'000)));
  const Height second = zone.epochs().next().first_height();
  zone.pass_blocks(1);
  zone.accept("governance", set_of(kThird, ordering(64, 5000)));
  zone.pass_blocks(30);
  zone.accept("governance", set_of({"fintech"}));
  // What is announced stays as it was announced.
  CHECK(names(zone.epochs().next()) == kSecond);
  CHECK(zone.epochs().next().first_height() == second);
  CHECK(zone.epochs().waiting().number() == 3);
  CHECK(names(zone.epochs().waiting()) == std::vector<std::string>{"fintech"});
  // Parameters that a change leaves out are those of the change before it, not those in force.
  CHECK(zone.epochs().waiting().ordering().heartbeat_ms() == 5000);
  CHECK(zone.epochs().waiting().ordering().window() == 64);
  // Counted with the window of the epoch in which it is announced.
  CHECK(zone.epochs().waiting().first_height() == second + 10 + 1);

  zone.pass_blocks(second - zone.block().height);
  CHECK(names(zone.epochs().current()) == kSecond);
  CHECK(zone.epochs().next().number() == 3);
  CHECK_FALSE(zone.epochs().has_waiting());
  // At the first height itself a change still joins them.
  zone.accept("zone-office/governance", {"registry-public/governance", "fintech/governance"}, set_of(kFirst));
  CHECK_FALSE(zone.epochs().has_waiting());
  CHECK(names(zone.epochs().next()) == kFirst);
  CHECK(zone.epochs().next().first_height() == second + 11);
  zone.pass_blocks(11);
  CHECK(names(zone.epochs().current()) == kFirst);
  CHECK(zone.epochs().current().number() == 3);
  CHECK_FALSE(zone.epochs().has_next());
}

TEST_CASE("a change in the first block of an epoch with nothing waiting is announced there") {
  Zone zone;
  zone.accept("governance", set_of(kFirst));
  zone.pass_blocks(kWindow + 1);
  CHECK(zone.epochs().current().number() == 2);
  zone.accept("governance", set_of({"exchange"}));
  CHECK(zone.epochs().next().first_height() == zone.block().height + kWindow + 1);
  CHECK(zone.epochs().next().number() == 3);
}

TEST_CASE("the same list again takes up the keys that were added") {
  Zone zone;
  add_key(zone, "exchange", "exchange/consensus-2", v1::KEY_PURPOSE_CONSENSUS);
  add_key(zone, "exchange", "exchange/governance-2", v1::KEY_PURPOSE_GOVERNANCE);
  CHECK(zone.epochs().current().set().validators(3).consensus_key() == public_key("exchange/consensus"));
  zone.accept("governance", set_of(kFirst));
  const v1::Validator& next = zone.epochs().next().set().validators(3);
  CHECK(next.consensus_key() == public_key("exchange/consensus-2"));
  CHECK(next.governance_key() == public_key("exchange/governance-2"));
  CHECK(revoked(zone, "exchange", "exchange/consensus") == "WRONG_STATE public_key");
  CHECK(revoked(zone, "exchange", "exchange/consensus-2") == "WRONG_STATE public_key");
  zone.pass_blocks(kWindow + 1);
  CHECK(revoked(zone, "exchange", "exchange/consensus-2") == "WRONG_STATE public_key");
  CHECK(revoked(zone, "exchange", "exchange/consensus") == "APPLIED");
}

TEST_CASE("a key that was added after a set was announced waits for the next one") {
  Zone zone;
  zone.accept("governance", set_of(kFirst));
  zone.pass_blocks(1);
  add_key(zone, "exchange", "exchange/consensus-2", v1::KEY_PURPOSE_CONSENSUS);
  CHECK(revoked(zone, "exchange", "exchange/consensus") == "WRONG_STATE public_key");
  zone.accept("governance", set_of(kFirst));
  CHECK(zone.epochs().next().set().validators(3).consensus_key() == public_key("exchange/consensus"));
  CHECK(zone.epochs().waiting().set().validators(3).consensus_key() == public_key("exchange/consensus-2"));
  CHECK(revoked(zone, "exchange", "exchange/consensus-2") == "WRONG_STATE public_key");
}

TEST_CASE("a validator's new consensus key is possessed over one of the last 1,024 headers") {
  Zone zone;
  v1::AddKey event;
  event.set_org("exchange");
  event.set_purpose(v1::KEY_PURPOSE_CONSENSUS);
  *event.mutable_key() = zone.grant("exchange", "exchange/consensus-2", v1::KEY_PURPOSE_CONSENSUS);
  zone.pass_blocks(1023);
  CHECK(zone.forecast("exchange", {}, op(event)) == "APPLIED");
  zone.pass_blocks(1);
  CHECK(zone.forecast("exchange", {}, op(event)) == "DIGEST_MISMATCH key.recent_header");
  event.mutable_key()->clear_recent_header();
  CHECK(zone.outcome("exchange", op(event)) == "MISSING_FIELD key.recent_header");
  *event.mutable_key() = zone.grant("exchange", "exchange/consensus-2", v1::KEY_PURPOSE_CONSENSUS);
  event.mutable_key()->set_possession(
      zone.grant("bank", "exchange/consensus-2", v1::KEY_PURPOSE_CONSENSUS).possession());
  CHECK(zone.outcome("exchange", op(event)) == "BAD_SIGNATURE key.possession");
}

TEST_CASE("a set names active validators that have both keys, each once") {
  Zone zone;
  zone.accept("governance", op("change_roles { org: 'bank' roles: ROLE_VALIDATOR roles: ROLE_FINANCIER }"));
  CHECK(zone.outcome("governance", set_of({})) == "MISSING_FIELD validators");
  CHECK(zone.outcome("governance", set_of({"exchange", "exchange"})) == "BAD_VALUE validators[1]");
  CHECK(zone.outcome("governance", set_of({"exchange", "nobody"})) == "UNKNOWN_ORGANISATION validators[1]");
  CHECK(zone.outcome("governance", set_of({"exchange", "hospital"})) == "ROLE_MISSING validators[1]");
  CHECK(zone.outcome("governance", set_of({"exchange", "bank"})) == "KEY_NOT_LIVE validators[1]");
  add_key(zone, "bank", "bank/consensus", v1::KEY_PURPOSE_CONSENSUS);
  CHECK(zone.outcome("governance", set_of({"exchange", "bank"})) == "KEY_NOT_LIVE validators[1]");
  add_key(zone, "bank", "bank/governance", v1::KEY_PURPOSE_GOVERNANCE);
  CHECK(zone.forecast("governance", {}, set_of({"exchange", "bank"})) == "APPLIED");
  REQUIRE(revoked(zone, "bank", "bank/consensus") == "APPLIED");
  CHECK(zone.outcome("governance", set_of({"exchange", "bank"})) == "KEY_NOT_LIVE validators[1]");
  zone.accept("governance", op("suspend_organisation { org: 'exchange' reason_digest: '#why' }"));
  CHECK(zone.outcome("zone-office/governance", {"registry-public/governance", "registry-social/governance"},
                     set_of({"zone-office", "exchange"})) == "WRONG_STATE validators[1]");
  CHECK(zone.outcome("exchange/governance", set_of(kFirst)) == "ORGANISATION_SUSPENDED");
  CHECK(zone.outcome("zone-office/governance", {"registry-public/governance"}, set_of(kSecond)) ==
        "UNKNOWN_ORGANISATION validators[3]");
  CHECK(zone.outcome("zone-office/governance", {"registry-public/governance"}, set_of({"registry-public"})) ==
        "QUORUM_MISSING");
}

TEST_CASE("who is in a set that is announced or waits is not removed, and keeps its role") {
  Zone zone;
  with_newcomer(zone);
  zone.accept("governance", set_of(kSecond));
  zone.pass_blocks(1);
  zone.accept("governance", set_of(kFirst));
  const auto remove = [](const std::string& id) {
    return op("remove_organisation { org: '" + id + "' reason_digest: '#why' }");
  };
  CHECK(zone.outcome("governance", remove("fintech")) == "WRONG_STATE org");
  CHECK(zone.outcome("governance", remove("exchange")) == "WRONG_STATE org");
  CHECK(zone.outcome("governance", op("change_roles { org: 'fintech' roles: ROLE_MEMBER }")) == "WRONG_STATE roles");
  zone.pass_blocks(2 * (kWindow + 1));
  CHECK(zone.epochs().current().number() == 3);
  CHECK(zone.outcome("governance", remove("fintech")) == "APPLIED");
}

TEST_CASE("an ordering parameter out of its range is refused by name, by SetValidators as by genesis") {
  const std::vector<std::pair<const char*, std::vector<std::int64_t>>> cases = {
      {"window", {0, 65}},
      {"rotation_interval", {0, 63, 1'000'001}},
      {"heartbeat_ms", {0, 99, 86'400'001}},
      {"progress_timeout_ms", {0, 49, 60'001}},
      {"max_clock_skew_ms", {-1, 0, 600'001}},
      {"fairness_batches", {0, 1001}},
      {"batch_operations", {0, 999, 2001}},
      {"batch_bytes", {0, (1 << 20) - 1, (2 << 20) + 1}},
  };
  Zone zone;
  REQUIRE(check_ordering(default_ordering()));
  for (const auto& [name, values] : cases) {
    for (const std::int64_t value : values) {
      v1::SetValidators event;
      event.add_validators("exchange");
      auto& ordering = *event.mutable_ordering();
      ordering = default_ordering();
      const auto* field = v1::OrderingParameters::descriptor()->FindFieldByName(name);
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32) {
        ordering.GetReflection()->SetUInt32(&ordering, field, static_cast<std::uint32_t>(value));
      } else {
        ordering.GetReflection()->SetInt64(&ordering, field, value);
      }
      CAPTURE(name, value);
      CHECK(zone.outcome("governance", op(event)) == std::string("PARAMETER_RANGE ordering.") + name);
      CHECK(check_ordering(ordering).error().field == FieldPath{static_cast<std::uint32_t>(field->number())});
    }
  }
}

}  // namespace
}  // namespace jinshi::ledger::testing
