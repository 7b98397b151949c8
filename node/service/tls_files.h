// A port's TLS certificate and key, as files that may be replaced while the node runs.
#pragma once

#include <filesystem>
#include <string_view>

#include "proto/error.h"

namespace jinshi::node {

// Both can be read, the key by its owner alone, and belong together. Errors name the file and the mend, in the
// configuration's `section`.
Result<void> check_tls_files(std::string_view section, const std::filesystem::path& certificate,
                             const std::filesystem::path& key);

}  // namespace jinshi::node
