#include "proto/json.h"

#include <catch2/catch.hpp>
#include <memory>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/state.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "proto/canonical.h"
#include "proto/descriptor_names.h"
#include "tests/proto/message_filler.h"

namespace jinshi {
namespace {

template <class Message>
Error error_of(std::string_view json) {
  Message message;
  const auto read = from_json_text(json, message);
  REQUIRE_FALSE(read.has_value());
  return read.error();
}

template <class Message>
Message read(std::string_view json) {
  Message message;
  const auto good = from_json_text(json, message);
  INFO((good ? "" : good.error().message));
  REQUIRE(good.has_value());
  return message;
}

}  // namespace

TEST_CASE("JSON shows names as people write them, bytes as hex and large numbers as text") {
  v1::Operation operation;
  operation.set_salt(std::string("\x00\xab", 2));
  auto& apply = *operation.mutable_apply_registration();
  apply.set_asset("a-1");
  apply.set_name("数据");
  apply.set_kind(v1::ASSET_KIND_PUBLIC_DATA);
  auto& right = *apply.add_rights();
  right.set_right(v1::RIGHT_HOLD);
  right.set_holder("alpha");
  right.set_exclusive(true);
  apply.set_size_bytes(9'007'199'254'740'992);
  apply.set_record_count(9'007'199'254'740'993);
  CHECK(boost::json::serialize(to_json(operation)) ==
        R"({"salt":"00ab","apply_registration":{"asset":"a-1","name":"数据","kind":"PUBLIC_DATA",)"
        R"("rights":[{"right":"HOLD","holder":"alpha","exclusive":true}],)"
        R"("size_bytes":9007199254740992,"record_count":"9007199254740993"}})");
  CHECK(to_json_text(read<v1::Operation>(to_json_text(operation))) == to_json_text(operation));
}

TEST_CASE("JSON text is indented, and empty lists and objects stay on their line") {
  v1::StateKey key;
  key.mutable_parameters();
  CHECK(to_json_text(key) == "{\n  \"parameters\": {}\n}\n");
  v1::Batch batch;
  CHECK(to_json_text(batch) == "{}\n");
  batch.add_envelopes("\x01");
  batch.add_envelopes("\x02");
  CHECK(to_json_text(batch) == "{\n  \"envelopes\": [\n    \"01\",\n    \"02\"\n  ]\n}\n");
}

TEST_CASE("events are named in JSON and may be read by number too") {
  v1::SetControls controls;
  controls.set_org("alpha");
  controls.add_two_keys(50);
  controls.add_two_keys(9'999);
  CHECK(boost::json::serialize(to_json(controls)) == R"({"org":"alpha","two_keys":["IssueCertificate",9999]})");
  const auto again = read<v1::SetControls>(R"({"two_keys": ["IssueCertificate", 51, "52"]})");
  CHECK(again.two_keys_size() == 3);
  CHECK(again.two_keys(0) == 50);
  CHECK(again.two_keys(2) == 52);
  CHECK(event_name(50) == "IssueCertificate");
  CHECK(event_number("IssueCertificate") == 50u);
  CHECK_FALSE(event_name(1).has_value());
  CHECK_FALSE(event_number("Operation").has_value());
}

TEST_CASE("a choice keeps its default through JSON and a negative number its sign") {
  const auto zero = read<v1::IssueCertificate>(R"({"fee_fen": 0})");
  CHECK(zero.has_fee_fen());
  CHECK(boost::json::serialize(to_json(zero)) == R"({"fee_fen":0})");
  const auto least = read<v1::IssueCertificate>(R"({"fee_fen": "-9223372036854775808"})");
  CHECK(least.fee_fen() == std::numeric_limits<std::int64_t>::min());
  CHECK(boost::json::serialize(to_json(least)) == R"({"fee_fen":"-9223372036854775808"})");
}

TEST_CASE("messages of every type survive JSON") {
  test::RandomFiller filler(11);
  for (const auto* type : test::recorded_types()) {
    INFO(type->name());
    const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
    for (int i = 0; i < 20; ++i) {
      const std::unique_ptr<google::protobuf::Message> message(prototype->New()), again(prototype->New());
      filler.fill(*message);
      const std::string text = to_json_text(*message);
      const auto good = from_json_text(text, *again);
      INFO(text << (good ? "" : good.error().message));
      REQUIRE(good.has_value());
      REQUIRE(encode(*again) == encode(*message));
    }
  }
}

TEST_CASE("what JSON leaves empty is pruned, so that the message encodes") {
  CHECK(encode(read<v1::UpdateContent>(R"({"asset": "a", "content": {}})")) ==
        "\x0a\x01"
        "a");
}

TEST_CASE("JSON that does not fit is refused with its field and the mend") {
  struct Case {
    const char* json;
    v1::Reason reason;
    FieldPath path;
    const char* says;
  };
  const auto bad = v1::REASON_BAD_VALUE;
  const std::vector<Case> cases = {
      {R"({"nmae": "x"})", v1::REASON_UNKNOWN_FIELD, {}, "has no field 'nmae'; the closest is 'name'"},
      {R"({"rights": [{"rigth": 1}]})",
       v1::REASON_UNKNOWN_FIELD,
       {8, 0},
       "rights[0] has no field 'rigth'; the closest is 'right'"},
      {R"({"name": 5})", bad, {3}, "name is a number: write text in quotes"},
      {R"({"name": null})", bad, {3}, "name is null: leave it out"},
      {R"({"kind": "PUBLIC"})", bad, {4}, "kind has the unknown value 'PUBLIC': write one of PUBLIC_DATA, SOCIAL_DATA"},
      {R"({"kind": 1})", bad, {4}, "kind is a number: write one of PUBLIC_DATA, SOCIAL_DATA"},
      {R"({"rights": {}})", bad, {8}, "rights is an object: write a list in brackets"},
      {R"({"rights": [null]})", bad, {8, 0}, "rights[0] is null: write an object of GrantedRight's fields"},
      {R"({"content": []})", bad, {21}, "content is a list: write an object of Content's fields"},
      {R"({"rights": [{}, {"exclusive": 1}]})", bad, {8, 1, 3}, "rights[1].exclusive is a number: write true or false"},
      {R"({"description_digest": "abc"})", bad, {26}, "description_digest is not hex"},
      {R"({"description_digest": "zz"})", bad, {26}, "description_digest is not hex"},
      {R"({"grade": 4294967296})",
       bad,
       {11},
       "grade is not a whole number in range: write a whole number from 0 to 4294967295"},
      {R"({"grade": -1})", bad, {11}, "grade is not a whole number in range"},
      {R"({"grade": 1.5})", bad, {11}, "grade is not a whole number in range"},
      {R"({"grade": "x"})", bad, {11}, "grade is text: write a whole number"},
      {R"({"size_bytes": "18446744073709551616"})",
       bad,
       {15},
       "size_bytes is text: write a whole number from 0 to 18446744073709551615"},
      {R"([])", bad, {}, "the message is a list: write an object of ApplyRegistration's fields"},
      {R"({"name": )", v1::REASON_MALFORMED, {}, "the text is not JSON at byte"},
      {R"({} {})", v1::REASON_MALFORMED, {}, "the text is not JSON at byte 3"},
      {"", v1::REASON_MALFORMED, {}, "the text is not JSON at byte 0"},
      {"{\"name\": \"\xff\"}", v1::REASON_MALFORMED, {}, "the text is not JSON"},
  };
  for (const Case& item : cases) {
    INFO(item.json);
    const Error error = error_of<v1::ApplyRegistration>(item.json);
    CHECK(error.reason == item.reason);
    CHECK(error.field == item.path);
    INFO(error.message);
    CHECK(error.message.find(item.says) != std::string::npos);
  }
  const Error choice = error_of<v1::IssueCertificate>(R"({"fee_fen": 1, "fee_commitment": {}})");
  CHECK(choice.message == "fee_commitment stands beside another choice of 'fee': write one of them");
  const Error event = error_of<v1::SetControls>(R"({"two_keys": ["IssueCertificat"]})");
  CHECK(event.field == FieldPath{2, 0});
  std::string deep = "{}";
  for (int i = 0; i < 8; ++i) deep = R"({"change": {"propose": )" + deep + "}}";
  CHECK(error_of<v1::Propose>(deep).reason == v1::REASON_TOO_LARGE);
}

}  // namespace jinshi
