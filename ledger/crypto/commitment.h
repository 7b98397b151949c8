// Salted commitments (docs/protocol.md, content and commitments): the ledger holds a digest, the parties hold what
// opens it. A commitment hides its value while its salt is secret, and binds its record, its field and its value for
// ever.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jinshi/v1/commitment.pb.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

inline constexpr std::size_t kSaltSize = 32;

// A secret salt; never use one twice: equal salts show equal values.
std::string random_salt();

// The canonical value of a whole number; of text and bytes it is the thing itself.
std::string canonical_value(std::uint64_t number);

// One value, committed alone.
v1::Commitment commit(const v1::CommitmentOpening& opening);

// What stands on the ledger is a commitment at all: known scheme, digest of the right length. BAD_COMMITMENT else.
Result<void> check_commitment(const v1::Commitment& commitment);

// The opening is what the commitment hides. BAD_COMMITMENT when it is not, NEEDS_NEWER_VERIFIER for another scheme.
Result<void> verify_opening(const v1::Commitment& commitment, const v1::CommitmentOpening& opening);

// Up to sixteen terms of one record under one commitment, each to be opened without the others. Leaf i of an RFC 9162
// tree is the commitment's digest of term i + 1; a term that is not used commits to an empty value under a salt of its
// own, so that nobody learns which terms a contract has.
class TermsCommitment {
 public:
  static constexpr std::uint32_t kTerms = 16;
  static constexpr std::size_t kPathLength = 4;

  struct Term {
    std::string value;  // canonical; empty when the term is not used
    std::string salt;   // 32 bytes
  };
  using Terms = std::array<Term, kTerms>;  // term n at index n - 1

  // Terms that are all unused, with fresh salts: fill in the values.
  static Terms fresh_terms();

  // BAD_VALUE when a salt is not 32 bytes long or stands twice.
  static Result<TermsCommitment> build(std::string_view record_kind, std::string_view record_id, Terms terms);

  // What stands on the ledger.
  v1::Commitment commitment() const;

  // What to hand to whoever may see this one term, numbered from 1. BAD_VALUE for a number that is none.
  Result<v1::TermOpening> open(std::uint32_t term) const;

 private:
  TermsCommitment() = default;

  std::array<v1::CommitmentOpening, kTerms> openings_;
  std::array<std::array<Digest, kTerms>, kPathLength + 1> levels_;  // leaves first; level n holds 16 >> n digests
};

// The opening's term is one of those that the commitment hides. Errors as above.
Result<void> verify_opening(const v1::Commitment& commitment, const v1::TermOpening& opening);

}  // namespace jinshi::crypto
