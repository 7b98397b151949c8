// Who orders and certifies, and by what bounds: SetValidators, and the epochs that it makes (docs/protocol.md, epochs).
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// SetValidators.
std::span<const Rule> validator_rules();

// PARAMETER_RANGE with the field at fault: for SetValidators, and for genesis. A batch has room for the largest
// transaction, so that none waits for ever.
Result<void> check_ordering(const v1::OrderingParameters& ordering);

v1::OrderingParameters default_ordering();

// In a block, before all else that reads the epochs: the next one is in force from its first height on, and the one
// that waited is announced.
void switch_epoch(Overlay& overlay);

}  // namespace jinshi::ledger
