#include "ledger/merkle/history_tree.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/ledger/merkle/random.h"

namespace jinshi::merkle {
namespace {

class Tiles : public TileStore {
 public:
  std::optional<std::string> get(unsigned level, std::uint64_t index) const override {
    const auto found = tiles.find({level, index});
    return found == tiles.end() ? std::nullopt : std::optional(found->second);
  }
  void put(const std::vector<TileWrite>& writes) {
    for (const auto& write : writes) tiles[{write.level, write.index}] = write.hashes;
  }
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles;
};

struct Grown {
  std::vector<Digest> leaves;
  Tiles tiles;
  HistoryTree tree;

  void append(std::span<const Digest> fresh) {
    auto update = tree.prepare(fresh);
    leaves.insert(leaves.end(), fresh.begin(), fresh.end());
    tiles.put(update.writes());
    tree.commit(std::move(update));
  }
};

}  // namespace

TEST_CASE("roots and tiles follow the leaves through blocks of any size, and a tree recovered from tiles goes on") {
  for (const std::uint64_t seed : {41u, 42u, 43u}) {
    Random random(seed);
    Grown grown;
    while (grown.leaves.size() < 1'500) {
      const auto fresh = random.digests(random.below(seed == 41 ? 5 : seed == 42 ? 90 : 700));
      const Digest before = grown.tree.root();
      const auto update = grown.tree.prepare(fresh);
      REQUIRE(grown.tree.root() == before);
      grown.append(fresh);
      REQUIRE(grown.tree.size() == grown.leaves.size());
      if (random.below(seed == 41 ? 10 : 1) != 0) continue;
      REQUIRE(grown.tree.root() == merkle_root(grown.leaves));
      REQUIRE(update.root() == grown.tree.root());
      auto recovered = HistoryTree::recover(grown.leaves.size(), grown.tiles);
      REQUIRE(recovered);
      REQUIRE(recovered->root() == grown.tree.root());
      grown.tree = std::move(*recovered);
    }
    for (const auto& [place, hashes] : grown.tiles.tiles) {
      const auto [level, index] = place;
      const std::uint64_t width = level == 0 ? 1 : 256;
      for (std::uint64_t i = 0; i < hashes.size() / 32; i += 7) {
        const auto subtree = std::span(grown.leaves).subspan((index * 256 + i) * width, width);
        REQUIRE(hashes.substr(i * 32, 32) == merkle_root(subtree).view());
      }
    }
  }
}

TEST_CASE("paths, roots and consistency proofs of every size are those of the plain tree") {
  Random random(44);
  Grown grown;
  grown.append(random.digests(800));
  HistoryReader reader(grown.tiles, 800);
  std::vector<std::uint64_t> sizes{255, 256, 257, 511, 512, 513, 768, 799, 800};
  for (std::uint64_t n = 0; n <= 70; ++n) sizes.push_back(n);
  for (const std::uint64_t n : sizes) {
    CAPTURE(n);
    const auto tree = std::span(grown.leaves).first(n);
    REQUIRE(reader.root(n) == merkle_root(tree));
    for (std::uint64_t i = 0; i<n; i += n> 70 ? 37 : 1) {
      REQUIRE(reader.inclusion_path(i, n) == inclusion_path(i, tree));
      REQUIRE(reader.leaf(i) == grown.leaves[i]);
    }
    for (std::uint64_t m = 0; m <= n; m += n > 70 ? 31 : 1) {
      REQUIRE(reader.consistency_proof(m, n) == consistency_proof(m, tree));
    }
  }
}

TEST_CASE("a tree above two levels of tiles is recovered and proves its leaves") {
  Random random(45);
  Grown grown;
  constexpr std::uint64_t kSize = 65'536 + 256 + 3;
  while (grown.leaves.size() < kSize) {
    grown.append(random.digests(std::min<std::uint64_t>(5'000, kSize - grown.leaves.size())));
  }
  const auto recovered = HistoryTree::recover(kSize, grown.tiles);
  REQUIRE(recovered);
  CHECK(recovered->root() == merkle_root(grown.leaves));
  CHECK(grown.tiles.get(2, 0).value().size() == 32);
  HistoryReader reader(grown.tiles, kSize);
  for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{65'535}, std::uint64_t{65'536}, kSize - 1}) {
    const auto path = reader.inclusion_path(i, kSize);
    REQUIRE(path);
    CHECK(verify_inclusion(grown.leaves[i], i, kSize, *path, recovered->root()));
  }
}

TEST_CASE("a missing tile and one of a wrong length are damage, never a crash") {
  Random random(46);
  Grown grown;
  grown.append(random.digests(700));
  for (const auto& [place, hashes] : grown.tiles.tiles) {
    Tiles broken = grown.tiles;
    for (const auto& bytes :
         {std::string(), hashes.substr(32), hashes.substr(1), hashes + "x", std::string(257 * 32, 'x')}) {
      broken.tiles[place] = bytes;
      HistoryReader reader(broken, 700);
      // The root takes only level 1 and the open tile; a path takes its own leaf's tile as well.
      const auto path = reader.inclusion_path(place.first == 0 ? place.second * 256 : 699, 700);
      REQUIRE_FALSE(path);
      REQUIRE(path.error().reason == v1::REASON_DAMAGED);
      const bool is_open = hashes.size() < 256 * 32;
      if (is_open) REQUIRE_FALSE(HistoryTree::recover(700, broken));
    }
    broken.tiles.erase(place);
    HistoryReader reader(broken, 700);
    REQUIRE_FALSE(reader.inclusion_path(place.first == 0 ? place.second * 256 : 699, 700));
  }
  HistoryReader reader(grown.tiles, 700);
  CHECK(reader.root(701).error().reason == v1::REASON_BAD_VALUE);
  CHECK(reader.inclusion_path(700, 700).error().reason == v1::REASON_BAD_VALUE);
  CHECK(reader.consistency_proof(2, 1).error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("the empty history has the root of nothing") {
  CHECK(HistoryTree().root() == empty_root());
  CHECK(HistoryTree::recover(0, Tiles())->root() == empty_root());
  CHECK(HistoryTree().prepare({}).writes().empty());
}

}  // namespace jinshi::merkle
