// SHA-256 on the x86 SHA extensions, two messages of 65 bytes at a time: one message's rounds wait on one another, so a
// second one fills the gaps (52 ns a node instead of 92). Elsewhere than on x86 there is no such path.
#include <cstring>

#include "ledger/crypto/sha256.h"
#include "proto/assert.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define JINSHI_SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

namespace jinshi::crypto::internal {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kMessage = 1 + 2 * Digest::kSize;
constexpr std::size_t kPadded = 2 * kBlock;

alignas(16) constexpr std::uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The processor keeps the eight working words as (a, b, e, f) and (c, d, g, h), each from the high lane down.
struct Words {
  __m128i abef;
  __m128i cdgh;
};

JINSHI_SHA_TARGET inline Words initial_words() {
  return {_mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f, static_cast<int>(0x9b05688c)),
          _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19)};
}

JINSHI_SHA_TARGET inline __m128i byte_order() { return _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203); }

// One block of each lane. The schedule of group g (four rounds) replaces that of group g - 4.
template <std::size_t kLanes>
JINSHI_SHA_TARGET inline void compress(Words (&words)[kLanes], const std::uint8_t* const (&blocks)[kLanes]) {
  Words next[kLanes];
  __m128i schedule[kLanes][4];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    next[lane] = words[lane];
    for (std::size_t i = 0; i < 4; ++i) {
      const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks[lane] + 16 * i));
      schedule[lane][i] = _mm_shuffle_epi8(raw, byte_order());
    }
  }
#pragma GCC unroll 16
  for (std::size_t group = 0; group < 16; ++group) {
    const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRoundConstants + 4 * group));
    const std::size_t now = group % 4;
#pragma GCC unroll 2
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      __m128i* w = schedule[lane];
      if (group >= 4) {
        const __m128i last = w[(now + 3) % 4];
        const __m128i partial =
            _mm_add_epi32(_mm_sha256msg1_epu32(w[now], w[(now + 1) % 4]), _mm_alignr_epi8(last, w[(now + 2) % 4], 4));
        w[now] = _mm_sha256msg2_epu32(partial, last);
      }
      const __m128i input = _mm_add_epi32(w[now], constants);
      next[lane].cdgh = _mm_sha256rnds2_epu32(next[lane].cdgh, next[lane].abef, input);
      next[lane].abef = _mm_sha256rnds2_epu32(next[lane].abef, next[lane].cdgh, _mm_shuffle_epi32(input, 0x0e));
    }
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    words[lane].abef = _mm_add_epi32(words[lane].abef, next[lane].abef);
    words[lane].cdgh = _mm_add_epi32(words[lane].cdgh, next[lane].cdgh);
  }
}

JINSHI_SHA_TARGET inline void store(const Words& words, Digest& out) {
  const __m128i high = _mm_unpackhi_epi64(words.cdgh, words.abef);  // d and c, then b and a, from the low lane up
  const __m128i low = _mm_unpacklo_epi64(words.cdgh, words.abef);
  const __m128i reverse = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  auto* to = reinterpret_cast<__m128i*>(out.bytes.data());
  _mm_storeu_si128(to, _mm_shuffle_epi8(high, reverse));
  _mm_storeu_si128(to + 1, _mm_shuffle_epi8(low, reverse));
}

// Lays out one padded message: all that differs between nodes are the 64 bytes after the prefix.
inline void prepare(std::uint8_t prefix, std::uint8_t (&message)[kPadded]) {
  std::memset(message, 0, kPadded);
  message[0] = prefix;
  message[kMessage] = 0x80;
  message[kPadded - 2] = kMessage * 8 >> 8;
  message[kPadded - 1] = kMessage * 8 & 0xff;
}

template <std::size_t kLanes>
JINSHI_SHA_TARGET inline void hash(std::uint8_t (&messages)[kLanes][kPadded], const DigestPair* pairs, Digest* out) {
  Words words[kLanes];
  const std::uint8_t* first[kLanes];
  const std::uint8_t* second[kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    words[lane] = initial_words();
    std::memcpy(messages[lane] + 1, pairs[lane].left.bytes.data(), Digest::kSize);
    std::memcpy(messages[lane] + 1 + Digest::kSize, pairs[lane].right.bytes.data(), Digest::kSize);
    first[lane] = messages[lane];
    second[lane] = messages[lane] + kBlock;
  }
  compress<kLanes>(words, first);
  compress<kLanes>(words, second);
  for (std::size_t lane = 0; lane < kLanes; ++lane) store(words[lane], out[lane]);
}

bool ask_processor() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & (1u << 29)) == 0) return false;
  return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

}  // namespace

bool has_sha_instructions() {
  static const bool has = ask_processor();
  return has;
}

JINSHI_SHA_TARGET void sha256_pairs_hardware(std::uint8_t prefix, std::span<const DigestPair> pairs,
                                             std::span<Digest> out) {
  std::uint8_t messages[2][kPadded];
  for (auto& message : messages) prepare(prefix, message);
  std::size_t i = 0;
  for (; i + 2 <= pairs.size(); i += 2) hash<2>(messages, &pairs[i], &out[i]);
  if (i < pairs.size()) {
    std::uint8_t last[1][kPadded];
    prepare(prefix, last[0]);
    hash<1>(last, &pairs[i], &out[i]);
  }
}

}  // namespace jinshi::crypto::internal

#else

namespace jinshi::crypto::internal {

bool has_sha_instructions() { return false; }

void sha256_pairs_hardware(std::uint8_t, std::span<const DigestPair>, std::span<Digest>) {
  JINSHI_ASSERT(false, "the hardware path is taken only where the processor has it");
}

}  // namespace jinshi::crypto::internal

#endif
