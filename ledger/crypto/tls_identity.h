// The TLS side of an organisation: a P-256 key and a self-signed certificate (RFC 5280). Peers are known by the digest
// of the certificate's SubjectPublicKeyInfo, which the ledger lists; names and dates in it only please stock software.
#pragma once

#include <string>
#include <vector>

#include "ledger/crypto/secret_bytes.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

struct TlsNames {
  std::string common_name;             // 1 to 64 characters, shown to people
  std::vector<std::string> dns;        // ASCII host names, such as "node1.example.cn" or "localhost"
  std::vector<std::string> addresses;  // IPv4 or IPv6 in text form
};

struct TlsIdentity {
  SecretBytes key_pem;  // PKCS#8, plain; keep it by write_secret_file
  std::string certificate_pem;
};

// Valid from a day before `now`, against clocks that lag, for `valid_days` after it. BAD_VALUE for a name that can't
// stand in a certificate.
Result<TlsIdentity> generate_tls_identity(const TlsNames& names, TimeMs now, int valid_days = 3650);

// SHA-256 of the DER SubjectPublicKeyInfo of the first certificate in the text: a tls_key on the ledger, and the pin
// that HTTP clients call 'sha256//' (RFC 7469 section 2.4). MALFORMED when no certificate stands there.
Result<Digest> spki_digest_of_pem_certificate(ByteView pem);

}  // namespace jinshi::crypto
