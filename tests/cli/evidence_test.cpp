// That an evidence file convicts whoever broke the rules, offline and alone, and nobody else.
#include "cli/evidence.h"

#include <catch2/catch.hpp>

#include "consensus/signing.h"
#include "jinshi/v1/consensus.pb.h"
#include "proto/canonical.h"
#include "tests/ledger/verify/made_chain.h"

namespace jinshi::cli {
namespace {

constexpr std::uint32_t kGuilty = 2;

v1::SignedVote vote_of(const test::MadeChain& chain, std::uint32_t validator, std::uint64_t view, const Digest& batch) {
  v1::SignedVote vote;
  auto& said = *vote.mutable_vote();
  said.set_suite(1);
  said.set_chain_id(chain.chain_id().string());
  said.set_epoch(1);
  said.set_view(view);
  said.set_phase(v1::PHASE_PREPARE);
  said.set_height(7);
  said.set_digest(batch.string());
  vote.set_signature(chain.sign_as(chain.genesis_set(), validator,
                                   consensus::vote_signing_bytes(chain.chain_id(),
                                                                 {1, view, v1::PHASE_PREPARE, 7, batch})));
  return vote;
}

v1::Evidence two_votes(const test::MadeChain& chain, std::uint64_t first_view, std::uint64_t second_view) {
  v1::Evidence evidence;
  evidence.set_epoch(1);
  evidence.set_validator(kGuilty);
  *evidence.mutable_two_votes()->mutable_first() = vote_of(chain, kGuilty, first_view, test::digest_named("a batch"));
  *evidence.mutable_two_votes()->mutable_second() =
      vote_of(chain, kGuilty, second_view, test::digest_named("another batch"));
  auto header = chain.header(5, chain.genesis_set());
  *evidence.mutable_head() = chain.certify(header, chain.genesis_set());
  return evidence;
}

Result<Conviction> judge(const test::MadeChain& chain, const v1::Evidence& evidence) {
  auto start = ledger::Chain::from_genesis(chain.genesis());
  REQUIRE(start.has_value());
  return verify_evidence(encode(evidence), std::move(*start));
}

}  // namespace

TEST_CASE("two votes for one height and view convict their signer with the genesis alone") {
  const test::MadeChain chain(4);
  const auto evidence = two_votes(chain, 3, 3);
  CHECK(is_evidence(encode(evidence)));
  const auto conviction = judge(chain, evidence);
  REQUIRE(conviction.has_value());
  CHECK(conviction->validator == kGuilty);
  CHECK(conviction->key == to_hex(chain.genesis_set().validators(kGuilty).consensus_key()));
  CHECK(conviction->fault == "it voted for two batches at height 7, view 3");
}

TEST_CASE("votes in two views accuse nobody, and no vote accuses another than its signer") {
  const test::MadeChain chain(4);
  CHECK_FALSE(judge(chain, two_votes(chain, 3, 4)).has_value());
  auto framed = two_votes(chain, 3, 3);
  framed.set_validator(kGuilty + 1);
  CHECK_FALSE(judge(chain, framed).has_value());
}

TEST_CASE("an evidence with any byte changed convicts nobody else and is refused or the same") {
  const test::MadeChain chain(4);
  const std::string bytes = encode(two_votes(chain, 3, 3));
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    auto start = ledger::Chain::from_genesis(chain.genesis());
    REQUIRE(start.has_value());
    INFO(i);
    CHECK_FALSE(verify_evidence(changed, std::move(*start)).has_value());
  }
}

TEST_CASE("a proof is no evidence") { CHECK_FALSE(is_evidence(ByteView("\x08\x01", 2))); }

}  // namespace jinshi::cli
