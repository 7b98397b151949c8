// Objections to a registration: raised blocks issue, admitted blocks trade, upheld ends the registration.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// RaiseObjection, AdmitObjection, ResolveObjection.
std::span<const Rule> objection_rules();

}  // namespace jinshi::ledger
