// Block 0: the records that a genesis makes. The chain id is the genesis's digest, and vouches for all of it.
#pragma once

#include <string>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "ledger/domain/record_view.h"
#include "proto/error.h"

namespace jinshi::ledger {

// Canonical, of a format, suite and version that this program knows, its organisations and validators whole. The error
// names the field and the mend.
Result<v1::Genesis> read_genesis(ByteView bytes);
Digest chain_id_of(ByteView genesis);

// Writes every record of block 0 into an overlay over nothing.
void write_genesis(const v1::Genesis& genesis, Overlay& records);

// A view with nothing in it: what genesis is written over.
const RecordView& empty_records();

// Hash of a validator set, as headers carry it.
Digest set_hash(const v1::ValidatorSet& set);

}  // namespace jinshi::ledger
