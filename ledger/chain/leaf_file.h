// The state tree's leaves in a file of their own: a hint for the next start, which reads the records without it.
#pragma once

#include <filesystem>
#include <optional>

#include "jinshi/v1/block.pb.h"
#include "ledger/merkle/state_tree.h"
#include "proto/error.h"

namespace jinshi::ledger {

// Empty where the file is missing, damaged, of another height or of another state than the header's.
std::optional<merkle::StateTree> read_leaf_file(const v1::Header& header, const std::filesystem::path& path);

// Synced, and in its place whole or not at all.
Result<void> save_leaf_file(const merkle::StateTree& state, Height height, const std::filesystem::path& leaf_file);

}  // namespace jinshi::ledger
