// The check of blocks that came from another node: for catching up and for audit. Whoever sent them is not believed:
// each header names its parent and its batch, the batch its transactions, and a quorum's certificate the last header.
#pragma once

#include <string>
#include <vector>

#include "consensus/verifier.h"
#include "jinshi/v1/peer_service.pb.h"
#include "ledger/execution/transaction.h"

namespace jinshi::node {

struct CheckedBlock {
  Height height = 0;
  Digest header;
  Digest batch_digest;  // consensus::kNullBatch for none
  consensus::Blob batch;
  std::vector<ledger::TransactionPtr> transactions;
};

struct CheckedBlocks {
  std::vector<CheckedBlock> blocks;  // heights ascending without a gap
  consensus::CertifiedHeaderPtr certified;  // the last one's
};

// Blocks from `first` on, up to the last of this epoch that carries a certificate: what is behind it is judged by a set
// that comes after. BAD_PROOF and the like where the answer is not what it says; HEIGHT_UNKNOWN where it holds nothing
// that can be judged. Any thread; checks signatures.
Result<CheckedBlocks> check_blocks(const v1::FetchBlocksResponse& answer, Height first, consensus::EpochNumber epoch,
                                   const Digest& chain_id, const consensus::Verifier& verifier,
                                   std::uint32_t protocol_version);

}  // namespace jinshi::node
