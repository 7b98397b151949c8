// What opens the commitments that these tools made: a line of JSON each, in a file of mode 0600, on disk before the
// operation leaves. Whoever loses it can open nothing; whoever reads it can open everything.
#pragma once

#include <vector>

#include "cli/network_folder.h"
#include "cli/operation_input.h"

namespace jinshi::cli {

Outcome<void> keep_secrets(const NetworkFolder& folder, const std::vector<Secret>& secrets);

// Those kept for a record; all of them where `record_id` is empty.
Outcome<std::vector<Secret>> read_secrets(const NetworkFolder& folder, std::string_view record_id = {});

}  // namespace jinshi::cli
