#include "consensus/evidence.h"

#include <catch2/catch.hpp>

#include "tests/consensus/council.h"

namespace jinshi::consensus {
namespace {

const Council& council() {
  static const Council kCouncil;
  return kCouncil;
}

bool convicts(const v1::Evidence& evidence) {
  return check_evidence(evidence, council().set.keys, council().chain_id).has_value();
}

v1::SignedVote vote(ValidatorIndex by, View view, Height height, v1::Phase phase, const Digest& digest) {
  v1::SignedVote out;
  auto& said = *out.mutable_vote();
  said.set_suite(1);
  said.set_chain_id(council().chain_id.string());
  said.set_epoch(1);
  said.set_view(view);
  said.set_phase(phase);
  said.set_height(height);
  said.set_digest(digest.string());
  out.set_signature(council().sign(by, {1, view, phase, height, digest}));
  return out;
}

v1::Evidence two_votes(v1::SignedVote first, v1::SignedVote second) {
  v1::Evidence evidence;
  evidence.set_epoch(1);
  evidence.set_validator(2);
  *evidence.mutable_two_votes()->mutable_first() = std::move(first);
  *evidence.mutable_two_votes()->mutable_second() = std::move(second);
  return evidence;
}

const Digest kOne = crypto::sha256("one"), kTwo = crypto::sha256("two");

// No changed byte of what convicts convicts.
void changed_bytes_acquit(const v1::Evidence& evidence) {
  REQUIRE(convicts(evidence));
  const std::string bytes = encode(evidence);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    const auto read = decode<v1::Evidence>(changed);
    if (!read) continue;
    INFO("byte " << i);
    CHECK_FALSE(convicts(*read));
  }
}

}  // namespace

TEST_CASE("two votes for one place convict, and no changed byte does") {
  changed_bytes_acquit(two_votes(vote(2, 3, 7, v1::PHASE_PREPARE, kOne), vote(2, 3, 7, v1::PHASE_PREPARE, kTwo)));
  CHECK(convicts(two_votes(vote(2, 3, 7, v1::PHASE_PRE_PREPARE, kOne), vote(2, 3, 7, v1::PHASE_PREPARE, kTwo))));
}

TEST_CASE("what an honest validator may sign acquits") {
  const auto first = vote(2, 3, 7, v1::PHASE_PREPARE, kOne);
  CHECK_FALSE(convicts(two_votes(first, first)));
  CHECK_FALSE(convicts(two_votes(first, vote(2, 4, 7, v1::PHASE_PREPARE, kTwo))));  // another view
  CHECK_FALSE(convicts(two_votes(first, vote(2, 3, 8, v1::PHASE_PREPARE, kTwo))));  // another height
  CHECK_FALSE(convicts(two_votes(first, vote(1, 3, 7, v1::PHASE_PREPARE, kTwo))));  // another validator
  CHECK_FALSE(
      convicts(two_votes(vote(2, 3, 0, v1::PHASE_VIEW_CHANGE, kOne), vote(2, 3, 0, v1::PHASE_VIEW_CHANGE, kTwo))));
  auto beyond = two_votes(first, vote(2, 3, 7, v1::PHASE_PREPARE, kTwo));
  beyond.set_validator(4);
  CHECK_FALSE(convicts(beyond));
  v1::Evidence nothing;
  nothing.set_epoch(1);
  CHECK_FALSE(convicts(nothing));
}

TEST_CASE("two headers of one height convict, one and headers of two heights do not") {
  const auto two = [](const std::string& first, const std::string& second) {
    v1::Evidence evidence;
    evidence.set_epoch(1);
    evidence.set_validator(2);
    auto& headers = *evidence.mutable_two_headers();
    headers.set_first(first);
    headers.set_first_signature(council().sign_header(2, first));
    headers.set_second(second);
    headers.set_second_signature(council().sign_header(2, second));
    return evidence;
  };
  changed_bytes_acquit(two(council().header(5, "one"), council().header(5, "two")));
  CHECK_FALSE(convicts(two(council().header(5, "one"), council().header(5, "one"))));
  CHECK_FALSE(convicts(two(council().header(5, "one"), council().header(6, "two"))));
}

TEST_CASE("two NEW-VIEWs of one view that differ convict, the same twice does not") {
  const auto two = [](const v1::NewView& first, const v1::NewView& second) {
    v1::Evidence evidence;
    evidence.set_epoch(1);
    evidence.set_validator(1);
    *evidence.mutable_two_new_views()->mutable_first() = first;
    *evidence.mutable_two_new_views()->mutable_second() = second;
    return evidence;
  };
  const auto first = council().sign_new_view(council().new_view_body({0, 1, 2}), 1);
  const auto second = council().sign_new_view(council().new_view_body({0, 1, 3}), 1);
  CHECK(convicts(two(first, second)));
  CHECK_FALSE(convicts(two(first, first)));
  auto forged = second;
  (*forged.mutable_signature())[7] ^= 1;
  CHECK_FALSE(convicts(two(first, forged)));
}

TEST_CASE("a proposal names its signer and nobody else") {
  v1::Evidence evidence;
  evidence.set_epoch(1);
  evidence.set_validator(0);
  *evidence.mutable_invalid_proposal()->mutable_proposal() = council().pre_prepare();
  CHECK(convicts(evidence));
  evidence.set_validator(1);
  CHECK_FALSE(convicts(evidence));
  evidence.mutable_invalid_proposal()->mutable_proposal()->set_validator(1);
  CHECK_FALSE(convicts(evidence));
}

}  // namespace jinshi::consensus
