// The secret half of a ledger key, held in memory that is wiped when it is let go.
#pragma once

#include <cstddef>

#include "ledger/crypto/public_key.h"
#include "ledger/crypto/secret_bytes.h"
#include "proto/error.h"

namespace jinshi::crypto {

class SecretKey {
 public:
  static constexpr std::size_t kSize = 32;

  // BAD_VALUE unless `scalar` is 32 bytes, big-endian, above zero and below the group's order.
  static Result<SecretKey> parse(ByteView scalar);

  const PublicKey& public_key() const { return public_key_; }
  ByteView scalar() const { return scalar_.view(); }

 private:
  SecretKey(SecretBytes scalar, const PublicKey& public_key) : scalar_(std::move(scalar)), public_key_(public_key) {}

  SecretBytes scalar_;
  PublicKey public_key_;
};

// A new key from the operating system's generator.
SecretKey generate_key();

}  // namespace jinshi::crypto
