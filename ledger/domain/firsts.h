// First registrations, bookings, trades and openings, derived. Annulled, the place is free for the next such event.
#pragma once

#include <string_view>

#include "ledger/domain/case.h"

namespace jinshi::ledger {

void earn_first(Overlay& overlay, std::string_view organisation, v1::FirstKind which, std::string_view record,
                const BlockContext& block);
// Only if this record earned it.
void annul_first(Overlay& overlay, std::string_view organisation, v1::FirstKind which, std::string_view record);

}  // namespace jinshi::ledger
