// Small files that survive a power cut whole: either the old contents or the new, never a mixture.
#pragma once

#include <filesystem>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

// Written beside it, synced, renamed over it, and the directory synced. DISK names the file and what the disk said.
Result<void> replace_file(const std::filesystem::path& path, ByteView contents);

// At most `limit` bytes. CONFIGURATION names the file when it can't be read, is no regular file, or is larger.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace jinshi::node
