#include "ledger/merkle/state_file.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/ledger/merkle/state_model.h"

namespace jinshi::merkle {
namespace {

StateTree grown(Random& random, std::size_t size) {
  StateTree tree;
  Model model;
  while (tree.size() < size) {
    const auto changes = random_changes(random, model, 1 + random.below(size), false);
    enact(changes, model);
    tree.commit(tree.prepare(changes));
  }
  return tree;
}

std::string written(const StateTree& tree, Height height) {
  std::ostringstream out;
  REQUIRE(write_state_file(out, tree, height));
  return out.str();
}

Result<StateFile> reread(const std::string& bytes) {
  std::istringstream in(bytes);
  return read_state_file(in);
}

}  // namespace

TEST_CASE("a leaf file gives back the tree, its positions and its height") {
  Random random(31);
  for (const std::size_t size : {0u, 1u, 2u, 100u, 9000u}) {
    const StateTree tree = grown(random, size);
    const auto file = reread(written(tree, 77));
    REQUIRE(file);
    CHECK(file->height == 77);
    CHECK(file->tree.root() == tree.root());
    CHECK(file->tree.size() == tree.size());
    std::vector<StateLeaf> before, after;
    tree.for_each_leaf([&](const StateLeaf& leaf) { before.push_back(leaf); });
    file->tree.for_each_leaf([&](const StateLeaf& leaf) { after.push_back(leaf); });
    CHECK(before == after);
  }
}

TEST_CASE("the bytes of a leaf file with one leaf are as documented") {
  StateTree tree;
  const Digest key = *Digest::from(std::string(32, '\x11'));
  const Digest record = *Digest::from(std::string(32, '\x22'));
  tree.commit(tree.prepare(std::vector<StateChange>{{key, StateValue{record, 0x0102}}}));
  std::string expected =
      "JSLEAVES" + std::string(7, '\0') + "\x05" + std::string(7, '\0') + "\x01" + tree.root().string();
  expected += crypto::sha256(expected).string();
  expected += key.string() + record.string() + std::string(6, '\0') + "\x01\x02";
  expected += crypto::sha256(expected).string();
  CHECK(written(tree, 5) == expected);
  CHECK(to_hex(crypto::sha256(expected).view()) == "eb1c02da906b8402547319a2f64f29db4606bdef729c7887420ae28ee7202c51");
}

TEST_CASE("a leaf file cut anywhere, changed anywhere or with more behind it is refused") {
  Random random(32);
  const std::string bytes = written(grown(random, 10), 3);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    const auto cut = reread(bytes.substr(0, i));
    REQUIRE_FALSE(cut);
    REQUIRE(cut.error().reason == v1::REASON_DAMAGED);
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ (1 << random.below(8)));
    REQUIRE_FALSE(reread(changed));
  }
  CHECK_FALSE(reread(bytes + '\0'));
  CHECK_FALSE(reread(bytes + bytes));
}

TEST_CASE("a stream that refuses to be written is an error of the disk") {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const auto result = write_state_file(out, StateTree(), 1);
  REQUIRE_FALSE(result);
  CHECK(result.error().reason == v1::REASON_DISK);
}

}  // namespace jinshi::merkle
