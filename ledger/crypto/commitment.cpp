#include "ledger/crypto/commitment.h"

#include <set>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/secret_bytes.h"
#include "ledger/crypto/sha256.h"
#include "proto/assert.h"

namespace jinshi::crypto {
namespace {

constexpr std::uint32_t kSchemeSha256 = 1;
constexpr char kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

// Protobuf writes a message of ours in canonical form: no maps, no unknown fields, ascending numbers. One that carries
// unknown fields hashes to something else and so opens nothing.
Digest digest_of(const v1::CommitmentOpening& opening) { return digest(Tag::kCommitment, opening.SerializeAsString()); }

Digest leaf_of(const Digest& commitment) { return sha256(kLeafPrefix + commitment.string()); }

v1::Commitment commitment_of(const Digest& digest) {
  v1::Commitment commitment;
  commitment.set_scheme(kSchemeSha256);
  commitment.set_digest(digest.string());
  return commitment;
}

Result<void> check_before_opening(const v1::Commitment& commitment, const v1::CommitmentOpening& opening) {
  if (commitment.scheme() > kSchemeSha256) {
    return fail(v1::REASON_NEEDS_NEWER_VERIFIER, "The commitment is of scheme " + std::to_string(commitment.scheme()) +
                                                     ", which needs a newer verifier.");
  }
  if (auto checked = check_commitment(commitment); !checked) return checked;
  if (opening.salt().size() != kSaltSize) {
    return fail(v1::REASON_BAD_COMMITMENT, "An opening's salt is exactly 32 bytes long.",
                {v1::CommitmentOpening::kSaltFieldNumber});
  }
  return {};
}

std::unexpected<Error> opens_nothing() {
  return fail(v1::REASON_BAD_COMMITMENT,
              "The opening is not what was committed to: its record, field, salt or value differs. Ask for it again.");
}

}  // namespace

std::string random_salt() { return random_bytes(kSaltSize); }

std::string canonical_value(std::uint64_t number) {
  std::string value(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) value[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xff);
  return value;
}

v1::Commitment commit(const v1::CommitmentOpening& opening) { return commitment_of(digest_of(opening)); }

Result<void> check_commitment(const v1::Commitment& commitment) {
  if (commitment.scheme() != kSchemeSha256) {
    return fail(v1::REASON_BAD_COMMITMENT, "A commitment is of scheme 1.", {v1::Commitment::kSchemeFieldNumber});
  }
  if (commitment.digest().size() != Digest::kSize) {
    return fail(v1::REASON_BAD_COMMITMENT, "A commitment of scheme 1 is 32 bytes long.",
                {v1::Commitment::kDigestFieldNumber});
  }
  return {};
}

Result<void> verify_opening(const v1::Commitment& commitment, const v1::CommitmentOpening& opening) {
  if (auto checked = check_before_opening(commitment, opening); !checked) return checked;
  if (commitment.digest() != digest_of(opening).view()) return opens_nothing();
  return {};
}

TermsCommitment::Terms TermsCommitment::fresh_terms() {
  Terms terms;
  for (Term& term : terms) term.salt = random_salt();
  return terms;
}

Result<TermsCommitment> TermsCommitment::build(std::string_view record_kind, std::string_view record_id, Terms terms) {
  TermsCommitment built;
  std::set<std::string_view> salts;
  for (std::uint32_t i = 0; i < kTerms; ++i) {
    if (terms[i].salt.size() != kSaltSize || !salts.insert(terms[i].salt).second) {
      return fail(v1::REASON_BAD_VALUE, "Each term has a salt of 32 random bytes of its own.", {i + 1});
    }
    v1::CommitmentOpening& opening = built.openings_[i];
    opening.set_record_kind(std::string(record_kind));
    opening.set_record_id(std::string(record_id));
    opening.set_field(i + 1);
    opening.set_salt(terms[i].salt);
    opening.set_value(terms[i].value);
    built.levels_[0][i] = leaf_of(digest_of(opening));
  }
  for (std::size_t level = 1; level <= kPathLength; ++level) {
    for (std::size_t i = 0; i < kTerms >> level; ++i) {
      const auto& below = built.levels_[level - 1];
      built.levels_[level][i] = sha256_pair(kNodePrefix, below[2 * i], below[2 * i + 1]);
    }
  }
  return built;
}

v1::Commitment TermsCommitment::commitment() const { return commitment_of(levels_[kPathLength][0]); }

Result<v1::TermOpening> TermsCommitment::open(std::uint32_t term) const {
  if (term < 1 || term > kTerms) return fail(v1::REASON_BAD_VALUE, "Terms are numbered from 1 to 16.");
  v1::TermOpening opening;
  *opening.mutable_opening() = openings_[term - 1];
  for (std::size_t level = 0; level < kPathLength; ++level) {
    opening.add_path(levels_[level][((term - 1) >> level) ^ 1].string());
  }
  return opening;
}

Result<void> verify_opening(const v1::Commitment& commitment, const v1::TermOpening& opening) {
  if (auto checked = check_before_opening(commitment, opening.opening()); !checked) return checked;
  const std::uint32_t term = opening.opening().field();
  if (term < 1 || term > TermsCommitment::kTerms) {
    return fail(v1::REASON_BAD_COMMITMENT, "Terms are numbered from 1 to 16.",
                {v1::TermOpening::kOpeningFieldNumber, v1::CommitmentOpening::kFieldFieldNumber});
  }
  if (static_cast<std::size_t>(opening.path_size()) != TermsCommitment::kPathLength) {
    return fail(v1::REASON_BAD_COMMITMENT, "The path of one term among sixteen has exactly four digests.",
                {v1::TermOpening::kPathFieldNumber});
  }
  Digest node = leaf_of(digest_of(opening.opening()));
  for (int level = 0; level < opening.path_size(); ++level) {
    const auto sibling = Digest::from(opening.path(level));
    if (!sibling) {
      return fail(v1::REASON_BAD_COMMITMENT, "Each digest of a path is 32 bytes long.",
                  {v1::TermOpening::kPathFieldNumber, static_cast<std::uint32_t>(level)});
    }
    const bool is_right = ((term - 1) >> level & 1) != 0;
    node = is_right ? sha256_pair(kNodePrefix, *sibling, node) : sha256_pair(kNodePrefix, node, *sibling);
  }
  if (commitment.digest() != node.view()) return opens_nothing();
  return {};
}

}  // namespace jinshi::crypto
