// What validators sign (docs/protocol.md, consensus): PRE-PREPARE, PREPARE, VIEW-CHANGE and NEW-VIEW each a Vote under
// the phase's own tag, so that one meaning's bytes never pass for another's.
#pragma once

#include <string>

#include "jinshi/v1/consensus.pb.h"
#include "ledger/crypto/digest.h"
#include "proto/types.h"

namespace jinshi::consensus {

using View = std::uint64_t;
using EpochNumber = std::uint64_t;

// The digest of the null batch, which makes an empty block.
inline constexpr Digest kNullBatch{};

// Of canonical batch bytes; the null batch for none.
Digest batch_digest(ByteView batch);
Digest view_change_digest(ByteView body);
Digest new_view_digest(ByteView body);

struct VoteStatement {
  EpochNumber epoch = 0;
  View view = 0;
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  Height height = 0;  // 0 where there is none
  Digest digest;
};
std::string vote_signing_bytes(const Digest& chain_id, const VoteStatement& vote);

}  // namespace jinshi::consensus
