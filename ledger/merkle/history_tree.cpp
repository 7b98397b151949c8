#include "ledger/merkle/history_tree.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "proto/assert.h"

namespace jinshi::merkle {
namespace {

constexpr std::size_t kTileBytes = kTileWidth * Digest::kSize;
// Hashed out, a tile takes 16 KB; a reader forgets them all when it holds so many.
constexpr std::size_t kMaxTiles = 256;
constexpr unsigned kTileLevels = 8;  // 256^8 leaves are more than 64 bits count

std::unexpected<Error> damaged(unsigned level, std::uint64_t index, const char* how) {
  return fail(v1::REASON_DAMAGED, "history tile " + std::to_string(level) + "/" + std::to_string(index) + " " + how +
                                      "; restore the database from a backup or sync it from the other nodes");
}

// How many subtrees of 256^level leaves are whole in a tree of `size` leaves.
std::uint64_t whole_at(std::uint64_t size, unsigned level) { return size >> (kTileHeight * level); }

std::vector<Digest> digests_of(ByteView bytes) {
  std::vector<Digest> digests;
  digests.reserve(bytes.size() / Digest::kSize);
  for (; !bytes.empty(); bytes.remove_prefix(Digest::kSize)) {
    digests.push_back(*Digest::from(bytes.substr(0, Digest::kSize)));
  }
  return digests;
}

std::unexpected<Error> beyond() {
  return fail(v1::REASON_BAD_VALUE, "the history is not that long; ask within the size of a header that this node has");
}

}  // namespace

Result<HistoryTree> HistoryTree::recover(std::uint64_t size, const TileStore& store) {
  HistoryTree tree;
  std::vector<Digest> peaks;  // from the smallest subtree up
  for (unsigned level = 0; level < kTileLevels && whole_at(size, level) > 0; ++level) {
    const std::uint64_t index = whole_at(size, level) / kTileWidth;
    const std::uint64_t count = whole_at(size, level) % kTileWidth;
    tree.open_tiles_.emplace_back();
    if (count == 0) continue;
    auto bytes = store.get(level, index);
    if (!bytes) return damaged(level, index, "is missing");
    if (bytes->size() != count * Digest::kSize) return damaged(level, index, "has a wrong length");
    // The tile's own subtrees, largest first, are the tree's peaks of its heights.
    const std::vector<Digest> hashes = digests_of(*bytes);
    Frontier within;
    within.append(hashes);
    const std::vector<Digest> of_tile = within.peaks();
    peaks.insert(peaks.end(), of_tile.rbegin(), of_tile.rend());
    tree.open_tiles_.back() = std::move(*bytes);
  }
  std::ranges::reverse(peaks);
  tree.frontier_ = Frontier(size, std::move(peaks));
  return tree;
}

HistoryTree::Update HistoryTree::prepare(std::span<const Digest> leaf_hashes) const {
  Update update;
  update.old_size_ = size();
  update.frontier_ = frontier_;
  update.open_tiles_ = open_tiles_;
  update.frontier_.append(leaf_hashes, [&](unsigned height, std::span<const Digest> roots) {
    if (height % kTileHeight != 0) return;
    const unsigned level = height / kTileHeight;
    if (update.open_tiles_.size() <= level) update.open_tiles_.resize(level + 1);
    std::string& open = update.open_tiles_[level];
    std::uint64_t index = whole_at(size(), level) / kTileWidth;
    for (const Digest& root : roots) {
      open.append(root.view());
      if (open.size() == kTileBytes) update.writes_.push_back({level, index++, std::exchange(open, {})});
    }
    if (!open.empty()) update.writes_.push_back({level, index, open});
  });
  update.root_ = update.frontier_.root();
  return update;
}

void HistoryTree::commit(Update&& update) {
  JINSHI_ASSERT(update.old_size_ == size(), "an update is committed to the tree that it was prepared from");
  frontier_ = std::move(update.frontier_);
  open_tiles_ = std::move(update.open_tiles_);
}

Result<const HistoryReader::Tile*> HistoryReader::tile(unsigned level, std::uint64_t index) {
  if (const auto known = tiles_.find({level, index}); known != tiles_.end()) return &known->second;
  const std::uint64_t needed = std::min(whole_at(size_, level) - index * kTileWidth, kTileWidth) * Digest::kSize;
  const auto bytes = store_.get(level, index);
  if (!bytes) return damaged(level, index, "is missing");
  // Longer ones belong to a later size than this reader's.
  if (bytes->size() < needed || bytes->size() > kTileBytes || bytes->size() % Digest::kSize != 0) {
    return damaged(level, index, "has a wrong length");
  }
  if (tiles_.size() >= kMaxTiles) tiles_.clear();
  Tile& tile = tiles_[{level, index}];
  tile.push_back(digests_of(ByteView(*bytes).substr(0, needed)));
  while (tile.back().size() > 1) {
    std::vector<Digest> above(tile.back().size() / 2);
    for (std::size_t i = 0; i < above.size(); ++i) above[i] = node_hash(tile.back()[2 * i], tile.back()[2 * i + 1]);
    tile.push_back(std::move(above));
  }
  return &tile;
}

Result<Digest> HistoryReader::subtree(Range range) {
  if (!std::has_single_bit(range.count)) {
    const std::uint64_t k = std::bit_floor(range.count - 1);
    const auto left = subtree({range.first, k});
    if (!left) return left;
    const auto right = subtree({range.first + k, range.count - k});
    if (!right) return right;
    return node_hash(*left, *right);
  }
  // A whole subtree of 2^height leaves lies within one tile, at one of the heights there.
  const auto height = static_cast<unsigned>(std::countr_zero(range.count));
  const unsigned level = height / kTileHeight;
  const unsigned within = height % kTileHeight;
  const std::uint64_t position = range.first >> height;
  const std::uint64_t tile_index = position >> (kTileHeight - within);
  const auto found = tile(level, tile_index);
  if (!found) return std::unexpected(found.error());
  return (**found)[within][position - (tile_index << (kTileHeight - within))];
}

Result<Digest> HistoryReader::leaf(std::uint64_t index) {
  if (index >= size_) return beyond();
  return subtree({index, 1});
}

Result<Digest> HistoryReader::root(std::uint64_t size) {
  if (size > size_) return beyond();
  if (size == 0) return empty_root();
  return subtree({0, size});
}

Result<std::vector<Digest>> HistoryReader::inclusion_path(std::uint64_t index, std::uint64_t size) {
  if (size > size_ || index >= size) return beyond();
  std::vector<Digest> path;
  for (Range range{0, size}; range.count > 1;) {
    const std::uint64_t k = std::bit_floor(range.count - 1);
    const Range left{range.first, k};
    const Range right{range.first + k, range.count - k};
    const bool is_left = index < right.first;
    const auto sibling = subtree(is_left ? right : left);
    if (!sibling) return std::unexpected(sibling.error());
    path.push_back(*sibling);
    range = is_left ? left : right;
  }
  std::ranges::reverse(path);
  return path;
}

Result<std::vector<Digest>> HistoryReader::consistency_proof(std::uint64_t older_size, std::uint64_t size) {
  if (size > size_ || older_size > size) return beyond();
  std::vector<Digest> proof;
  if (older_size == 0 || older_size == size) return proof;
  // RFC 9162 section 2.1.4.1 from the top down: the siblings on the way to where the older tree ends, and at last that
  // end itself, unless it is the whole older tree.
  Range range{0, size};
  while (range.first + range.count != older_size) {
    const std::uint64_t k = std::bit_floor(range.count - 1);
    const Range left{range.first, k};
    const Range right{range.first + k, range.count - k};
    const bool ends_left = older_size <= right.first;
    const auto sibling = subtree(ends_left ? right : left);
    if (!sibling) return std::unexpected(sibling.error());
    proof.push_back(*sibling);
    range = ends_left ? left : right;
  }
  if (range.first != 0) {
    const auto end = subtree(range);
    if (!end) return std::unexpected(end.error());
    proof.push_back(*end);
  }
  std::ranges::reverse(proof);
  return proof;
}

}  // namespace jinshi::merkle
