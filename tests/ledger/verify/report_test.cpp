// What a verified file says, and the starts other than the genesis.
#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/crypto/digest.h"
#include "ledger/verify/verify.h"
#include "proto/canonical.h"
#include "tests/ledger/verify/cases.h"
#include "tests/ledger/verify/made_chain.h"

namespace jinshi {
namespace {

using ledger::Chain;
using ledger::ChainStep;

const test::Case& case_named(std::string_view name) {
  return *std::ranges::find(test::all_cases().cases, name, &test::Case::name);
}

Chain genesis_of(std::size_t validators) {
  auto chain = Chain::from_genesis(test::MadeChain(validators).genesis());
  REQUIRE(chain);
  return std::move(*chain);
}

ledger::VerifiedReport report_of(std::string_view name, std::size_t validators) {
  auto report = ledger::verify_file(case_named(name).file, genesis_of(validators));
  REQUIRE(report);
  return std::move(*report);
}

}  // namespace

TEST_CASE("a receipt's report says who signed the operation, what became of it and when") {
  const auto report = report_of("receipt-of-a-refusal", 4);
  const auto& proved = std::get<ledger::ProvedOperation>(report.proved);
  CHECK(proved.event() == "WithdrawApplication");
  CHECK(proved.index == 2);
  CHECK(proved.count == 5);
  CHECK(proved.result.outcome() == v1::OPERATION_OUTCOME_REFUSED);
  CHECK(proved.result.reason() == v1::REASON_FROZEN);
  CHECK(proved.leaf.height() == 2);
  // The museum's ranges leave the third operation out: only the hospital answers for it.
  CHECK(proved.signers == std::vector{test::public_key_named("hospital")});
  CHECK_FALSE(proved.is_due());
}

TEST_CASE("a due leaf's report names the due entry") {
  const auto report = report_of("receipt-due", 1);
  const auto& proved = std::get<ledger::ProvedOperation>(report.proved);
  CHECK(proved.is_due());
  CHECK(proved.event() == "Due");
  CHECK(std::get<v1::Due>(proved.operation).id() == "PUB-2026-A-000000");
  CHECK(proved.signers.empty());
}

TEST_CASE("a certificate past its last day is shown as expired at the head's time") {
  CHECK(std::get<ledger::ProvedRecord>(report_of("record-certificate", 1).proved).state == "VALID");
  const auto expired = report_of("record-certificate-expired", 1);
  const auto& proved = std::get<ledger::ProvedRecord>(expired.proved);
  CHECK(proved.state == "EXPIRED");
  CHECK(proved.asset->asset().id() == "tz");
}

TEST_CASE("a report lists each date that the claim rests on") {
  const auto report = report_of("links-a-b-a-and-an-epoch-without-change", 4);
  REQUIRE(report.steps.size() == 4);
  CHECK(report.steps[0].kind == ChainStep::Kind::kGenesis);
  CHECK(report.steps[0].time == test::kTime);
  CHECK(report.steps[1].kind == ChainStep::Kind::kLink);
  CHECK(report.steps[1].height == 10);
  CHECK(report.steps[1].validators == 1);
  CHECK(report.steps[2].height == 20);
  CHECK(report.steps[3].kind == ChainStep::Kind::kHead);
  CHECK(report.steps[3].time == test::kTime + 35'000);
  CHECK(report.head.height() == 35);
}

TEST_CASE("a file of another chain is refused") {
  const auto refused = ledger::verify_file(case_named("receipt-of-one").file, genesis_of(4));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_WRONG_CHAIN);
}

TEST_CASE("a proof of absence asks which record is meant") {
  const auto refused = ledger::verify_file(case_named("absence-deleted").file, genesis_of(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_MISSING_FIELD);
}

TEST_CASE("a certificate's proof without its record is invalid before any key is asked for") {
  auto file = *decode<v1::ProofFile>(case_named("record-certificate").file);
  file.mutable_record()->clear_record();
  SECTION("with its asset and the asset's path") {}
  SECTION("with the asset alone") { file.mutable_record()->clear_asset_path(); }
  SECTION("with the asset's path alone") { file.mutable_record()->clear_asset(); }
  for (const auto& key : {std::optional<ledger::RecordKey>(), std::optional(ledger::keys::asset("tz"))}) {
    const auto refused = ledger::verify_file(encode(file), genesis_of(1), key);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == v1::REASON_BAD_PROOF);
    CHECK(refused.error().message.find("step 1, file") != std::string::npos);
  }
}

TEST_CASE("a start may be a later header with the set that certified it, or the set that follows") {
  test::MadeChain made(4);
  const auto a = made.genesis_set();
  const auto b = made.other_set("b", 1);
  const auto transaction = made.order({test::operation_named("asset-0")}, {{"museum", {}}}, 1);
  const auto receipt = made.receipt(transaction, 0);
  const auto ab = made.link(made.header(10, a), a, b);
  const auto file = test::file_of(receipt, made.certify(made.header(15, b), b), {ab});

  v1::Link own;
  *own.mutable_last() = made.certify(made.header(8, a), a);
  *own.mutable_next_set() = a;
  auto from_own = Chain::from_trusted(encode(own));
  REQUIRE(from_own);
  const auto whole = ledger::verify_file(file, *from_own);
  REQUIRE(whole);
  CHECK(whole->links_skipped == 0);
  CHECK(whole->steps.front().kind == ChainStep::Kind::kTrustedHeader);

  auto from_next = Chain::from_trusted(encode(ab));
  REQUIRE(from_next);
  const auto later = ledger::verify_file(file, *from_next);
  REQUIRE(later);
  CHECK(later->links_skipped == 1);

  SECTION("a head before the start is refused") {
    const auto early = ledger::verify_file(test::file_of(receipt, made.certify(made.header(7, a), a)), *from_own);
    REQUIRE_FALSE(early);
    CHECK(early.error().message.find("older than the trusted start") != std::string::npos);
  }
  SECTION("another header of the trusted one's height is refused") {
    auto header = made.header(8, a);
    header.set_time(header.time() + 1);
    const auto other = ledger::verify_file(test::file_of(receipt, made.certify(header, a)), *from_own);
    REQUIRE_FALSE(other);
    CHECK(other.error().message.find("same height") != std::string::npos);
  }
  SECTION("a set that the header does not name is no start") {
    *own.mutable_next_set() = b;
    CHECK(Chain::from_trusted(encode(own)).error().reason == v1::REASON_CONFIGURATION);
  }
}

TEST_CASE("what is no genesis is told from a file that is invalid") {
  CHECK(Chain::from_genesis("").error().reason == v1::REASON_CONFIGURATION);
  CHECK(Chain::from_genesis("genesis").error().reason == v1::REASON_CONFIGURATION);
  auto genesis = *decode<v1::Genesis>(test::MadeChain(1).genesis());
  genesis.set_protocol_version(2);
  CHECK(Chain::from_genesis(encode(genesis)).error().reason == v1::REASON_NEEDS_NEWER_VERIFIER);
}

}  // namespace jinshi
