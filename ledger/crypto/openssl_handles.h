// Owners of OpenSSL's objects; only ledger/crypto's .cpp files include this.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "proto/types.h"

namespace jinshi::crypto {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <class T, auto kFree>
using Handle = std::unique_ptr<T, Freer<kFree>>;

using Bio = Handle<BIO, BIO_free_all>;
using Number = Handle<BIGNUM, BN_clear_free>;
using EvpKey = Handle<EVP_PKEY, EVP_PKEY_free>;
using EvpContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Params = Handle<OSSL_PARAM, OSSL_PARAM_free>;
using ParamBuilder = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Pkcs8 = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedPkcs8 = Handle<X509_SIG, X509_SIG_free>;
using Certificate = Handle<X509, X509_free>;

// A memory file over bytes that outlive it, and one that is wiped when freed.
inline Bio read_from(ByteView bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }
inline Bio write_to_memory() { return Bio(BIO_new(BIO_s_mem())); }

inline ByteView contents(const Bio& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace jinshi::crypto
