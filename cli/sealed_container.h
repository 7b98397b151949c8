// The sealed container: a folder's files in one encrypted file, whose ciphertext is what a custodian holds and a ledger
// registers (docs/protocol.md, sealed container). Both ways stream, spread over threads, and leave nothing behind when
// they fail.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "cli/content_files.h"
#include "cli/failure.h"
#include "ledger/merkle/content_tree.h"

namespace jinshi::cli {

struct SealedContent {
  merkle::ContentSummary content;  // over the container's own bytes
  Digest manifest;
  std::uint64_t files = 0;
  std::uint64_t plain_size = 0;  // of the files
};

// Called with how many bytes of the files, or of the container, are done since the last call.
using Advance = std::function<void(std::uint64_t)>;

// Makes `container` and, with mode 0600, `key_file`; neither may exist. A segment holds `chunk_size` bytes of
// plaintext.
Outcome<SealedContent> seal_files(const ContentFiles& files, const std::filesystem::path& container,
                                  const std::filesystem::path& key_file, std::uint64_t chunk_size,
                                  const Advance& advance);

// Makes `folder`, which may not exist, only when every byte of the container was checked. DAMAGED for any other byte or
// key than the sealer's; CONTENT_MISMATCH when the container's root is not `root`.
Outcome<SealedContent> open_container(const std::filesystem::path& container, const std::filesystem::path& key_file,
                                      const std::filesystem::path& folder, const std::optional<Digest>& root,
                                      const Advance& advance);

}  // namespace jinshi::cli
