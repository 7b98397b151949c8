#include "ledger/domain/organisation.h"

#include <algorithm>
#include <vector>

#include "ledger/domain/controls.h"
#include "ledger/domain/key_grants.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

using enum v1::OrganisationState;

// A centre code is claimed for ever, as a credit code is: certificates are numbered under it.
std::string centre_claim(const std::string& centre_code) { return "centre:" + centre_code; }

// --- fields ---

Result<void> one_code(const Case& at) {
  const auto& event = at.event<v1::AdmitOrganisation>();
  const bool foreign = event.kind() == v1::ORGANISATION_KIND_FOREIGN;
  const char* has = foreign ? "lei" : "credit_code";
  const char* lacks = foreign ? "credit_code" : "lei";
  const bool missing = foreign ? event.lei().empty() : event.credit_code().empty();
  const bool surplus = foreign ? !event.credit_code().empty() : !event.lei().empty();
  const std::string mend = foreign
                               ? "a foreign organisation is known by its LEI: give that and no credit code"
                               : "an organisation is known by its credit code: give that, and an LEI only if foreign";
  if (missing) return refuse(at, v1::REASON_MISSING_FIELD, has, mend);
  if (surplus) return refuse(at, v1::REASON_BAD_CREDIT_CODE, lacks, mend);
  return {};
}
const NamedCheck kOneCode{Stage::kFields, "a credit code, of a foreign organisation an LEI", one_code};

template <class Event>
Result<void> registries_have_centre_code(const Case& at) {
  const auto& event = at.event<Event>();
  const bool registry =
      std::ranges::any_of(event.roles(), [](int role) { return is_registry_role(static_cast<v1::Role>(role)); });
  if (registry && event.centre_code().empty()) {
    return refuse(at, v1::REASON_MISSING_FIELD, "centre_code",
                  "a registry numbers its certificates under a centre code: give it three letters");
  }
  if (!registry && !event.centre_code().empty()) {
    return refuse(at, v1::REASON_BAD_VALUE, "centre_code", "only a registry has a centre code: leave it out");
  }
  return {};
}
const NamedCheck kAdmittedCentre{Stage::kFields, "registries and only they have a centre code",
                                 registries_have_centre_code<v1::AdmitOrganisation>};
const NamedCheck kChangedCentre{Stage::kFields, "registries and only they have a centre code",
                                registries_have_centre_code<v1::ChangeRoles>};

Result<void> two_keys_need_two(const Case& at) {
  const auto& event = at.event<v1::AdmitOrganisation>();
  if (event.two_keys().empty() || event.keys_size() >= 2) return {};
  return refuse(at, v1::REASON_BAD_VALUE, "two_keys", "one key can't sign twice: admit it with two keys or more");
}
const NamedCheck kTwoKeysNeedTwo{Stage::kFields, "events that need two keys need two keys", two_keys_need_two};

// --- id ---

Result<void> code_free(const Case& at) {
  const auto& event = at.event<v1::AdmitOrganisation>();
  const bool foreign = event.kind() == v1::ORGANISATION_KIND_FOREIGN;
  const std::string& code = foreign ? event.lei() : event.credit_code();
  if (at.records.find(keys::credit_code(code)) == nullptr) return {};
  return refuse(at, v1::REASON_CREDIT_CODE_TAKEN, foreign ? "lei" : "credit_code",
                "an organisation with the code " + code + " was admitted already: one organisation has one record");
}
const NamedCheck kCodeFree{Stage::kId, "the code is nobody's yet", code_free};

template <class Event>
Result<void> centre_free(const Case& at) {
  const auto& event = at.event<Event>();
  if (event.centre_code().empty()) return {};
  const auto* claim = at.records.find(keys::credit_code(centre_claim(event.centre_code())));
  if (claim == nullptr || claim->credit_code().organisation() == event.org()) return {};
  return refuse(at, v1::REASON_CREDIT_CODE_TAKEN, "centre_code",
                "centre " + event.centre_code() + " is or was '" + claim->credit_code().organisation() +
                    "': choose other letters");
}
const NamedCheck kAdmittedCentreFree{Stage::kId, "the centre code is nobody else's",
                                     centre_free<v1::AdmitOrganisation>};
const NamedCheck kChangedCentreFree{Stage::kId, "the centre code is nobody else's", centre_free<v1::ChangeRoles>};

// --- state ---

bool in_set(const v1::Epoch& epoch, const std::string& organisation) {
  return std::ranges::any_of(epoch.set().validators(),
                             [&](const v1::Validator& one) { return one.organisation() == organisation; });
}

Result<void> not_a_validator(const Case& at) {
  const v1::Epochs& epochs = at.records.epochs();
  const std::string& id = at.organisation->id();
  if (!in_set(epochs.current(), id) && !in_set(epochs.next(), id) && !in_set(epochs.waiting(), id)) return {};
  return refuse(at, v1::REASON_WRONG_STATE, "org",
                "'" + id + "' is in a set of validators: let SetValidators leave it out, and wait for that epoch");
}
const NamedCheck kNotAValidator{Stage::kState, "it is no validator, now or in the next sets", not_a_validator};

Result<void> validator_keeps_its_role(const Case& at) {
  const auto& roles = at.event<v1::ChangeRoles>().roles();
  if (std::ranges::find(roles, v1::ROLE_VALIDATOR) != roles.end()) return {};
  auto refusal = not_a_validator(at);
  if (!refusal) refusal.error().field = field_of(at, "roles");
  return refusal;
}
const NamedCheck kValidatorKeepsItsRole{Stage::kState, "a validator stays one", validator_keeps_its_role};

Result<void> successor_active(const Case& at) {
  const auto& event = at.event<v1::SucceedOrganisation>();
  if (at.records.organisation(event.into())->state() == ORGANISATION_STATE_ACTIVE) return {};
  return refuse(at, v1::REASON_WRONG_STATE, "into",
                "'" + event.into() + "' is not active: restore it first, or name another successor");
}
const NamedCheck kSuccessorActive{Stage::kState, "the successor is active", successor_active};

// --- rule ---

Result<void> successor_differs(const Case& at) {
  const auto& event = at.event<v1::SucceedOrganisation>();
  if (event.into() != event.org()) return {};
  return refuse(at, v1::REASON_SAME_PARTY, "into",
                "an organisation can't succeed itself: name the one that takes over");
}
const NamedCheck kSuccessorDiffers{Stage::kRule, "the successor is another organisation", successor_differs};

// --- effects ---

void create_code(Overlay& overlay, const std::string& code, const std::string& organisation) {
  v1::CreditCode& record = *overlay.create(keys::credit_code(code)).mutable_credit_code();
  record.set_code(code);
  record.set_organisation(organisation);
}

void claim_centre(Overlay& overlay, const std::string& centre_code, const std::string& organisation) {
  const std::string claim = centre_claim(centre_code);
  if (!centre_code.empty() && !overlay.contains(keys::credit_code(claim))) create_code(overlay, claim, organisation);
}

void apply_admit(const Case& at, Overlay& overlay) { admit(at.event<v1::AdmitOrganisation>(), overlay); }

void apply_change_roles(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::ChangeRoles>();
  v1::Organisation& organisation = overlay.edit_organisation(event.org());
  *organisation.mutable_roles() = event.roles();
  std::ranges::sort(*organisation.mutable_roles());
  organisation.set_centre_code(event.centre_code());
  claim_centre(overlay, event.centre_code(), event.org());
}

template <v1::OrganisationState state>
void apply_state(const Case& at, Overlay& overlay) {
  overlay.edit_organisation(at.organisation->id()).set_state(state);
}

void apply_succeed(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::SucceedOrganisation>();
  v1::Organisation& organisation = overlay.edit_organisation(event.org());
  organisation.set_state(ORGANISATION_STATE_REMOVED);
  organisation.set_succeeded_by(event.into());
}

}  // namespace

std::span<const Rule> organisation_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kAdmitOrganisation,
       .by = Party::kGovernance,
       .subject = Subject::kOrganisation,
       .to = States{ORGANISATION_STATE_ACTIVE},
       .checks = {&kOneCode, &kAdmittedCentre, &kTwoKeysNeedTwo, &kGrantsComplete, &kCodeFree, &kAdmittedCentreFree,
                  &kGrantsFree, &kRecentHeader, &kGrantsPossessed},
       .apply = apply_admit,
       .effect = "its keys may sign"},
      {.event = v1::Operation::kChangeRoles,
       .by = Party::kGovernance,
       .subject = Subject::kOrganisation,
       .from = States{ORGANISATION_STATE_ACTIVE, ORGANISATION_STATE_SUSPENDED},
       .checks = {&kChangedCentre, &kChangedCentreFree, &kValidatorKeepsItsRole},
       .apply = apply_change_roles,
       .effect = "roles replaced; a centre code once had stays its own"},
      {.event = v1::Operation::kSuspendOrganisation,
       .by = Party::kGovernance,
       .subject = Subject::kOrganisation,
       .from = States{ORGANISATION_STATE_ACTIVE},
       .to = States{ORGANISATION_STATE_SUSPENDED},
       .apply = apply_state<ORGANISATION_STATE_SUSPENDED>,
       .effect = "its signatures are refused"},
      {.event = v1::Operation::kRestoreOrganisation,
       .by = Party::kGovernance,
       .subject = Subject::kOrganisation,
       .from = States{ORGANISATION_STATE_SUSPENDED},
       .to = States{ORGANISATION_STATE_ACTIVE},
       .apply = apply_state<ORGANISATION_STATE_ACTIVE>},
      {.event = v1::Operation::kRemoveOrganisation,
       .by = Party::kGovernance,
       .subject = Subject::kOrganisation,
       .from = States{ORGANISATION_STATE_ACTIVE, ORGANISATION_STATE_SUSPENDED},
       .to = States{ORGANISATION_STATE_REMOVED},
       .checks = {&kNotAValidator},
       .apply = apply_state<ORGANISATION_STATE_REMOVED>,
       .effect = "it signs nothing more"},
      {.event = v1::Operation::kSucceedOrganisation,
       .by = Party::kGovernance,
       .with = {Party::kAnyRegistry},
       .subject = Subject::kOrganisation,
       .from = States{ORGANISATION_STATE_ACTIVE, ORGANISATION_STATE_SUSPENDED},
       .to = States{ORGANISATION_STATE_REMOVED},
       .checks = {&kNotAValidator, &kSuccessorActive, &kSuccessorDiffers},
       .apply = apply_succeed,
       .effect = "the successor signs for it as holder"},
  };
  return rules;
}

void admit(const v1::AdmitOrganisation& admission, Overlay& overlay) {
  v1::Organisation& organisation = *overlay.create(keys::organisation(admission.org())).mutable_organisation();
  organisation.set_id(admission.org());
  organisation.set_credit_code(admission.credit_code());
  organisation.set_lei(admission.lei());
  organisation.set_name(admission.name());
  organisation.set_kind(admission.kind());
  organisation.set_controller(admission.controller());
  *organisation.mutable_roles() = admission.roles();
  std::ranges::sort(*organisation.mutable_roles());
  organisation.set_centre_code(admission.centre_code());
  *organisation.mutable_two_keys() = admission.two_keys();
  std::ranges::sort(*organisation.mutable_two_keys());
  organisation.set_controls_set(!admission.two_keys().empty());
  organisation.set_state(ORGANISATION_STATE_ACTIVE);
  for (const v1::KeyGrant& grant : admission.keys()) {
    add_key(overlay, organisation, v1::KEY_PURPOSE_TRANSACTION, grant);
  }
  if (admission.has_governance_key()) {
    add_key(overlay, organisation, v1::KEY_PURPOSE_GOVERNANCE, admission.governance_key());
  }
  if (admission.has_consensus_key()) {
    add_key(overlay, organisation, v1::KEY_PURPOSE_CONSENSUS, admission.consensus_key());
  }
  for (const v1::TlsKeyGrant& grant : admission.tls_keys()) add_tls_key(overlay, organisation, grant);
  create_code(overlay, admission.lei().empty() ? admission.credit_code() : admission.lei(), admission.org());
  claim_centre(overlay, admission.centre_code(), admission.org());
}

}  // namespace jinshi::ledger
