#include "ledger/domain/parties.h"

#include <algorithm>
#include <array>
#include <set>

#include "jinshi/v1/assessment.pb.h"

namespace jinshi::ledger {
namespace {

using enum Party;

bool holds_role(const Case& at, std::string_view organisation, v1::Role role) {
  const auto* record = at.records.organisation(organisation);
  return record != nullptr && has_role(*record, role);
}

bool signs_with_governance_key(const Case& at, std::string_view organisation) {
  for (const auto& validator : at.records.epochs().current().set().validators()) {
    if (validator.organisation() != organisation) continue;
    for (const SigningKey& key : at.signers.keys()) {
      if (key.public_key == validator.governance_key()) return true;
    }
  }
  return false;
}

// The fields that name the other side, whatever the event calls it.
std::string named_organisation(const Case& at, Party party) {
  const auto& event = at.event_message();
  const auto text = [&](const google::protobuf::Message& message, const char* name) -> std::string {
    const auto* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return {};
    return message.GetReflection()->GetString(message, field);
  };
  if (party == kNewHolder) return text(event, "to");
  if (party == kGrantee) {
    if (at.operation.has_grant_right()) return at.operation.grant_right().right().holder();
    return text(event, "holder");
  }
  return {};
}

bool is_registry(const Case& at, std::string_view organisation) {
  if (at.asset == nullptr) return false;
  if (!holds_role(at, organisation, registry_role(at.asset->kind(), at.certificate_kind))) return false;
  return at.registration == nullptr || at.registration->registry().empty() ||
         at.registration->registry() == organisation;
}

bool is_some_registry(const Case& at, std::string_view organisation) {
  const auto* record = at.records.organisation(organisation);
  return record != nullptr &&
         std::ranges::any_of(record->roles(), [](int role) { return is_registry_role(static_cast<v1::Role>(role)); });
}

// The organisation that took a removed one's place signs for it: one step, never a chain.
bool succeeds(const Case& at, std::string_view organisation, std::string_view holder) {
  const auto* record = at.records.organisation(holder);
  return record != nullptr && record->state() == v1::ORGANISATION_STATE_REMOVED &&
         record->succeeded_by() == organisation;
}

bool signs_for_holder(const Case& at, std::string_view organisation) {
  if (at.asset == nullptr) return false;
  return std::ranges::any_of(holders_of(*at.asset), [&](const std::string& holder) {
    return holder == organisation || succeeds(at, organisation, holder);
  });
}

bool has_signature_of(const Case& at, const std::string& organisation) {
  if (at.signers.has(organisation)) return true;
  const auto signers = at.signers.organisations();
  return std::ranges::any_of(signers, [&](const auto& signer) { return succeeds(at, signer, organisation); });
}

bool acts_itself(const Case& at, std::string_view organisation) {
  return at.organisation != nullptr && at.organisation->id() == organisation &&
         at.signers.transaction_keys_of(organisation) > 0;
}

bool is_applicant(const Case& at, std::string_view organisation) {
  if (!at.operation.has_apply_registration()) return false;
  const v1::ApplyRegistration& application = at.operation.apply_registration();
  if (!application.holders().empty()) {
    return std::ranges::any_of(application.holders(),
                               [&](const v1::HolderShare& share) { return share.org() == organisation; });
  }
  if (application.rights().empty()) return true;  // RIGHTS_NOT_NAMED comes later
  return std::ranges::any_of(application.rights(), [&](const v1::GrantedRight& right) {
    return right.right() == v1::RIGHT_HOLD && right.holder() == organisation;
  });
}

bool stands_for(const Case& at, Party party, std::string_view organisation) {
  switch (party) {
    case kAnyOrganisation:
      return true;
    case kApplicant:
      return is_applicant(at, organisation);
    case kHolder:
      return signs_for_holder(at, organisation);
    case kHolderOrCourt:
      return signs_for_holder(at, organisation) || holds_role(at, organisation, v1::ROLE_COURT);
    case kRegistry:
      return is_registry(at, organisation);
    case kRegistryOrCourt:
      return is_registry(at, organisation) || holds_role(at, organisation, v1::ROLE_COURT);
    case kAnyRegistry:
      return is_some_registry(at, organisation) && at.signers.transaction_keys_of(organisation) > 0;
    case kCourt:
      return holds_role(at, organisation, v1::ROLE_COURT);
    case kObjector:
      return at.objection != nullptr && at.objection->objector() == organisation;
    case kNewHolder:
    case kGrantee:
      return named_organisation(at, party) == organisation;
    case kAssessor:
      return holds_role(at, organisation, v1::ROLE_ASSESSOR);
    case kItsAssessor:
      return at.assessment != nullptr && at.assessment->assessor() == organisation;
    case kOrganisationItself:
      return acts_itself(at, organisation);
    case kOrganisationItselfOrGovernance:
      return acts_itself(at, organisation) || signs_with_governance_key(at, organisation);
    case kGovernance:
    case kValidator:
      return signs_with_governance_key(at, organisation);
  }
  return false;
}

// The first signer has a role of the right family but not this one: another registry's work.
v1::Reason why_not(const Case& at, Party party, std::string_view organisation) {
  const PartyRule& rule = party_rule(party);
  if ((party == kRegistry || party == kRegistryOrCourt) && is_some_registry(at, organisation)) {
    return v1::REASON_WRONG_REGISTRY;
  }
  return rule.wrong;
}

// Everyone that a party asks for: all holders where the holder signs, else one organisation.
std::vector<std::string> required(const Case& at, Party party) {
  if (party == kHolder || (party == kHolderOrCourt && !court_decides(at))) return holders_of(*at.asset);
  if (party == kApplicant && at.operation.has_apply_registration()) {
    std::vector<std::string> all;
    for (const auto& share : at.operation.apply_registration().holders()) all.push_back(share.org());
    return all;
  }
  return {};
}

bool is_official(Party party) {
  return party == kRegistry || party == kRegistryOrCourt || party == kAnyRegistry || party == kAssessor ||
         party == kItsAssessor;
}

bool is_involved(const Case& at, std::string_view organisation) {
  if (at.asset != nullptr && is_party_to(*at.asset, organisation)) return true;
  if (at.operation.has_succeed_organisation()) {
    const auto& merger = at.operation.succeed_organisation();
    return merger.org() == organisation || merger.into() == organisation;
  }
  return at.objection != nullptr && at.objection->objector() == organisation;
}

Result<void> check_governance(const Case& at) {
  const std::size_t needed = governance_quorum(at.records.epochs().current().set().validators_size());
  const std::size_t signatures = governance_signers(at).size();
  if (signatures >= needed) return {};
  return fail(v1::REASON_QUORUM_MISSING, std::to_string(signatures) + " of " + std::to_string(needed) +
                                             " governance signatures: let more validators co-sign, or propose it");
}

}  // namespace

const PartyRule& party_rule(Party party) {
  static const std::array rules = {
      PartyRule{"any organisation", {}, v1::REASON_UNSPECIFIED},
      PartyRule{"holder (applicant)", {}, v1::REASON_NOT_HOLDER},
      PartyRule{"holder", {}, v1::REASON_NOT_HOLDER},
      PartyRule{"holder, or a court alone", {}, v1::REASON_NOT_HOLDER},
      PartyRule{"registry of that kind",
                {v1::ROLE_REGISTRY_PUBLIC, v1::ROLE_REGISTRY_SOCIAL, v1::ROLE_REGISTRY_IP},
                v1::REASON_ROLE_MISSING},
      PartyRule{"registry or court",
                {v1::ROLE_REGISTRY_PUBLIC, v1::ROLE_REGISTRY_SOCIAL, v1::ROLE_REGISTRY_IP, v1::ROLE_COURT},
                v1::REASON_ROLE_MISSING},
      PartyRule{"registry",
                {v1::ROLE_REGISTRY_PUBLIC, v1::ROLE_REGISTRY_SOCIAL, v1::ROLE_REGISTRY_IP},
                v1::REASON_ROLE_MISSING},
      PartyRule{"court", {v1::ROLE_COURT}, v1::REASON_ROLE_MISSING},
      PartyRule{"objector", {}, v1::REASON_NOT_PARTY},
      PartyRule{"new holder", {}, v1::REASON_NOT_PARTY},
      PartyRule{"grantee", {}, v1::REASON_NOT_PARTY},
      PartyRule{"assessor", {v1::ROLE_ASSESSOR}, v1::REASON_ROLE_MISSING},
      PartyRule{"its assessor", {}, v1::REASON_NOT_PARTY},
      PartyRule{"the organisation", {}, v1::REASON_NOT_PARTY},
      PartyRule{"the organisation, or governance", {}, v1::REASON_NOT_PARTY},
      PartyRule{"governance", {v1::ROLE_VALIDATOR}, v1::REASON_ROLE_MISSING},
      PartyRule{"validator", {v1::ROLE_VALIDATOR}, v1::REASON_ROLE_MISSING},
  };
  return rules[static_cast<std::size_t>(party)];
}

std::string_view party_name(Party party) { return party_rule(party).name; }

Result<void> check_first_signer(const Case& at) {
  const Rule& rule = at.rule;
  const bool another_validator = rule.by == kGovernance && holds_role(at, at.by(), v1::ROLE_VALIDATOR);
  if (!stands_for(at, rule.by, at.by()) && !another_validator) {
    return fail(why_not(at, rule.by, at.by()), "'" + at.by() + "' signs first, but " +
                                                   std::string(event_name(rule.event)) +
                                                   " is signed by: " + std::string(party_name(rule.by)));
  }
  return {};
}

Result<void> check_fellow_signers(const Case& at) {
  const Rule& rule = at.rule;
  for (const std::string& organisation : required(at, rule.by)) {
    if (!has_signature_of(at, organisation)) {
      return fail(v1::REASON_MISSING_COSIGNER, "'" + organisation + "' holds a share and must sign too");
    }
  }
  const bool by_governance =
      rule.by == kGovernance || (rule.by == kOrganisationItselfOrGovernance && !acts_itself(at, at.by()));
  return by_governance ? check_governance(at) : Result<void>();
}

Result<void> check_cosigners(const Case& at) {
  const Rule& rule = at.rule;
  if (court_decides(at)) return {};
  const auto organisations = at.signers.organisations();
  for (const Party party : rule.with) {
    const bool present =
        std::ranges::any_of(organisations, [&](const auto& one) { return stands_for(at, party, one); });
    const auto all = required(at, party);
    const bool complete = std::ranges::all_of(all, [&](const auto& one) { return has_signature_of(at, one); });
    if (!present || !complete) {
      return fail(v1::REASON_MISSING_COSIGNER,
                  std::string(event_name(rule.event)) + " must be co-signed by: " + std::string(party_name(party)));
    }
  }
  return {};
}

Result<void> check_conflicts(const Case& at) {
  const Rule& rule = at.rule;
  const auto organisations = at.signers.organisations();
  std::set<std::string> taken{at.by()};
  // Who signs for a removed holder is not that holder: a merger's assets go to the successor by its own signature.
  if (rule.by == kHolder && at.asset != nullptr && !is_holder(*at.asset, at.by())) taken.clear();
  const auto conflict = [&](Party party, const std::string& organisation) -> Result<void> {
    const bool official = is_official(party) || (party == kHolderOrCourt && court_decides(at));
    if (!official || !is_involved(at, organisation)) return {};
    const bool assessor = party == kAssessor || party == kItsAssessor;
    return fail(assessor ? v1::REASON_ASSESSOR_NOT_INDEPENDENT : v1::REASON_CONFLICT_OF_INTEREST,
                "'" + organisation + "' is party to this record and can't act on it as " +
                    std::string(party_name(party)) + ": let another one sign");
  };
  if (auto clear = conflict(rule.by, at.by()); !clear) return clear;
  if (court_decides(at)) return {};
  for (const Party party : rule.with) {
    // A holder ends a right of its own as one party.
    if (party == kGrantee && is_holder(*at.asset, named_organisation(at, party))) continue;
    const auto other = std::ranges::find_if(
        organisations, [&](const auto& one) { return !taken.contains(one) && stands_for(at, party, one); });
    if (other == organisations.end()) {
      return fail(v1::REASON_CONFLICT_OF_INTEREST, "one organisation can't be both " +
                                                       std::string(party_name(rule.by)) + " and " +
                                                       std::string(party_name(party)));
    }
    if (auto clear = conflict(party, *other); !clear) return clear;
    taken.insert(*other);
  }
  return {};
}

bool court_decides(const Case& at) {
  return at.rule.by == kHolderOrCourt && at.asset != nullptr && !signs_for_holder(at, at.by());
}

bool is_registry_role(v1::Role role) {
  return role == v1::ROLE_REGISTRY_PUBLIC || role == v1::ROLE_REGISTRY_SOCIAL || role == v1::ROLE_REGISTRY_IP;
}

v1::Role registry_role(v1::AssetKind asset, v1::CertificateKind certificate) {
  if (certificate == v1::CERTIFICATE_KIND_DATA_IP) return v1::ROLE_REGISTRY_IP;
  return asset == v1::ASSET_KIND_PUBLIC_DATA ? v1::ROLE_REGISTRY_PUBLIC : v1::ROLE_REGISTRY_SOCIAL;
}

std::vector<std::string> holders_of(const v1::Asset& asset) {
  std::vector<std::string> all;
  for (const auto& share : asset.holders()) all.push_back(share.org());
  if (!all.empty()) return all;
  for (const auto& right : asset.rights()) {
    if (right.right() == v1::RIGHT_HOLD) all.push_back(right.holder());
  }
  return all;
}

bool is_holder(const v1::Asset& asset, std::string_view organisation) {
  const auto all = holders_of(asset);
  return std::ranges::find(all, organisation) != all.end();
}

bool is_party_to(const v1::Asset& asset, std::string_view organisation) {
  return is_holder(asset, organisation) ||
         std::ranges::any_of(asset.rights(), [&](const auto& right) { return right.holder() == organisation; });
}

bool has_role(const v1::Organisation& organisation, v1::Role role) {
  return std::ranges::find(organisation.roles(), role) != organisation.roles().end();
}

bool are_related(const v1::Organisation& one, const v1::Organisation& other) {
  if (one.controller() == other.id() || other.controller() == one.id()) return true;
  return !one.controller().empty() && one.controller() == other.controller();
}

std::vector<std::string> governance_signers(const Case& at) {
  std::vector<std::string> signers;
  for (const auto& validator : at.records.epochs().current().set().validators()) {
    if (signs_with_governance_key(at, validator.organisation())) signers.push_back(validator.organisation());
  }
  return signers;
}

std::size_t governance_quorum(std::size_t validators) { return validators * 2 / 3 + 1; }

}  // namespace jinshi::ledger
