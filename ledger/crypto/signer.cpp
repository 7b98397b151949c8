#include "ledger/crypto/signer.h"

#include "ledger/crypto/secp256k1_context.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signature.h"
#include "proto/assert.h"

namespace jinshi::crypto {

Result<std::string> SoftwareSigner::sign(ByteView signing_bytes) const {
  const Digest hash = sha256(signing_bytes);
  const auto* scalar = reinterpret_cast<const unsigned char*>(key_.scalar().data());
  JINSHI_ASSERT(key_.scalar().size() == SecretKey::kSize, "a signer's key was not moved from");
  secp256k1_ecdsa_signature made;
  const int signed_it = secp256k1_ecdsa_sign(secp256k1(), &made, hash.bytes.data(), scalar, nullptr, nullptr);
  JINSHI_ASSERT(signed_it == 1, "a parsed secret key signs any digest");
  std::string signature(kSignatureSize, '\0');
  secp256k1_ecdsa_signature_serialize_compact(secp256k1(), reinterpret_cast<unsigned char*>(signature.data()), &made);
  return signature;
}

}  // namespace jinshi::crypto
