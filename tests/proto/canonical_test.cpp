#include "proto/canonical.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <catch2/catch.hpp>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/options.pb.h"
#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "proto/descriptor_names.h"
#include "tests/proto/message_filler.h"

namespace jinshi {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptorProto;

std::string bytes_of(std::string_view hex) {
  std::string digits;
  for (const char digit : hex)
    if (digit != ' ') digits += digit;
  return from_hex(digits).value();
}

// Proposals inside one another, `count` of them, the innermost without a change.
std::string proposals(int count) {
  v1::Propose outermost;
  v1::Propose* at = &outermost;
  for (int i = 1; i < count; ++i) at = at->mutable_change()->mutable_propose();
  at->set_proposal("p");
  return outermost.SerializeAsString();
}

struct Violation {
  const char* what;
  const Descriptor* type;
  std::string hex;
  v1::Reason reason;
  FieldPath path;
};

const std::vector<Violation>& violations() {
  const auto malformed = v1::REASON_MALFORMED;
  const Descriptor* header = v1::Header::descriptor();
  const Descriptor* genesis = v1::Genesis::descriptor();
  const Descriptor* batch = v1::Batch::descriptor();
  const Descriptor* result = v1::OperationResult::descriptor();
  const Descriptor* changes = v1::ChangeList::descriptor();
  const Descriptor* state_path = v1::StatePath::descriptor();
  const Descriptor* proof = v1::RecordProof::descriptor();
  static const std::vector<Violation> table = {
      {"a number twice", header, "0801 0801", malformed, {1}},
      {"text twice", batch, "0a0161 0a0162", malformed, {1}},
      {"a message twice", proof, "1203 0a01aa 1203 0a01aa", malformed, {2}},
      {"a packed field in two pieces", result, "220105 220106", malformed, {4}},
      {"a lower field behind a higher", header, "1001 0801", malformed, {1}},
      {"a repeated field split by another", batch, "1a01aa 1001", malformed, {2}},
      {"a repeated field resumed", batch, "1a01aa 1a01bb 0a0161", malformed, {1}},
      {"a number with a needless byte", header, "088100", malformed, {1}},
      {"a zero in two bytes", header, "088000", malformed, {1}},
      {"a tag with a needless byte", header, "880001", malformed, {}},
      {"a length with a needless byte", header, "1a8100aa", malformed, {3}},
      {"a packed element with a needless byte", result, "2203 018100", malformed, {4, 1}},
      {"a number's default", header, "0800", malformed, {1}},
      {"a signed number's default", header, "4800", malformed, {9}},
      {"a boolean's default", genesis, "3000", malformed, {6}},
      {"an enum's default", result, "1000", malformed, {2}},
      {"text's default", batch, "0a00", malformed, {1}},
      {"bytes' default", header, "1a00", malformed, {3}},
      {"a default deep inside", changes, "0a03 0a01aa 0a02 0a00", malformed, {1, 1, 1}},
      {"a message without content", proof, "1200", malformed, {2}},
      {"a list that is not packed", result, "2005", malformed, {4}},
      {"a packed list without elements", result, "2200", malformed, {4}},
      {"two choices of a oneof", state_path, "1200 1801", malformed, {3}},
      {"two messages of a oneof", v1::Record::descriptor(), "5200 5a00", malformed, {11}},
      {"one choice of a oneof twice", state_path, "1801 1801", malformed, {3}},
      {"a number that ends early", header, "0881", malformed, {1}},
      {"a tag without a value", header, "08", malformed, {1}},
      {"a tag that ends early", header, "88", malformed, {}},
      {"bytes that end early", header, "1a0501", malformed, {3}},
      {"a length without bytes", header, "1a", malformed, {3}},
      {"a length of 2^64 - 1", header, "1affffffffffffffffff01", malformed, {3}},
      {"a packed element that ends early", result, "220181", malformed, {4, 0}},
      {"a message cut short inside", proof, "1203 0a05aa", malformed, {2, 1, 0}},
      {"a number of 65 bits", header, "20ffffffffffffffffff02", malformed, {4}},
      {"a number of eleven bytes", header, "20ffffffffffffffffffff01", malformed, {4}},
      {"2^32 in 32 bits", header, "088080808010", malformed, {1}},
      {"a packed 2^32 in 32 bits", result, "2206 05 8080808010", malformed, {4, 1}},
      {"a boolean of 2", genesis, "3002", malformed, {6}},
      {"an enum beyond 32 bits", result, "108180808010", malformed, {2}},
      {"fixed 32 bits for a varint", header, "0d01000000", malformed, {1}},
      {"fixed 64 bits for a varint", header, "090100000000000000", malformed, {1}},
      {"bytes for a varint", header, "0a0101", malformed, {1}},
      {"a varint for bytes", header, "1801", malformed, {3}},
      {"a group", header, "0b0c", malformed, {1}},
      {"a wire type that there isn't", header, "0f", malformed, {1}},
      {"field number zero", header, "0001", malformed, {}},
      {"a field number beyond 2^29", header, "808080801001", malformed, {}},
      {"text with a stray byte", batch, "0a01ff", malformed, {1}},
      {"text with a surrogate", batch, "0a03eda080", malformed, {1}},
      {"text with an overlong form", batch, "0a02c080", malformed, {1}},
      {"text beyond Unicode", batch, "0a04f4908080", malformed, {1}},
      {"text cut inside a character", batch, "0a02e695", malformed, {1}},
      {"an unknown field", header, "980101", v1::REASON_UNKNOWN_FIELD, {19}},
      {"an unknown field before known ones",
       v1::ProofFile::descriptor(),
       "2801 a2010101",
       v1::REASON_UNKNOWN_FIELD,
       {5}},
      {"an unknown field out of order", v1::ProofFile::descriptor(), "a2010101 2801", v1::REASON_UNKNOWN_FIELD, {5}},
      {"an unknown field deep inside", changes, "0a03 1a01aa", v1::REASON_UNKNOWN_FIELD, {1, 0, 3}},
      {"an unknown group", header, "9b019c01", v1::REASON_UNKNOWN_FIELD, {19}},
      {"an unknown event", v1::Operation::descriptor(), "ca3e00", v1::REASON_UNKNOWN_FIELD, {1001}},
      {"an unknown value of an enum", result, "1009", v1::REASON_BAD_VALUE, {2}},
      {"a value between an enum's", result, "180f", v1::REASON_BAD_VALUE, {3}},
      {"a value far beyond an enum's", result, "18ffffffff07", v1::REASON_BAD_VALUE, {3}},
      {"a negative value of an enum", result, "10ffffffffffffffffff01", v1::REASON_BAD_VALUE, {2}},
      {"an unknown value in a list", v1::AdmitOrganisation::descriptor(), "3a020163", v1::REASON_BAD_VALUE, {7, 1}},
  };
  return table;
}

}  // namespace

TEST_CASE("whatever is not canonical is refused with its reason and its path") {
  for (const Violation& violation : violations()) {
    INFO(violation.what);
    const auto checked = check_canonical(*violation.type, bytes_of(violation.hex));
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().reason == violation.reason);
    CHECK(checked.error().field == violation.path);
    INFO(checked.error().message);
    CHECK(checked.error().message.find(": ") != std::string::npos);
  }
}

TEST_CASE("canonical bytes pass, edges included") {
  const std::vector<std::pair<const Descriptor*, const char*>> good = {
      {v1::Header::descriptor(), ""},
      {v1::Header::descriptor(), "0801 1001 1a01aa"},
      {v1::Header::descriptor(), "08ffffffff0f"},            // 2^32 - 1
      {v1::Header::descriptor(), "20ffffffffffffffffff01"},  // 2^64 - 1
      {v1::Header::descriptor(), "48ffffffffffffffffff01"},  // -1
      {v1::Header::descriptor(), "4880808080808080808001"},  // the least of 64 bits
      {v1::OperationResult::descriptor(), "22020005"},       // a zero in a packed list
      {v1::StatePath::descriptor(), "1800"},                 // a chosen default
      {v1::StatePath::descriptor(), "1200"},                 // a chosen message without content
      {v1::StateKey::descriptor(), "c20100"},
      {v1::StateKey::descriptor(), "b80100"},
      {v1::Batch::descriptor(), "1a00 1a00"},  // empty elements
      {v1::ChangeList::descriptor(), "0a00 0a030a01aa"},
      {v1::Batch::descriptor(), "0a0df48fbfbfed9fbfe6958061c3a9"},
  };
  for (const auto& [type, hex] : good) {
    const auto checked = check_canonical(*type, bytes_of(hex));
    INFO(type->name() << " " << hex << (checked ? "" : checked.error().message));
    CHECK(checked.has_value());
  }
}

TEST_CASE("a refusal names the field as a reader of the .proto file would") {
  const auto default_inside = check_canonical(*v1::ChangeList::descriptor(), bytes_of("0a030a01aa 0a020a00"));
  CHECK(default_inside.error().message == "changes[1].key is written though it has its default value: leave it out");
  const auto unknown = check_canonical(*v1::ChangeList::descriptor(), bytes_of("0a03 1a01aa"));
  CHECK(unknown.error().message == "changes[0] has field 3, which Change lacks in protocol version 1: leave it out");
  const auto top = check_canonical(*v1::Header::descriptor(), bytes_of("980101"));
  CHECK(top.error().message == "the message has field 19, which Header lacks in protocol version 1: leave it out");
}

TEST_CASE("messages nest sixteen deep and no deeper") {
  CHECK(check_canonical(*v1::Propose::descriptor(), proposals(8)).has_value());  // 15 messages
  const auto deeper = check_canonical(*v1::Propose::descriptor(), proposals(9));
  REQUIRE_FALSE(deeper.has_value());
  CHECK(deeper.error().reason == v1::REASON_TOO_LARGE);
  CHECK(deeper.error().field.size() == 16);
  std::string bomb;
  for (int i = 0; i < 100'000; ++i) bomb += "\x12\x01";
  CHECK_FALSE(check_canonical(*v1::Propose::descriptor(), bomb).has_value());
}

TEST_CASE("a field of a later protocol version is unknown until that version runs") {
  google::protobuf::FileDescriptorProto file;
  file.set_name("later.proto");
  file.set_syntax("proto3");
  const auto add = [](google::protobuf::DescriptorProto* message, const char* name, int number,
                      FieldDescriptorProto::Type type) {
    auto* field = message->add_field();
    field->set_name(name);
    field->set_number(number);
    field->set_type(type);
    field->set_label(FieldDescriptorProto::LABEL_OPTIONAL);
    return field;
  };
  auto* later = file.add_message_type();
  later->set_name("Later");
  later->mutable_options()->SetExtension(v1::message_since, 3);
  auto* message = file.add_message_type();
  message->set_name("Message");
  add(message, "first", 1, FieldDescriptorProto::TYPE_INT32);
  add(message, "second", 2, FieldDescriptorProto::TYPE_UINT32)->mutable_options()->SetExtension(v1::since, 2);
  add(message, "third", 3, FieldDescriptorProto::TYPE_MESSAGE)->set_type_name("Later");
  message->mutable_field(2)->set_oneof_index(0);
  message->add_oneof_decl()->set_name("choice");
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  REQUIRE(built != nullptr);
  const Descriptor& type = *built->FindMessageTypeByName("Message");

  const std::string second = bytes_of("0801 1001"), third = bytes_of("0801 1a00");
  CHECK(check_canonical(type, second, 1).error().reason == v1::REASON_UNKNOWN_FIELD);
  CHECK(check_canonical(type, second, 1).error().field == FieldPath{2});
  CHECK(check_canonical(type, second, 2).has_value());
  CHECK(check_canonical(type, third, 2).error().field == FieldPath{3});
  CHECK(check_canonical(type, third, 3).has_value());
  CHECK(check_canonical(*built->FindMessageTypeByName("Later"), "", 2).error().reason == v1::REASON_UNKNOWN_FIELD);

  // No recorded message has an int32, which is ten bytes when negative.
  CHECK(check_canonical(type, bytes_of("0880808080f8ffffffff01")).has_value());
  CHECK(check_canonical(type, bytes_of("08ffffffff07")).has_value());
  CHECK(check_canonical(type, bytes_of("08ffffffff0f")).error().reason == v1::REASON_MALFORMED);
  CHECK(check_canonical(type, bytes_of("0880808080 08")).error().reason == v1::REASON_MALFORMED);
}

TEST_CASE("messages of every type, filled at random, encode canonically and decode to themselves") {
  test::RandomFiller filler(20'260'401);
  for (const Descriptor* type : test::recorded_types()) {
    INFO(type->name());
    const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
    for (int i = 0; i < 20; ++i) {
      const std::unique_ptr<google::protobuf::Message> message(prototype->New()), again(prototype->New());
      filler.fill(*message);
      const std::string bytes = encode(*message);
      const auto checked = check_canonical(*type, bytes);
      INFO(to_hex(bytes) << (checked ? "" : checked.error().message));
      REQUIRE(checked.has_value());
      REQUIRE(again->ParseFromString(bytes));
      REQUIRE(encode(*again) == bytes);
    }
  }
}

TEST_CASE("a byte changed anywhere is refused or makes another message with these very bytes") {
  test::RandomFiller filler(7);
  std::size_t refused = 0, taken = 0;
  for (int i = 0; i < 40; ++i) {
    v1::Operation operation;
    do filler.fill(operation, 3);
    while (operation.ByteSizeLong() > 160);
    const std::string bytes = encode(operation);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string changed = bytes;
      for (int byte = 0; byte < 256; ++byte) {
        changed[at] = static_cast<char>(byte);
        const auto decoded = decode<v1::Operation>(changed);
        if (decoded && decoded->SerializeAsString() != changed) FAIL(to_hex(changed));
        ++(decoded ? taken : refused);
      }
    }
  }
  CHECK(refused > taken / 4);
  CHECK(taken > 0);
}

TEST_CASE("pruning clears what mutable accessors left behind and keeps choices") {
  v1::RecordProof proof;
  proof.mutable_head()->mutable_certificate();
  proof.mutable_path()->mutable_other();
  proof.add_links()->mutable_last();
  prune(proof);
  CHECK_FALSE(proof.has_head());
  CHECK(proof.path().has_other());
  CHECK(proof.links_size() == 1);
  CHECK(to_hex(encode(proof)) == "120212003200");
}

TEST_CASE("a path reads as fields with their indexes, and what is unknown stays a number") {
  const Descriptor& type = *v1::ApplyRegistration::descriptor();
  CHECK(field_name(type, {}) == "");
  CHECK(field_name(type, {8, 0, 2}) == "rights[0].holder");
  CHECK(field_name(type, {8}) == "rights");
  CHECK(field_name(type, {21, 1}) == "content.root");
  CHECK(field_name(type, {8, 3, 99}) == "rights[3].99");
  CHECK(field_name(*v1::SignedTransaction::descriptor(), {2, 4}) == "operations[4]");
  CHECK(field_name(*v1::SignedTransaction::descriptor(), {2, 4, 10}) == "operations[4].10");
}

}  // namespace jinshi
