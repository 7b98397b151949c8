// Milliseconds of a clock that never jumps, from any start: timers go by it.
#pragma once

#include "consensus/event.h"

namespace jinshi::node {

using consensus::SteadyMs;

}  // namespace jinshi::node
