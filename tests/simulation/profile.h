// What a seed makes of a profile's name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/world.h"

namespace jinshi::simulation {

// "calm", "lossy", "crashes", "partitions", "chaos", "byzantine", "epochs", "everything"; an adversary's name is a
// profile, too; "mixed" takes another by the seed. Empty for a name that is none.
std::optional<Settings> make_settings(const std::string& profile, std::uint64_t seed,
                                      std::optional<std::size_t> validators);
const std::vector<std::string>& profile_names();

}  // namespace jinshi::simulation
