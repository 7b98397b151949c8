// What can happen next to one validator. Deliveries that nobody could tell apart are one: messages that only make up a
// count come together, once there are enough (and the action is dropped where there are not); what a validator would keep
// for later comes when it is looked at. A message that never comes is an action that is never taken.
#pragma once

#include <vector>

#include "tests/simulation/exhaustive/local_states.h"

namespace jinshi::exhaustive {

std::vector<Action> actions_of(const TinyWorld& world, const Catalogue& catalogue, Byzantine& byzantine,
                               const Local& local, const Said& said);

}  // namespace jinshi::exhaustive
