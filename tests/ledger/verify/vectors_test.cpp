// The files of tests/vectors/ are what this folder makes, and are judged as their index says. Any other verifier is
// held against them. A change that is meant is written by running with JINSHI_REGENERATE_GOLDEN=1.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ledger/verify/verify.h"
#include "tests/ledger/verify/cases.h"

namespace jinshi {
namespace {

const std::filesystem::path kFolder = JINSHI_SOURCE_DIR "/tests/vectors";

std::string_view word_of(test::Verdict verdict) {
  switch (verdict) {
    case test::Verdict::kValid:
      return "valid";
    case test::Verdict::kInvalid:
      return "invalid";
    default:
      return "newer";
  }
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  REQUIRE(file.good());
}

std::string index_of(const test::Cases& all) {
  std::string text = "[\n";
  for (const auto& one : all.cases) {
    boost::json::object entry{
        {"name", one.name}, {"file", one.name + ".proof"}, {"genesis", one.genesis}, {"expect", word_of(one.expect)}};
    if (one.absent) entry["absent"] = boost::json::object{{"kind", one.absent->first}, {"id", one.absent->second}};
    if (!one.says.empty()) entry["says"] = one.says;
    if (text.size() > 2) text += ",\n";
    text += "  " + boost::json::serialize(entry);
  }
  return text + "\n]\n";
}

void regenerate(const test::Cases& all) {
  std::filesystem::remove_all(kFolder);
  std::filesystem::create_directories(kFolder);
  for (const auto& [name, bytes] : all.geneses) write(kFolder / name, bytes);
  for (const auto& one : all.cases) write(kFolder / (one.name + ".proof"), one.file);
  write(kFolder / "index.json", index_of(all));
}

std::string genesis_named(const test::Cases& all, const std::string& name) {
  for (const auto& [file, bytes] : all.geneses) {
    if (file == name) return bytes;
  }
  return {};
}

Result<ledger::VerifiedReport> verify(const test::Case& one, ByteView file) {
  auto chain = ledger::Chain::from_genesis(genesis_named(test::all_cases(), one.genesis));
  REQUIRE(chain);
  std::optional<ledger::RecordKey> absent;
  if (one.absent) absent = ledger::keys::named(ledger::kind_named(one.absent->first), one.absent->second);
  return ledger::verify_file(file, std::move(*chain), absent);
}

}  // namespace

TEST_CASE("every vector is judged as it says, and names the failing step") {
  for (const auto& one : test::all_cases().cases) {
    INFO(one.name);
    const auto report = verify(one, one.file);
    if (!report) INFO(report.error().message);
    REQUIRE(report.has_value() == (one.expect == test::Verdict::kValid));
    if (report) continue;
    INFO(report.error().message);
    CHECK((report.error().reason == v1::REASON_NEEDS_NEWER_VERIFIER) == (one.expect == test::Verdict::kNewer));
    CHECK(report.error().message.find(one.says) != std::string::npos);
    CHECK(report.error().reason != v1::REASON_MISSING_FIELD);
  }
}

TEST_CASE("the vectors on disk are the ones that are made") {
  const auto& all = test::all_cases();
  if (std::getenv("JINSHI_REGENERATE_GOLDEN")) regenerate(all);
  for (const auto& [name, bytes] : all.geneses) CHECK(contents(kFolder / name) == bytes);
  for (const auto& one : all.cases) {
    INFO(one.name << ": if the change is meant, run verify_test with JINSHI_REGENERATE_GOLDEN=1");
    CHECK(contents(kFolder / (one.name + ".proof")) == one.file);
  }
  CHECK(contents(kFolder / "index.json") == index_of(all));
}

TEST_CASE("a file with any one byte changed is refused") {
  for (const auto* one : test::files_to_spoil()) {
    INFO(one->name);
    REQUIRE(verify(*one, one->file));
    for (std::size_t at = 0; at < one->file.size(); ++at) {
      for (const char flip : {'\x01', '\x80', '\xff'}) {
        std::string spoiled = one->file;
        spoiled[at] = static_cast<char>(spoiled[at] ^ flip);
        if (verify(*one, spoiled)) FAIL("byte " << at << " changed by " << int(static_cast<unsigned char>(flip)));
      }
    }
  }
}

TEST_CASE("a file with a byte left out, doubled or added is refused") {
  for (const auto* one : test::files_to_spoil()) {
    INFO(one->name);
    for (std::size_t at = 0; at < one->file.size(); at += 3) {
      INFO(at);
      std::string shorter = one->file, longer = one->file;
      shorter.erase(at, 1);
      longer.insert(at, 1, longer[at]);
      CHECK_FALSE(verify(*one, shorter));
      CHECK_FALSE(verify(*one, longer));
      CHECK_FALSE(verify(*one, one->file.substr(0, at)));
    }
  }
}

}  // namespace jinshi
