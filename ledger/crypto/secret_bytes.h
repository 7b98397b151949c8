// Bytes that must not outlive their use: they live in one place of memory, are never copied, and are wiped when let go.
#pragma once

#include <cstddef>
#include <vector>

#include "proto/types.h"

namespace jinshi::crypto {

class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  explicit SecretBytes(ByteView copied) : bytes_(copied.begin(), copied.end()) {}
  ~SecretBytes() { wipe(); }
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  ByteView view() const { return {bytes_.data(), bytes_.size()}; }
  char* data() { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  void wipe();

  std::vector<char> bytes_;
};

// From the operating system's generator. Stops the process where there is none: no key of a ledger may be guessable.
SecretBytes random_secret(std::size_t size);

// The same for bytes that travel, such as nonces and salts.
std::string random_bytes(std::size_t size);

}  // namespace jinshi::crypto
