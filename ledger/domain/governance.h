// Governance: the zone's parameters, and changes that validators approve one by one.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// SetParameters, Propose, Approve.
std::span<const Rule> governance_rules();

// PARAMETER_RANGE with the field at fault: for SetParameters, and for genesis.
Result<void> check_parameters(const v1::Parameters& parameters);

// What DOMAIN.md marks as practice.
v1::Parameters default_parameters();

}  // namespace jinshi::ledger
