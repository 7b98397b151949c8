// Ledger keys as files: PKCS#8 in PEM (RFC 5958, RFC 7468), which any `openssl pkey` reads, either plain or encrypted
// with a passphrase (RFC 8018 PBES2: AES-256-CBC under scrypt, RFC 7914).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "ledger/crypto/public_key.h"
#include "ledger/crypto/secret_key.h"
#include "proto/error.h"

namespace jinshi::crypto {

// The PEM text; plain when the passphrase is empty. KEY_FILE for a passphrase of over 1,024 bytes.
Result<SecretBytes> secret_key_to_pem(const SecretKey& key, std::string_view passphrase);

// The passphrase is not looked at when the text is plain. KEY_FILE when the passphrase is missing or wrong, or the text
// holds no key that the ledger knows.
Result<SecretKey> secret_key_from_pem(ByteView pem, std::string_view passphrase);

// As above, in a file of mode 0600 (secret_file.h). Errors name the file.
Result<void> write_key_file(const std::filesystem::path& path, const SecretKey& key, std::string_view passphrase);
Result<SecretKey> read_key_file(const std::filesystem::path& path, std::string_view passphrase);

// Whether the text is an encrypted key, so that a tool asks for the passphrase only then.
bool is_encrypted_key(ByteView pem);

// The public half as a SubjectPublicKeyInfo in PEM, as `openssl pkey -pubout` writes it.
std::string public_key_to_pem(const PublicKey& key);
Result<PublicKey> public_key_from_pem(ByteView pem);

}  // namespace jinshi::crypto
