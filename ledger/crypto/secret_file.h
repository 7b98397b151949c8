// Files that hold secrets: made for their owner alone, never overwritten, and not read when others could have.
#pragma once

#include <filesystem>

#include "ledger/crypto/secret_bytes.h"
#include "proto/error.h"

namespace jinshi::crypto {

// Creates `path` with mode 0600 and the contents on disk before it returns; removes it again when that fails.
// KEY_FILE when the file exists, DISK when the disk refuses.
Result<void> write_secret_file(const std::filesystem::path& path, ByteView contents);

// KEY_FILE when the file is missing, is no regular file, is over 64 KiB or grants anything to group or others; the
// sentence names the mend.
Result<SecretBytes> read_secret_file(const std::filesystem::path& path);

}  // namespace jinshi::crypto
