#include "ledger/domain/fields.h"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "jinshi/v1/assessment.pb.h"
#include "jinshi/v1/governance.pb.h"
#include "jinshi/v1/options.pb.h"
#include "jinshi/v1/organisation.pb.h"
#include "jinshi/v1/registration.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "ledger/domain/identifiers.h"
#include "proto/types.h"

namespace jinshi::ledger {
namespace {

const std::string kDigest(32, '\x11');
// The generator of secp256k1, compressed, under scheme 1.
const std::string kKey = *from_hex("010279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");

v1::ApplyRegistration application() {
  v1::ApplyRegistration apply;
  apply.set_asset("asset-1");
  apply.set_name("数据资产");
  apply.set_kind(v1::ASSET_KIND_SOCIAL_DATA);
  apply.set_zone("SHENZHEN");
  apply.set_industry("I65");
  auto& right = *apply.add_rights();
  right.set_right(v1::RIGHT_HOLD);
  right.set_holder("alpha");
  apply.set_level(v1::DATA_LEVEL_GENERAL);
  apply.set_personal_information(v1::PERSONAL_INFORMATION_NONE);
  apply.set_source(v1::SOURCE_OWN_PRODUCTION);
  apply.set_size_bytes(1);
  apply.set_update_frequency(v1::UPDATE_FREQUENCY_DAILY);
  apply.set_period_from("2024-01-01");
  apply.set_period_to("2024-12-31");
  apply.add_coverage("440300");
  auto& content = *apply.mutable_content();
  content.set_root(kDigest);
  content.set_chunk_size(65'536);
  content.set_chunk_count(1);
  content.set_over(v1::CONTENT_FORM_PLAINTEXT);
  apply.set_description_digest(kDigest);
  return apply;
}

v1::AdmitOrganisation admission() {
  v1::AdmitOrganisation admit;
  admit.set_org("alpha");
  admit.set_name("Alpha");
  admit.set_kind(v1::ORGANISATION_KIND_PRIVATE);
  admit.add_roles(v1::ROLE_MEMBER);
  admit.add_keys()->set_public_key(kKey);
  return admit;
}

template <class Message>
struct Case {
  const char* what;
  std::function<void(Message&)> change;
  v1::Reason reason;
  FieldPath path;
};

template <class Message>
void check_cases(const Message& good, const std::vector<Case<Message>>& cases) {
  const auto passes = check_fields(good);
  INFO((passes ? "" : passes.error().message));
  REQUIRE(passes.has_value());
  for (const auto& item : cases) {
    INFO(item.what);
    Message changed = good;
    item.change(changed);
    const auto checked = check_fields(changed);
    if (item.reason == v1::REASON_UNSPECIFIED) {
      INFO((checked ? "" : checked.error().message));
      CHECK(checked.has_value());
      continue;
    }
    REQUIRE_FALSE(checked.has_value());
    INFO(checked.error().message);
    CHECK(checked.error().reason == item.reason);
    CHECK(checked.error().field == item.path);
    CHECK(checked.error().message.find(": ") != std::string::npos);
  }
}

}  // namespace

TEST_CASE("an application's fields are judged one by one, in order, and the first at fault is named") {
  using Apply = v1::ApplyRegistration;
  const auto good = v1::REASON_UNSPECIFIED;
  const auto missing = v1::REASON_MISSING_FIELD;
  const auto value = v1::REASON_BAD_VALUE;
  check_cases<Apply>(
      application(),
      {
          {"no asset", [](Apply& a) { a.clear_asset(); }, missing, {1}},
          {"an id with a space", [](Apply& a) { a.set_asset("a b"); }, v1::REASON_BAD_ID, {1}},
          {"an id of 65 characters", [](Apply& a) { a.set_asset(std::string(65, 'a')); }, v1::REASON_BAD_ID, {1}},
          {"an optional enum", [](Apply& a) { a.clear_certificate_kind(); }, good, {}},
          {"no name", [](Apply& a) { a.clear_name(); }, missing, {3}},
          {"a name with a control character", [](Apply& a) { a.set_name("a\nb"); }, v1::REASON_BAD_TEXT, {3}},
          {"a name of 201 bytes", [](Apply& a) { a.set_name(std::string(201, 'a')); }, v1::REASON_BAD_TEXT, {3}},
          {"a name of 200 bytes", [](Apply& a) { a.set_name(std::string(200, 'a')); }, good, {}},
          {"no kind", [](Apply& a) { a.clear_kind(); }, missing, {4}},
          {"a zone in small letters", [](Apply& a) { a.set_zone("shenzhen"); }, value, {5}},
          {"an industry without its letter", [](Apply& a) { a.set_industry("65"); }, value, {6}},
          {"no rights, which a rule judges", [](Apply& a) { a.clear_rights(); }, good, {}},
          {"a right without its holder", [](Apply& a) { a.mutable_rights(0)->clear_holder(); }, missing, {8, 0, 2}},
          {"a second right that is none", [](Apply& a) { a.add_rights()->set_holder("b"); }, missing, {8, 1, 1}},
          {"an end that is no day",
           [](Apply& a) { a.mutable_rights(0)->set_until("2025-02-29"); },
           v1::REASON_BAD_DATES,
           {8, 0, 4}},
          {"17 rights",
           [](Apply& a) {
             while (a.rights_size() < 17) *a.add_rights() = a.rights(0);
           },
           v1::REASON_TOO_MANY,
           {8}},
          {"a share of nothing", [](Apply& a) { a.add_holders()->set_org("b"); }, value, {9, 0, 2}},
          {"a share of more than all",
           [](Apply& a) {
             a.add_holders()->set_org("b");
             a.mutable_holders(0)->set_share_bp(10'001);
           },
           value,
           {9, 0, 2}},
          {"a grade of 4", [](Apply& a) { a.set_grade(4); }, good, {}},
          {"a grade of 5", [](Apply& a) { a.set_grade(5); }, value, {11}},
          {"no size", [](Apply& a) { a.clear_size_bytes(); }, value, {15}},
          {"a size of an exabyte", [](Apply& a) { a.set_size_bytes(1'000'000'000'000'000'000); }, good, {}},
          {"a size of more", [](Apply& a) { a.set_size_bytes(1'000'000'000'000'000'001); }, value, {15}},
          {"a size of 2^64 - 1", [](Apply& a) { a.set_size_bytes(~std::uint64_t{0}); }, value, {15}},
          {"a number of records of 0", [](Apply& a) { a.set_record_count(0); }, good, {}},
          {"no coverage", [](Apply& a) { a.clear_coverage(); }, missing, {20}},
          {"an empty region", [](Apply& a) { a.add_coverage(""); }, missing, {20, 1}},
          {"a region of five digits", [](Apply& a) { a.add_coverage("44030"); }, value, {20, 1}},
          {"a region twice",
           [](Apply& a) {
             a.add_coverage("110000");
             a.add_coverage("440300");
             a.add_coverage("110000");
           },
           value,
           {20, 2}},
          {"no content", [](Apply& a) { a.clear_content(); }, missing, {21}},
          {"no root", [](Apply& a) { a.mutable_content()->clear_root(); }, missing, {21, 1}},
          {"a root of 31 bytes", [](Apply& a) { a.mutable_content()->set_root(std::string(31, 'x')); }, value, {21, 1}},
          {"a chunk too small", [](Apply& a) { a.mutable_content()->set_chunk_size(65'535); }, value, {21, 3}},
          {"a chunk too large", [](Apply& a) { a.mutable_content()->set_chunk_size(16'777'217); }, value, {21, 3}},
          {"an optional digest too short", [](Apply& a) { a.set_lawful_basis_digest("x"); }, value, {25}},
          {"two at fault",
           [](Apply& a) {
             a.clear_description_digest();
             a.clear_zone();
           },
           missing,
           {5}},
      });
}

TEST_CASE("an organisation's keys, codes and controls have their formats") {
  using Admit = v1::AdmitOrganisation;
  const auto good = v1::REASON_UNSPECIFIED;
  const auto value = v1::REASON_BAD_VALUE;
  check_cases<Admit>(
      admission(),
      {
          {"a credit code", [](Admit& a) { a.set_credit_code("91350100M000100Y43"); }, good, {}},
          {"a credit code with a wrong check",
           [](Admit& a) { a.set_credit_code("91350100M000100Y44"); },
           v1::REASON_BAD_CREDIT_CODE,
           {2}},
          {"an LEI with a wrong check",
           [](Admit& a) { a.set_lei("5493001KJTIIGC8Y1R13"); },
           v1::REASON_BAD_CREDIT_CODE,
           {3}},
          {"no roles", [](Admit& a) { a.clear_roles(); }, v1::REASON_MISSING_FIELD, {7}},
          {"a role twice", [](Admit& a) { a.add_roles(v1::ROLE_MEMBER); }, value, {7, 1}},
          {"a role that is none",
           [](Admit& a) { a.add_roles(v1::ROLE_UNSPECIFIED); },
           v1::REASON_MISSING_FIELD,
           {7, 1}},
          {"no keys", [](Admit& a) { a.clear_keys(); }, v1::REASON_MISSING_FIELD, {8}},
          {"a key without its scheme",
           [](Admit& a) { a.mutable_keys(0)->set_public_key(kKey.substr(1)); },
           value,
           {8, 0, 1}},
          {"a key off the curve",
           [](Admit& a) { a.mutable_keys(0)->set_public_key("\x01\x02" + std::string(32, '\xff')); },
           value,
           {8, 0, 1}},
          {"a label of 65 bytes",
           [](Admit& a) { a.mutable_keys(0)->set_label(std::string(65, 'a')); },
           v1::REASON_BAD_TEXT,
           {8, 0, 2}},
          {"a key for no event", [](Admit& a) { a.mutable_keys(0)->mutable_only(); }, good, {}},
          {"a key for an event", [](Admit& a) { a.mutable_keys(0)->mutable_only()->add_events(50); }, good, {}},
          {"a key for what is no event",
           [](Admit& a) { a.mutable_keys(0)->mutable_only()->add_events(1); },
           value,
           {8, 0, 3, 1, 0}},
          {"a key before time began", [](Admit& a) { a.mutable_keys(0)->set_valid_from(-1); }, value, {8, 0, 4}},
          {"a short possession", [](Admit& a) { a.mutable_keys(0)->set_possession("x"); }, value, {8, 0, 5}},
          {"two keys for an event twice",
           [](Admit& a) {
             a.add_two_keys(50);
             a.add_two_keys(50);
           },
           value,
           {12, 1}},
          {"a centre of two letters", [](Admit& a) { a.set_centre_code("SZ"); }, value, {13}},
      });
}

TEST_CASE("a certificate's number and fee are judged, and a fee may be absent") {
  using Issue = v1::IssueCertificate;
  Issue issue;
  issue.set_asset("a");
  issue.set_certificate(make_certificate_number("SOC", 2026, v1::CERTIFICATE_KIND_DATA_ASSET, 1).value());
  issue.set_kind(v1::CERTIFICATE_KIND_DATA_ASSET);
  issue.set_valid_from("2026-01-01");
  issue.set_valid_to("2028-12-31");
  const auto good = v1::REASON_UNSPECIFIED;
  check_cases<Issue>(issue, {
                                {"a free one", [](Issue& i) { i.set_fee_fen(0); }, good, {}},
                                {"a fee", [](Issue& i) { i.set_fee_fen(1); }, good, {}},
                                {"a fee below nothing", [](Issue& i) { i.set_fee_fen(-1); }, v1::REASON_BAD_VALUE, {6}},
                                {"a commitment without digest",
                                 [](Issue& i) { i.mutable_fee_commitment()->set_scheme(1); },
                                 v1::REASON_MISSING_FIELD,
                                 {7, 2}},
                                {"a commitment of 201 bytes",
                                 [](Issue& i) { i.mutable_fee_commitment()->set_digest(std::string(201, 'x')); },
                                 v1::REASON_TOO_LARGE,
                                 {7, 2}},
                                {"a commitment",
                                 [](Issue& i) {
                                   i.mutable_fee_commitment()->set_scheme(1);
                                   i.mutable_fee_commitment()->set_digest(kDigest);
                                 },
                                 good,
                                 {}},
                                {"a commitment of an unknown scheme",
                                 [](Issue& i) {
                                   i.mutable_fee_commitment()->set_scheme(9);
                                   i.mutable_fee_commitment()->set_digest(kDigest);
                                 },
                                 v1::REASON_BAD_COMMITMENT,
                                 {7, 1}},
                                {"a number that is none",
                                 [](Issue& i) { i.set_certificate("SOC-2026"); },
                                 v1::REASON_BAD_CERTIFICATE_NUMBER,
                                 {2}},
                            });
}

TEST_CASE("a proposal's change must be there and is judged elsewhere") {
  v1::Propose propose;
  propose.set_proposal("p");
  propose.set_expires_at(1);
  CHECK(check_fields(propose).error().field == FieldPath{2});
  propose.mutable_change()->mutable_admit_organisation()->set_org("not an id");
  CHECK(check_fields(propose).has_value());
  propose.set_expires_at(0);
  CHECK(check_fields(propose).error().field == FieldPath{3});
}

TEST_CASE("every event asks for something, and the empty one is refused by name") {
  const auto& events = *v1::Operation::descriptor()->FindOneofByName("event");
  REQUIRE(events.field_count() > 30);
  for (int i = 0; i < events.field_count(); ++i) {
    const auto* type = events.field(i)->message_type();
    INFO(type->name());
    const std::unique_ptr<google::protobuf::Message> event(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    const auto checked = check_fields(*event);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().reason == v1::REASON_MISSING_FIELD);
    CHECK(checked.error().field.size() == 1);
    CHECK(checked.error().message ==
          type->FindFieldByNumber(static_cast<int>(checked.error().field[0]))->name() + " is missing: give it a value");
  }
}

}  // namespace jinshi::ledger
