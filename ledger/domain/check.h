// Forecast and execution are one check over two views of the records.
#pragma once

#include <vector>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// Judges one operation: signers, fields, id, reference, role, conflict, state, dates, limits, rule, in this order and
// within a stage in the row's. `keys` are the public keys whose ranges cover the operation, in body order, signatures
// already verified. On success the case is whole, and its rule's `apply` may run on an overlay over `records`.
// An error's field is a path inside the event; the first signer's organisation is in `by` as soon as it is known.
Result<Case> check_operation(const v1::Operation& operation, const std::vector<std::string>& keys,
                             const RecordView& records, const BlockContext& block, std::string* by = nullptr);

// The same from the fields stage on, for a governance change that a proposal carries: the quorum was counted elsewhere.
Result<Case> check_proposed(const v1::Operation& change, const Case& carrier);

}  // namespace jinshi::ledger
