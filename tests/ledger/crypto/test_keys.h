// Fixed keys for the tests of this folder, and a folder on disk that goes away.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "ledger/crypto/secret_key.h"
#include "ledger/crypto/sha256.h"

namespace jinshi::crypto {

inline std::string bytes(std::string_view hex) {
  auto raw = from_hex(hex);
  REQUIRE(raw);
  return *raw;
}

inline SecretKey key_of(std::string_view scalar_hex) {
  auto key = SecretKey::parse(bytes(scalar_hex));
  REQUIRE(key);
  return std::move(*key);
}

inline SecretKey numbered_key(int number) {
  auto key = SecretKey::parse(sha256("test key " + std::to_string(number)).view());
  REQUIRE(key);
  return std::move(*key);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "jinshi-crypto-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace jinshi::crypto
