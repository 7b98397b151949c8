// Scheme 1: ECDSA over secp256k1 with SHA-256.
#include <cstring>

#include "ledger/crypto/public_key.h"
#include "ledger/crypto/scheme.h"
#include "ledger/crypto/secp256k1_context.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signature.h"

namespace jinshi::crypto {

Result<ParsedKey> parse_secp256k1(ByteView encoded) {
  // The library would take the 65 bytes of uncompressed and hybrid points, too: one key, several encodings.
  if (encoded.size() != PublicKey::kEncodedSize || (encoded[1] != 0x02 && encoded[1] != 0x03)) {
    return fail(v1::REASON_BAD_VALUE,
                "A public key of scheme 01 is that byte and a compressed point: 33 bytes that begin with 02 or 03.");
  }
  secp256k1_pubkey point;
  static_assert(sizeof point.data == sizeof(ParsedKey));
  const auto* raw = reinterpret_cast<const unsigned char*>(encoded.data()) + 1;
  if (secp256k1_ec_pubkey_parse(secp256k1(), &point, raw, PublicKey::kEncodedSize - 1) != 1) {
    return fail(v1::REASON_BAD_VALUE, "The public key's 33 bytes are no point of the curve: copy the key again.");
  }
  ParsedKey parsed;
  std::memcpy(parsed.data(), point.data, parsed.size());
  return parsed;
}

Result<void> verify_secp256k1(const ParsedKey& key, ByteView signing_bytes, ByteView signature) {
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
  std::memcpy(point.data, key.data(), sizeof point.data);
  const Digest hash = sha256(signing_bytes);
  if (secp256k1_ecdsa_verify(secp256k1(), &parsed, hash.bytes.data(), &point) != 1) {
    return fail(v1::REASON_BAD_SIGNATURE, "The signature is not this key's over these bytes.");
  }
  return {};
}

}  // namespace jinshi::crypto
