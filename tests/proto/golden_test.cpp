// One instance of every recorded message and of every choice of its oneofs, every field filled, held against
// golden.txt: no format changes unseen. A change that is meant is written by running with JINSHI_REGENERATE_GOLDEN=1.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

#include "ledger/crypto/sha256.h"
#include "proto/canonical.h"
#include "tests/proto/message_filler.h"

namespace jinshi {
namespace {

constexpr std::size_t kLongestInFull = 96;
const std::string kFile = JINSHI_SOURCE_DIR "/tests/proto/golden.txt";

// Type, or type and the choice of its oneof, to what is kept of its bytes.
using Golden = std::map<std::string, std::string>;

void add(Golden& golden, const google::protobuf::Descriptor& type, const google::protobuf::FieldDescriptor* chosen) {
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  test::fill_every_field(*message, chosen);
  const std::string bytes = encode(*message);
  REQUIRE(check_canonical(type, bytes).has_value());
  golden[type.name() + (chosen ? "." + chosen->name() : "")] =
      bytes.size() <= kLongestInFull ? to_hex(bytes) : "sha256:" + to_hex(crypto::sha256(bytes).view());
}

Golden made() {
  Golden golden;
  for (const auto* type : test::recorded_types()) {
    if (type->oneof_decl_count() == 0) add(golden, *type, nullptr);
    for (int i = 0; i < type->oneof_decl_count(); ++i)
      for (int n = 0; n < type->oneof_decl(i)->field_count(); ++n) add(golden, *type, type->oneof_decl(i)->field(n));
  }
  return golden;
}

Golden kept() {
  Golden golden;
  std::ifstream file(kFile);
  for (std::string name, bytes; file >> name >> bytes;) golden[name] = bytes == "-" ? "" : bytes;
  return golden;
}

}  // namespace

TEST_CASE("every recorded message keeps its bytes") {
  const Golden now = made();
  if (std::getenv("JINSHI_REGENERATE_GOLDEN")) {
    std::ofstream file(kFile);
    for (const auto& [name, bytes] : now) file << name << ' ' << (bytes.empty() ? "-" : bytes) << '\n';
    REQUIRE(file.good());
  }
  const Golden before = kept();
  REQUIRE_FALSE(before.empty());
  for (const auto& [name, bytes] : before) {
    INFO(name << " changed or went away: if that is meant, run proto_test with JINSHI_REGENERATE_GOLDEN=1");
    CHECK((now.contains(name) ? now.at(name) : "gone") == bytes);
  }
  for (const auto& [name, bytes] : now) {
    INFO(name << " is new: run proto_test with JINSHI_REGENERATE_GOLDEN=1");
    CHECK(before.contains(name));
  }
}

}  // namespace jinshi
