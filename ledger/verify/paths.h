// The trees' proofs as proof.proto carries them, and back: one conversion for the prover and the verifier.
#pragma once

#include <span>
#include <vector>

#include "jinshi/v1/proof.pb.h"
#include "ledger/merkle/state_proof.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

v1::TreePath to_message(std::span<const Digest> path);
// BAD_PROOF when a node is not 32 bytes long.
Result<std::vector<Digest>> from_message(const v1::TreePath& path);

enum class Claim { kPresent, kAbsent };

// A proof of presence ends at the key's own leaf and so has no `end`; one of absence has another leaf, or `empty`.
v1::StatePath to_message(const merkle::StateProof& proof, Claim claim);
// BAD_PROOF when a digest is not 32 bytes long, when there are more than 256 siblings, or when the end doesn't suit the
// claim.
Result<merkle::StateProof> from_message(const v1::StatePath& path, Claim claim);

}  // namespace jinshi::ledger
