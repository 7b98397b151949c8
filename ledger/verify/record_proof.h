// What a record proof proves: a record as it stood at the head's height, or that there was none under a key
// (docs/protocol.md, record proofs).
#pragma once

#include <optional>
#include <string>

#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "ledger/domain/record_key.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

struct ProvedRecord {
  v1::Record record;
  std::optional<v1::Record> asset;  // a certificate's
  std::string state;                // effective at the head's time, "VALID"; empty for a record without one
};

struct ProvedAbsence {
  v1::StateKey key;
};

// `head` was checked against its certificate.
Result<ProvedRecord> verify_record(const v1::RecordProof& proof, const v1::Header& head);
Result<ProvedAbsence> verify_absence(const v1::RecordProof& proof, const RecordKey& key, const v1::Header& head);

}  // namespace jinshi::ledger
