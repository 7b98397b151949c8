#include "ledger/domain/controls.h"

#include <algorithm>
#include <vector>

#include "ledger/domain/due_queue.h"
#include "ledger/domain/key_grants.h"

namespace jinshi::ledger {
namespace {

// --- signers ---

// The key as its organisation lists it; null for a governance or consensus key, and one that has left the list.
const v1::OrganisationKey* listed_key(const v1::Organisation& organisation, ByteView public_key) {
  const auto found = std::ranges::find(organisation.keys(), public_key, &v1::OrganisationKey::public_key);
  return found == organisation.keys().end() ? nullptr : &*found;
}

bool is_live(const v1::OrganisationKey& key, TimeMs time) { return key.revoked_at() == 0 && key.valid_from() <= time; }

bool is_allowed(const v1::OrganisationKey& key, std::uint32_t event) {
  if (!key.has_only()) return true;
  return std::ranges::find(key.only().events(), event) != key.only().events().end();
}

bool is_for_governance(Party party) {
  return party == Party::kGovernance || party == Party::kValidator || party == Party::kOrganisationItselfOrGovernance;
}

Result<void> known(const Case& at, const SigningKey& key) {
  if (!key.organisation.empty() && at.records.organisation(key.organisation) != nullptr) return {};
  return fail(v1::REASON_UNKNOWN_KEY, "the key " + to_hex(key.public_key) +
                                          " is nobody's on this ledger: sign with one that AddKey or governance added");
}

Result<void> live(const Case& at, const SigningKey& key) {
  const bool revoked = at.records.key(key.public_key)->revoked_at() != 0;
  const auto* listed = listed_key(*at.records.organisation(key.organisation), key.public_key);
  const bool early = listed != nullptr && listed->valid_from() > at.block.time;
  if (!revoked && !early) return {};
  return fail(v1::REASON_KEY_NOT_LIVE, "the key " + to_hex(key.public_key) + " of '" + key.organisation + "' is " +
                                           (revoked ? "revoked" : "not yet valid") + ": sign with another");
}

Result<void> in_good_standing(const Case& at, const SigningKey& key) {
  const v1::OrganisationState state = at.records.organisation(key.organisation)->state();
  if (state == v1::ORGANISATION_STATE_ACTIVE) return {};
  if (state == v1::ORGANISATION_STATE_SUSPENDED && at.rule.suspended_may_sign) return {};
  return fail(v1::REASON_ORGANISATION_SUSPENDED, "'" + key.organisation + "' is suspended or removed and can't sign " +
                                                     std::string(event_name(at.rule.event)));
}

Result<void> allowed(const Case& at, const SigningKey& key) {
  const auto refusal = [&](const std::string& why) {
    return fail(v1::REASON_KEY_NOT_ALLOWED, "the key " + to_hex(key.public_key) + " of '" + key.organisation +
                                                "' can't sign " + std::string(event_name(at.rule.event)) + ": " + why);
  };
  switch (key.purpose) {
    case v1::KEY_PURPOSE_TRANSACTION: {
      const auto* listed = listed_key(*at.records.organisation(key.organisation), key.public_key);
      if (listed != nullptr && is_allowed(*listed, at.rule.event)) return {};
      return refusal("its list of events leaves it out");
    }
    case v1::KEY_PURPOSE_GOVERNANCE:
      if (is_for_governance(at.rule.by)) return {};
      return refusal("a governance key signs governance alone");
    default:
      return refusal("it is no key for transactions");
  }
}

// Dual control is of the keys that sign transactions: an organisation that signs with its governance key alone casts a
// vote, which the quorum controls.
Result<void> enough_keys(const Case& at, const SigningKey& key) {
  const std::size_t signing = at.signers.transaction_keys_of(key.organisation);
  if (signing == 0 || signing >= 2) return {};
  const v1::Organisation& organisation = *at.records.organisation(key.organisation);
  const bool controlled =
      events_with_two_keys(organisation, at.parameters(), at.block.time).contains(at.rule.event) ||
      (at.rule.needs_second_key != nullptr && key.organisation == at.by() && at.rule.needs_second_key(at));
  if (!controlled) return {};
  return fail(v1::REASON_SECOND_KEY_MISSING, std::string(event_name(at.rule.event)) + " needs two keys of '" +
                                                 key.organisation + "': let a second one sign too");
}

// --- what keys a revocation names ---

const std::string& key_in(const v1::RevokeKey& event) { return event.public_key(); }
const std::string& key_in(const v1::RevokeTlsKey& event) { return event.spki_digest(); }

template <class Event>
Result<void> key_is_its_own(const Case& at) {
  const auto& event = at.event<Event>();
  const v1::Key* key = at.records.key(key_in(event));
  if (key != nullptr && key->organisation() == event.org()) return {};
  return fail(v1::REASON_UNKNOWN_KEY, "'" + event.org() + "' has no such key: look at the keys of its record", {2});
}
const NamedCheck kKeyIsItsOwn{Stage::kReference, "the key is the organisation's", key_is_its_own<v1::RevokeKey>};
const NamedCheck kTlsKeyIsItsOwn{Stage::kReference, "the key is the organisation's", key_is_its_own<v1::RevokeTlsKey>};

template <class Event>
Result<void> not_yet_revoked(const Case& at) {
  if (at.records.key(key_in(at.event<Event>()))->revoked_at() == 0) return {};
  return fail(v1::REASON_WRONG_STATE, "the key is revoked already: nothing is left to do", {2});
}
const NamedCheck kNotYetRevoked{Stage::kState, "the key is not revoked", not_yet_revoked<v1::RevokeKey>};
const NamedCheck kTlsNotYetRevoked{Stage::kState, "the key is not revoked", not_yet_revoked<v1::RevokeTlsKey>};

Result<void> not_certifying(const Case& at) {
  const std::string& key = at.event<v1::RevokeKey>().public_key();
  const v1::Epochs& epochs = at.records.epochs();
  for (const auto* epoch : {&epochs.current(), &epochs.next(), &epochs.waiting()}) {
    const auto& validators = epoch->set().validators();
    if (std::ranges::find(validators, key, &v1::Validator::consensus_key) == validators.end()) continue;
    return refuse(at, v1::REASON_WRONG_STATE, "public_key",
                  "blocks are certified with this key: let SetValidators take up another one first");
  }
  return {};
}
const NamedCheck kNotCertifying{Stage::kState, "no set of validators certifies with it", not_certifying};

Result<void> another_key_lives(const Case& at) {
  const std::string& key = at.event<v1::RevokeKey>().public_key();
  if (at.records.key(key)->purpose() != v1::KEY_PURPOSE_TRANSACTION) return {};
  const bool another = std::ranges::any_of(at.organisation->keys(), [&](const v1::OrganisationKey& one) {
    return one.public_key() != key && is_live(one, at.block.time);
  });
  if (another) return {};
  return refuse(at, v1::REASON_LAST_KEY, "public_key",
                "'" + at.organisation->id() + "' would have no live key left: add another one first");
}
const NamedCheck kAnotherKeyLives{Stage::kRule, "another key of it is live", another_key_lives};

// Alone, a key revokes only itself. Another organisation's key is not for a second signature to allow.
bool revokes_another(const Case& at) {
  if (at.event<v1::RevokeKey>().org() != at.by()) return false;
  return std::ranges::any_of(at.signers.keys(), [&](const SigningKey& key) {
    return key.organisation == at.by() && key.purpose == v1::KEY_PURPOSE_TRANSACTION &&
           key.public_key != at.event<v1::RevokeKey>().public_key();
  });
}

// --- adding ---

Result<void> purpose_known(const Case& at) {
  if (at.event<v1::AddKey>().purpose() != v1::KEY_PURPOSE_TLS) return {};
  return refuse(at, v1::REASON_BAD_VALUE, "purpose", "a TLS key is added by its digest: use AddTlsKey");
}
const NamedCheck kPurposeKnown{Stage::kFields, "a key for transactions, governance or consensus", purpose_known};

Result<void> organisation_stands(const Case& at) {
  if (at.organisation->state() != v1::ORGANISATION_STATE_REMOVED) return {};
  return refuse(at, v1::REASON_WRONG_STATE, "org", "'" + at.organisation->id() + "' was removed: nothing signs for it");
}
const NamedCheck kOrganisationStands{Stage::kState, "the organisation is not removed", organisation_stands};

Result<void> room_for_a_key(const Case& at) {
  const bool listed = at.event<v1::AddKey>().purpose() == v1::KEY_PURPOSE_TRANSACTION;
  if (!listed || !key_list_is_full(*at.organisation)) return {};
  return refuse(at, v1::REASON_LIMIT_EXCEEDED, "key", "an organisation has at most 16 keys: revoke one first");
}
const NamedCheck kRoomForAKey{Stage::kLimits, "at most 16 keys", room_for_a_key};

Result<void> room_for_a_tls_key(const Case& at) {
  if (!tls_key_list_is_full(*at.organisation)) return {};
  return refuse(at, v1::REASON_LIMIT_EXCEEDED, "key", "an organisation has at most 16 TLS keys: revoke one first");
}
const NamedCheck kRoomForATlsKey{Stage::kLimits, "at most 16 TLS keys", room_for_a_tls_key};

// --- controls ---

bool loosens(const v1::SetControls& event, const v1::Organisation& organisation, const v1::Parameters& parameters,
             TimeMs time) {
  const std::set<std::uint32_t> now = events_with_two_keys(organisation, parameters, time);
  const std::set<std::uint32_t> asked(event.two_keys().begin(), event.two_keys().end());
  return !std::ranges::includes(asked, now);
}

// Runs before the fields are checked: `org` may be anything.
bool loosens_its_own(const Case& at) {
  const auto& event = at.event<v1::SetControls>();
  if (event.org() != at.by()) return false;
  return loosens(event, *at.records.organisation(at.by()), at.parameters(), at.block.time);
}

Result<void> two_keys_live(const Case& at) {
  const auto& event = at.event<v1::SetControls>();
  if (event.two_keys().empty() || live_keys(*at.organisation, at.block.time) >= 2) return {};
  return refuse(at, v1::REASON_WRONG_STATE, "two_keys",
                "with one live key nothing could be signed twice: add a second key first");
}
const NamedCheck kTwoKeysLive{Stage::kState, "two keys are live", two_keys_live};

v1::Due controls_due(const v1::Organisation& organisation) {
  return due_entry(organisation.pending_controls().effective_at(), v1::DUE_WHAT_CONTROLS, v1::StateKey::kOrganisation,
                   organisation.id());
}

// --- effects ---

void apply_add_key(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::AddKey>();
  add_key(overlay, overlay.edit_organisation(event.org()), event.purpose(), event.key());
}

void apply_add_tls_key(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::AddTlsKey>();
  add_tls_key(overlay, overlay.edit_organisation(event.org()), event.key());
}

void apply_revoke_key(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::RevokeKey>();
  overlay.edit(keys::key(event.public_key())).mutable_key()->set_revoked_at(at.block.time);
  v1::Organisation& organisation = overlay.edit_organisation(event.org());
  for (v1::OrganisationKey& key : *organisation.mutable_keys()) {
    if (key.public_key() == event.public_key()) key.set_revoked_at(at.block.time);
  }
  // The next SetValidators must not take up a key that is revoked.
  if (organisation.governance_key() == event.public_key()) organisation.clear_governance_key();
  if (organisation.consensus_key() == event.public_key()) organisation.clear_consensus_key();
}

void apply_revoke_tls_key(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::RevokeTlsKey>();
  overlay.edit(keys::key(event.spki_digest())).mutable_key()->set_revoked_at(at.block.time);
  for (v1::OrganisationTlsKey& key : *overlay.edit_organisation(event.org()).mutable_tls_keys()) {
    if (key.spki_digest() == event.spki_digest()) key.set_revoked_at(at.block.time);
  }
}

void apply_set_controls(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::SetControls>();
  const bool waits = loosens(event, *at.organisation, at.parameters(), at.block.time);
  v1::Organisation& organisation = overlay.edit_organisation(event.org());
  if (organisation.has_pending_controls()) unschedule(overlay, controls_due(organisation));
  organisation.clear_pending_controls();
  auto& events =
      waits ? *organisation.mutable_pending_controls()->mutable_two_keys() : *organisation.mutable_two_keys();
  events = event.two_keys();
  std::ranges::sort(events);
  if (!waits) {
    organisation.set_controls_set(true);
    return;
  }
  organisation.mutable_pending_controls()->set_effective_at(at.block.time + at.parameters().controls_delay_ms());
  schedule(overlay, controls_due(organisation));
}

}  // namespace

std::span<const Rule> control_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kAddKey,
       .by = Party::kOrganisationItselfOrGovernance,
       .checks = {&kPurposeKnown, &kGrantsComplete, &kGrantsFree, &kOrganisationStands, &kRoomForAKey, &kRecentHeader,
                  &kGrantsPossessed},
       .apply = apply_add_key,
       .effect = "the key signs from its date on; a governance or consensus key with the next SetValidators"},
      {.event = v1::Operation::kRevokeKey,
       .by = Party::kOrganisationItselfOrGovernance,
       .checks = {&kKeyIsItsOwn, &kNotYetRevoked, &kNotCertifying, &kAnotherKeyLives},
       .needs_second_key = revokes_another,
       .suspended_may_sign = true,
       .apply = apply_revoke_key,
       .effect = "the key signs nothing more and is never added again"},
      {.event = v1::Operation::kAddTlsKey,
       .by = Party::kOrganisationItselfOrGovernance,
       .checks = {&kGrantsFree, &kOrganisationStands, &kRoomForATlsKey},
       .apply = apply_add_tls_key,
       .effect = "its node or client is known by the key"},
      {.event = v1::Operation::kRevokeTlsKey,
       .by = Party::kOrganisationItselfOrGovernance,
       .checks = {&kTlsKeyIsItsOwn, &kTlsNotYetRevoked},
       .apply = apply_revoke_tls_key,
       .effect = "the key opens no connection more"},
      {.event = v1::Operation::kSetControls,
       .by = Party::kOrganisationItselfOrGovernance,
       .checks = {&kOrganisationStands, &kTwoKeysLive},
       .needs_second_key = loosens_its_own,
       .apply = apply_set_controls,
       .effect = "tighter at once; looser after the delay"},
  };
  return rules;
}

Result<void> check_signing_keys(const Case& at) {
  // Code by code over all signers, so that the answer doesn't depend on who signed first.
  for (const auto check : {known, live, in_good_standing, allowed, enough_keys}) {
    for (const SigningKey& key : at.signers.keys()) {
      if (auto checked = check(at, key); !checked) return checked;
    }
  }
  return {};
}

std::set<std::uint32_t> events_with_two_keys(const v1::Organisation& organisation, const v1::Parameters& parameters,
                                             TimeMs time) {
  if (organisation.controls_set()) return {organisation.two_keys().begin(), organisation.two_keys().end()};
  if (live_keys(organisation, time) < 2) return {};
  return {parameters.two_keys().begin(), parameters.two_keys().end()};
}

std::size_t live_keys(const v1::Organisation& organisation, TimeMs time) {
  return static_cast<std::size_t>(
      std::ranges::count_if(organisation.keys(), [&](const v1::OrganisationKey& key) { return is_live(key, time); }));
}

void apply_due_controls(const v1::Due& due, Overlay& overlay) {
  v1::Organisation& organisation = overlay.edit_organisation(due.id());
  *organisation.mutable_two_keys() = organisation.pending_controls().two_keys();
  organisation.set_controls_set(true);
  organisation.clear_pending_controls();
}

}  // namespace jinshi::ledger
