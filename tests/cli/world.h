// What the tests of the command line share: keys that are the same in every run, and a folder that goes away.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/transaction_builder.h"
#include "ledger/crypto/sha256.h"

namespace jinshi::cli::testing {

inline SignerPtr key_of(std::string_view name) {
  auto key = crypto::SecretKey::parse(crypto::sha256(name).view());
  REQUIRE(key.has_value());
  return std::make_shared<const crypto::SoftwareSigner>(std::move(*key));
}

inline Digest chain() { return crypto::sha256("a chain"); }

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "jinshi-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace jinshi::cli::testing
