// Times as people write them. The zone keeps UTC+8 all year, and that is what is shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/types.h"

namespace jinshi::cli {

// ISO 8601 with an offset: "2026-11-23T08:00+08:00", "2026-11-23T08:00:00.250Z". Empty for anything else.
std::optional<TimeMs> parse_time(std::string_view text);

// "2026-11-23T08:00:00.000+08:00".
std::string format_time(TimeMs time);

// The system's clock; what the network's own is, only a node can say.
TimeMs system_now();

}  // namespace jinshi::cli
