// An evidence file, checked offline like a proof: who did what no honest validator does, to anyone who holds the genesis
// (docs/protocol.md, evidence).
#pragma once

#include <string>

#include "ledger/verify/chain.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::cli {

// Whether the bytes are those of an evidence at all, rather than of a proof.
bool is_evidence(ByteView file);

struct Conviction {
  std::uint64_t epoch = 0;
  std::uint32_t validator = 0;  // its place in the set
  std::string key;              // hexadecimal
  std::string fault;            // a sentence
};
Result<Conviction> verify_evidence(ByteView file, ledger::Chain start);

}  // namespace jinshi::cli
