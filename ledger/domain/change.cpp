#include "ledger/domain/change.h"

#include <algorithm>

#include "ledger/domain/application_form.h"
#include "ledger/domain/assessment.h"
#include "ledger/domain/certified_content.h"
#include "ledger/domain/content_rule.h"
#include "ledger/domain/totals.h"

namespace jinshi::ledger {
namespace {

using google::protobuf::FieldDescriptor;

// Something beside the asset and the reason is present.
Result<void> something_changes(const Case& at) {
  std::vector<const FieldDescriptor*> present;
  const auto& event = at.event_message();
  event.GetReflection()->ListFields(event, &present);
  const bool some = std::ranges::any_of(present, [](const FieldDescriptor* field) {
    return field->name() != "asset" && field->name() != "reason_digest";
  });
  if (some) return {};
  return fail(v1::REASON_MISSING_FIELD, "nothing changes: send at least one field that does");
}
const NamedCheck kSomethingChanges{Stage::kFields, "at least one field is present", something_changes};

// --- change ---

// The level and grade that the asset would have.
std::pair<v1::DataLevel, std::uint32_t> level_after(const Case& at) {
  const auto& event = at.event<v1::ChangeRegistration>();
  const v1::DataLevel level = event.level() == v1::DATA_LEVEL_UNSPECIFIED ? at.asset->level() : event.level();
  if (event.grade() != 0) return {level, event.grade()};
  const bool stays_general = level == v1::DATA_LEVEL_GENERAL && at.asset->level() == v1::DATA_LEVEL_GENERAL;
  return {level, stays_general ? at.asset->grade() : 0};
}

Result<void> zone_is_known(const Case& at) {
  const auto& event = at.event<v1::ChangeRegistration>();
  const auto& zones = at.parameters().zones();
  if (event.zone().empty() || std::ranges::find(zones, event.zone()) != zones.end()) return {};
  return refuse(at, v1::REASON_BAD_VALUE, "zone",
                "there is no sector zone '" + event.zone() + "': name one of the parameter `zones`");
}
const NamedCheck kZoneIsKnown{Stage::kFields, "the sector zone is one of the parameter's", zone_is_known};

Result<void> grade_fits(const Case& at) {
  const auto [level, grade] = level_after(at);
  const bool general = level == v1::DATA_LEVEL_GENERAL;
  if (general == (grade != 0)) return {};
  return refuse(at, v1::REASON_BAD_VALUE, "grade",
                general ? "GENERAL data has a grade: send 1 to 4" : "only GENERAL data has a grade: leave it out");
}
const NamedCheck kGradeFits{Stage::kReference, "GENERAL data has a grade, and no other", grade_fits};

Result<void> change_not_to_core(const Case& at) {
  if (at.event<v1::ChangeRegistration>().level() != v1::DATA_LEVEL_CORE) return {};
  return refuse(at, v1::REASON_CORE_DATA_FORBIDDEN, "level", "CORE data is never registered: cancel the registration");
}
const NamedCheck kChangeNotToCore{Stage::kRule, "not CORE", change_not_to_core};

Result<void> lowering_assessed(const Case& at) {
  const auto [level, grade] = level_after(at);
  if (sensitivity(level, grade) >= sensitivity(at.asset->level(), at.asset->grade())) return {};
  if (in_force(*at.asset, v1::ASSESSMENT_KIND_SECURITY, at.block.time) != nullptr) return {};
  const bool by_level = at.event<v1::ChangeRegistration>().level() != v1::DATA_LEVEL_UNSPECIFIED;
  return refuse(at, v1::REASON_ASSESSMENT_REQUIRED, by_level ? "level" : "grade",
                "a lower level or grade needs a security assessment in force");
}
const NamedCheck kLoweringAssessed{Stage::kRule, "a lower level or grade has a security assessment in force",
                                   lowering_assessed};

void apply_change(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::ChangeRegistration>();
  const auto [level, grade] = level_after(at);
  Recount totals(overlay, *at.asset, at.block);
  v1::Asset& asset = overlay.edit_asset(event.asset());
  asset.set_level(level);
  asset.set_grade(grade);
  if (!event.name().empty()) asset.set_name(event.name());
  if (!event.zone().empty()) asset.set_zone(event.zone());
  if (!event.industry().empty()) asset.set_industry(event.industry());
  if (event.hosting() != v1::HOSTING_UNSPECIFIED) asset.set_hosting(event.hosting());
  if (event.update_frequency() != v1::UPDATE_FREQUENCY_UNSPECIFIED) {
    asset.set_update_frequency(event.update_frequency());
  }
  if (!event.coverage().empty()) *asset.mutable_coverage() = event.coverage();
  if (!event.duties().empty()) *asset.mutable_duties() = event.duties();
  if (!event.external_codes().empty()) *asset.mutable_external_codes() = event.external_codes();
  if (!event.lawful_basis_digest().empty()) asset.set_lawful_basis_digest(event.lawful_basis_digest());
  if (!event.description_digest().empty()) asset.set_description_digest(event.description_digest());
  totals.finish();
}

// --- correction ---

Result<void> period_stays_in_order(const Case& at) {
  const auto& event = at.event<v1::CorrectRegistration>();
  const std::string& from = event.period_from().empty() ? at.asset->period_from() : event.period_from();
  const std::string& to = event.period_to().empty() ? at.asset->period_to() : event.period_to();
  if (from <= to) return {};  // as texts, since both are YYYY-MM-DD
  return refuse(at, v1::REASON_BAD_DATES, event.period_to().empty() ? "period_from" : "period_to",
                "the period would run from " + from + " to " + to + ", which is before it begins");
}
const NamedCheck kPeriodStaysInOrder{Stage::kDates, "the period begins before it ends", period_stays_in_order};

void apply_correction(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::CorrectRegistration>();
  v1::Asset& asset = overlay.edit_asset(event.asset());
  if (!event.name().empty()) asset.set_name(event.name());
  if (!event.industry().empty()) asset.set_industry(event.industry());
  if (event.record_count() != 0) asset.set_record_count(event.record_count());
  if (!event.period_from().empty()) asset.set_period_from(event.period_from());
  if (!event.period_to().empty()) asset.set_period_to(event.period_to());
  if (!event.coverage().empty()) *asset.mutable_coverage() = event.coverage();
  if (!event.description_digest().empty()) asset.set_description_digest(event.description_digest());
}

// --- new content ---

Result<void> new_content_adds_up(const Case& at) {
  const auto& event = at.event<v1::UpdateContent>();
  return check_content(event.content(), event.size_bytes(), field_of(at, "content"));
}
const NamedCheck kNewContentAddsUp{Stage::kFields, "chunks are a power of two and as many as the size makes",
                                   new_content_adds_up};

Result<void> period_goes_on(const Case& at) {
  const auto& event = at.event<v1::UpdateContent>();
  if (event.period_to() >= at.asset->period_to()) return {};  // as texts, since both are YYYY-MM-DD
  return refuse(at, v1::REASON_BAD_DATES, "period_to",
                "the period ended on " + at.asset->period_to() + ": it only grows");
}
const NamedCheck kPeriodGoesOn{Stage::kDates, "the period does not end earlier", period_goes_on};

Result<void> data_is_live(const Case& at) {
  if (at.asset->update_frequency() != v1::UPDATE_FREQUENCY_STATIC) return {};
  return refuse(at, v1::REASON_CONTENT_MISMATCH, "content",
                "STATIC data has the content that it was certified with: register new data as an asset of its own");
}
const NamedCheck kDataIsLive{Stage::kRule, "the data is live, not STATIC", data_is_live};

Result<void> new_content_free(const Case& at) {
  const std::string& root = at.event<v1::UpdateContent>().content().root();
  if (root == at.asset->content().root() || may_claim(at.records, root, *at.asset)) return {};
  return fail(v1::REASON_CONTENT_ALREADY_CERTIFIED,
              "another holder has this content certified, and one of the two is exclusive",
              {v1::UpdateContent::kContentFieldNumber, v1::Content::kRootFieldNumber});
}
const NamedCheck kNewContentFree{Stage::kRule, "the new content is not certified against an exclusive holder",
                                 new_content_free};

void apply_update(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::UpdateContent>();
  Recount totals(overlay, *at.asset, at.block);
  v1::Asset& asset = overlay.edit_asset(event.asset());
  const std::uint32_t claims = claims_of(asset);
  const bool new_root = asset.content().root() != event.content().root();
  for (std::uint32_t i = 0; new_root && i < claims; ++i) release(overlay, asset);
  *asset.mutable_content() = event.content();
  for (std::uint32_t i = 0; new_root && i < claims; ++i) claim(overlay, asset);
  asset.set_size_bytes(event.size_bytes());
  asset.set_record_count(event.record_count());
  asset.set_period_to(event.period_to());
  asset.set_content_version(asset.content_version() + 1);
  totals.finish();
}

}  // namespace

std::span<const Rule> change_rules() {
  using enum v1::RegistrationState;
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kChangeRegistration,
       .by = Party::kHolder,
       .with = {Party::kRegistry},
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .blocked_by = kFrozen | kDisputed,
       .checks = {&kSomethingChanges, &kZoneIsKnown, &kGradeFits, &kChangeNotToCore, &kLoweringAssessed},
       .apply = apply_change,
       .effect = "fields that are present replace the asset's; another zone takes its totals along"},
      {.event = v1::Operation::kCorrectRegistration,
       .by = Party::kRegistry,
       .with = {Party::kHolder},
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .blocked_by = kFrozen | kDisputed,
       .checks = {&kSomethingChanges, &kPeriodStaysInOrder},
       .apply = apply_correction,
       .effect = "fields that are present replace the asset's"},
      {.event = v1::Operation::kUpdateContent,
       .by = Party::kHolder,
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .blocked_by = kFrozen | kDisputed,
       .checks = {&kNewContentAddsUp, &kPeriodGoesOn, &kDataIsLive, &kNewContentFree},
       .apply = apply_update,
       .effect = "`content_version` grows; the totals count the new size"},
  };
  return rules;
}

}  // namespace jinshi::ledger
