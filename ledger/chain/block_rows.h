// A block's rows on disk: what is written with it in one batch, and what is read back of it.
#pragma once

#include <string>
#include <vector>

#include "ledger/chain/chain_state.h"
#include "ledger/execution/transaction.h"
#include "ledger/store/database.h"
#include "proto/error.h"

namespace jinshi::ledger {

void write_block(const PreparedBlock& block, const std::string& batch, const std::vector<TransactionPtr>& transactions,
                 WriteBatch& out);

// A record's row and list entries, from what they are to what they become; an empty record is absent.
void write_record(const std::optional<std::string>& from, const std::optional<std::string>& to, WriteBatch& out);

// DAMAGED where it is missing, of another height or of another chain.
struct BlockRow {
  v1::StoredBlock stored;
  v1::Header header;
};
Result<BlockRow> read_block(const Database& database, const Digest& chain_id, Height height);

// The leaves of a block, in order.
Result<std::vector<v1::StoredTransaction>> leaves_of(const Database& database, const v1::StoredBlock& block);

// SignedTransaction of all that its batch lists, in the batch's order, with or without a leaf.
Result<std::vector<std::string>> listed_transactions(const Database& database, const BlockRow& block);

}  // namespace jinshi::ledger
