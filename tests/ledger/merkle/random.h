// Seeded randomness for property tests: the seed is part of what a failure prints.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "proto/types.h"

namespace jinshi::merkle {

class Random {
 public:
  explicit Random(std::uint64_t seed)
      : seed_(Catch::MessageBuilder("INFO", CATCH_INTERNAL_LINEINFO, Catch::ResultWas::Info) << "seed " << seed),
        engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  Digest digest() {
    Digest digest;
    for (std::size_t i = 0; i < Digest::kSize; i += 8) {
      const std::uint64_t word = engine_();
      std::memcpy(digest.bytes.data() + i, &word, 8);
    }
    return digest;
  }
  std::vector<Digest> digests(std::size_t count) {
    std::vector<Digest> digests(count);
    for (Digest& each : digests) each = digest();
    return digests;
  }
  void flip_bit(Digest& digest) { digest.bytes[below(Digest::kSize)] ^= static_cast<std::uint8_t>(1u << below(8)); }
  void flip_bit(std::string& bytes) {
    auto& byte = bytes[below(bytes.size())];
    byte = static_cast<char>(byte ^ (1 << below(8)));
  }

 private:
  Catch::ScopedMessage seed_;
  std::mt19937_64 engine_;
};

inline std::vector<std::size_t> sizes_to_try() {
  std::vector<std::size_t> sizes;
  for (std::size_t n = 0; n <= 70; ++n) sizes.push_back(n);
  for (const std::size_t n : {127u, 128u, 129u, 255u, 256u, 257u}) sizes.push_back(n);
  return sizes;
}

}  // namespace jinshi::merkle
