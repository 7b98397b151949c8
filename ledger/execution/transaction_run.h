// One ordered transaction, run over the records: ATOMIC or EACH, its results and what each operation changed.
#pragma once

#include <string>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "ledger/domain/case.h"
#include "ledger/execution/transaction.h"

namespace jinshi::ledger {

struct TransactionResult {
  v1::TransactionOutcome outcome = v1::TRANSACTION_OUTCOME_UNSPECIFIED;
  std::vector<std::string> results;  // canonical OperationResult, one an operation
  std::vector<std::string> changes;  // canonical ChangeList, one an operation; empty where nothing changed
  Digest results_root;
};

// Runs the transaction on the block's overlay, which keeps what it changed. That it is not to be skipped was decided.
TransactionResult run_transaction(const TransactionPtr& transaction, Overlay& block_records, const BlockContext& block);

// Skipped for its time or its keys: `expires_at` before block time, too far ahead, or no signer's key on the ledger.
// That its id is live is the executor's to see. The error says why, for forecasts.
Result<void> check_admissible(const CheckedTransaction& transaction, const RecordView& records, TimeMs time);

// The same judgement as execution's, changing nothing: the first refusal, with the operation's index before its field.
// In EACH mode a transaction is worth ordering when any operation would be applied.
Result<void> forecast_transaction(const CheckedTransaction& transaction, const Overlay& records, const BlockContext& block);

// What an overlay changed, in key order: the canonical ChangeList, empty for no change.
std::string change_list(const Overlay& overlay);

}  // namespace jinshi::ledger
