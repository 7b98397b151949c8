#include "cli/replay.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cli/secret_book.h"
#include "ledger/crypto/commitment.h"
#include "ledger/crypto/digest.h"
#include "ledger/crypto/signature.h"
#include "ledger/domain/case.h"
#include "ledger/domain/fields.h"
#include "proto/canonical.h"
#include "tests/cli/world.h"

namespace jinshi::cli {
namespace {

std::vector<SampleLine> sample_day() {
  const auto text = read_file(JINSHI_SOURCE_DIR "/samples/sample-day.jsonl");
  REQUIRE(text);
  auto lines = parse_sample_lines(*text);
  REQUIRE(lines);
  return std::move(*lines);
}

v1::Genesis founded_by(std::initializer_list<const char*> organisations) {
  v1::Genesis genesis;
  for (const char* org : organisations) genesis.add_organisations()->set_org(org);
  return genesis;
}

v1::Genesis sample_genesis() { return founded_by({"zone-office", "registry-public", "registry-social", "exchange"}); }

}  // namespace

TEST_CASE("every line of the sample day whose event exists is an operation that passes the fields' check") {
  const auto lines = sample_day();
  REQUIRE(lines.size() == 84);
  const auto plan = plan_replay(lines, sample_genesis(), {});
  CHECK(plan.in_genesis == 4);
  CHECK(plan.play.size() == 47);
  std::size_t not_known = 0;
  for (const auto& [name, count] : plan.not_known) not_known += count;
  CHECK(not_known == 84 - 4 - 47);
  std::size_t committed = 0;
  for (const auto& line : plan.play) {
    INFO("line " << line.number << ", " << line.op);
    auto input = operation_from_json(line.op, line.args);
    REQUIRE(input);
    committed += input->secrets.size();
    if (input->operation.has_admit_organisation()) {
      *input->operation.mutable_admit_organisation()->add_keys() = *grant_of(
          *testing::key_of(line.number % 2 == 0 ? "even" : "odd"), testing::chain(), "x", v1::KEY_PURPOSE_TRANSACTION);
    }
    CHECK(ledger::check_fields(ledger::event_of(input->operation)));
    CHECK(check_canonical(*v1::Operation::descriptor(), encode(input->operation)));
  }
  CHECK(committed == 1);  // the value assessment hides its value
}

TEST_CASE("families and assets choose the lines of a replay") {
  const auto lines = sample_day();
  ReplayChoice choice{.families = {"registration", "assessment"}, .skip_assets = {}};
  CHECK(plan_replay(lines, sample_genesis(), choice).play.size() == 47 - 15);
  choice.skip_assets = {"driving-corpus-v1"};
  const auto plan = plan_replay(lines, sample_genesis(), choice);
  CHECK(plan.play.size() == 47 - 15 - 1);
  CHECK(plan.not_chosen == 16);
  choice.families = {"organisation"};
  CHECK(plan_replay(lines, sample_genesis(), choice).play.size() == 15);
}

TEST_CASE("a replay that was cut off goes on where it ended, with the bytes that it had signed") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  const auto lines = sample_day();
  {
    auto record = ReplayRecord::open(folder);
    REQUIRE(record);
    CHECK_FALSE(record->done(lines[4]));
    REQUIRE(record->begin(lines[4], "first"));
    REQUIRE(record->finish(lines[4], "id"));
    REQUIRE(record->begin(lines[5], "second"));
  }
  REQUIRE(append_line(folder.replay_record(), R"({"line": 7, "ke)"));  // the power went
  const auto record = ReplayRecord::open(folder);
  REQUIRE(record);
  CHECK(record->done(lines[4]));
  CHECK_FALSE(record->done(lines[5]));
  CHECK(record->pending(lines[5]) == "second");
  CHECK(record->pending(lines[6]).empty());
}

TEST_CASE("an admitted organisation comes with keys and their possessions") {
  const testing::TemporaryFolder temporary;
  const Wallet wallet(temporary.path(), "");
  v1::AdmitOrganisation admission;
  admission.set_org("bank");
  admission.add_roles(v1::ROLE_VALIDATOR);
  const std::string head(32, 'h');
  REQUIRE(bring_keys(admission, wallet, testing::chain(), head, 2));
  REQUIRE(admission.keys_size() == 2);
  CHECK(admission.consensus_key().recent_header() == head);
  v1::Possession possession;
  possession.set_chain_id(testing::chain().string());
  possession.set_organisation("bank");
  possession.set_purpose(v1::KEY_PURPOSE_GOVERNANCE);
  possession.set_public_key(admission.governance_key().public_key());
  const auto key = crypto::PublicKey::parse(admission.governance_key().public_key());
  REQUIRE(key);
  CHECK(crypto::verify(*key, crypto::signing_bytes(crypto::Tag::kPossession, encode(possession)),
                       admission.governance_key().possession()));
}

TEST_CASE("a secret is kept where its owner alone can read it, and opens its commitment later") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  const auto lines = sample_day();
  const auto input = operation_from_json("SubmitAssessment", lines[49].args);
  REQUIRE(input);
  REQUIRE(keep_secrets(folder, input->secrets));
  struct stat status {};
  REQUIRE(::stat(folder.secrets().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(read_secrets(folder, "another")->empty());
  const auto kept = read_secrets(folder, "va-port-1");
  REQUIRE(kept);
  REQUIRE(kept->size() == 1);
  CHECK(crypto::verify_opening(input->operation.submit_assessment().value_commitment(), kept->front().opening));
}

TEST_CASE("a line that can't be read is named") {
  const auto time = parse_sample_lines("\n{\"at\": \"today\", \"by\": \"a\", \"op\": \"B\", \"args\": {}}\n");
  REQUIRE_FALSE(time);
  CHECK(time.error().message.starts_with("line 2:"));
  CHECK_FALSE(parse_sample_lines("not json"));
  CHECK_FALSE(parse_sample_lines(R"({"at": "2026-11-23T08:00Z", "by": "a", "op": "B"})"));
  const auto expects = parse_sample_lines(
      R"({"at": "2026-11-23T08:00Z", "by": "a", "cosign": ["b", "c"], "op": "B", "args": {}, "expect": "FROZEN"})");
  REQUIRE(expects);
  CHECK(expects->front().expect == "FROZEN");
  CHECK(expects->front().cosign == std::vector<std::string>{"b", "c"});
}

}  // namespace jinshi::cli
