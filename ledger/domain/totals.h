// Zone totals by month, derived: declared bytes and assets of certificates in force. One content root counts once, and
// derived data counts only what it is larger than its parents.
#pragma once

#include <string_view>

#include "ledger/domain/case.h"

namespace jinshi::ledger {

// Puts a certificate into the totals, or takes it out, in the month of the block's time; nothing where it already stands
// as asked. A certificate counts while it is VALID and not past its end.
void count_in(Overlay& overlay, std::string_view certificate, const BlockContext& block);
void count_out(Overlay& overlay, std::string_view certificate, const BlockContext& block);

}  // namespace jinshi::ledger
