#include "ledger/merkle/rfc9162.h"

#include <catch2/catch.hpp>

#include "tests/ledger/merkle/random.h"

namespace jinshi::merkle {
namespace {

using Hashes = std::vector<Digest>;

// MTH, PATH and PROOF as RFC 9162 section 2.1 writes them, to hold the quick ones against.
std::uint64_t split_of(std::uint64_t n) {
  std::uint64_t k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

Digest naive_root(std::span<const Digest> d) {
  if (d.empty()) return empty_root();
  if (d.size() == 1) return d.front();
  const auto k = split_of(d.size());
  return node_hash(naive_root(d.first(k)), naive_root(d.subspan(k)));
}

Hashes naive_path(std::uint64_t m, std::span<const Digest> d) {
  if (d.size() == 1) return {};
  const auto k = split_of(d.size());
  Hashes path = m < k ? naive_path(m, d.first(k)) : naive_path(m - k, d.subspan(k));
  path.push_back(m < k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return path;
}

std::vector<std::string> certificate_transparency_leaves() {
  std::vector<std::string> leaves;
  for (const char* hex :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(*from_hex(hex));
  }
  return leaves;
}

Hashes hashes_of(const std::vector<std::string>& leaves) {
  Hashes hashes;
  for (const auto& leaf : leaves) hashes.push_back(leaf_hash(leaf));
  return hashes;
}

}  // namespace

TEST_CASE("the roots are those of Certificate Transparency's published test vectors") {
  const Hashes leaves = hashes_of(certificate_transparency_leaves());
  CHECK(to_hex(empty_root().view()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const char* const kRoots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  for (std::size_t n = 1; n <= 8; ++n) {
    CHECK(to_hex(merkle_root(std::span(leaves).first(n)).view()) == kRoots[n - 1]);
  }
}

TEST_CASE("the roots and paths of all small trees are those of the RFC's recursion") {
  Random random(1);
  const Hashes leaves = random.digests(260);
  for (const std::size_t n : sizes_to_try()) {
    CAPTURE(n);
    const auto tree = std::span(leaves).first(n);
    const Digest root = naive_root(tree);
    const LeafTree whole(Hashes(tree.begin(), tree.end()));
    REQUIRE(merkle_root(tree) == root);
    REQUIRE(whole.root() == root);
    for (std::size_t i = 0; i < n; ++i) {
      const Hashes path = naive_path(i, tree);
      REQUIRE(inclusion_path(i, tree) == path);
      REQUIRE(whole.path(i) == path);
      REQUIRE(inclusion_path_length(i, n) == path.size());
      REQUIRE(verify_inclusion(leaves[i], i, n, path, root));
    }
  }
}

TEST_CASE("an inclusion path at an odd tree size verifies and any changed part is refused") {
  Random random(2);
  const Hashes leaves = random.digests(70);
  for (const std::size_t n : {1u, 2u, 3u, 7u, 11u, 64u, 65u, 70u}) {
    const auto tree = std::span(leaves).first(n);
    const Digest root = merkle_root(tree);
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(n, i);
      const Hashes path = inclusion_path(i, tree);
      for (std::size_t level = 0; level < path.size(); ++level) {
        Hashes changed = path;
        random.flip_bit(changed[level]);
        REQUIRE_FALSE(verify_inclusion(leaves[i], i, n, changed, root));
      }
      Hashes longer = path;
      longer.push_back(random.digest());
      REQUIRE_FALSE(verify_inclusion(leaves[i], i, n, longer, root));
      if (!path.empty()) REQUIRE_FALSE(verify_inclusion(leaves[i], i, n, std::span(path).first(path.size() - 1), root));
      for (std::size_t other = 0; other < n + 2; ++other) {
        if (other != i) REQUIRE_FALSE(verify_inclusion(leaves[i], other, n, path, root));
      }
      REQUIRE_FALSE(verify_inclusion(random.digest(), i, n, path, root));
      REQUIRE_FALSE(verify_inclusion(leaves[i], i, n, path, random.digest()));
    }
  }
  CHECK_FALSE(verify_inclusion(leaves[0], 0, 0, {}, empty_root()));
  CHECK_FALSE(verify_inclusion(leaves[0], ~std::uint64_t{0}, ~std::uint64_t{0}, {}, empty_root()));
}

TEST_CASE("a consistency proof between any two small sizes verifies and any changed part is refused") {
  Random random(3);
  const Hashes leaves = random.digests(70);
  for (std::size_t n = 0; n <= leaves.size(); ++n) {
    const auto tree = std::span(leaves).first(n);
    const Digest root = merkle_root(tree);
    for (std::size_t m = 0; m <= n; ++m) {
      CAPTURE(m, n);
      const Digest older = merkle_root(tree.first(m));
      const Hashes proof = consistency_proof(m, tree);
      REQUIRE(verify_consistency(m, n, older, root, proof));
      REQUIRE_FALSE(verify_consistency(m, n, random.digest(), root, proof));
      if (m > 0) REQUIRE_FALSE(verify_consistency(m, n, older, random.digest(), proof));
      Hashes longer = proof;
      longer.push_back(random.digest());
      REQUIRE_FALSE(verify_consistency(m, n, older, root, longer));
      for (std::size_t level = 0; level < proof.size(); ++level) {
        Hashes changed = proof;
        random.flip_bit(changed[level]);
        REQUIRE_FALSE(verify_consistency(m, n, older, root, changed));
        REQUIRE_FALSE(verify_consistency(m, n, older, root, std::span(proof).first(level)));
      }
      REQUIRE_FALSE(verify_consistency(n + 1, n, root, root, proof));
    }
  }
}

TEST_CASE("a frontier fed in any pieces, or restored between them, has the root of the whole") {
  Random random(4);
  const Hashes leaves = random.digests(600);
  for (int round = 0; round < 50; ++round) {
    Frontier frontier;
    while (frontier.size() < leaves.size()) {
      const std::size_t count = std::min<std::size_t>(random.below(80), leaves.size() - frontier.size());
      frontier.append(std::span(leaves).subspan(frontier.size(), count));
      REQUIRE(frontier.root() == naive_root(std::span(leaves).first(frontier.size())));
      frontier = Frontier(frontier.size(), frontier.peaks());
    }
  }
}

}  // namespace jinshi::merkle
