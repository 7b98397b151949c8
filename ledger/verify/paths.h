// Tree paths between their file form and the trees' own, for provers and verifiers alike.
#pragma once

#include <vector>

#include "jinshi/v1/proof.pb.h"
#include "ledger/merkle/state_proof.h"
#include "proto/error.h"

namespace jinshi::ledger {

v1::TreePath tree_path(const std::vector<Digest>& nodes);
// BAD_PROOF where a node is not 32 bytes.
Result<std::vector<Digest>> read_tree_path(const v1::TreePath& path);

// `absent` says which end the way has: of a presence it is the record's own leaf, which the file doesn't repeat.
v1::StatePath state_path(const merkle::StateProof& proof, bool absent);
// BAD_PROOF for digests that are not 32 bytes, for more than 256 siblings, and for an end that is not the claim's.
Result<merkle::StateProof> read_state_path(const v1::StatePath& path, bool absent);

}  // namespace jinshi::ledger
