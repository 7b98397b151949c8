#include "ledger/crypto/secp256k1_context.h"

#include "ledger/crypto/secret_bytes.h"
#include "proto/assert.h"

namespace jinshi::crypto {

const secp256k1_context* secp256k1() {
  static const secp256k1_context* const context = [] {
    secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    const SecretBytes seed = random_secret(32);
    const auto* seed_bytes = reinterpret_cast<const unsigned char*>(seed.view().data());
    JINSHI_ASSERT(secp256k1_context_randomize(made, seed_bytes) == 1, "a context takes any 32 bytes as its seed");
    return made;
  }();
  return context;
}

}  // namespace jinshi::crypto
