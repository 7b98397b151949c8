// What changes about who may do what with a certified asset: its rights and its holder.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// TransferRegistration, GrantRight, EndRight.
std::span<const Rule> rights_rules();

}  // namespace jinshi::ledger
