// Section 6 of the rules: time. A batch names one; execution makes it the block's, never below the parent's.
#include <algorithm>
#include <cstdlib>

#include "consensus/replica.h"

namespace jinshi::consensus {

// Asked of fresh proposals only: one that was prepared or logged may have grown old.
bool Replica::time_in_bounds(TimeMs time) const {
  return time >= now_.network - epoch_.max_clock_skew_ms && time <= now_.network + epoch_.max_clock_skew_ms;
}

TimeMs Replica::proposal_time() const { return std::max(now_.network, last_proposed_time_); }

bool Replica::heartbeat_due() const { return now_.steady >= last_certificate_ + epoch_.heartbeat_ms; }

// The next block would run it.
bool Replica::due_entry_waits() const {
  return next_due_ && *next_due_ <= std::max(proposal_time(), executed_time_);
}

}  // namespace jinshi::consensus
