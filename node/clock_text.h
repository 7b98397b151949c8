// Times as operators write them.
#pragma once

#include <string_view>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

// Milliseconds UTC as a number, or RFC 3339 section 5.6 with whole seconds or none: 2026-11-23T08:00+08:00,
// 2026-11-23T00:00:00Z. BAD_VALUE otherwise.
Result<TimeMs> parse_time(std::string_view text);

}  // namespace jinshi::node
