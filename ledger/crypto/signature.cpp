#include "ledger/crypto/signature.h"

#include <algorithm>

#include "ledger/crypto/scheme.h"
#include "ledger/crypto/secp256k1_context.h"
#include "proto/assert.h"

namespace jinshi::crypto {

Result<void> verify(const PublicKey& key, ByteView signing_bytes, ByteView signature) {
  const auto known = schemes();
  const auto scheme = std::ranges::find(known, static_cast<std::uint8_t>(key.encoded()[0]), &Scheme::number);
  JINSHI_ASSERT(scheme != known.end(), "a parsed key is of a known scheme");
  return scheme->verify(key.parsed(), signing_bytes, signature);
}

Result<std::string> signature_from_der(ByteView der) {
  secp256k1_ecdsa_signature parsed;
  const auto* raw = reinterpret_cast<const unsigned char*>(der.data());
  if (der.empty() || secp256k1_ecdsa_signature_parse_der(secp256k1(), &parsed, raw, der.size()) != 1) {
    return fail(v1::REASON_BAD_SIGNATURE, "These bytes are no ECDSA signature in DER: sign with SHA-256 again.");
  }
  secp256k1_ecdsa_signature_normalize(secp256k1(), &parsed, &parsed);
  std::string signature(kSignatureSize, '\0');
  secp256k1_ecdsa_signature_serialize_compact(secp256k1(), reinterpret_cast<unsigned char*>(signature.data()), &parsed);
  return signature;
}

}  // namespace jinshi::crypto
