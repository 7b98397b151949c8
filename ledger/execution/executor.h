// An ordered batch, run into a block: deterministic, and a function of what the parent's header commits to alone.
// In this order (docs/protocol.md, blocks): the parent's digest into the ring of headers, the switch of epoch, due
// entries, transactions, then totals and counters once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "ledger/domain/record_view.h"
#include "ledger/execution/transaction.h"

namespace jinshi::ledger {

struct BlockInput {
  Digest chain_id;
  v1::Header parent;
  Digest parent_digest;
  std::string batch;  // canonical Batch; empty = null
  std::vector<TransactionPtr> transactions;
  // The due queue's first entries whose time has come at the block's time, in the queue's order.
  std::function<std::vector<v1::Due>(TimeMs block_time, std::size_t limit)> due;
  // Whether an id is live, before this block.
  std::function<bool(const Digest& id, TimeMs expires_at)> is_live;
};

struct BlockLeaf {
  v1::StoredTransaction stored;
  Digest hash;     // in the history tree
  Digest id;       // zero for the due leaf
  TimeMs expires_at = 0;
};

// A record before and after the block, as canonical bytes; empty = absent.
struct RecordChange {
  RecordKey key;
  std::uint64_t created = 0;
  std::optional<std::string> before;
  std::optional<std::string> after;
};

struct BlockOutput {
  v1::Header header;  // all but the history, state and live-ids roots, which the trees give
  std::vector<BlockLeaf> leaves;
  std::vector<RecordChange> changes;  // in key order
};

BlockOutput execute_block(const BlockInput& input, const RecordView& records);

// Block 0's changes and header, likewise without roots.
BlockOutput execute_genesis(const v1::Genesis& genesis, const Digest& chain_id);

// max(parent's, the batch's); a null batch takes its parent's.
TimeMs block_time(const v1::Header& parent, ByteView batch);
Digest batch_digest(ByteView batch);  // 32 zero bytes for a null one

}  // namespace jinshi::ledger
