#include "ledger/domain/controls.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

v1::AddKey add_key(const Zone& zone, const std::string& org, const std::string& key,
                   v1::KeyPurpose purpose = v1::KEY_PURPOSE_TRANSACTION) {
  v1::AddKey event;
  event.set_org(org);
  event.set_purpose(purpose);
  *event.mutable_key() = zone.grant(org, key, purpose);
  return event;
}

v1::Operation revoke(const std::string& org, const std::string& key) {
  return op("revoke_key { org: '" + org + "' public_key: '@" + key + "' }");
}

v1::Operation controls(const std::string& org, const std::vector<int>& events) {
  std::string text = "set_controls { org: '" + org + "'";
  for (const int event : events) text += " two_keys: " + std::to_string(event);
  return op(text + " }");
}

// Anyone may object, so that only the signers stage can refuse.
v1::Operation anything() { return op("raise_objection { objection: 'o' asset: 'a' ground_digest: '#ground' }"); }

TEST_CASE("a key signs while it is known, live and allowed, and its organisation is in good standing") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  CHECK(zone.outcome("stranger", anything()) == "UNKNOWN_KEY");
  CHECK(zone.outcome("museum", {"stranger"}, anything()) == "UNKNOWN_KEY");
  // A co-signer whom no rule asks for changes nothing, unless it fails.
  CHECK(zone.forecast("museum", {"bank"}, anything()) == "APPLIED");
  CHECK(zone.outcome("exchange/governance", anything()) == "KEY_NOT_ALLOWED");
  CHECK(zone.outcome("exchange/consensus", anything()) == "KEY_NOT_ALLOWED");
  CHECK(zone.outcome("exchange/consensus", op("suspend_organisation { org: 'bank' reason_digest: '#r' }")) ==
        "KEY_NOT_ALLOWED");

  auto later = add_key(zone, "museum", "museum/2");
  later.mutable_key()->set_valid_from(zone.time() + kHour);
  zone.accept("museum", op(later));
  CHECK(zone.outcome("museum/2", anything()) == "KEY_NOT_LIVE");
  zone.pass(kHour);
  CHECK(zone.forecast("museum/2", {}, anything()) == "APPLIED");

  auto narrow = add_key(zone, "shipping", "shipping/2");
  narrow.mutable_key()->mutable_only()->add_events(v1::Operation::kRaiseObjection);
  zone.accept("shipping", op(narrow));
  auto barred = add_key(zone, "shipping", "shipping/3");
  barred.mutable_key()->mutable_only();
  CHECK(zone.outcome("shipping/2", op(barred)) == "KEY_NOT_ALLOWED");
  CHECK(zone.outcome("shipping", op(barred)) == "SECOND_KEY_MISSING");
  zone.change_organisation("shipping").set_controls_set(true);
  zone.accept("shipping", op(barred));
  CHECK(zone.forecast("shipping/2", {}, anything()) == "APPLIED");
  CHECK(zone.outcome("shipping/2", op(zone.application("b", "shipping"))) == "KEY_NOT_ALLOWED");
  CHECK(zone.outcome("shipping/3", anything()) == "KEY_NOT_ALLOWED");

  zone.accept("governance", op("suspend_organisation { org: 'museum' reason_digest: '#reason' }"));
  CHECK(zone.outcome("museum", anything()) == "ORGANISATION_SUSPENDED");
  CHECK(zone.outcome("bank", {"museum"}, anything()) == "ORGANISATION_SUSPENDED");
}

TEST_CASE("of several failing signers the earliest code of the list answers") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.accept("governance", op("suspend_organisation { org: 'museum' reason_digest: '#reason' }"));
  CHECK(zone.outcome("museum", {"stranger"}, anything()) == "UNKNOWN_KEY");
  CHECK(zone.outcome("exchange/consensus", {"museum"}, anything()) == "ORGANISATION_SUSPENDED");
}

TEST_CASE("with two live keys the parameter's events need both") {
  Zone zone;
  zone.with_second_key("registry-social");
  zone.with_noticed(zone.application("a", "hospital"));
  const auto issue = op(zone.issue("a"));
  CHECK(zone.outcome("registry-social", issue) == "SECOND_KEY_MISSING");
  CHECK(zone.outcome("registry-social", {"registry-social/governance"}, issue) == "KEY_NOT_ALLOWED");
  CHECK(zone.outcome("registry-social", {"registry-social/2"}, issue) == "APPLIED");
}

TEST_CASE("a key is added by its organisation, or by governance when control is lost") {
  Zone zone;
  CHECK(zone.outcome("museum", op(add_key(zone, "hospital", "hospital/2"))) == "NOT_PARTY");
  CHECK(zone.outcome("hospital", op(add_key(zone, "hospital", "hospital/2"))) == "APPLIED");
  REQUIRE(zone.organisation("hospital")->keys_size() == 2);
  CHECK(zone.organisation("hospital")->keys(1).public_key() == public_key("hospital/2"));
  CHECK(zone.records().key(public_key("hospital/2"))->organisation() == "hospital");

  CHECK(zone.outcome("exchange/governance", op(add_key(zone, "museum", "museum/2"))) == "QUORUM_MISSING");
  CHECK(zone.outcome("governance", op(add_key(zone, "museum", "museum/2"))) == "APPLIED");
  // A governance key is a vote, not its organisation.
  CHECK(zone.outcome("exchange/governance", op(add_key(zone, "exchange", "exchange/2"))) == "QUORUM_MISSING");
  // Dual control is not asked of votes.
  zone.with_second_key("exchange");
  CHECK(zone.outcome("governance", op(add_key(zone, "exchange", "exchange/3"))) == "APPLIED");

  zone.accept("exchange", {"exchange/2"},
              op(add_key(zone, "exchange", "exchange/new-vote", v1::KEY_PURPOSE_GOVERNANCE)));
  CHECK(zone.organisation("exchange")->governance_key() == public_key("exchange/new-vote"));
  CHECK(zone.organisation("exchange")->keys_size() == 3);
  zone.accept("exchange", {"exchange/2"},
              op(add_key(zone, "exchange", "exchange/new-consensus", v1::KEY_PURPOSE_CONSENSUS)));
  CHECK(zone.organisation("exchange")->consensus_key() == public_key("exchange/new-consensus"));
  CHECK(zone.records().key(public_key("exchange/new-consensus"))->purpose() == v1::KEY_PURPOSE_CONSENSUS);
}

TEST_CASE("a key that can't be added is refused with the field at fault") {
  Zone zone;
  const auto outcome = [&](v1::AddKey event, auto alter) {
    alter(event);
    return zone.outcome("hospital", op(event));
  };
  const auto good = add_key(zone, "hospital", "hospital/2");
  CHECK(outcome(good, [](auto& event) { event.set_purpose(v1::KEY_PURPOSE_TLS); }) == "BAD_VALUE purpose");
  CHECK(outcome(good, [](auto& event) { event.clear_purpose(); }) == "MISSING_FIELD purpose");
  CHECK(outcome(good, [](auto& event) { event.mutable_key()->clear_possession(); }) == "MISSING_FIELD key.possession");
  CHECK(outcome(good, [](auto& event) { event.mutable_key()->set_public_key(public_key("museum")); }) ==
        "KEY_TAKEN key.public_key");
  CHECK(outcome(good, [](auto& event) { event.set_org("nobody"); }) == "UNKNOWN_ORGANISATION org");
  CHECK(outcome(good, [](auto& event) { event.set_purpose(v1::KEY_PURPOSE_GOVERNANCE); }) ==
        "BAD_SIGNATURE key.possession");
  const auto consensus = add_key(zone, "hospital", "hospital/consensus", v1::KEY_PURPOSE_CONSENSUS);
  CHECK(outcome(consensus, [](auto& event) { event.mutable_key()->set_recent_header(digest_of("old")); }) ==
        "DIGEST_MISMATCH key.recent_header");
  zone.accept("governance", op("remove_organisation { org: 'museum' reason_digest: '#reason' }"));
  CHECK(zone.outcome("governance", op(add_key(zone, "museum", "museum/2"))) == "WRONG_STATE org");
}

TEST_CASE("an organisation has sixteen live keys at most, and the key revoked first makes room") {
  Zone zone;
  zone.change_organisation("hospital").set_controls_set(true);
  const auto name = [](int number) { return "hospital/" + std::to_string(number); };
  for (int number = 2; number <= 16; ++number) zone.accept("hospital", op(add_key(zone, "hospital", name(number))));
  CHECK(zone.outcome("hospital", op(add_key(zone, "hospital", name(17)))) == "LIMIT_EXCEEDED key");
  zone.accept(name(9), revoke("hospital", name(9)));
  zone.pass(1);
  zone.accept(name(4), revoke("hospital", name(4)));
  zone.accept("hospital", op(add_key(zone, "hospital", name(17))));
  const auto& keys = zone.organisation("hospital")->keys();
  REQUIRE(keys.size() == 16);
  const auto listed = [&](const std::string& key) {
    return std::ranges::any_of(keys, [&](const auto& one) { return one.public_key() == public_key(key); });
  };
  CHECK_FALSE(listed(name(9)));
  CHECK(listed(name(4)));
  CHECK(listed(name(17)));
  // Its KEY record stays, so that it is never used again.
  CHECK(zone.records().key(public_key(name(9)))->revoked_at() != 0);
  CHECK(zone.outcome("hospital", op(add_key(zone, "hospital", name(9)))) == "KEY_TAKEN key.public_key");
  CHECK(zone.outcome(name(9), revoke("hospital", name(2))) == "KEY_NOT_LIVE");
}

TEST_CASE("alone a key revokes only itself, and never the last one") {
  Zone zone;
  CHECK(zone.outcome("hospital", revoke("hospital", "hospital")) == "LAST_KEY public_key");
  auto later = add_key(zone, "hospital", "hospital/3");
  later.mutable_key()->set_valid_from(zone.time() + kDay);
  zone.accept("hospital", op(later));
  CHECK(zone.outcome("hospital", revoke("hospital", "hospital")) == "LAST_KEY public_key");
  zone.with_second_key("hospital");
  CHECK(zone.outcome("hospital", revoke("hospital", "hospital/2")) == "SECOND_KEY_MISSING");
  CHECK(zone.outcome("museum", revoke("hospital", "museum")) == "UNKNOWN_KEY public_key");
  CHECK(zone.outcome("hospital", revoke("hospital", "stranger")) == "SECOND_KEY_MISSING");
  CHECK(zone.outcome("governance", revoke("hospital", "stranger")) == "UNKNOWN_KEY public_key");
  CHECK(zone.outcome("governance", revoke("hospital", "museum")) == "UNKNOWN_KEY public_key");
  CHECK(zone.outcome("museum", revoke("hospital", "hospital/2")) == "NOT_PARTY");
  CHECK(zone.outcome("exchange/governance", revoke("hospital", "hospital/2")) == "QUORUM_MISSING");

  REQUIRE(zone.outcome("hospital/2", revoke("hospital", "hospital/2")) == "APPLIED");
  CHECK(zone.records().key(public_key("hospital/2"))->revoked_at() == zone.time());
  CHECK(zone.organisation("hospital")->keys(2).revoked_at() == zone.time());
  CHECK(zone.outcome("hospital/2", op(zone.application("a", "hospital"))) == "KEY_NOT_LIVE");
  CHECK(zone.outcome("governance", revoke("hospital", "hospital/2")) == "WRONG_STATE public_key");
  CHECK(zone.outcome("governance", revoke("hospital", "hospital")) == "LAST_KEY public_key");
  zone.pass(kDay);
  CHECK(zone.outcome("hospital", {"hospital/3"}, revoke("hospital", "hospital")) == "APPLIED");
}

TEST_CASE("a suspended organisation still revokes a key that it lost") {
  Zone zone;
  zone.with_second_key("hospital");
  zone.accept("governance", op("suspend_organisation { org: 'hospital' reason_digest: '#reason' }"));
  CHECK(zone.outcome("hospital/2", op("set_controls { org: 'hospital' }")) == "ORGANISATION_SUSPENDED");
  CHECK(zone.outcome("hospital/2", revoke("hospital", "hospital/2")) == "APPLIED");
  zone.accept("governance", op("remove_organisation { org: 'hospital' reason_digest: '#reason' }"));
  CHECK(zone.outcome("hospital", revoke("hospital", "hospital")) == "ORGANISATION_SUSPENDED");
}

TEST_CASE("a governance key can be revoked at once, a consensus key only when no set certifies with it") {
  Zone zone;
  zone.with_second_key("exchange");
  const auto both = [&](const std::string& key) {
    return zone.outcome("exchange", {"exchange/2"}, revoke("exchange", key));
  };
  CHECK(both("exchange/consensus") == "WRONG_STATE public_key");
  CHECK(both("exchange/governance") == "APPLIED");
  CHECK(zone.organisation("exchange")->governance_key().empty());
  CHECK(zone.outcome("exchange/governance", op("approve { proposal: 'p' }")) == "KEY_NOT_LIVE");
  zone.change_epochs().mutable_current()->mutable_set()->mutable_validators()->RemoveLast();
  CHECK(both("exchange/consensus") == "APPLIED");
  CHECK(zone.organisation("exchange")->consensus_key().empty());
}

TEST_CASE("TLS keys are added and revoked by their digest and sign nothing") {
  Zone zone;
  const auto add = [](const std::string& text) {
    return op("add_tls_key { org: 'hospital' key { spki_digest: '#" + text + "' label: 'gateway' } }");
  };
  const auto drop = [](const std::string& text) {
    return op("revoke_tls_key { org: 'hospital' spki_digest: '#" + text + "' }");
  };
  CHECK(zone.outcome("museum", add("tls")) == "NOT_PARTY");
  CHECK(zone.outcome("hospital", add("exchange/tls")) == "KEY_TAKEN key.spki_digest");
  REQUIRE(zone.outcome("hospital", add("tls")) == "APPLIED");
  CHECK(zone.organisation("hospital")->tls_keys(0).label() == "gateway");
  CHECK(zone.records().key(digest_of("tls"))->purpose() == v1::KEY_PURPOSE_TLS);
  CHECK(zone.outcome("hospital", drop("exchange/tls")) == "UNKNOWN_KEY spki_digest");
  CHECK(zone.outcome("hospital", drop("nothing")) == "UNKNOWN_KEY spki_digest");
  CHECK(zone.outcome("museum", drop("tls")) == "NOT_PARTY");
  REQUIRE(zone.outcome("hospital", drop("tls")) == "APPLIED");
  CHECK(zone.organisation("hospital")->tls_keys(0).revoked_at() == zone.time());
  CHECK(zone.records().key(digest_of("tls"))->revoked_at() == zone.time());
  CHECK(zone.outcome("hospital", drop("tls")) == "WRONG_STATE spki_digest");
  CHECK(zone.outcome("hospital", add("tls")) == "KEY_TAKEN key.spki_digest");
  for (int number = 0; number < 16; ++number) zone.accept("hospital", add("tls " + std::to_string(number)));
  CHECK(zone.organisation("hospital")->tls_keys_size() == 16);
  CHECK(zone.outcome("hospital", add("one more")) == "LIMIT_EXCEEDED key");
  CHECK(zone.outcome("governance", drop("tls 3")) == "APPLIED");
  zone.accept("governance", op("remove_organisation { org: 'hospital' reason_digest: '#reason' }"));
  CHECK(zone.outcome("governance", add("one more")) == "WRONG_STATE org");
}

TEST_CASE("controls tighten at once with one key, and loosen with two after the delay") {
  Zone zone;
  constexpr int kApply = v1::Operation::kApplyRegistration;
  constexpr int kAdd = v1::Operation::kAddKey;
  constexpr int kIssue = v1::Operation::kIssueCertificate;
  constexpr int kRevoke = v1::Operation::kRevokeCertificate;
  CHECK(zone.outcome("hospital", controls("hospital", {kApply})) == "WRONG_STATE two_keys");
  CHECK(zone.outcome("museum", controls("hospital", {})) == "NOT_PARTY");
  CHECK(zone.outcome("hospital", controls("nobody", {})) == "UNKNOWN_ORGANISATION org");
  CHECK(zone.outcome("hospital", controls("hospital", {7})) == "BAD_VALUE two_keys[0]");
  zone.with_second_key("hospital");

  // The parameter's list holds until the organisation chooses, and what is wider than it is tighter.
  CHECK(zone.outcome("hospital", controls("hospital", {kApply})) == "SECOND_KEY_MISSING");
  REQUIRE(zone.outcome("hospital", controls("hospital", {kApply, kAdd, kIssue, kRevoke})) == "APPLIED");
  const auto& hospital = *zone.organisation("hospital");
  CHECK(hospital.controls_set());
  REQUIRE(hospital.two_keys_size() == 4);
  CHECK(hospital.two_keys(0) == kAdd);
  CHECK_FALSE(hospital.has_pending_controls());
  CHECK(zone.outcome("hospital", op(zone.application("a", "hospital"))) == "SECOND_KEY_MISSING");

  REQUIRE(zone.outcome("hospital", {"hospital/2"}, controls("hospital", {kAdd})) == "APPLIED");
  CHECK(hospital.two_keys_size() == 4);
  CHECK(hospital.pending_controls().effective_at() == zone.time() + kDay);
  zone.pass(kHour);
  // A newer choice replaces the one that waits.
  REQUIRE(zone.outcome("hospital", {"hospital/2"}, controls("hospital", {kIssue, kAdd})) == "APPLIED");
  CHECK(zone.records().due(zone.time() + 30 * kDay).size() == 1);
  zone.pass(kDay - 1);
  CHECK(hospital.two_keys_size() == 4);
  zone.pass(1);
  REQUIRE(hospital.two_keys_size() == 2);
  CHECK(hospital.two_keys(0) == kAdd);
  CHECK(hospital.two_keys(1) == kIssue);
  CHECK_FALSE(hospital.has_pending_controls());
  CHECK(zone.records().due(zone.time() + 30 * kDay).empty());
  CHECK(zone.outcome("hospital", op(zone.application("a", "hospital"))) == "APPLIED");

  // Tightening ends a loosening that waits.
  REQUIRE(zone.outcome("hospital", {"hospital/2"}, controls("hospital", {})) == "APPLIED");
  REQUIRE(zone.outcome("hospital", controls("hospital", {kAdd, kIssue})) == "APPLIED");
  CHECK_FALSE(hospital.has_pending_controls());
  CHECK(zone.records().due(zone.time() + 30 * kDay).empty());
}

}  // namespace
}  // namespace jinshi::ledger::testing
