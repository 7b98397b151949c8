#include "ledger/merkle/content_tree.h"

#include <catch2/catch.hpp>

#include "tests/ledger/merkle/random.h"

namespace jinshi::merkle {
namespace {

std::string bytes_of(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

std::vector<Digest> roots_of(const std::string& bytes, std::uint64_t chunk_size) {
  std::vector<Digest> roots;
  for (std::size_t at = 0; at < bytes.size(); at += chunk_size) {
    roots.push_back(chunk_root(ByteView(bytes).substr(at, chunk_size)));
  }
  return roots;
}

ContentSummary summary_of(const std::string& bytes, std::uint64_t chunk_size) {
  ContentHasher hasher(chunk_size);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace

TEST_CASE("a content's root is the RFC tree over its chunk roots, each over its sectors, in pieces of any size") {
  Random random(61);
  for (const std::size_t size : {0u, 1u, 1023u, 1024u, 1025u, 65'535u, 65'536u, 65'537u, 200'000u, 327'680u}) {
    CAPTURE(size);
    const std::string bytes = bytes_of(random, size);
    std::vector<Digest> chunks;
    for (std::size_t at = 0; at < size; at += kMinChunkSize) {
      std::vector<Digest> sectors;
      for (std::size_t in = at; in < std::min<std::size_t>(at + kMinChunkSize, size); in += 1024) {
        sectors.push_back(leaf_hash(ByteView(bytes).substr(in, 1024)));
      }
      const Digest root = merkle_root(sectors);
      REQUIRE(chunk_root(ByteView(bytes).substr(at, kMinChunkSize)) == root);
      chunks.push_back(leaf_hash(root.view()));
    }
    const ContentSummary expected{merkle_root(chunks), size, kMinChunkSize, chunks.size()};
    REQUIRE(content_root(roots_of(bytes, kMinChunkSize)) == expected.root);
    for (const std::size_t largest : {1u, 1024u, 5'000u, 400'000u}) {
      if (largest == 1 && size > 70'000) continue;
      ContentHasher hasher(kMinChunkSize);
      for (ByteView rest = bytes; !rest.empty();) {
        const std::size_t piece = std::min<std::size_t>(rest.size(), largest == 1 ? 1 : random.below(largest) + 1);
        hasher.update(rest.substr(0, piece));
        rest.remove_prefix(piece);
      }
      REQUIRE(hasher.finish() == expected);
    }
  }
}

TEST_CASE("a content without bytes has no chunk and the root of nothing") {
  CHECK(summary_of("", kMinChunkSize) == ContentSummary{empty_root(), 0, kMinChunkSize, 0});
  CHECK_FALSE(verify_sector({empty_root(), 0, kMinChunkSize, 0}, 0, {}));
}

TEST_CASE("the content root of the bytes 0 to 255 over and over keeps its golden value") {
  std::string bytes(150'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  CHECK(to_hex(summary_of(bytes, kMinChunkSize).root.view()) ==
        "0e4745bc2cb9e31d8b59fdc24662c336073cdeb0629eaeed27373050f1786c4d");
}

TEST_CASE("every sector is proved and any change to it, its place or its paths is refused") {
  Random random(62);
  for (const std::size_t size : {1u, 1'500u, 65'536u, 150'000u}) {
    const std::string bytes = bytes_of(random, size);
    const ContentSummary content = summary_of(bytes, kMinChunkSize);
    const auto roots = roots_of(bytes, kMinChunkSize);
    const std::uint64_t count = sector_count(size);
    for (std::uint64_t index = 0; index < count; ++index) {
      CAPTURE(size, index);
      const auto chunk = ByteView(bytes).substr(index / 64 * kMinChunkSize, kMinChunkSize);
      const auto proof = prove_sector(content, index, chunk, roots);
      REQUIRE(proof);
      REQUIRE(verify_sector(content, index, *proof));
      SectorProof changed = *proof;
      random.flip_bit(changed.sector);
      REQUIRE_FALSE(verify_sector(content, index, changed));
      changed = *proof;
      changed.sector.pop_back();
      REQUIRE_FALSE(verify_sector(content, index, changed));
      for (auto path : {&SectorProof::chunk_path, &SectorProof::content_path}) {
        changed = *proof;
        (changed.*path).push_back(random.digest());
        REQUIRE_FALSE(verify_sector(content, index, changed));
        changed = *proof;
        if ((changed.*path).empty()) continue;
        random.flip_bit((changed.*path)[random.below((changed.*path).size())]);
        REQUIRE_FALSE(verify_sector(content, index, changed));
      }
      if (count > 1) REQUIRE_FALSE(verify_sector(content, (index + 1) % count, *proof));
      REQUIRE_FALSE(verify_sector(content, count, *proof));
      ContentSummary other = content;
      ++other.chunk_count;
      REQUIRE_FALSE(verify_sector(other, index, *proof));
      other = content;
      other.chunk_size = 1000;
      REQUIRE_FALSE(verify_sector(other, index, *proof));
    }
    std::string rotten(ByteView(bytes).substr(0, kMinChunkSize));
    random.flip_bit(rotten);
    const auto refused = prove_sector(content, 0, rotten, roots);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == v1::REASON_CONTENT_MISMATCH);
    CHECK(prove_sector(content, count, bytes, roots).error().reason == v1::REASON_BAD_VALUE);
  }
}

}  // namespace jinshi::merkle
