// The offline verifier: a file's bytes and a start that the verifier trusts, and nothing else (docs/protocol.md,
// verification). No database, no network, no clock; any thread.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "ledger/domain/record_key.h"
#include "ledger/verify/chain.h"
#include "ledger/verify/receipt.h"
#include "ledger/verify/record_proof.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

// The history of an older head is a beginning of the newer one's.
struct ProvedConsistency {
  v1::Header older;
};

struct VerifiedReport {
  Digest chain_id;
  v1::Header head;  // what is proved stood at its height
  std::variant<ProvedOperation, ProvedRecord, ProvedAbsence, ProvedConsistency> proved;
  std::vector<ChainStep> steps;  // what the claim rests on, the head last
  std::size_t links_skipped = 0;
};

// The file must be exactly the canonical bytes of a ProofFile. `absent` is the key that a proof of absence is about:
// the file doesn't hold it. An error's message names the failing step, and its reason is one of
//   NEEDS_NEWER_VERIFIER  a format, suite, version, scheme, field or value of later: not a word on whether it is valid
//   MISSING_FIELD         a proof of absence, and no key was given
//   any other             the file is invalid
Result<VerifiedReport> verify_file(ByteView file, Chain start, const std::optional<RecordKey>& absent = std::nullopt);

}  // namespace jinshi::ledger
