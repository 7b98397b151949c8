// What changes about a certified asset: its description, its content, its rights and its holder.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// ChangeRegistration, CorrectRegistration, UpdateContent, TransferRegistration, GrantRight, EndRight.
std::span<const Rule> rights_rules();

}  // namespace jinshi::ledger
