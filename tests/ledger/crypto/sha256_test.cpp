#include "ledger/crypto/sha256.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace jinshi::crypto {
namespace {

std::string hex(const Digest& digest) { return to_hex(digest.view()); }

std::vector<DigestPair> random_pairs(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<DigestPair> pairs(count);
  for (DigestPair& pair : pairs) {
    for (auto& byte : pair.left.bytes) byte = static_cast<std::uint8_t>(random());
    for (auto& byte : pair.right.bytes) byte = static_cast<std::uint8_t>(random());
  }
  return pairs;
}

std::string message_of(std::uint8_t prefix, const DigestPair& pair) {
  return std::string(1, static_cast<char>(prefix)) + pair.left.string() + pair.right.string();
}

}  // namespace

// FIPS 180-4's examples, as NIST publishes them.
TEST_CASE("SHA-256 gives the digests that NIST publishes") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                   "mnopqrstnopqrstu")) == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("bytes that arrive in pieces hash as the whole, wherever they are cut") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += static_cast<char>(i * 7);
  Sha256 hash;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const ByteView whole = text;
    hash.update(whole.substr(0, cut)).update(whole.substr(cut));
    const Sha256 copy = hash;
    REQUIRE(hash.finish() == sha256(text));
    REQUIRE(Sha256(copy).finish() == sha256(text));
  }
  CHECK(hash.finish() == sha256(""));
}

TEST_CASE("a tree's node is the hash of its prefix and its two children") {
  for (const DigestPair& pair : random_pairs(50, 1)) {
    for (const int prefix : {0, 1, 3, 255}) {
      const auto byte = static_cast<std::uint8_t>(prefix);
      REQUIRE(sha256_pair(byte, pair.left, pair.right) == sha256(message_of(byte, pair)));
    }
  }
  // By another library: H(0x01, 32 zero bytes, 32 zero bytes).
  CHECK(hex(sha256_pair(1, Digest{}, Digest{})) == "ae0798d0ecaed2b778eddebf18f071a561c53658c05e76cedecc27cafbdbc577");
}

TEST_CASE("the hardware path and the portable one agree for every count of nodes") {
  for (std::size_t count = 0; count <= 33; ++count) {
    const auto pairs = random_pairs(count, 100 + count);
    std::vector<Digest> portable(count), chosen(count), hardware(count);
    internal::sha256_pairs_portable(1, pairs, portable);
    sha256_pairs(1, pairs, chosen);
    REQUIRE(chosen == portable);
    for (std::size_t i = 0; i < count; ++i) REQUIRE(portable[i] == sha256(message_of(1, pairs[i])));
    if (!internal::has_sha_instructions()) continue;
    internal::sha256_pairs_hardware(1, pairs, hardware);
    REQUIRE(hardware == portable);
  }
  if (!internal::has_sha_instructions()) WARN("this processor has no SHA instructions: only the portable path ran");
}

TEST_CASE("a level of a tree folds in place") {
  for (const std::size_t count : {1, 2, 7, 8}) {
    auto pairs = random_pairs(count, 9);
    std::vector<Digest> apart(count);
    sha256_pairs(1, pairs, apart);
    auto* level = reinterpret_cast<Digest*>(pairs.data());
    sha256_pairs(1, pairs, std::span(level, count));
    REQUIRE(std::equal(apart.begin(), apart.end(), level));
  }
}

}  // namespace jinshi::crypto
