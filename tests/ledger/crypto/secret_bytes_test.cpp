#include "ledger/crypto/secret_bytes.h"

#include <catch2/catch.hpp>

namespace jinshi::crypto {

TEST_CASE("secret bytes move and leave nothing behind") {
  SecretBytes secret(ByteView("a secret"));
  SecretBytes moved = std::move(secret);
  CHECK(moved.view() == "a secret");
  CHECK(secret.empty());  // NOLINT: what is left after a move is promised
  SecretBytes other(ByteView("another"));
  other = std::move(moved);
  CHECK(other.view() == "a secret");
  CHECK(moved.empty());  // NOLINT
}

TEST_CASE("random bytes are of the size asked for and differ") {
  for (const std::size_t size : {0u, 1u, 16u, 32u, 1000u}) {
    CHECK(random_bytes(size).size() == size);
    CHECK(random_secret(size).size() == size);
  }
  CHECK(random_bytes(32) != random_bytes(32));
  CHECK(random_secret(32).view() != random_secret(32).view());
}

}  // namespace jinshi::crypto
