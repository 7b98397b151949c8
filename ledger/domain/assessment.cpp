#include "ledger/domain/assessment.h"

#include <algorithm>

#include "ledger/domain/effective_state.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

// --- fields: each kind of assessment has its own ---

struct Part {
  const char* field;
  bool present;
  bool belongs;
};

std::vector<Part> parts_of(const v1::SubmitAssessment& event) {
  const bool value = event.kind() == v1::ASSESSMENT_KIND_VALUE;
  const bool quality = event.kind() == v1::ASSESSMENT_KIND_QUALITY;
  const bool committed = event.value_case() == v1::SubmitAssessment::kValueCommitment;
  return {
      {"method", event.method() != v1::VALUATION_METHOD_UNSPECIFIED, value},
      {"dimensions_bp", event.has_dimensions_bp(), quality},
      {"grade", event.grade() != v1::ASSESSMENT_GRADE_UNSPECIFIED, !value},
      {committed ? "value_commitment" : "value_fen", event.value_case() != v1::SubmitAssessment::VALUE_NOT_SET, value},
  };
}

std::string kind_name(v1::AssessmentKind kind) {
  return v1::AssessmentKind_Name(kind).substr(std::string_view("ASSESSMENT_KIND_").size());
}

Result<void> nothing_missing(const Case& at) {
  const auto& event = at.event<v1::SubmitAssessment>();
  for (const Part& part : parts_of(event)) {
    if (!part.belongs || part.present) continue;
    return refuse(at, v1::REASON_MISSING_FIELD, part.field,
                  "an assessment of " + kind_name(event.kind()) + " states `" + part.field + "`");
  }
  return {};
}
const NamedCheck kNothingMissing{Stage::kFields,
                                 "VALUE states method and value, QUALITY its dimensions and grade, the others a grade",
                                 nothing_missing};

Result<void> nothing_foreign(const Case& at) {
  const auto& event = at.event<v1::SubmitAssessment>();
  for (const Part& part : parts_of(event)) {
    if (part.belongs || !part.present) continue;
    return refuse(at, v1::REASON_BAD_VALUE, part.field,
                  "an assessment of " + kind_name(event.kind()) + " has no `" + part.field + "`: leave it out");
  }
  return {};
}
const NamedCheck kNothingForeign{Stage::kFields, "and nothing of another kind", nothing_foreign};

Result<void> result_is_one(const Case& at) {
  const auto result = at.event<v1::RecordAnonymisation>().result();
  if (result == v1::PERSONAL_INFORMATION_ANONYMISED || result == v1::PERSONAL_INFORMATION_DEIDENTIFIED) return {};
  return refuse(at, v1::REASON_BAD_VALUE, "result", "an anonymisation makes data ANONYMISED or DEIDENTIFIED");
}
const NamedCheck kResultIsOne{Stage::kFields, "the result is ANONYMISED or DEIDENTIFIED", result_is_one};

// --- independence ---

// Who assesses: the signer of an assessment, the co-signer of an anonymisation.
std::string assessor_of(const Case& at) {
  if (at.rule.by != Party::kHolder) return at.by();
  for (const std::string& organisation : at.signers.organisations()) {
    if (organisation != at.by() && has_role(*at.records.organisation(organisation), v1::ROLE_ASSESSOR)) {
      return organisation;
    }
  }
  return {};
}

Result<void> assessor_unrelated(const Case& at) {
  const v1::Organisation* assessor = at.records.organisation(assessor_of(at));
  if (assessor == nullptr) return {};
  for (const std::string& id : holders_of(*at.asset)) {
    const v1::Organisation* holder = at.records.organisation(id);
    if (holder == nullptr || !are_related(*assessor, *holder)) continue;
    return refuse(at, v1::REASON_ASSESSOR_NOT_INDEPENDENT, "asset",
                  "'" + assessor->id() + "' and '" + id + "' are under the same control: let another assessor sign");
  }
  return {};
}
const NamedCheck kAssessorUnrelated{Stage::kConflict, "the assessor and the holders are not under the same control",
                                    assessor_unrelated};

// --- dates ---

Result<void> dates_in_order(const Case& at) {
  const auto& event = at.event<v1::SubmitAssessment>();
  if (event.as_of() > format_date(at.block.date())) {
    return refuse(at, v1::REASON_BAD_DATES, "as_of", "an assessment is as of a day that has come");
  }
  if (event.as_of() <= event.valid_until()) return {};
  return refuse(at, v1::REASON_BAD_DATES, "valid_until", "an assessment is valid until its own day at least");
}
const NamedCheck kDatesInOrder{Stage::kDates, "as of a day that has come, and not after its last", dates_in_order};

Result<void> not_expired(const Case& at) {
  const auto& event = at.event<v1::SubmitAssessment>();
  if (event.valid_until() >= format_date(at.block.date())) return {};
  return refuse(at, v1::REASON_RECORD_EXPIRED, "valid_until",
                "the assessment's last day was " + event.valid_until() + ": assess anew");
}
const NamedCheck kNotExpired{Stage::kDates, "its last day has not passed", not_expired};

// --- effects ---

// Of a value there is no grade to fail.
bool passes(const v1::SubmitAssessment& event) { return event.grade() != v1::ASSESSMENT_GRADE_D; }

void put_in_force(v1::Asset& asset, const v1::SubmitAssessment& event) {
  const auto found = std::ranges::find(*asset.mutable_in_force(), event.kind(), &v1::AssessmentInForce::kind);
  v1::AssessmentInForce& place = found == asset.mutable_in_force()->end() ? *asset.add_in_force() : *found;
  place.set_kind(event.kind());
  place.set_assessment(event.assessment());
  place.set_grade(event.grade());
  place.set_valid_until(event.valid_until());
}

void apply_submitted(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::SubmitAssessment>();
  v1::Assessment& assessment = *overlay.create(keys::assessment(event.assessment())).mutable_assessment();
  assessment.set_id(event.assessment());
  assessment.set_asset(event.asset());
  assessment.set_kind(event.kind());
  assessment.set_assessor(at.by());
  assessment.set_method(event.method());
  if (event.has_dimensions_bp()) *assessment.mutable_dimensions_bp() = event.dimensions_bp();
  assessment.set_grade(event.grade());
  if (event.has_value_fen()) assessment.set_value_fen(event.value_fen());
  if (event.has_value_commitment()) *assessment.mutable_value_commitment() = event.value_commitment();
  assessment.set_as_of(event.as_of());
  assessment.set_valid_until(event.valid_until());
  assessment.set_report_digest(event.report_digest());
  if (event.has_fee_fen()) assessment.set_fee_fen(event.fee_fen());
  if (event.has_fee_commitment()) *assessment.mutable_fee_commitment() = event.fee_commitment();
  assessment.set_state(v1::ASSESSMENT_STATE_SUBMITTED);
  if (passes(event)) put_in_force(overlay.edit_asset(event.asset()), event);
}

void apply_withdrawn(const Case& at, Overlay& overlay) {
  const std::string id = at.assessment->id();
  overlay.edit(keys::assessment(id)).mutable_assessment()->set_state(v1::ASSESSMENT_STATE_WITHDRAWN);
  const auto& places = at.asset->in_force();
  const auto found = std::ranges::find(places, id, &v1::AssessmentInForce::assessment);
  if (found == places.end()) return;
  const auto place = found - places.begin();
  auto& in_force = *overlay.edit_asset(at.asset->id()).mutable_in_force();
  in_force.erase(in_force.begin() + place);
}

void apply_anonymisation(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::RecordAnonymisation>();
  v1::Anonymisation& anonymisation =
      *overlay.create(keys::anonymisation(event.anonymisation())).mutable_anonymisation();
  anonymisation.set_id(event.anonymisation());
  anonymisation.set_asset(event.asset());
  anonymisation.set_result(event.result());
  anonymisation.set_method(event.method());
  anonymisation.set_assessor(assessor_of(at));
  anonymisation.set_report_digest(event.report_digest());
  overlay.edit_asset(event.asset()).set_anonymisation(event.anonymisation());
}

}  // namespace

const v1::AssessmentInForce* in_force(const v1::Asset& asset, v1::AssessmentKind kind, TimeMs time) {
  const auto found = std::ranges::find(asset.in_force(), kind, &v1::AssessmentInForce::kind);
  return found == asset.in_force().end() || !is_in_force(*found, time) ? nullptr : &*found;
}

std::span<const Rule> assessment_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kSubmitAssessment,
       .by = Party::kAssessor,
       .to = States{v1::ASSESSMENT_STATE_SUBMITTED},
       .checks = {&kNothingMissing, &kNothingForeign, &kAssessorUnrelated, &kDatesInOrder, &kNotExpired},
       .apply = apply_submitted,
       .effect = "A to C and values are in force until their last day; D is kept and changes nothing"},
      {.event = v1::Operation::kWithdrawAssessment,
       .by = Party::kItsAssessor,
       .subject = Subject::kAssessment,
       .from = States{v1::ASSESSMENT_STATE_SUBMITTED},
       .to = States{v1::ASSESSMENT_STATE_WITHDRAWN},
       .apply = apply_withdrawn,
       .effect = "no longer in force; stays visible"},
      {.event = v1::Operation::kRecordAnonymisation,
       .by = Party::kHolder,
       .with = {Party::kAssessor},
       .checks = {&kResultIsOne, &kAssessorUnrelated},
       .apply = apply_anonymisation,
       .effect = "the asset names it"},
  };
  return rules;
}

}  // namespace jinshi::ledger
