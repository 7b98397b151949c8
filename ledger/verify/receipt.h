// What a receipt proves: one operation of one ordered transaction, what became of it, and when
// (docs/protocol.md, receipts).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

struct ProvedOperation {
  v1::HistoryLeaf leaf;
  std::uint64_t leaf_index = 0;
  std::uint32_t index = 0;  // among the transaction's operations
  std::uint32_t count = 0;
  v1::TransactionBody body;                        // empty for a due leaf
  std::variant<v1::Operation, v1::Due> operation;  // a Due for a due leaf
  v1::OperationResult result;
  std::vector<std::string> signers;  // encoded public keys whose ranges cover the operation, in body order

  bool is_due() const { return std::holds_alternative<v1::Due>(operation); }
  // "IssueCertificate"; of a due leaf "Due".
  std::string event() const;
};

// `head` was checked against its certificate, and is of the chain `chain_id`.
Result<ProvedOperation> verify_receipt(const v1::Receipt& receipt, const v1::Header& head, const Digest& chain_id);

}  // namespace jinshi::ledger
