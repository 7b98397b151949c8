#include "ledger/merkle/state_undo.h"

#include <catch2/catch.hpp>
#include <deque>

#include "tests/ledger/merkle/state_model.h"

namespace jinshi::merkle {

TEST_CASE("the root at each of the last 50 blocks is the one recorded, and proofs then verify against it") {
  for (const std::uint64_t seed : {21u, 22u, 23u}) {
    Random random(seed);
    StateTree tree;
    Model model;
    std::vector<Model> models{model};
    std::vector<ValuesThen> undo_lists;
    std::vector<Digest> roots{tree.root()};
    for (int block = 0; block < 50; ++block) {
      auto changes = random_changes(random, model, 1 + random.below(seed == 21 ? 3 : 30), true);
      if (block % 17 == 16) {
        for (const auto& [key, value] : model) {
          if (std::ranges::find(changes, key, &StateChange::key) == changes.end())
            changes.push_back({key, std::nullopt});
        }
      }
      ValuesThen undo;
      for (const StateChange& change : changes) {
        const auto value = tree.find(change.key);
        undo[change.key] = value ? std::optional(value->record) : std::nullopt;
      }
      undo_lists.push_back(std::move(undo));
      enact(changes, model);
      tree.commit(tree.prepare(changes));
      models.push_back(model);
      roots.push_back(tree.root());
    }
    ValuesThen then;
    for (std::size_t height = undo_lists.size();; --height) {
      CAPTURE(height);
      REQUIRE(root_then(tree, then) == roots[height]);
      const Model& was = models[height];
      std::vector<Digest> keys;
      for (const auto& [key, value] : was) {
        if (random.below(1 + was.size() / 8) == 0) keys.push_back(key);
      }
      for (const auto& [key, value] : then) {
        if (random.below(1 + then.size() / 8) == 0) keys.push_back(key);
      }
      for (int i = 0; i < 8; ++i) keys.push_back(random_key(random, was, true));
      for (const Digest& key : keys) {
        const ProofThen proved = prove_then(tree, then, key);
        const auto expected = was.find(key);
        REQUIRE(proved.root == roots[height]);
        REQUIRE(proved.record == (expected == was.end() ? std::nullopt : std::optional(expected->second.record)));
        REQUIRE(proved.proof.verify(roots[height], key, proved.record));
        if (height == undo_lists.size()) REQUIRE(proved.proof == tree.prove(key));
      }
      if (height == 0) break;
      for (const auto& [key, record] : undo_lists[height - 1]) then[key] = record;
    }
    CHECK(root_then(tree, then).is_zero());
  }
}

}  // namespace jinshi::merkle
