// The history of ordered transactions as an append-only RFC 9162 tree, stored as tiles of 256 hashes.
//
// Tile {level, index} holds the roots of the whole subtrees of 256^level leaves numbered 256 x index and up: at level 0
// the leaf hashes themselves. The last tile of a level is shorter until it fills, and is written again whenever it
// grows. A tile's bytes are its hashes one after another. Any root, path or proof then takes a few tiles, and a block
// writes one or two.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/merkle/rfc9162.h"
#include "proto/error.h"

namespace jinshi::merkle {

// Hashes in a whole tile, and levels of subtrees that one tile spans.
inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;

class TileStore {
 public:
  virtual ~TileStore() = default;
  // Empty when there is no such tile.
  [[nodiscard]] virtual std::optional<std::string> get(unsigned level, std::uint64_t index) const = 0;
};

struct TileWrite {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::string hashes;
  friend bool operator==(const TileWrite&, const TileWrite&) = default;
};

// The growing edge: enough in memory for the root and for more leaves.
class HistoryTree {
 public:
  class Update;

  HistoryTree() = default;
  // From the tiles on disk. REASON_DAMAGED when one is missing or has not just the hashes that `size` asks for.
  [[nodiscard]] static Result<HistoryTree> recover(std::uint64_t size, const TileStore& store);

  // What the tree becomes with these leaves at its end. Changes nothing, so that a header can be computed before
  // readers see its tree; the tiles to write go into the block's one batch.
  [[nodiscard]] Update prepare(std::span<const Digest> leaf_hashes) const;
  void commit(Update&& update);

  [[nodiscard]] std::uint64_t size() const { return frontier_.size(); }
  [[nodiscard]] Digest root() const { return frontier_.root(); }

 private:
  Frontier frontier_;
  std::vector<std::string> open_tiles_;  // by level, the last tile as far as it has come; never a whole one
};

class HistoryTree::Update {
 public:
  [[nodiscard]] std::uint64_t size() const { return frontier_.size(); }
  [[nodiscard]] const Digest& root() const { return root_; }
  [[nodiscard]] const std::vector<TileWrite>& writes() const { return writes_; }

 private:
  friend class HistoryTree;
  std::uint64_t old_size_ = 0;
  Frontier frontier_;
  Digest root_;
  std::vector<std::string> open_tiles_;
  std::vector<TileWrite> writes_;
};

// Answers questions about the first `size` leaves from the tiles of a store, which may hold more. Keeps the tiles that
// it has read, hashed out: ask one reader for all the paths of a block. Not for several threads at once.
//
// Every answer is an error, REASON_DAMAGED, when a tile is missing or too short or of a wrong length, and
// REASON_BAD_VALUE for a size or index beyond the tree.
class HistoryReader {
 public:
  HistoryReader(const TileStore& store, std::uint64_t size) : store_(store), size_(size) {}

  [[nodiscard]] Result<Digest> leaf(std::uint64_t index);
  [[nodiscard]] Result<Digest> root(std::uint64_t size);
  // Of leaf `index` in the tree of the first `size` leaves, as verify_inclusion wants it.
  [[nodiscard]] Result<std::vector<Digest>> inclusion_path(std::uint64_t index, std::uint64_t size);
  // From the tree of `older_size` leaves to that of `size`, as verify_consistency wants it.
  [[nodiscard]] Result<std::vector<Digest>> consistency_proof(std::uint64_t older_size, std::uint64_t size);

 private:
  // The hashes of a tile, and those of the whole subtrees above them, by height within the tile.
  using Tile = std::vector<std::vector<Digest>>;
  struct Range {
    std::uint64_t first;
    std::uint64_t count;
  };

  Result<const Tile*> tile(unsigned level, std::uint64_t index);
  // The root of the leaves in a range that starts where a subtree of its split does.
  Result<Digest> subtree(Range range);

  const TileStore& store_;
  std::uint64_t size_;
  std::map<std::pair<unsigned, std::uint64_t>, Tile> tiles_;
};

}  // namespace jinshi::merkle
