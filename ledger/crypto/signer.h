// What signs, wherever its key lives: in this process's memory or behind an HSM's door.
#pragma once

#include <string>

#include "ledger/crypto/public_key.h"
#include "ledger/crypto/secret_key.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

class Signer {
 public:
  virtual ~Signer() = default;

  virtual const PublicKey& public_key() const = 0;

  // A signature that `verify` accepts over these bytes (digest.h: those before the hash). An implementation that
  // reaches out of the process may fail, with a sentence for the operator. Called from any thread.
  virtual Result<std::string> sign(ByteView signing_bytes) const = 0;
};

// Signs with a key in memory. Deterministic (RFC 6979), low S; never fails.
class SoftwareSigner final : public Signer {
 public:
  explicit SoftwareSigner(SecretKey key) : key_(std::move(key)) {}

  const PublicKey& public_key() const override { return key_.public_key(); }
  Result<std::string> sign(ByteView signing_bytes) const override;

 private:
  SecretKey key_;
};

}  // namespace jinshi::crypto
