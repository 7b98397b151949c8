#include "ledger/domain/application.h"

#include <algorithm>

#include "ledger/domain/application_form.h"
#include "ledger/domain/assessment.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

using Form = v1::ApplyRegistration;

// --- applying, for the first time and again ---

Result<void> same_application(const Case& at) {
  const auto& event = at.event<v1::ResubmitApplication>();
  const Form& form = event.application();
  if (form.asset() != event.asset()) {
    return refuse_form(at, v1::REASON_BAD_VALUE, {Form::kAssetFieldNumber},
                       "the application is of another asset: name '" + event.asset() + "'");
  }
  if (kind_sought(form.certificate_kind()) == kind_sought(event.certificate_kind())) return {};
  return refuse_form(
      at, v1::REASON_BAD_VALUE, {Form::kCertificateKindFieldNumber},
      "the application seeks another kind of certificate: name the one that was asked to be supplemented");
}
const NamedCheck kSameApplication{Stage::kFields, "the application is of the same asset and kind", same_application};

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
                "the asset '" + id +
                    "' has a registration of this kind: an id is used again only after a rejection or a "
                    "withdrawal");
}
const NamedCheck kIdIsFree{Stage::kId,
                           "the id is free, or the same holder's without a registration of this kind that runs or ran",
                           id_is_free};

Result<void> same_holders(const Case& at) {
  const Form& form = form_of(at);
  if (form.rights().empty() && form.holders().empty()) return {};  // RIGHTS_NOT_NAMED comes later
  if (has_same_holders(form, *at.asset)) return {};
  return refuse_form(at, v1::REASON_NOT_HOLDER, {Form::kRightsFieldNumber},
                     "a supplement doesn't change who holds the asset: withdraw, and let the new holder apply");
}
const NamedCheck kSameHolders{Stage::kRole, "the holders stay the same", same_holders};

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

void apply_application(const Case& at, Overlay& overlay) {
  const Form& form = form_of(at);
  if (at.asset == nullptr) {
    v1::Asset& asset = *overlay.create(keys::asset(form.asset())).mutable_asset();
    asset.set_id(form.asset());
    asset.set_generation(1);
    asset.set_holding(1);
    asset.set_content_version(1);
    describe(asset, form);
    begin_registration(asset, at.certificate_kind);
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
  begin_registration(asset, at.certificate_kind);
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
       .checks = and_form_checks({&kIdIsFree}),
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
       .checks = and_form_checks({&kSameApplication, &kSameHolders}),
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
