#include "ledger/merkle/state_proof.h"

#include <catch2/catch.hpp>

#include "tests/ledger/merkle/state_model.h"

namespace jinshi::merkle {
namespace {

struct Grown {
  StateTree tree;
  Model model;
};

Grown grow(Random& random, std::size_t blocks, std::size_t changes_a_block) {
  Grown grown;
  for (std::size_t block = 0; block < blocks; ++block) {
    const auto changes = random_changes(random, grown.model, changes_a_block, true);
    enact(changes, grown.model);
    grown.tree.commit(grown.tree.prepare(changes));
  }
  return grown;
}

// Every part of a proof that a liar could change.
void check_mutations(Random& random, const StateProof& proof, const Digest& root, const Digest& key,
                     const std::optional<Digest>& record) {
  for (std::size_t i = random.below(1 + proof.siblings.size() / 16); i < proof.siblings.size();
       i += 1 + proof.siblings.size() / 16) {
    StateProof changed = proof;
    random.flip_bit(changed.siblings[i]);
    REQUIRE_FALSE(changed.verify(root, key, record));
    changed = proof;
    changed.siblings.erase(changed.siblings.begin() + static_cast<std::ptrdiff_t>(i));
    REQUIRE_FALSE(changed.verify(root, key, record));
    changed.siblings.insert(changed.siblings.begin() + static_cast<std::ptrdiff_t>(i), 2, proof.siblings[i]);
    REQUIRE_FALSE(changed.verify(root, key, record));
  }
  StateProof padded = proof;
  padded.siblings.emplace_back();
  REQUIRE_FALSE(padded.verify(root, key, record));
  padded.siblings.resize(300, random.digest());
  REQUIRE_FALSE(padded.verify(root, key, record));

  Digest other_root = root;
  random.flip_bit(other_root);
  REQUIRE_FALSE(proof.verify(other_root, key, record));
  if (record) {
    Digest other_record = *record;
    random.flip_bit(other_record);
    REQUIRE_FALSE(proof.verify(root, key, other_record));
    REQUIRE_FALSE(proof.verify(root, key, std::nullopt));
    StateProof with_other = proof;
    with_other.other = StateEntry{key, *record};
    REQUIRE_FALSE(with_other.verify(root, key, record));
    REQUIRE_FALSE(with_other.verify(root, key, std::nullopt));
  } else {
    REQUIRE_FALSE(proof.verify(root, key, random.digest()));
    StateProof changed = proof;
    if (proof.other) {
      random.flip_bit(changed.other->key);
      REQUIRE_FALSE(changed.verify(root, key, record));
      changed = proof;
      random.flip_bit(changed.other->record);
      REQUIRE_FALSE(changed.verify(root, key, record));
      changed.other.reset();
      REQUIRE_FALSE(changed.verify(root, key, record));
      // The other leaf is present, so it can't be what proves its own absence.
      REQUIRE(proof.verify(root, proof.other->key, proof.other->record) == false);
      REQUIRE_FALSE(proof.verify(root, proof.other->key, std::nullopt));
    } else {
      changed.other = StateEntry{random.digest(), random.digest()};
      REQUIRE_FALSE(changed.verify(root, key, record));
    }
  }
}

}  // namespace

TEST_CASE("presence and absence verify for every key, and every mutation of a proof is refused") {
  for (const std::uint64_t seed : {11u, 12u, 13u}) {
    Random random(seed);
    const auto [tree, model] = grow(random, 8, seed == 11 ? 4 : 60);
    for (const auto& [key, value] : model) {
      const StateProof proof = tree.prove(key);
      REQUIRE(proof.verify(tree.root(), key, value.record));
      check_mutations(random, proof, tree.root(), key, value.record);
      const auto again = StateProof::decode(proof.encode());
      REQUIRE(again);
      REQUIRE(*again == proof);
    }
    std::size_t ends[2] = {};
    for (int i = 0; i < 200; ++i) {
      const Digest key = random_key(random, model, true);
      if (model.contains(key)) continue;
      const StateProof proof = tree.prove(key);
      REQUIRE(proof.verify(tree.root(), key, std::nullopt));
      ++ends[proof.other ? 1 : 0];
      check_mutations(random, proof, tree.root(), key, std::nullopt);
      REQUIRE(*StateProof::decode(proof.encode()) == proof);
    }
    CHECK(ends[0] > 0);
    CHECK(ends[1] > 0);
  }
}

TEST_CASE("in an empty tree everything is absent, with an empty proof") {
  Random random(14);
  const StateTree tree;
  const Digest key = random.digest();
  const StateProof proof = tree.prove(key);
  CHECK(proof == StateProof{});
  CHECK(proof.verify(tree.root(), key, std::nullopt));
  CHECK_FALSE(proof.verify(tree.root(), key, Digest{}));
  CHECK(to_hex(proof.encode()) == "0000");
}

TEST_CASE("a present key has no proof of absence by a leaf elsewhere in the tree") {
  Random random(15);
  const auto [tree, model] = grow(random, 4, 30);
  for (const auto& [key, value] : model) {
    for (const auto& [other_key, other_value] : model) {
      if (other_key == key) continue;
      StateProof stolen = tree.prove(other_key);
      stolen.other = StateEntry{other_key, other_value.record};
      REQUIRE_FALSE(stolen.verify(tree.root(), key, std::nullopt));
    }
  }
}

TEST_CASE("two keys that differ in the last bit alone are proved with 256 siblings") {
  Random random(16);
  const Digest left = random.digest();
  Digest right = left;
  right.bytes[31] ^= 1;
  StateTree tree;
  tree.commit(tree.prepare(std::vector<StateChange>{{left, StateValue{left, 1}}, {right, StateValue{left, 2}}}));
  const StateProof proof = tree.prove(left);
  CHECK(proof.siblings.size() == 256);
  CHECK(proof.verify(tree.root(), left, left));
  CHECK(*StateProof::decode(proof.encode()) == proof);
  tree.commit(tree.prepare(std::vector<StateChange>{{left, std::nullopt}}));
  const StateProof absence = tree.prove(left);
  CHECK(absence.siblings.empty());
  CHECK(absence.verify(tree.root(), left, std::nullopt));
}

TEST_CASE("bytes that are not one whole proof are refused") {
  Random random(17);
  const auto [tree, model] = grow(random, 4, 40);
  const std::string bytes = tree.prove(model.begin()->first).encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto proof = StateProof::decode(ByteView(bytes).substr(0, size));
    REQUIRE_FALSE(proof);
    REQUIRE(proof.error().reason == v1::REASON_BAD_PROOF);
  }
  CHECK_FALSE(StateProof::decode(bytes + '\0'));
  CHECK_FALSE(StateProof::decode(std::string("\x01\x01", 2) + std::string(257 * 32, 'x')));
  CHECK(StateProof::decode(std::string("\x01\x00", 2) + std::string(256 * 32, 'x')));
}

}  // namespace jinshi::merkle
