// Long contents encrypted in segments, so that they stream, run in parallel, and any part can be read back alone
// (docs/protocol.md, sealed container). Each segment is AES-256-GCM (NIST SP 800-38D) under one key; its nonce is the
// container's with its index added by XOR, and its associated data bind the container's header, the index, and whether
// it is the last: segments can be neither changed, swapped, repeated, left out, nor cut off at the end.
#pragma once

#include <cstdint>
#include <string>

#include "ledger/crypto/secret_bytes.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

class SegmentCipher {
 public:
  static constexpr std::size_t kKeySize = 32;
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;

  // The key must be used for this container alone. BAD_VALUE when the key or the nonce is of another length.
  static Result<SegmentCipher> make(SecretBytes key, ByteView nonce, ByteView header);

  // The ciphertext, then its tag. Any thread.
  std::string seal(std::uint64_t index, bool last, ByteView plaintext) const;
  // DAMAGED for anything but what `seal` gave for this index and end, under this key and header.
  Result<std::string> open(std::uint64_t index, bool last, ByteView sealed) const;

 private:
  SegmentCipher() = default;
  std::string nonce_of(std::uint64_t index) const;
  std::string associated_data(std::uint64_t index, bool last) const;

  SecretBytes key_;
  std::string nonce_;
  std::string header_;
};

}  // namespace jinshi::crypto
