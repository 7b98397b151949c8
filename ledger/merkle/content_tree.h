// The tree over a registered content's bytes, from which custody is proved (docs/protocol.md, content).
//
// Chunk n is the next `chunk_size` bytes, the last may be short; chunk_count = ceil(size / chunk_size). A chunk's root
// is the RFC 9162 tree over its sectors of 1 KiB, of which the last may be short. The content's root is the RFC 9162
// tree over the chunk roots' 32 bytes as leaves: its leaf hash is H(0x00 || chunk root). A content without bytes has no
// chunk and the empty root, H of nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/merkle/rfc9162.h"
#include "proto/error.h"

namespace jinshi::merkle {

inline constexpr std::uint64_t kSectorSize = 1024;
inline constexpr std::uint64_t kMinChunkSize = 64 * 1024;
inline constexpr std::uint64_t kMaxChunkSize = 16 * 1024 * 1024;

// A power of two from 64 KiB to 16 MiB.
[[nodiscard]] bool is_chunk_size(std::uint64_t chunk_size);
[[nodiscard]] std::uint64_t sector_count(std::uint64_t content_size);

struct ContentSummary {
  Digest root;
  std::uint64_t size = 0;
  std::uint64_t chunk_size = 0;
  std::uint64_t chunk_count = 0;
  friend bool operator==(const ContentSummary&, const ContentSummary&) = default;
};

// For those who hash chunks side by side: the root of one chunk's bytes, and of the content over all of them in order.
[[nodiscard]] Digest chunk_root(ByteView chunk);
[[nodiscard]] Digest content_root(std::span<const Digest> chunk_roots);

// Bytes in pieces of any size; memory does not grow with them.
class ContentHasher {
 public:
  // The chunk size must be one.
  explicit ContentHasher(std::uint64_t chunk_size);
  void update(ByteView bytes);
  // Once, at the end.
  [[nodiscard]] ContentSummary finish();

 private:
  void end_sector(ByteView sector);
  void end_chunk();

  std::uint64_t chunk_size_;
  std::uint64_t size_ = 0;
  std::string partial_;  // of a sector
  Frontier sectors_;     // of the open chunk
  Frontier chunks_;
};

// That a sector stands where it does in a content.
struct SectorProof {
  std::string sector;
  std::vector<Digest> chunk_path;    // of the sector in its chunk
  std::vector<Digest> content_path;  // of the chunk in the content
};

// Of sector `index` of the whole content, from its chunk's bytes and all chunk roots. REASON_BAD_VALUE when the index
// lies beyond the content, REASON_CONTENT_MISMATCH when the bytes or the roots are not this content's.
[[nodiscard]] Result<SectorProof> prove_sector(const ContentSummary& content, std::uint64_t index, ByteView chunk,
                                               std::span<const Digest> chunk_roots);

// False too for a content whose size, chunk size and chunk count don't agree, and for a sector that is too short.
[[nodiscard]] bool verify_sector(const ContentSummary& content, std::uint64_t index, const SectorProof& proof);

}  // namespace jinshi::merkle
