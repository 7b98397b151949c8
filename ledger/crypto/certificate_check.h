// The quorum rule, and the check of a certificate, once for all: consensus, execution, audit and offline verifier ask
// here. A certificate is exactly q header signatures of one set, in index order (docs/protocol.md, header).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "ledger/crypto/public_key.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::crypto {

// How many of n validators may lie or fail.
constexpr std::size_t max_faulty(std::size_t n) { return n == 0 ? 0 : (n - 1) / 3; }

// The smallest q with 2q - n > f: any two quorums share an honest validator (Castro and Liskov 1999 section 4), also
// where n is not 3f + 1. Never more than n - f for n >= 1, so that the honest alone are enough.
constexpr std::size_t quorum(std::size_t n) { return (n + max_faulty(n)) / 2 + 1; }

// What a validator signs of a header: that digest under its own tag, and nothing else.
std::string header_signing_bytes(const Digest& header);

struct IndexedSignature {
  std::uint32_t index = 0;  // into the set that the header names
  ByteView signature;
};

// `set` holds the validators' consensus keys in the set's order. BAD_PROOF when the number, order or range of the
// signatures is wrong, BAD_SIGNATURE when one does not verify; the sentence names the step and the validator.
Result<void> check_certificate(std::span<const PublicKey> set, const Digest& header,
                               std::span<const IndexedSignature> certificate);

}  // namespace jinshi::crypto
