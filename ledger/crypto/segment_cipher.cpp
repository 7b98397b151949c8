#include "ledger/crypto/segment_cipher.h"

#include "ledger/crypto/openssl_handles.h"
#include "proto/assert.h"

namespace jinshi::crypto {
namespace {

using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const unsigned char* raw(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string big_endian(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) bytes[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xff);
  return bytes;
}

}  // namespace

Result<SegmentCipher> SegmentCipher::make(SecretBytes key, ByteView nonce, ByteView header) {
  if (key.size() != kKeySize) return fail(v1::REASON_BAD_VALUE, "a content's key is 32 bytes long");
  if (nonce.size() != kNonceSize) return fail(v1::REASON_BAD_VALUE, "a container's nonce is 12 bytes long");
  SegmentCipher cipher;
  cipher.key_ = std::move(key);
  cipher.nonce_ = std::string(nonce);
  cipher.header_ = std::string(header);
  return cipher;
}

std::string SegmentCipher::nonce_of(std::uint64_t index) const {
  std::string nonce = nonce_;
  const std::string number = big_endian(index);
  for (std::size_t i = 0; i < number.size(); ++i) {
    nonce[kNonceSize - number.size() + i] = static_cast<char>(nonce[kNonceSize - number.size() + i] ^ number[i]);
  }
  return nonce;
}

std::string SegmentCipher::associated_data(std::uint64_t index, bool last) const {
  return header_ + big_endian(index) + (last ? '\x01' : '\x00');
}

std::string SegmentCipher::seal(std::uint64_t index, bool last, ByteView plaintext) const {
  const std::string nonce = nonce_of(index);
  const std::string bound = associated_data(index, last);
  std::string sealed(plaintext.size() + kTagSize, '\0');
  const CipherContext context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key_.view()), raw(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &written, raw(bound), static_cast<int>(bound.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), raw(sealed), &written, raw(plaintext), static_cast<int>(plaintext.size())) ==
          1 &&
      EVP_EncryptFinal_ex(context.get(), raw(sealed) + written, &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, raw(sealed) + plaintext.size()) == 1;
  JINSHI_ASSERT(done, "AES-256-GCM encrypts anything that is in memory");
  return sealed;
}

Result<std::string> SegmentCipher::open(std::uint64_t index, bool last, ByteView sealed) const {
  const auto refuse = [index] {
    return fail(v1::REASON_DAMAGED,
                "segment " + std::to_string(index) +
                    " is not what was sealed, or the key is another: take an intact copy, and its key");
  };
  if (sealed.size() < kTagSize) return refuse();
  const std::string nonce = nonce_of(index);
  const std::string bound = associated_data(index, last);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string plaintext(sealed.size() - kTagSize, '\0');
  const CipherContext context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key_.view()), raw(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &written, raw(bound), static_cast<int>(bound.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), raw(plaintext), &written, raw(sealed), static_cast<int>(plaintext.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), raw(plaintext) + written, &written) == 1;
  if (!done) return refuse();
  return plaintext;
}

}  // namespace jinshi::crypto
