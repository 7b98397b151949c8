#include "ledger/merkle/state_tree.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/ledger/merkle/state_model.h"

namespace jinshi::merkle {

TEST_CASE("the state roots of no, one and two entries are those of the specification") {
  StateTree tree;
  CHECK(tree.root().is_zero());
  CHECK(tree.size() == 0);
  const Digest low = *Digest::from(*from_hex("20" + std::string(62, '0')));
  const Digest near = *Digest::from(*from_hex("30" + std::string(62, '0')));
  const Digest record = *Digest::from(std::string(32, '\x11'));
  tree.commit(tree.prepare(std::vector<StateChange>{{low, StateValue{record, 7}}}));
  CHECK(tree.root() == crypto::sha256("\x02" + low.string() + record.string()));
  tree.commit(tree.prepare(std::vector<StateChange>{{near, StateValue{record, 8}}}));
  // They share the bits 001 and part at bit 3, so three nodes above theirs have an empty child.
  const std::string zero(32, '\0');
  const auto node = [](const std::string& left, const std::string& right) {
    return crypto::sha256("\x03" + left + right).string();
  };
  const auto leaf = [&record](const Digest& key) {
    return crypto::sha256("\x02" + key.string() + record.string()).string();
  };
  CHECK(tree.root().string() == node(node(node(zero, node(leaf(low), leaf(near))), zero), zero));
  CHECK(to_hex(tree.root().view()) == "3295e2a1ac2e000750ccd45d2415eb85e666cb236fc84bd949916907aae008ab");
  CHECK(tree.find(near) == StateValue{record, 8});
}

TEST_CASE("the root follows the specification's recursion through random inserts, updates and deletes") {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    Random random(seed);
    StateTree tree;
    Model model;
    for (int block = 0; block < 50; ++block) {
      const auto changes = random_changes(random, model, 1 + random.below(seed == 3 ? 300 : 40), seed % 2 == 0);
      const Digest before = tree.root();
      auto update = tree.prepare(changes);
      enact(changes, model);
      const Digest after = naive_root(model);
      REQUIRE(update.root() == after);
      REQUIRE(update.size() == model.size());
      REQUIRE(tree.root() == before);
      tree.commit(std::move(update));
      REQUIRE(tree.root() == after);
      REQUIRE(tree.size() == model.size());
    }
    for (const auto& [key, value] : model) REQUIRE(tree.find(key) == value);
    REQUIRE_FALSE(tree.find(random.digest()));
  }
}

TEST_CASE("a tree emptied again has the empty root") {
  Random random(5);
  StateTree tree;
  Model model;
  for (int block = 0; block < 20; ++block) {
    const auto changes = random_changes(random, model, 100, false);
    tree.commit(tree.prepare(changes));
    enact(changes, model);
  }
  while (!model.empty()) {
    std::vector<StateChange> changes;
    for (const auto& [key, value] : model) {
      if (changes.size() < 77) changes.push_back({key, std::nullopt});
    }
    enact(changes, model);
    tree.commit(tree.prepare(changes));
    REQUIRE(tree.root() == naive_root(model));
  }
  CHECK(tree.root().is_zero());
  CHECK(tree.size() == 0);
}

TEST_CASE("a block without changes and the deletion of an absent key leave the root as it is") {
  Random random(6);
  StateTree tree;
  Model model;
  const auto changes = random_changes(random, model, 300, false);
  tree.commit(tree.prepare(changes));
  const Digest root = tree.root();
  tree.commit(tree.prepare({}));
  CHECK(tree.root() == root);
  tree.commit(tree.prepare(std::vector<StateChange>{{random.digest(), std::nullopt}}));
  CHECK(tree.root() == root);
}

TEST_CASE("buckets keep pace with the entries, and a large first block is caught up with") {
  Random random(7);
  StateTree tree;
  Model model;
  for (const std::size_t count : {5'000u, 10u, 10u, 10u, 10u, 500u, 500u, 500u}) {
    const auto changes = random_changes(random, model, count, false);
    enact(changes, model);
    tree.commit(tree.prepare(changes));
    REQUIRE(tree.root() == naive_root(model));
  }
  for (int block = 0; block < 60; ++block) tree.commit(tree.prepare({}));
  CHECK(tree.root() == naive_root(model));
  std::size_t largest = 0;
  for (const auto& [key, value] : model) largest = std::max(largest, tree.bucket(tree.bucket_of(key)).size());
  CHECK(largest < 40);
  for (const auto& [key, value] : model) REQUIRE(tree.find(key) == value);
}

TEST_CASE("leaves are visited in key order") {
  Random random(8);
  StateTree tree;
  Model model;
  for (int block = 0; block < 13; ++block) {
    const auto changes = random_changes(random, model, 150, true);
    enact(changes, model);
    tree.commit(tree.prepare(changes));
  }
  auto expected = model.begin();
  tree.for_each_leaf([&](const StateLeaf& leaf) {
    REQUIRE(expected != model.end());
    REQUIRE(leaf == StateLeaf{expected->first, expected->second.record, expected->second.position});
    ++expected;
  });
  CHECK(expected == model.end());
}

TEST_CASE("a tree built in one go is the tree grown block by block, in any order and with any guess of its size") {
  Random random(9);
  for (const std::size_t size : {0u, 1u, 2u, 3u, 17u, 1000u, 5000u}) {
    Model model;
    enact(random_changes(random, model, size, true), model);
    std::vector<StateLeaf> leaves;
    for (const auto& [key, value] : model) leaves.push_back({key, value.record, value.position});
    for (const std::uint64_t guess : {std::uint64_t{0}, std::uint64_t{size}, std::uint64_t{size * 5}}) {
      for (const unsigned threads : {1u, 2u, 4u}) {
        for (std::size_t i = leaves.size(); i > 1; --i) std::swap(leaves[i - 1], leaves[random.below(i)]);
        StateTree::Builder builder(guess);
        for (const StateLeaf& leaf : leaves) builder.add(leaf);
        auto tree = builder.finish(threads);
        REQUIRE(tree);
        REQUIRE(tree->root() == naive_root(model));
        REQUIRE(tree->size() == model.size());
        Model later = model;
        const auto changes = random_changes(random, later, 100, true);
        enact(changes, later);
        tree->commit(tree->prepare(changes));
        REQUIRE(tree->root() == naive_root(later));
      }
    }
  }
}

TEST_CASE("a key that comes twice is refused when a tree is built") {
  Random random(10);
  StateTree::Builder builder(100);
  const StateLeaf leaf{random.digest(), random.digest(), 1};
  builder.add(leaf);
  for (int i = 0; i < 50; ++i) builder.add({random.digest(), random.digest(), 2});
  builder.add(leaf);
  const auto tree = builder.finish();
  REQUIRE_FALSE(tree);
  CHECK(tree.error().reason == v1::REASON_DAMAGED);
}

}  // namespace jinshi::merkle
