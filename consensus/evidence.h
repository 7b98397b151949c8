// Section 8 of the rules: what accuses. Kept as files that name the guilty to anyone who holds the genesis
// (docs/protocol.md, evidence).
#pragma once

#include <span>

#include "jinshi/v1/consensus.pb.h"
#include "ledger/crypto/public_key.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::consensus {

// Whether the evidence convicts the validator that it names, of the epoch's set as headers and links prove it. That the
// transaction of an invalid proposal can't pass is left to whoever can check transactions. BAD_PROOF or BAD_SIGNATURE
// where it does not.
Result<void> check_evidence(const v1::Evidence& evidence, std::span<const crypto::PublicKey> set,
                            const Digest& chain_id);

}  // namespace jinshi::consensus
