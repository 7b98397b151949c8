#include "ledger/crypto/secret_bytes.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "proto/assert.h"

namespace jinshi::crypto {
namespace {

void fill_randomly(char* bytes, std::size_t size) {
  const int filled = RAND_bytes(reinterpret_cast<unsigned char*>(bytes), static_cast<int>(size));
  JINSHI_ASSERT(filled == 1, "the operating system gives random bytes");
}

}  // namespace

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

void SecretBytes::wipe() {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SecretBytes random_secret(std::size_t size) {
  SecretBytes secret(size);
  if (size > 0) fill_randomly(secret.data(), size);
  return secret;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  if (size > 0) fill_randomly(bytes.data(), size);
  return bytes;
}

}  // namespace jinshi::crypto
