#include "ledger/crypto/scheme.h"

namespace jinshi::crypto {

std::span<const Scheme> schemes() {
  static constexpr std::array<Scheme, 1> kSchemes{{{kSchemeSecp256k1, &parse_secp256k1, &verify_secp256k1}}};
  return kSchemes;
}

}  // namespace jinshi::crypto
