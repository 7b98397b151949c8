#include "ledger/merkle/content_tree.h"

#include <algorithm>
#include <bit>

#include "proto/assert.h"

namespace jinshi::merkle {
namespace {

// Without the sum that could overflow.
std::uint64_t ceil_divide(std::uint64_t size, std::uint64_t unit) { return size / unit + (size % unit != 0 ? 1 : 0); }

std::vector<Digest> sector_hashes(ByteView chunk) {
  std::vector<Digest> hashes;
  hashes.reserve(ceil_divide(chunk.size(), kSectorSize));
  for (; !chunk.empty(); chunk.remove_prefix(std::min<std::size_t>(kSectorSize, chunk.size()))) {
    hashes.push_back(leaf_hash(chunk.substr(0, kSectorSize)));
  }
  return hashes;
}

std::vector<Digest> chunk_leaves(std::span<const Digest> chunk_roots) {
  std::vector<Digest> leaves;
  leaves.reserve(chunk_roots.size());
  for (const Digest& root : chunk_roots) leaves.push_back(leaf_hash(root.view()));
  return leaves;
}

bool is_consistent(const ContentSummary& content) {
  return is_chunk_size(content.chunk_size) && content.chunk_count == ceil_divide(content.size, content.chunk_size);
}

// Where a sector lies, and how much there is of it and of its chunk.
struct SectorPlace {
  std::uint64_t chunk;
  std::uint64_t chunk_bytes;
  std::uint64_t index_in_chunk;
  std::uint64_t sector_bytes;
};

SectorPlace place_of(const ContentSummary& content, std::uint64_t index) {
  const std::uint64_t a_chunk = content.chunk_size / kSectorSize;
  const std::uint64_t chunk = index / a_chunk;
  return {chunk, std::min(content.chunk_size, content.size - chunk * content.chunk_size), index % a_chunk,
          std::min(kSectorSize, content.size - index * kSectorSize)};
}

}  // namespace

bool is_chunk_size(std::uint64_t chunk_size) {
  return std::has_single_bit(chunk_size) && chunk_size >= kMinChunkSize && chunk_size <= kMaxChunkSize;
}

std::uint64_t sector_count(std::uint64_t content_size) { return ceil_divide(content_size, kSectorSize); }

Digest chunk_root(ByteView chunk) { return merkle_root(sector_hashes(chunk)); }

Digest content_root(std::span<const Digest> chunk_roots) { return merkle_root(chunk_leaves(chunk_roots)); }

ContentHasher::ContentHasher(std::uint64_t chunk_size) : chunk_size_(chunk_size) {
  JINSHI_ASSERT(is_chunk_size(chunk_size), "a chunk is a power of two of bytes, from 64 KiB to 16 MiB");
}

void ContentHasher::update(ByteView bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min<std::size_t>(kSectorSize - partial_.size(), bytes.size());
    const ByteView next = bytes.substr(0, count);
    bytes.remove_prefix(count);
    if (count == kSectorSize) {
      end_sector(next);
      continue;
    }
    partial_.append(next);
    if (partial_.size() == kSectorSize) {
      end_sector(partial_);
      partial_.clear();
    }
  }
}

void ContentHasher::end_sector(ByteView sector) {
  sectors_.append(leaf_hash(sector));
  if (sectors_.size() == chunk_size_ / kSectorSize) end_chunk();
}

void ContentHasher::end_chunk() {
  chunks_.append(leaf_hash(sectors_.root().view()));
  sectors_ = {};
}

ContentSummary ContentHasher::finish() {
  if (!partial_.empty()) end_sector(partial_);
  if (sectors_.size() > 0) end_chunk();
  return {chunks_.root(), size_, chunk_size_, chunks_.size()};
}

Result<SectorProof> prove_sector(const ContentSummary& content, std::uint64_t index, ByteView chunk,
                                 std::span<const Digest> chunk_roots) {
  if (!is_consistent(content) || index >= sector_count(content.size)) {
    return fail(v1::REASON_BAD_VALUE, "the content has no such sector; take the sectors that the challenge drew");
  }
  const SectorPlace place = place_of(content, index);
  const std::vector<Digest> sectors = sector_hashes(chunk);
  if (chunk.size() != place.chunk_bytes || chunk_roots.size() != content.chunk_count ||
      merkle_root(sectors) != chunk_roots[place.chunk] || content_root(chunk_roots) != content.root) {
    return fail(v1::REASON_CONTENT_MISMATCH, "these bytes are not the registered content; restore it from a good copy");
  }
  return SectorProof{std::string(chunk.substr(place.index_in_chunk * kSectorSize, kSectorSize)),
                     inclusion_path(place.index_in_chunk, sectors),
                     inclusion_path(place.chunk, chunk_leaves(chunk_roots))};
}

bool verify_sector(const ContentSummary& content, std::uint64_t index, const SectorProof& proof) {
  if (!is_consistent(content) || index >= sector_count(content.size)) return false;
  const SectorPlace place = place_of(content, index);
  if (proof.sector.size() != place.sector_bytes) return false;
  const auto chunk =
      root_from_path(leaf_hash(proof.sector), place.index_in_chunk, sector_count(place.chunk_bytes), proof.chunk_path);
  return chunk &&
         verify_inclusion(leaf_hash(chunk->view()), place.chunk, content.chunk_count, proof.content_path, content.root);
}

}  // namespace jinshi::merkle
