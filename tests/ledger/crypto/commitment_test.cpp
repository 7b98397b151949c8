#include "ledger/crypto/commitment.h"

#include <google/protobuf/stubs/logging.h>

#include <catch2/catch.hpp>
#include <set>

#include "ledger/crypto/sha256.h"
#include "tests/ledger/crypto/test_keys.h"

namespace jinshi::crypto {
namespace {

v1::CommitmentOpening opening_of(std::string value) {
  v1::CommitmentOpening opening;
  opening.set_record_kind("assessment");
  opening.set_record_id("a-1");
  opening.set_field(8);
  opening.set_salt(std::string(32, '\x11'));
  opening.set_value(std::move(value));
  return opening;
}

TermsCommitment::Terms fixed_terms() {
  TermsCommitment::Terms terms;
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i].salt = sha256("salt " + std::to_string(i + 1)).string();
  terms[0].value = canonical_value(1'200'000'00);
  terms[1].value = "credit scoring";
  terms[4].value = "310000";
  return terms;
}

TermsCommitment built(TermsCommitment::Terms terms) {
  auto commitment = TermsCommitment::build("trade", "t-1", std::move(terms));
  REQUIRE(commitment);
  return std::move(*commitment);
}

template <class Opening>
void check_refused(const v1::Commitment& commitment, const Opening& opening,
                   v1::Reason reason = v1::REASON_BAD_COMMITMENT) {
  const auto checked = verify_opening(commitment, opening);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().reason == reason);
}

}  // namespace

TEST_CASE("a whole number's canonical value is eight bytes, the most significant first") {
  CHECK(to_hex(canonical_value(0)) == "0000000000000000");
  CHECK(to_hex(canonical_value(1)) == "0000000000000001");
  CHECK(to_hex(canonical_value(0x0123456789abcdef)) == "0123456789abcdef");
  CHECK(to_hex(canonical_value(~std::uint64_t{0})) == "ffffffffffffffff");
}

TEST_CASE("a commitment keeps its golden bytes") {
  const auto commitment = commit(opening_of(canonical_value(500)));
  CHECK(commitment.scheme() == 1);
  CHECK(to_hex(commitment.digest()) == "392436d67da13c2a5e2e2bb1926da8e7735f914dba83dfbc0020311680d6e355");
  CHECK(check_commitment(commitment));
}

TEST_CASE("an opening proves its record, field, salt and value and no other") {
  const auto opening = opening_of(canonical_value(500));
  const auto commitment = commit(opening);
  CHECK(verify_opening(commitment, opening));

  auto other = opening;
  other.set_value(canonical_value(501));
  check_refused(commitment, other);
  other = opening;
  other.set_record_kind("pledge");
  check_refused(commitment, other);
  other = opening;
  other.set_record_id("a-2");
  check_refused(commitment, other);
  other = opening;
  other.set_field(9);
  check_refused(commitment, other);
  other = opening;
  other.set_salt(std::string(32, '\x12'));
  check_refused(commitment, other);
  other = opening;
  other.set_salt(std::string(31, '\x11'));
  check_refused(commitment, other);
  other = opening;
  other.GetReflection()->MutableUnknownFields(&other)->AddVarint(99, 1);
  check_refused(commitment, other);
}

TEST_CASE("a commitment of another scheme or length is refused, and a verifier says that it needs to be newer") {
  const auto opening = opening_of("value");
  const auto good = commit(opening);
  auto commitment = good;
  commitment.set_scheme(2);
  CHECK_FALSE(check_commitment(commitment));
  check_refused(commitment, opening, v1::REASON_NEEDS_NEWER_VERIFIER);
  commitment.set_scheme(0);
  CHECK_FALSE(check_commitment(commitment));
  check_refused(commitment, opening);
  commitment = good;
  commitment.set_digest(good.digest().substr(1));
  CHECK_FALSE(check_commitment(commitment));
  check_refused(commitment, opening);
}

TEST_CASE("a terms tree keeps its golden root") {
  const auto commitment = built(fixed_terms()).commitment();
  CHECK(commitment.scheme() == 1);
  CHECK(to_hex(commitment.digest()) == "cc324d8ff4f7c40450cacefc83f4c8a667f05ac8422a9efede8d8fb7b4d067f1");
}

TEST_CASE("each of sixteen terms opens alone, and no byte of its opening can be changed") {
  const google::protobuf::LogSilencer quiet;  // it complains of each changed byte that is no text any more
  const auto terms = built(fixed_terms());
  const auto commitment = terms.commitment();
  for (std::uint32_t term = 1; term <= TermsCommitment::kTerms; ++term) {
    const auto opening = terms.open(term);
    REQUIRE(opening);
    CHECK(opening->opening().field() == term);
    CHECK(opening->path_size() == 4);
    CHECK(verify_opening(commitment, *opening));
    const std::string raw = opening->SerializeAsString();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      std::string changed = raw;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      v1::TermOpening parsed;
      if (!parsed.ParseFromString(changed)) continue;
      REQUIRE_FALSE(verify_opening(commitment, parsed));
    }
  }
  CHECK_FALSE(terms.open(0));
  CHECK_FALSE(terms.open(17));
}

TEST_CASE("an opened term does not open as another term, in another record or under a path of another length") {
  const auto terms = built(fixed_terms());
  const auto commitment = terms.commitment();
  const auto good = terms.open(2).value();
  auto opening = good;
  opening.mutable_opening()->set_field(3);
  check_refused(commitment, opening);
  opening.mutable_opening()->set_field(18);  // the same path bits as 2
  check_refused(commitment, opening);
  opening.mutable_opening()->set_field(0);
  check_refused(commitment, opening);
  opening = good;
  opening.add_path(std::string(32, '\0'));
  check_refused(commitment, opening);
  opening = good;
  opening.mutable_path()->RemoveLast();
  check_refused(commitment, opening);
  opening = good;
  opening.set_path(1, "short");
  check_refused(commitment, opening);
  opening = good;
  opening.mutable_opening()->set_record_id("t-2");
  check_refused(commitment, opening);
  // Neither is the tree's root the commitment of one value, nor the other way round.
  check_refused(commitment, good.opening());
  check_refused(commit(good.opening()), good);
}

TEST_CASE("a term that is not used looks like one that is") {
  auto terms = TermsCommitment::fresh_terms();
  std::set<std::string> salts;
  for (const auto& term : terms) {
    CHECK(term.salt.size() == kSaltSize);
    CHECK(term.value.empty());
    salts.insert(term.salt);
  }
  CHECK(salts.size() == TermsCommitment::kTerms);
  const auto opening = built(terms).open(16).value();
  CHECK(opening.opening().value().empty());
  CHECK(opening.opening().salt() == terms[15].salt);
}

TEST_CASE("terms with a short salt, or with one salt twice, are refused") {
  auto terms = fixed_terms();
  terms[3].salt.pop_back();
  CHECK(TermsCommitment::build("trade", "t-1", terms).error().reason == v1::REASON_BAD_VALUE);
  terms = fixed_terms();
  terms[9].salt = terms[3].salt;
  const auto refused = TermsCommitment::build("trade", "t-1", terms);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().field == FieldPath{10});
}

}  // namespace jinshi::crypto
