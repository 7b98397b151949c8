// The check of a signature. Scheme 1: ECDSA over secp256k1 with SHA-256 (SEC 1 section 4.1.4), as 64 bytes: r, then s,
// each big-endian, with s in the lower half of the group's order, so that nobody can turn one signature into another.
#pragma once

#include <cstddef>
#include <string>

#include "ledger/crypto/public_key.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

inline constexpr std::size_t kSignatureSize = 64;

// BAD_SIGNATURE, with a sentence that tells wrong length, high s and a mere mismatch apart. `signing_bytes` are those
// of digest.h: the message before its hash. Any thread; about 40 us.
Result<void> verify(const PublicKey& key, ByteView signing_bytes, ByteView signature);

// A signature as OpenSSL and most HSMs give it (DER, any s) in the ledger's form. BAD_SIGNATURE for anything else.
Result<std::string> signature_from_der(ByteView der);

}  // namespace jinshi::crypto
