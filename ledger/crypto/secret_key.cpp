#include "ledger/crypto/secret_key.h"

#include "ledger/crypto/scheme.h"
#include "ledger/crypto/secp256k1_context.h"
#include "proto/assert.h"

namespace jinshi::crypto {

Result<SecretKey> SecretKey::parse(ByteView scalar) {
  const auto* raw = reinterpret_cast<const unsigned char*>(scalar.data());
  secp256k1_pubkey point;
  if (scalar.size() != kSize || secp256k1_ec_pubkey_create(secp256k1(), &point, raw) != 1) {
    return fail(v1::REASON_BAD_VALUE,
                "A secret key is a number of 32 bytes, above zero and below the group's order: make a new one.");
  }
  std::array<unsigned char, PublicKey::kEncodedSize> encoded{kSchemeSecp256k1};
  std::size_t size = encoded.size() - 1;
  secp256k1_ec_pubkey_serialize(secp256k1(), encoded.data() + 1, &size, &point, SECP256K1_EC_COMPRESSED);
  auto public_key = PublicKey::parse({reinterpret_cast<const char*>(encoded.data()), encoded.size()});
  JINSHI_ASSERT(public_key, "a public key made from a secret one parses");
  return SecretKey(SecretBytes(scalar), *public_key);
}

SecretKey generate_key() {
  for (;;) {  // one number in 2^127 is refused
    const SecretBytes scalar = random_secret(SecretKey::kSize);
    if (auto key = SecretKey::parse(scalar.view())) return std::move(*key);
  }
}

}  // namespace jinshi::crypto
