#include "ledger/crypto/signature.h"

#include <cstring>

#include "ledger/crypto/secp256k1_context.h"
#include "ledger/crypto/sha256.h"

namespace jinshi::crypto {

Result<void> verify(const PublicKey& key, ByteView signing_bytes, ByteView signature) {
  if (signature.size() != kSignatureSize) {
    return fail(v1::REASON_BAD_SIGNATURE, "A signature is exactly 64 bytes, r and s of 32 bytes each; this one has " +
                                              std::to_string(signature.size()) + '.');
  }
  secp256k1_ecdsa_signature parsed;
  const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
  if (secp256k1_ecdsa_signature_parse_compact(secp256k1(), &parsed, raw) != 1) {
    return fail(v1::REASON_BAD_SIGNATURE, "The signature's r or s lies outside the group: sign again.");
  }
  if (secp256k1_ecdsa_signature_normalize(secp256k1(), nullptr, &parsed) == 1) {
    return fail(v1::REASON_BAD_SIGNATURE,
                "The signature's s lies in the upper half of the group: replace it by the group's order minus s.");
  }
  secp256k1_pubkey point;
  std::memcpy(point.data, key.parsed().data(), sizeof point.data);
  const Digest hash = sha256(signing_bytes);
  if (secp256k1_ecdsa_verify(secp256k1(), &parsed, hash.bytes.data(), &point) != 1) {
    return fail(v1::REASON_BAD_SIGNATURE, "The signature is not this key's over these bytes.");
  }
  return {};
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
