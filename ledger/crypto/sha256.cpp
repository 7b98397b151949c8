// OpenSSL's low-level calls are deprecated, yet they cost 92 ns for a tree's node where a fetched digest costs 121 and
// the one-line EVP call 300: this file alone uses them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/crypto/sha256.h"

#include <openssl/sha.h>

#include <new>
#include <type_traits>

#include "proto/assert.h"

namespace jinshi::crypto {

static_assert(sizeof(SHA256_CTX) <= 112 && alignof(SHA256_CTX) <= 8 && std::is_trivially_copyable_v<SHA256_CTX>);

Digest sha256(ByteView bytes) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.bytes.data());
  return digest;
}

Sha256::Sha256() { SHA256_Init(new (state_.data()) SHA256_CTX); }

Sha256& Sha256::update(ByteView bytes) {
  SHA256_Update(std::launder(reinterpret_cast<SHA256_CTX*>(state_.data())), bytes.data(), bytes.size());
  return *this;
}

Digest Sha256::finish() {
  auto* context = std::launder(reinterpret_cast<SHA256_CTX*>(state_.data()));
  Digest digest;
  SHA256_Final(digest.bytes.data(), context);
  SHA256_Init(context);
  return digest;
}

namespace {

Digest pair_portable(std::uint8_t prefix, const Digest& left, const Digest& right) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, &prefix, 1);
  SHA256_Update(&context, left.bytes.data(), Digest::kSize);
  SHA256_Update(&context, right.bytes.data(), Digest::kSize);
  Digest digest;
  SHA256_Final(digest.bytes.data(), &context);
  return digest;
}

}  // namespace

Digest sha256_pair(std::uint8_t prefix, const Digest& left, const Digest& right) {
  return pair_portable(prefix, left, right);
}

void sha256_pairs(std::uint8_t prefix, std::span<const DigestPair> pairs, std::span<Digest> out) {
  JINSHI_ASSERT(pairs.size() == out.size(), "a batch of tree nodes has one digest for each pair");
  if (internal::has_sha_instructions()) {
    internal::sha256_pairs_hardware(prefix, pairs, out);
  } else {
    internal::sha256_pairs_portable(prefix, pairs, out);
  }
}

void internal::sha256_pairs_portable(std::uint8_t prefix, std::span<const DigestPair> pairs, std::span<Digest> out) {
  for (std::size_t i = 0; i < pairs.size(); ++i) out[i] = pair_portable(prefix, pairs[i].left, pairs[i].right);
}

}  // namespace jinshi::crypto
