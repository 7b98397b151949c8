// Assembles proof files out of trees and stored transactions; ledger/verify checks them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "jinshi/v1/proof.pb.h"
#include "ledger/merkle/state_proof.h"
#include "proto/error.h"

namespace jinshi::ledger {

// What a proof ends in: a certified header, and the links from genesis to its set.
struct ProofHead {
  v1::CertifiedHeader certified;
  std::vector<v1::Link> links;
};

// A receipt for one operation of a stored leaf; `leaf_path` leads to the head's history root.
Result<std::string> make_receipt(const v1::StoredTransaction& stored, std::uint64_t leaf_index,
                                 std::uint32_t operation, const std::vector<Digest>& leaf_path, const ProofHead& head);

struct ProvenRecord {
  std::string record;  // empty: absence
  merkle::StateProof proof;
};
// `asset` goes beside a certificate.
std::string make_record_proof(const ProvenRecord& record, const ProvenRecord* asset, const ProofHead& head);

std::string make_consistency_proof(const v1::CertifiedHeader& older, const std::vector<Digest>& path,
                                   const ProofHead& head);

}  // namespace jinshi::ledger
