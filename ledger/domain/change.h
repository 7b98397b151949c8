// What changes about a certified asset's description and content.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// ChangeRegistration, CorrectRegistration, UpdateContent.
std::span<const Rule> change_rules();

}  // namespace jinshi::ledger
