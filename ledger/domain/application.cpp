#include "ledger/domain/application.h"

#include <algorithm>
#include <set>

#include "ledger/domain/assessment.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

using Form = v1::ApplyRegistration;

// --- the form: of an application, or of the one that a resubmission carries ---

const Form& form_of(const Case& at) {
  if (at.operation.has_resubmit_application()) return at.operation.resubmit_application().application();
  return at.event<Form>();
}

// A refusal that names a field of the form, wherever the form stands.
std::unexpected<Error> refuse_form(const Case& at, v1::Reason reason, FieldPath field, std::string message) {
  if (at.operation.has_resubmit_application()) field.insert(field.begin(), v1::ResubmitApplication::kApplicationFieldNumber);
  return fail(reason, std::move(message), std::move(field));
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

bool has_same_holders(const Form& form, const v1::Asset& asset) {
  const auto holders = holders_of(asset);
  return applicants_of(form) == std::set<std::string>(holders.begin(), holders.end());
}

bool has_ended(v1::RegistrationState state) {
  return state == v1::REGISTRATION_STATE_REJECTED || state == v1::REGISTRATION_STATE_WITHDRAWN ||
         state == v1::REGISTRATION_STATE_REVOKED || state == v1::REGISTRATION_STATE_CANCELLED;
}

bool is_certified(const v1::Asset& asset) {
  return std::ranges::any_of(asset.registrations(), [](const v1::Registration& registration) {
    return registration.state() == v1::REGISTRATION_STATE_CERTIFIED;
  });
}

// The asset stands as it was described: its first application of this kind, or one beside another that still runs, adds
// a registration and changes nothing else.
bool keeps_description(const Case& at) {
  if (at.asset == nullptr) return false;
  if (at.registration == nullptr) return true;
  return std::ranges::any_of(at.asset->registrations(), [&](const v1::Registration& other) {
    return other.kind() != at.certificate_kind && !has_ended(other.state());
  });
}

// CORE above IMPORTANT above GENERAL 4 to 1.
std::uint32_t sensitivity(v1::DataLevel level, std::uint32_t grade) {
  if (level == v1::DATA_LEVEL_CORE) return 6;
  if (level == v1::DATA_LEVEL_IMPORTANT) return 5;
  return grade;
}

// --- fields ---

Result<void> same_application(const Case& at) {
  const auto& event = at.event<v1::ResubmitApplication>();
  const Form& form = event.application();
  if (form.asset() != event.asset()) {
    return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kAssetFieldNumber},
                       "the application is of another asset: name '" + event.asset() + "'");
  }
  const auto kind = [](v1::CertificateKind named) {
    return named == v1::CERTIFICATE_KIND_UNSPECIFIED ? v1::CERTIFICATE_KIND_DATA_ASSET : named;
  };
  if (kind(form.certificate_kind()) == kind(event.certificate_kind())) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kCertificateKindFieldNumber},
                     "the application seeks another kind of certificate: name the one that was asked to be supplemented");
}
const NamedCheck kSameApplication{Stage::kFields, "the application is of the same asset and kind", same_application};

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
const NamedCheck kHoldersAddUp{Stage::kFields, "shares add up to 10,000 basis points, none of them twice", holders_add_up};

Result<void> grade_fits_level(const Case& at) {
  const Form& form = form_of(at);
  const bool general = form.level() == v1::DATA_LEVEL_GENERAL;
  if (general == (form.grade() != 0)) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kGradeFieldNumber},
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
const NamedCheck kNamesOthers{Stage::kFields, "parents and what it replaces are other assets, none twice", names_others};

Result<void> content_adds_up(const Case& at) {
  const Form& form = form_of(at);
  const v1::Content& content = form.content();
  const std::uint64_t chunk = content.chunk_size();
  if ((chunk & (chunk - 1)) != 0) {
    return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kContentFieldNumber, v1::Content::kChunkSizeFieldNumber},
                       "a chunk's size is a power of two");
  }
  const std::uint64_t size = content.size() == 0 ? form.size_bytes() : content.size();
  const std::uint64_t count = (size - 1) / chunk + 1;
  if (content.chunk_count() == count) return {};
  return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kContentFieldNumber, v1::Content::kChunkCountFieldNumber},
                     std::to_string(size) + " bytes make " + std::to_string(count) + " chunks of " + std::to_string(chunk));
}
const NamedCheck kContentAddsUp{Stage::kFields, "chunks are a power of two and as many as the size makes", content_adds_up};

// --- id, role, dates ---

Result<void> id_is_free(const Case& at) {
  if (at.asset == nullptr) return {};
  const std::string& id = at.asset->id();
  if (!has_same_holders(form_of(at), *at.asset)) {
    return refuse(at, v1::REASON_ID_TAKEN, "asset", "the asset '" + id + "' is another holder's: choose another id");
  }
  if (at.registration == nullptr || at.registration->state() == v1::REGISTRATION_STATE_REJECTED ||
      at.registration->state() == v1::REGISTRATION_STATE_WITHDRAWN) {
    return {};
  }
  return refuse(at, v1::REASON_ID_TAKEN, "asset",
                "the asset '" + id + "' has a registration of this kind: an id is used again only after a rejection or a "
                "withdrawal");
}
const NamedCheck kIdIsFree{Stage::kId,
                           "the id is free, or the same holder's without a registration of this kind that runs or ran",
                           id_is_free};

Result<void> same_holders(const Case& at) {
  if (has_same_holders(form_of(at), *at.asset)) return {};
  return refuse_form(at, v1::REASON_NOT_HOLDER, {Form::kRightsFieldNumber},
                     "a supplement doesn't change who holds the asset: withdraw, and let the new holder apply");
}
const NamedCheck kSameHolders{Stage::kRole, "the holders stay the same", same_holders};

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

// --- rules of an application ---

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
  return refuse_form(at, v1::REASON_CONTENT_MISMATCH, {Form::kContentFieldNumber, v1::Content::kRootFieldNumber},
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

// A licence is a trade, which the reference stage found; without one, those who hold the parent apply, and all of them sign.
Result<void> parents_licensed(const Case& at) {
  const Form& form = form_of(at);
  const auto applicants = applicants_of(form);
  for (int i = 0; i < form.parents_size(); ++i) {
    const auto holders = holders_of(*at.records.asset(form.parents(i).asset()));
    const bool own = std::ranges::any_of(holders, [&](const auto& holder) { return applicants.contains(holder); });
    if (own && std::ranges::all_of(holders, [&](const auto& holder) { return at.signers.has(holder); })) continue;
    return refuse_form(at, v1::REASON_PARENT_NOT_LICENSED, {Form::kParentsFieldNumber, static_cast<std::uint32_t>(i)},
                       "'" + form.parents(i).asset() + "' is not the applicant's alone: name the trade that licenses it, "
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

// --- acceptance and notice ---

Result<void> compliance_assessed(const Case& at) {
  if (sensitivity(at.asset->level(), at.asset->grade()) < at.parameters().compliance_grade()) return {};
  if (in_force(*at.asset, v1::ASSESSMENT_KIND_COMPLIANCE, at.block.time) != nullptr) return {};
  return refuse(at, v1::REASON_ASSESSMENT_REQUIRED, "asset",
                "data of this grade needs a compliance assessment in force before it is accepted");
}
const NamedCheck kComplianceAssessed{
    Stage::kRule, "from the parameter's grade and for IMPORTANT data, a compliance assessment in force",
    compliance_assessed};

// A certified parent of that kind was itself accepted on an anonymisation.
bool is_anonymised_as(const Case& at, v1::PersonalInformation result) {
  const auto* own = at.records.anonymisation(at.asset->anonymisation());
  if (own != nullptr && own->result() == result) return true;
  bool one = false;
  for (const auto& named : at.asset->parents()) {
    const v1::Asset* parent = at.records.asset(named.asset());
    if (parent == nullptr) return false;
    if (parent->personal_information() == v1::PERSONAL_INFORMATION_NONE) continue;
    if (parent->personal_information() != result || !is_certified(*parent)) return false;
    one = true;
  }
  return one;
}

Result<void> anonymisation_recorded(const Case& at) {
  const auto personal = at.asset->personal_information();
  if (personal != v1::PERSONAL_INFORMATION_ANONYMISED && personal != v1::PERSONAL_INFORMATION_DEIDENTIFIED) return {};
  if (is_anonymised_as(at, personal)) return {};
  return refuse(at, v1::REASON_ANONYMISATION_REQUIRED, "asset",
                "an anonymisation with the result that was applied for must be recorded first");
}
const NamedCheck kAnonymisationRecorded{
    Stage::kRule, "ANONYMISED and DEIDENTIFIED data has an anonymisation with that result, its own or its parents'",
    anonymisation_recorded};

Result<void> notice_long_enough(const Case& at) {
  const std::uint32_t least = at.parameters().notice_days();
  if (at.event<v1::PublishNotice>().days() >= least) return {};
  return refuse(at, v1::REASON_LIMIT_EXCEEDED, "days",
                "a public notice runs for " + std::to_string(least) + " working days at least");
}
const NamedCheck kNoticeLongEnough{Stage::kLimits, "the notice is as long as the parameter asks", notice_long_enough};

// --- effects ---

// What the form says, in place of whatever the asset said. What was found about other content is not about this one.
void describe(v1::Asset& asset, const Form& form) {
  if (asset.content().root() != form.content().root()) {
    asset.clear_in_force();
    asset.clear_anonymisation();
  }
  asset.set_name(form.name());
  asset.set_kind(form.kind());
  asset.set_zone(form.zone());
  asset.set_industry(form.industry());
  asset.set_hosting(form.hosting());
  *asset.mutable_rights() = form.rights();
  *asset.mutable_holders() = form.holders();
  asset.set_level(form.level());
  asset.set_grade(form.grade());
  asset.set_personal_information(form.personal_information());
  asset.set_source(form.source());
  *asset.mutable_parents() = form.parents();
  asset.set_size_bytes(form.size_bytes());
  asset.set_record_count(form.record_count());
  asset.set_update_frequency(form.update_frequency());
  asset.set_period_from(form.period_from());
  asset.set_period_to(form.period_to());
  *asset.mutable_coverage() = form.coverage();
  *asset.mutable_content() = form.content();
  *asset.mutable_duties() = form.duties();
  *asset.mutable_external_codes() = form.external_codes();
  asset.set_replaces(form.replaces());
  asset.set_lawful_basis_digest(form.lawful_basis_digest());
  asset.set_description_digest(form.description_digest());
}

// A registration of that kind as if there had been none.
void begin_registration(v1::Asset& asset, v1::CertificateKind kind) {
  const auto found = std::ranges::find(*asset.mutable_registrations(), kind, &v1::Registration::kind);
  v1::Registration& registration = found == asset.mutable_registrations()->end() ? *asset.add_registrations() : *found;
  registration.Clear();
  registration.set_kind(kind);
  registration.set_state(v1::REGISTRATION_STATE_APPLIED);
}

v1::CertificateKind kind_sought(const Form& form) {
  return form.certificate_kind() == v1::CERTIFICATE_KIND_UNSPECIFIED ? v1::CERTIFICATE_KIND_DATA_ASSET
                                                                     : form.certificate_kind();
}

void apply_application(const Case& at, Overlay& overlay) {
  const Form& form = form_of(at);
  if (at.asset == nullptr) {
    v1::Asset& asset = *overlay.create(keys::asset(form.asset())).mutable_asset();
    asset.set_id(form.asset());
    asset.set_generation(1);
    asset.set_holding(1);
    asset.set_content_version(1);
    describe(asset, form);
    begin_registration(asset, kind_sought(form));
    return;
  }
  const bool replaces = !keeps_description(at);
  v1::Asset& asset = overlay.edit_asset(form.asset());
  if (replaces) {
    asset.set_generation(asset.generation() + 1);
    asset.set_holding(asset.holding() + 1);
    asset.set_content_version(1);
    describe(asset, form);
  }
  begin_registration(asset, kind_sought(form));
}

void apply_resubmission(const Case& at, Overlay& overlay) {
  const bool replaces = !keeps_description(at);
  v1::Asset& asset = overlay.edit_asset(at.asset->id());
  if (replaces) describe(asset, form_of(at));
  registration_in(asset, at.certificate_kind).set_state(v1::REGISTRATION_STATE_APPLIED);
}

template <v1::RegistrationState state>
void move_to(const Case& at, Overlay& overlay) {
  registration_in(overlay.edit_asset(at.asset->id()), at.certificate_kind).set_state(state);
}

void apply_acceptance(const Case& at, Overlay& overlay) {
  v1::Registration& registration = registration_in(overlay.edit_asset(at.asset->id()), at.certificate_kind);
  registration.set_state(v1::REGISTRATION_STATE_ACCEPTED);
  registration.set_registry(at.by());
}

void apply_notice(const Case& at, Overlay& overlay) {
  const std::uint32_t days = at.event<v1::PublishNotice>().days();
  v1::Registration& registration = registration_in(overlay.edit_asset(at.asset->id()), at.certificate_kind);
  registration.set_state(v1::REGISTRATION_STATE_NOTICED);
  registration.clear_notice_until();
  if (days == 0) return;
  const WorkdayCalendar calendar(at.parameters().calendar());
  registration.set_notice_until(format_date(add_working_days(at.block.date(), days, calendar)));
}

}  // namespace

v1::Registration& registration_in(v1::Asset& asset, v1::CertificateKind kind) {
  const auto found = std::ranges::find(*asset.mutable_registrations(), kind, &v1::Registration::kind);
  JINSHI_ASSERT(found != asset.mutable_registrations()->end(), "a registration that is changed exists");
  return *found;
}

std::span<const Rule> application_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kApplyRegistration,
       .by = Party::kApplicant,
       .subject = Subject::kRegistration,
       .to = States{v1::REGISTRATION_STATE_APPLIED},
       .blocked_by = kFrozen | kDisputed,
       .checks = {&kZoneExists, &kHoldersAddUp, &kGradeFitsLevel, &kDerivedHasParents, &kNamesOthers, &kContentAddsUp,
                  &kIdIsFree, &kReplacesItsOwn, &kPeriodInOrder, &kRightsNotOver, &kNotCore, &kRightsNamed,
                  &kRightsAgree, &kContentStays, &kParentsCertified, &kParentsLicensed, &kNotBelowParents,
                  &kLawfulBasis},
       .apply = apply_application,
       .effect = "the asset is written; after a rejection or a withdrawal its generation grows"},
      {.event = v1::Operation::kRequestSupplement,
       .by = Party::kRegistry,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_APPLIED},
       .to = States{v1::REGISTRATION_STATE_SUPPLEMENT_ASKED},
       .apply = move_to<v1::REGISTRATION_STATE_SUPPLEMENT_ASKED>,
       .effect = "the holder may resubmit"},
      {.event = v1::Operation::kResubmitApplication,
       .by = Party::kHolder,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_SUPPLEMENT_ASKED},
       .to = States{v1::REGISTRATION_STATE_APPLIED},
       .blocked_by = kFrozen | kDisputed,
       .checks = {&kSameApplication, &kZoneExists, &kHoldersAddUp, &kGradeFitsLevel, &kDerivedHasParents, &kNamesOthers,
                  &kContentAddsUp, &kSameHolders, &kReplacesItsOwn, &kPeriodInOrder, &kRightsNotOver, &kNotCore,
                  &kRightsNamed, &kRightsAgree, &kContentStays, &kParentsCertified, &kParentsLicensed,
                  &kNotBelowParents, &kLawfulBasis},
       .apply = apply_resubmission,
       .effect = "the new application replaces the old one"},
      {.event = v1::Operation::kWithdrawApplication,
       .by = Party::kHolder,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_APPLIED, v1::REGISTRATION_STATE_SUPPLEMENT_ASKED,
                      v1::REGISTRATION_STATE_ACCEPTED, v1::REGISTRATION_STATE_NOTICED},
       .to = States{v1::REGISTRATION_STATE_WITHDRAWN},
       .apply = move_to<v1::REGISTRATION_STATE_WITHDRAWN>,
       .effect = "the registration ends; its holder may apply again"},
      {.event = v1::Operation::kAcceptApplication,
       .by = Party::kRegistry,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_APPLIED},
       .to = States{v1::REGISTRATION_STATE_ACCEPTED},
       .checks = {&kComplianceAssessed, &kAnonymisationRecorded},
       .apply = apply_acceptance,
       .effect = "the rest of the way is this registry's"},
      {.event = v1::Operation::kRejectApplication,
       .by = Party::kRegistry,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_APPLIED},
       .to = States{v1::REGISTRATION_STATE_REJECTED},
       .apply = move_to<v1::REGISTRATION_STATE_REJECTED>,
       .effect = "the registration ends; its holder may apply again"},
      {.event = v1::Operation::kPublishNotice,
       .by = Party::kRegistry,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_ACCEPTED},
       .to = States{v1::REGISTRATION_STATE_NOTICED},
       .checks = {&kNoticeLongEnough},
       .apply = apply_notice,
       .effect = "the notice runs for so many working days; none, and it ends at once"},
  };
  return rules;
}

}  // namespace jinshi::ledger
