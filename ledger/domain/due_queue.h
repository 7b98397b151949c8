// The due queue: ends that something beyond the record's own reader counts. Entries are records of their own (DUE), run
// at the start of a block in the order of (time, what, kind, id), at most kMaxDueEntries a block.
#pragma once

#include <compare>
#include <string>

#include "ledger/domain/case.h"

namespace jinshi::ledger {

inline constexpr std::size_t kMaxDueEntries = 1000;

v1::Due due_entry(TimeMs time, v1::DueWhat what, v1::StateKey::KindCase kind, std::string_view id);

// Nothing where there is such an entry already.
void schedule(Overlay& overlay, const v1::Due& due);
// Nothing where there is no such entry.
void unschedule(Overlay& overlay, const v1::Due& due);

// Removes the entry and does what it says. Its time has come; it never fails.
void run_due(const v1::Due& due, Overlay& overlay, const BlockContext& block);

// Sorts as the queue runs: time and what big-endian, then kind, then id.
std::string due_order(const v1::Due& due);

}  // namespace jinshi::ledger
