#include "ledger/domain/assessment.h"

#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

using Event = v1::SubmitAssessment;

v1::Operation anonymised() {
  return op(
      "record_anonymisation { anonymisation: 'n' asset: 'a' result: PERSONAL_INFORMATION_ANONYMISED "
      "method: 'faces removed' report_digest: '#report' }");
}

Zone with_asset() {
  Zone zone;
  zone.with_application(zone.application("a", "hospital"));
  return zone;
}

const v1::AssessmentInForce* in_force_now(const Zone& zone, v1::AssessmentKind kind) {
  return in_force(*zone.asset("a"), kind, zone.time());
}

TEST_CASE("an assessment of each kind is recorded, and in force until its last day") {
  for (const auto kind : {v1::ASSESSMENT_KIND_QUALITY, v1::ASSESSMENT_KIND_COMPLIANCE, v1::ASSESSMENT_KIND_SECURITY,
                          v1::ASSESSMENT_KIND_VALUE}) {
    Zone zone = with_asset();
    const Event event = zone.assessment("s", "a", kind);
    zone.accept("assessor-quality", op(event));
    const v1::Assessment& assessment = *zone.records().assessment("s");
    CHECK(assessment.id() == "s");
    CHECK(assessment.asset() == "a");
    CHECK(assessment.kind() == kind);
    CHECK(assessment.assessor() == "assessor-quality");
    CHECK(assessment.method() == event.method());
    CHECK(assessment.dimensions_bp().SerializeAsString() == event.dimensions_bp().SerializeAsString());
    CHECK(assessment.has_dimensions_bp() == event.has_dimensions_bp());
    CHECK(assessment.grade() == event.grade());
    CHECK(assessment.value_fen() == event.value_fen());
    CHECK(assessment.as_of() == event.as_of());
    CHECK(assessment.valid_until() == event.valid_until());
    CHECK(assessment.report_digest() == event.report_digest());
    CHECK(assessment.state() == v1::ASSESSMENT_STATE_SUBMITTED);

    REQUIRE(in_force_now(zone, kind) != nullptr);
    CHECK(in_force_now(zone, kind)->assessment() == "s");
    CHECK(in_force_now(zone, kind)->grade() == event.grade());
    zone.at_date(event.valid_until());
    CHECK(in_force_now(zone, kind) != nullptr);
    zone.pass(kDay);
    CHECK(in_force_now(zone, kind) == nullptr);
  }
}

TEST_CASE("a value and a fee are stated in clear or committed") {
  Zone zone = with_asset();
  Event event = zone.assessment("s", "a", v1::ASSESSMENT_KIND_VALUE);
  event.mutable_value_commitment()->set_scheme(1);
  event.mutable_value_commitment()->set_digest(digest_of("value"));
  event.mutable_fee_commitment()->set_scheme(1);
  event.mutable_fee_commitment()->set_digest(digest_of("fee"));
  zone.accept("assessor-value", op(event));
  CHECK(zone.records().assessment("s")->value_commitment().digest() == digest_of("value"));
  CHECK(zone.records().assessment("s")->fee_commitment().digest() == digest_of("fee"));

  event = zone.assessment("t", "a", v1::ASSESSMENT_KIND_VALUE);
  event.set_value_fen(0);
  event.set_fee_fen(7);
  zone.accept("assessor-value", op(event));
  CHECK(zone.records().assessment("t")->has_value_fen());
  CHECK(zone.records().assessment("t")->fee_fen() == 7);
}

TEST_CASE("an assessment has what its kind has, and nothing else") {
  struct Flaw {
    v1::AssessmentKind kind;
    void (*spoil)(Event&);
    const char* outcome;
  };
  using enum v1::AssessmentKind;
  const Flaw flaws[] = {
      {ASSESSMENT_KIND_VALUE, [](Event& event) { event.clear_method(); }, "MISSING_FIELD method"},
      {ASSESSMENT_KIND_VALUE, [](Event& event) { event.clear_value_fen(); }, "MISSING_FIELD value_fen"},
      {ASSESSMENT_KIND_VALUE, [](Event& event) { event.set_grade(v1::ASSESSMENT_GRADE_A); }, "BAD_VALUE grade"},
      {ASSESSMENT_KIND_VALUE, [](Event& event) { event.mutable_dimensions_bp()->set_accuracy(1); },
       "BAD_VALUE dimensions_bp"},
      {ASSESSMENT_KIND_VALUE, [](Event& event) { event.set_value_fen(-1); }, "BAD_VALUE value_fen"},
      {ASSESSMENT_KIND_VALUE, [](Event& event) { event.set_fee_fen(-1); }, "BAD_VALUE fee_fen"},
      {ASSESSMENT_KIND_QUALITY, [](Event& event) { event.clear_dimensions_bp(); }, "MISSING_FIELD dimensions_bp"},
      {ASSESSMENT_KIND_QUALITY, [](Event& event) { event.clear_grade(); }, "MISSING_FIELD grade"},
      {ASSESSMENT_KIND_QUALITY, [](Event& event) { event.set_method(v1::VALUATION_METHOD_COST); }, "BAD_VALUE method"},
      {ASSESSMENT_KIND_QUALITY, [](Event& event) { event.set_value_fen(1); }, "BAD_VALUE value_fen"},
      {ASSESSMENT_KIND_QUALITY, [](Event& event) { event.mutable_dimensions_bp()->set_accuracy(10'001); },
       "BAD_VALUE dimensions_bp.accuracy"},
      {ASSESSMENT_KIND_COMPLIANCE, [](Event& event) { event.clear_grade(); }, "MISSING_FIELD grade"},
      {ASSESSMENT_KIND_COMPLIANCE, [](Event& event) { event.mutable_dimensions_bp()->set_accuracy(1); },
       "BAD_VALUE dimensions_bp"},
      {ASSESSMENT_KIND_SECURITY, [](Event& event) { event.clear_grade(); }, "MISSING_FIELD grade"},
      {ASSESSMENT_KIND_SECURITY,
       [](Event& event) {
         event.mutable_value_commitment()->set_scheme(1);
         event.mutable_value_commitment()->set_digest(digest_of("value"));
       },
       "BAD_VALUE value_commitment"},
      {ASSESSMENT_KIND_SECURITY, [](Event& event) { event.set_asset("b"); }, "UNKNOWN_ASSET asset"},
  };
  const Zone zone = with_asset();
  for (const Flaw& flaw : flaws) {
    Event event = zone.assessment("s", "a", flaw.kind);
    flaw.spoil(event);
    INFO(event.ShortDebugString());
    CHECK(zone.forecast("assessor-quality", {}, op(event)) == flaw.outcome);
  }
}

TEST_CASE("a commitment is of a known scheme and of its length, wherever it stands") {
  const Zone zone = with_asset();
  Event event = zone.assessment("s", "a", v1::ASSESSMENT_KIND_VALUE);
  event.mutable_value_commitment()->set_scheme(2);
  event.mutable_value_commitment()->set_digest(digest_of("value"));
  CHECK(zone.forecast("assessor-value", {}, op(event)) == "BAD_COMMITMENT value_commitment.scheme");
  event.mutable_value_commitment()->set_scheme(1);
  event.mutable_value_commitment()->set_digest("short");
  CHECK(zone.forecast("assessor-value", {}, op(event)) == "BAD_COMMITMENT value_commitment.digest");
  event.set_value_fen(1);
  event.mutable_fee_commitment()->set_scheme(1);
  event.mutable_fee_commitment()->set_digest(digest_of("fee") + "x");
  CHECK(zone.forecast("assessor-value", {}, op(event)) == "BAD_COMMITMENT fee_commitment.digest");
}

TEST_CASE("an assessment's days are in order, and its last is not over") {
  struct Days {
    int as_of;
    int valid_until;
    const char* outcome;
  };
  const Zone zone = with_asset();
  for (const Days& days : {Days{0, 0, "APPLIED"}, Days{-9, 0, "APPLIED"}, Days{1, 9, "BAD_DATES as_of"},
                           Days{-1, -2, "BAD_DATES valid_until"}, Days{-2, -1, "RECORD_EXPIRED valid_until"}}) {
    Event event = zone.assessment("s", "a", v1::ASSESSMENT_KIND_SECURITY);
    event.set_as_of(zone.date_in(days.as_of));
    event.set_valid_until(zone.date_in(days.valid_until));
    CHECK(zone.forecast("assessor-quality", {}, op(event)) == days.outcome);
  }
  Event event = zone.assessment("s", "a", v1::ASSESSMENT_KIND_SECURITY);
  event.set_as_of("2026-02-30");
  CHECK(zone.forecast("assessor-quality", {}, op(event)) == "BAD_DATES as_of");
}

TEST_CASE("only an assessor assesses, and only what it has no part in") {
  Zone zone = with_asset();
  const auto submit = op(zone.assessment("s", "a", v1::ASSESSMENT_KIND_SECURITY));
  CHECK(zone.forecast("hospital", {}, submit) == "ROLE_MISSING");
  CHECK(zone.forecast("registry-social", {}, submit) == "ROLE_MISSING");

  v1::GrantedRight& right = *zone.change_asset("a").add_rights();
  right.set_right(v1::RIGHT_PROCESS);
  right.set_holder("assessor-quality");
  CHECK(zone.forecast("assessor-quality", {}, submit) == "ASSESSOR_NOT_INDEPENDENT");
  CHECK(zone.forecast("assessor-value", {}, submit) == "APPLIED");

  struct Control {
    const char* of_assessor;
    const char* of_holder;
    const char* outcome;
  };
  for (const Control& control :
       {Control{"", "", "APPLIED"}, Control{"group", "", "APPLIED"}, Control{"group", "other", "APPLIED"},
        Control{"group", "group", "ASSESSOR_NOT_INDEPENDENT asset"},
        Control{"hospital", "", "ASSESSOR_NOT_INDEPENDENT asset"},
        Control{"", "assessor-value", "ASSESSOR_NOT_INDEPENDENT asset"}}) {
    zone.change_organisation("assessor-value").set_controller(control.of_assessor);
    zone.change_organisation("hospital").set_controller(control.of_holder);
    CHECK(zone.forecast("assessor-value", {}, submit) == control.outcome);
  }
}

TEST_CASE("the last assessment of a kind that passes is the one in force") {
  Zone zone = with_asset();
  const auto submit = [&](const char* id, v1::AssessmentGrade grade) {
    Event event = zone.assessment(id, "a", v1::ASSESSMENT_KIND_QUALITY);
    event.set_grade(grade);
    zone.accept("assessor-quality", op(event));
  };
  submit("s-1", v1::ASSESSMENT_GRADE_A);
  submit("s-2", v1::ASSESSMENT_GRADE_C);
  CHECK(in_force_now(zone, v1::ASSESSMENT_KIND_QUALITY)->assessment() == "s-2");
  CHECK(in_force_now(zone, v1::ASSESSMENT_KIND_QUALITY)->grade() == v1::ASSESSMENT_GRADE_C);
  submit("s-3", v1::ASSESSMENT_GRADE_D);
  CHECK(in_force_now(zone, v1::ASSESSMENT_KIND_QUALITY)->assessment() == "s-2");
  CHECK(zone.records().assessment("s-3")->grade() == v1::ASSESSMENT_GRADE_D);
  zone.accept("assessor-quality", op(zone.assessment("t", "a", v1::ASSESSMENT_KIND_SECURITY)));
  CHECK(zone.asset("a")->in_force_size() == 2);
  CHECK(zone.outcome("assessor-quality", op(zone.assessment("t", "a", v1::ASSESSMENT_KIND_SECURITY))) ==
        "ID_TAKEN assessment");
}

TEST_CASE("an assessment is withdrawn by who made it, and is no longer in force") {
  Zone zone = with_asset();
  const auto withdraw = op("withdraw_assessment { assessment: 's-1' }");
  CHECK(zone.outcome("assessor-quality", withdraw) == "UNKNOWN_RECORD assessment");
  zone.accept("assessor-quality", op(zone.assessment("s-1", "a", v1::ASSESSMENT_KIND_QUALITY)));
  zone.accept("assessor-quality", op(zone.assessment("t", "a", v1::ASSESSMENT_KIND_SECURITY)));
  CHECK(zone.outcome("assessor-value", withdraw) == "NOT_PARTY");
  CHECK(zone.outcome("hospital", withdraw) == "NOT_PARTY");
  zone.accept("assessor-quality", withdraw);
  CHECK(zone.records().assessment("s-1")->state() == v1::ASSESSMENT_STATE_WITHDRAWN);
  CHECK(in_force_now(zone, v1::ASSESSMENT_KIND_QUALITY) == nullptr);
  CHECK(in_force_now(zone, v1::ASSESSMENT_KIND_SECURITY) != nullptr);
  CHECK(zone.outcome("assessor-quality", withdraw) == "WRONG_STATE");
}

TEST_CASE("withdrawing a superseded assessment leaves its successor in force") {
  Zone zone = with_asset();
  zone.accept("assessor-quality", op(zone.assessment("s-1", "a", v1::ASSESSMENT_KIND_QUALITY)));
  zone.accept("assessor-value", op(zone.assessment("s-2", "a", v1::ASSESSMENT_KIND_QUALITY)));
  zone.accept("assessor-quality", op("withdraw_assessment { assessment: 's-1' reason_digest: '#why' }"));
  CHECK(in_force_now(zone, v1::ASSESSMENT_KIND_QUALITY)->assessment() == "s-2");
}

TEST_CASE("an anonymisation is recorded by the holder with an independent assessor") {
  Zone zone = with_asset();
  zone.accept("hospital", {"museum", "assessor-quality"}, anonymised());
  const v1::Anonymisation& anonymisation = *zone.records().anonymisation("n");
  CHECK(anonymisation.id() == "n");
  CHECK(anonymisation.asset() == "a");
  CHECK(anonymisation.result() == v1::PERSONAL_INFORMATION_ANONYMISED);
  CHECK(anonymisation.method() == "faces removed");
  CHECK(anonymisation.assessor() == "assessor-quality");
  CHECK(anonymisation.report_digest() == digest_of("report"));
  CHECK(zone.asset("a")->anonymisation() == "n");
  CHECK(zone.outcome("hospital", {"assessor-quality"}, anonymised()) == "ID_TAKEN anonymisation");
}

TEST_CASE("an anonymisation that can't be is refused") {
  Zone zone = with_asset();
  CHECK(zone.outcome("hospital", anonymised()) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"museum"}, anonymised()) == "MISSING_COSIGNER");
  CHECK(zone.outcome("assessor-quality", {"hospital"}, anonymised()) == "NOT_HOLDER");
  for (const auto result : {v1::PERSONAL_INFORMATION_NONE, v1::PERSONAL_INFORMATION_CONTAINED}) {
    v1::Operation operation = anonymised();
    operation.mutable_record_anonymisation()->set_result(result);
    CHECK(zone.outcome("hospital", {"assessor-quality"}, operation) == "BAD_VALUE result");
  }
  zone.change_organisation("assessor-quality").set_controller("hospital");
  CHECK(zone.outcome("hospital", {"assessor-quality"}, anonymised()) == "ASSESSOR_NOT_INDEPENDENT asset");
  CHECK(zone.outcome("hospital", {"assessor-value"}, anonymised()) == "APPLIED");
}

TEST_CASE("a holder that is an assessor is not the assessor of its own data") {
  Zone zone;
  zone.change_organisation("hospital").add_roles(v1::ROLE_ASSESSOR);
  zone.with_application(zone.application("a", "hospital"));
  CHECK(zone.outcome("hospital", anonymised()) == "CONFLICT_OF_INTEREST");
  CHECK(zone.outcome("hospital", op(zone.assessment("s", "a", v1::ASSESSMENT_KIND_SECURITY))) ==
        "ASSESSOR_NOT_INDEPENDENT");
  CHECK(zone.outcome("hospital", {"assessor-quality"}, anonymised()) == "APPLIED");
  CHECK(zone.records().anonymisation("n")->assessor() == "assessor-quality");
}

TEST_CASE("an asset is assessed whatever stands in its way") {
  Zone zone = with_asset();
  zone.change_asset("a").mutable_encumbrances()->set_freezes(1);
  zone.accept("hospital", op("withdraw_application { asset: 'a' }"));
  CHECK(zone.outcome("assessor-quality", op(zone.assessment("s", "a", v1::ASSESSMENT_KIND_SECURITY))) == "APPLIED");
}

}  // namespace
}  // namespace jinshi::ledger::testing
