// What lies where on disk. Keys are big-endian, so that order on disk is order in time; every value is canonical bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/types.h"

namespace jinshi::ledger {

// One column family each. Names are on disk: never renamed, new ones at the end.
enum class Family : std::uint8_t {
  kMeta,          // "format", "genesis", "counts", and "link/" with a height -> Link
  kBlocks,        // height -> StoredBlock
  kCertificates,  // height -> HeaderCertificate
  kLeaves,        // leaf index -> StoredTransaction
  kTiles,         // level, tile -> hashes of the history tree
  kRecords,       // created -> Record
  kIds,           // transaction id -> leaf index; the all-time index, never read by execution
  kLiveIds,       // hour, number -> id
  kUndo,          // height -> UndoBlock: what the block's changes replaced
  kDue,           // order of the queue -> Due
  kLists,         // kind, field, value, created -> nothing
  kTouched,       // key digest, leaf index, operation -> nothing: the history of a key
};
inline constexpr std::size_t kFamilies = 12;
std::string_view family_name(Family family);

// Keys are built up in the order of their parts.
class DiskKey {
 public:
  DiskKey& u8(std::uint8_t value);
  DiskKey& u32(std::uint32_t value);
  DiskKey& u64(std::uint64_t value);
  DiskKey& raw(ByteView bytes);
  // Text of any length that sorts before whatever follows it; it must not hold a zero byte.
  DiskKey& text(std::string_view value);
  const std::string& str() const { return bytes_; }
  operator const std::string&() const { return bytes_; }

 private:
  std::string bytes_;
};

std::uint32_t read_u32(ByteView bytes);
std::uint64_t read_u64(ByteView bytes);  // the first eight bytes, which must be there

}  // namespace jinshi::ledger
