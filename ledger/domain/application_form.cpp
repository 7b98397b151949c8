#include "ledger/domain/application_form.h"

#include <algorithm>
#include <set>

#include "ledger/domain/assessment.h"
#include "ledger/domain/content_rule.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

using Form = v1::ApplyRegistration;

// A field of the form, from the event that is or carries it.
FieldPath place_of(const Case& at, FieldPath field) {
  if (at.operation.has_resubmit_application()) {
    field.insert(field.begin(), v1::ResubmitApplication::kApplicationFieldNumber);
  }
  return field;
}

std::set<std::string> applicants_of(const Form& form) {
  std::set<std::string> all;
  for (const auto& share : form.holders()) all.insert(share.org());
  if (!all.empty()) return all;
  for (const auto& right : form.rights()) {
    if (right.right() == v1::RIGHT_HOLD) all.insert(right.holder());
  }
  return all;
}

bool has_ended(v1::RegistrationState state) {
  return state == v1::REGISTRATION_STATE_REJECTED || state == v1::REGISTRATION_STATE_WITHDRAWN ||
         state == v1::REGISTRATION_STATE_REVOKED || state == v1::REGISTRATION_STATE_CANCELLED;
}

// --- fields ---

Result<void> zone_exists(const Case& at) {
  const auto& zones = at.parameters().zones();
  const Form& form = form_of(at);
  if (std::ranges::find(zones, form.zone()) != zones.end()) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kZoneFieldNumber},
                     "there is no sector zone '" + form.zone() + "': name one of the parameter `zones`");
}
const NamedCheck kZoneExists{Stage::kFields, "the sector zone is one of the parameter's", zone_exists};

Result<void> holders_add_up(const Case& at) {
  const Form& form = form_of(at);
  if (form.holders().empty()) return {};
  std::uint32_t sum = 0;
  std::set<std::string> seen;
  for (int i = 0; i < form.holders_size(); ++i) {
    const auto& share = form.holders(i);
    sum += share.share_bp();
    if (seen.insert(share.org()).second) continue;
    return refuse_form(at, v1::REASON_BAD_VALUE,
                       {Form::kHoldersFieldNumber, static_cast<std::uint32_t>(i), v1::HolderShare::kOrgFieldNumber},
                       "'" + share.org() + "' has a share already: state its whole share once");
  }
  if (sum == 10'000) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kHoldersFieldNumber},
                     "the shares add up to " + std::to_string(sum) + " basis points: make them 10000");
}
const NamedCheck kHoldersAddUp{Stage::kFields, "shares add up to 10,000 basis points, none of them twice",
                               holders_add_up};

Result<void> grade_fits_level(const Case& at) {
  const Form& form = form_of(at);
  const bool general = form.level() == v1::DATA_LEVEL_GENERAL;
  if (general == (form.grade() != 0)) return {};
  return refuse_form(
      at, v1::REASON_BAD_VALUE, {Form::kGradeFieldNumber},
      general ? "GENERAL data has a grade: state 1 to 4" : "only GENERAL data has a grade: leave it out");
}
const NamedCheck kGradeFitsLevel{Stage::kFields, "GENERAL data has a grade, and no other", grade_fits_level};

Result<void> derived_has_parents(const Case& at) {
  const Form& form = form_of(at);
  const bool derived = form.source() == v1::SOURCE_DERIVED;
  if (derived != form.parents().empty()) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kSourceFieldNumber},
                     derived ? "DERIVED data has parents: name them" : "data with parents is DERIVED: say so");
}
const NamedCheck kDerivedHasParents{Stage::kFields, "DERIVED data has parents, and no other", derived_has_parents};

Result<void> names_others(const Case& at) {
  const Form& form = form_of(at);
  std::set<std::string> seen{form.asset()};
  for (int i = 0; i < form.parents_size(); ++i) {
    if (seen.insert(form.parents(i).asset()).second) continue;
    return refuse_form(at, v1::REASON_BAD_VALUE,
                       {Form::kParentsFieldNumber, static_cast<std::uint32_t>(i), v1::Parent::kAssetFieldNumber},
                       "a parent is another asset, named once: drop '" + form.parents(i).asset() + "'");
  }
  if (form.replaces() != form.asset()) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kReplacesFieldNumber},
                     "an asset doesn't replace itself: name another, or none");
}
const NamedCheck kNamesOthers{Stage::kFields, "parents and what it replaces are other assets, none twice",
                              names_others};

Result<void> content_adds_up(const Case& at) {
  const Form& form = form_of(at);
  return check_content(form.content(), form.size_bytes(), place_of(at, {Form::kContentFieldNumber}));
}
const NamedCheck kContentAddsUp{Stage::kFields, "content is laid out as its size says", content_adds_up};

// --- role and dates ---

Result<void> replaces_its_own(const Case& at) {
  const Form& form = form_of(at);
  if (form.replaces().empty()) return {};
  const v1::Asset* replaced = at.records.asset(form.replaces());
  if (replaced != nullptr && has_same_holders(form, *replaced)) return {};
  return refuse_form(at, v1::REASON_NOT_HOLDER, {Form::kReplacesFieldNumber},
                     "only an asset of the same holder is replaced: '" + form.replaces() + "' is another's");
}
const NamedCheck kReplacesItsOwn{Stage::kRole, "what it replaces is the same holder's", replaces_its_own};

Result<void> period_in_order(const Case& at) {
  const Form& form = form_of(at);
  if (form.period_from() <= form.period_to()) return {};  // as texts, since both are YYYY-MM-DD
  return refuse_form(at, v1::REASON_BAD_DATES, {Form::kPeriodToFieldNumber}, "the period ends before it begins");
}
const NamedCheck kPeriodInOrder{Stage::kDates, "the period begins before it ends", period_in_order};

Result<void> rights_not_over(const Case& at) {
  const Form& form = form_of(at);
  const std::string today = format_date(at.block.date());
  for (int i = 0; i < form.rights_size(); ++i) {
    const std::string& until = form.rights(i).until();
    if (until.empty() || until >= today) continue;
    return refuse_form(at, v1::REASON_BAD_DATES,
                       {Form::kRightsFieldNumber, static_cast<std::uint32_t>(i), v1::GrantedRight::kUntilFieldNumber},
                       "the right ended on " + until + ": leave it out");
  }
  return {};
}
const NamedCheck kRightsNotOver{Stage::kDates, "no right has ended already", rights_not_over};

// --- rules ---

Result<void> not_core(const Case& at) {
  if (form_of(at).level() != v1::DATA_LEVEL_CORE) return {};
  return refuse_form(at, v1::REASON_CORE_DATA_FORBIDDEN, {Form::kLevelFieldNumber}, "CORE data is never registered");
}
const NamedCheck kNotCore{Stage::kRule, "not CORE", not_core};

Result<void> rights_named(const Case& at) {
  const Form& form = form_of(at);
  if (!form.rights().empty() || !form.holders().empty()) return {};
  return refuse_form(at, v1::REASON_RIGHTS_NOT_NAMED, {Form::kRightsFieldNumber},
                     "nobody has a right: name at least who has HOLD");
}
const NamedCheck kRightsNamed{Stage::kRule, "rights are named", rights_named};

Result<void> rights_agree(const Case& at) {
  const Form& form = form_of(at);
  const auto conflict = [&](int i, std::string message) {
    return refuse_form(at, v1::REASON_RIGHT_CONFLICT, {Form::kRightsFieldNumber, static_cast<std::uint32_t>(i)},
                       std::move(message));
  };
  int held = form.holders().empty() ? 0 : 1;
  for (int i = 0; i < form.rights_size(); ++i) {
    const auto& right = form.rights(i);
    if (right.right() == v1::RIGHT_HOLD && ++held > 1) {
      return conflict(i, "HOLD stands once, or in `holders` where several hold in common");
    }
    for (int j = 0; j < i; ++j) {
      const auto& other = form.rights(j);
      if (other.right() != right.right()) continue;
      if (other.holder() == right.holder()) return conflict(i, "'" + right.holder() + "' has this right already");
      if (other.exclusive() || right.exclusive()) return conflict(i, "an exclusive right has one holder");
    }
  }
  if (held == 1) return {};
  return refuse_form(at, v1::REASON_RIGHT_CONFLICT, {Form::kRightsFieldNumber}, "nobody has HOLD: name who has");
}
const NamedCheck kRightsAgree{Stage::kRule, "one HOLD, and no right against an exclusive one", rights_agree};

Result<void> content_stays(const Case& at) {
  if (!keeps_description(at) || form_of(at).content().root() == at.asset->content().root()) return {};
  return refuse_form(
      at, v1::REASON_CONTENT_MISMATCH, {Form::kContentFieldNumber, v1::Content::kRootFieldNumber},
      "another registration stands on this asset's content: state the same root, or register another asset");
}
const NamedCheck kContentStays{Stage::kRule, "beside another registration, the same content", content_stays};

Result<void> parents_certified(const Case& at) {
  const Form& form = form_of(at);
  for (int i = 0; i < form.parents_size(); ++i) {
    const v1::Asset* parent = at.records.asset(form.parents(i).asset());
    if (parent != nullptr && is_certified(*parent)) continue;
    return refuse_form(at, v1::REASON_PARENT_NOT_CERTIFIED,
                       {Form::kParentsFieldNumber, static_cast<std::uint32_t>(i), v1::Parent::kAssetFieldNumber},
                       "'" + form.parents(i).asset() + "' is not certified: data is derived from certified data");
  }
  return {};
}
const NamedCheck kParentsCertified{Stage::kRule, "each parent is certified", parents_certified};

// A licence is a trade, which the reference stage found; without one, those who hold the parent apply, and all of them
// sign.
Result<void> parents_licensed(const Case& at) {
  const Form& form = form_of(at);
  const auto applicants = applicants_of(form);
  for (int i = 0; i < form.parents_size(); ++i) {
    const auto holders = holders_of(*at.records.asset(form.parents(i).asset()));
    const bool own = std::ranges::any_of(holders, [&](const auto& holder) { return applicants.contains(holder); });
    if (own && std::ranges::all_of(holders, [&](const auto& holder) { return at.signers.has(holder); })) continue;
    return refuse_form(at, v1::REASON_PARENT_NOT_LICENSED, {Form::kParentsFieldNumber, static_cast<std::uint32_t>(i)},
                       "'" + form.parents(i).asset() +
                           "' is not the applicant's alone: name the trade that licenses it, "
                           "or let its other holders co-sign");
  }
  return {};
}
const NamedCheck kParentsLicensed{Stage::kRule, "each parent is the applicant's, or licensed by its own trade",
                                  parents_licensed};

Result<void> not_below_parents(const Case& at) {
  const Form& form = form_of(at);
  const std::uint32_t own = sensitivity(form.level(), form.grade());
  const bool lower = std::ranges::any_of(form.parents(), [&](const v1::Parent& named) {
    const v1::Asset& parent = *at.records.asset(named.asset());
    return own < sensitivity(parent.level(), parent.grade());
  });
  if (!lower) return {};
  const bool assessed = at.asset != nullptr && at.asset->content().root() == form.content().root() &&
                        in_force(*at.asset, v1::ASSESSMENT_KIND_COMPLIANCE, at.block.time) != nullptr;
  if (assessed) return {};
  return refuse_form(at, v1::REASON_ASSESSMENT_REQUIRED, {Form::kLevelFieldNumber},
                     "derived data below its parents needs a compliance assessment: apply at their level, and lower it "
                     "once assessed");
}
const NamedCheck kNotBelowParents{Stage::kRule, "no lower in level or grade than its parents, unless assessed",
                                  not_below_parents};

Result<void> lawful_basis(const Case& at) {
  const Form& form = form_of(at);
  const bool needed = form.personal_information() == v1::PERSONAL_INFORMATION_DEIDENTIFIED ||
                      form.personal_information() == v1::PERSONAL_INFORMATION_CONTAINED;
  if (!needed || !form.lawful_basis_digest().empty()) return {};
  return refuse_form(at, v1::REASON_LAWFUL_BASIS_REQUIRED, {Form::kLawfulBasisDigestFieldNumber},
                     "DEIDENTIFIED data and data with personal information need a lawful basis: add its digest");
}
const NamedCheck kLawfulBasis{Stage::kRule, "a lawful basis for DEIDENTIFIED and CONTAINED", lawful_basis};

}  // namespace

const Form& form_of(const Case& at) {
  if (at.operation.has_resubmit_application()) return at.operation.resubmit_application().application();
  return at.event<Form>();
}

std::unexpected<Error> refuse_form(const Case& at, v1::Reason reason, FieldPath field, std::string message) {
  return fail(reason, std::move(message), place_of(at, std::move(field)));
}

std::vector<const NamedCheck*> and_form_checks(std::vector<const NamedCheck*> checks) {
  const auto all = {&kZoneExists,      &kHoldersAddUp,   &kGradeFitsLevel, &kDerivedHasParents, &kNamesOthers,
                    &kContentAddsUp,   &kReplacesItsOwn, &kPeriodInOrder,  &kRightsNotOver,     &kNotCore,
                    &kRightsNamed,     &kRightsAgree,    &kContentStays,   &kParentsCertified,  &kParentsLicensed,
                    &kNotBelowParents, &kLawfulBasis};
  checks.insert(checks.end(), all.begin(), all.end());
  return checks;
}

v1::CertificateKind kind_sought(v1::CertificateKind named) {
  return named == v1::CERTIFICATE_KIND_UNSPECIFIED ? v1::CERTIFICATE_KIND_DATA_ASSET : named;
}

bool has_same_holders(const Form& form, const v1::Asset& asset) {
  const auto holders = holders_of(asset);
  return applicants_of(form) == std::set<std::string>(holders.begin(), holders.end());
}

bool keeps_description(const Case& at) {
  if (at.asset == nullptr) return false;
  if (at.registration == nullptr) return true;
  return std::ranges::any_of(at.asset->registrations(), [&](const v1::Registration& other) {
    return other.kind() != at.certificate_kind && !has_ended(other.state());
  });
}

bool is_certified(const v1::Asset& asset) {
  return std::ranges::any_of(asset.registrations(), [](const v1::Registration& registration) {
    return registration.state() == v1::REGISTRATION_STATE_CERTIFIED;
  });
}

std::uint32_t sensitivity(v1::DataLevel level, std::uint32_t grade) {
  if (level == v1::DATA_LEVEL_CORE) return 6;
  if (level == v1::DATA_LEVEL_IMPORTANT) return 5;
  return grade;
}

}  // namespace jinshi::ledger
