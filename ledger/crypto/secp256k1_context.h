// The one libsecp256k1 context: randomised against side channels when first asked for, only read afterwards, so any
// thread may use it.
#pragma once

#include <secp256k1.h>

namespace jinshi::crypto {

const secp256k1_context* secp256k1();

}  // namespace jinshi::crypto
