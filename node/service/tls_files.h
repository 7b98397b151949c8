// The client port's TLS certificate and key, as files that may be replaced while the node runs.
#pragma once

#include <filesystem>

#include "proto/error.h"

namespace jinshi::node {

// Both can be read, the key by its owner alone, and belong together. Errors name the file and the mend.
Result<void> check_tls_files(const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace jinshi::node
