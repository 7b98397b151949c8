#include "cli/operation_input.h"

#include <catch2/catch.hpp>

#include "ledger/crypto/commitment.h"
#include "ledger/domain/fields.h"
#include "proto/canonical.h"
#include "proto/descriptor_names.h"

namespace jinshi::cli {
namespace {

constexpr const char* kValuation = R"({"assessment": "va-1", "asset": "a", "kind": "VALUE", "method": "INCOME",
    "terms": {"value_fen": 1860000000}, "confidential": ["value_fen"], "as_of": "2026-11-22",
    "valid_until": "2027-05-21",
    "report_digest": "90109584af89c73b4e4da34bb9752b0561950e5c20d1f3eee0cde876146de2fd"})";

Result<OperationInput> read(std::string_view event, std::string_view args) {
  return operation_from_json(event, boost::json::parse(args).get_object());
}

}  // namespace

TEST_CASE("an event's JSON becomes a salted, canonical operation") {
  const auto input = read("PublishNotice", R"({"asset": "museum", "days": 5})");
  REQUIRE(input);
  CHECK(input->operation.publish_notice().asset() == "museum");
  CHECK(input->operation.publish_notice().days() == 5);
  CHECK(input->operation.salt().size() == 16);
  CHECK(input->secrets.empty());
  CHECK(check_canonical(*v1::Operation::descriptor(), encode(input->operation)));
  const auto again = read("PublishNotice", R"({"asset": "museum", "days": 5})");
  CHECK(again->operation.salt() != input->operation.salt());
}

TEST_CASE("a confidential term becomes a commitment that only its kept opening opens") {
  const auto input = read("SubmitAssessment", kValuation);
  REQUIRE(input);
  const auto& event = input->operation.submit_assessment();
  REQUIRE(event.value_case() == v1::SubmitAssessment::kValueCommitment);
  CHECK(ledger::check_fields(event));
  REQUIRE(input->secrets.size() == 1);
  const Secret& secret = input->secrets.front();
  CHECK(secret.name == "value_fen");
  CHECK(secret.opening.record_kind() == "assessment");
  CHECK(secret.opening.record_id() == "va-1");
  CHECK(secret.opening.field() == v1::Assessment::kValueCommitmentFieldNumber);
  CHECK(secret.opening.value() == crypto::canonical_value(1860000000));
  CHECK(crypto::verify_opening(event.value_commitment(), secret.opening));
  auto other = secret.opening;
  other.set_value(crypto::canonical_value(1860000001));
  CHECK_FALSE(crypto::verify_opening(event.value_commitment(), other));
  CHECK(encode(input->operation).find(secret.opening.salt()) == std::string::npos);
}

TEST_CASE("a term that is not confidential is a field like any other") {
  const auto input = read("SubmitAssessment", R"({"assessment": "va-1", "terms": {"value_fen": 5}})");
  REQUIRE(input);
  CHECK(input->operation.submit_assessment().value_fen() == 5);
  CHECK(input->secrets.empty());
}

TEST_CASE("what can't be an operation is refused with its field and the mend") {
  CHECK(read("SellTheMoon", "{}").error().reason == v1::REASON_UNKNOWN_OPERATION);
  CHECK(read("PublishNotice", R"({"assett": "a"})").error().reason == v1::REASON_UNKNOWN_FIELD);
  const auto nested = read("ApplyRegistration", R"({"content": {"chunk_size": "large"}})");
  REQUIRE_FALSE(nested);
  CHECK(field_name(*v1::ApplyRegistration::descriptor(), nested.error().field) == "content.chunk_size");
  CHECK(read("PublishNotice", R"({"asset": "a", "terms": {"asset": "b"}})").error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("a commitment that nothing takes, or that is bound to nothing, is refused") {
  CHECK(read("PublishNotice", R"({"asset": "a", "days": 3, "confidential": ["days"]})").error().reason ==
        v1::REASON_BAD_COMMITMENT);
  CHECK(read("SubmitAssessment", R"({"value_fen": 3, "confidential": ["value_fen"]})").error().reason ==
        v1::REASON_MISSING_FIELD);
  CHECK(read("SubmitAssessment", R"({"assessment": "v", "confidential": ["value_fen"]})").error().reason ==
        v1::REASON_BAD_VALUE);
  CHECK(read("SubmitAssessment", R"({"assessment": "v", "value_fen": -3, "confidential": ["value_fen"]})")
            .error()
            .reason == v1::REASON_BAD_VALUE);
}

}  // namespace jinshi::cli
