// The bytes of a vote log's file (docs/decisions/0005). Numbers are little-endian.
//
//   head    "JSVOTES1"  number u64  settled u64  check 8
//   group   length u32  place 8  chain 16  then `length` bytes: entries, each behind its length u32
//
// check = the first bytes of SHA-256 over what stands before it. The file was synced up to `settled` before it took its
// name. salt = SHA-256(head); place = SHA-256(salt, offset u64, length), so that the beginning of a group is known
// without what stands before it; chain = SHA-256(chain before, length, entries), the first one's before being the salt.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "node/ordering/log_files.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

inline constexpr std::size_t kLogHeadSize = 32;
inline constexpr std::size_t kLogGroupHeadSize = 28;

std::string log_head(std::uint64_t number, std::uint64_t settled);
Digest log_salt(ByteView head);

// Appends a group that will stand at `offset`, and moves `chain` on.
void append_log_group(std::string& out, std::uint64_t offset, const Digest& salt, Digest& chain,
                      std::span<const std::string> entries);

struct LogFileRead {
  std::uint64_t end = 0;  // of the last whole group
  std::uint64_t size = 0;
  bool torn() const { return end != size; }
};
// Gives each entry in order. A torn end is told apart from damage: a group is torn when nothing was written after it
// and it is short, or has a sector that was never written. `path` is for messages.
Result<LogFileRead> read_log_file(const LogFile& file, std::uint64_t number, const std::string& path,
                                  const std::function<Result<void>(ByteView entry, std::uint64_t offset)>& visit);

}  // namespace jinshi::node
