#include "ledger/query/prover.h"

#include "jinshi/v1/transaction.pb.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/verify/paths.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

std::vector<Digest> leaf_hashes(const google::protobuf::RepeatedPtrField<std::string>& leaves) {
  std::vector<Digest> hashes;
  for (const auto& leaf : leaves) hashes.push_back(merkle::leaf_hash(leaf));
  return hashes;
}

std::string finish(v1::ProofFile file) {
  file.set_format(1);
  prune(file);
  return encode(file);
}

}  // namespace

Result<std::string> make_receipt(const v1::StoredTransaction& stored, std::uint64_t leaf_index,
                                 std::uint32_t operation, const std::vector<Digest>& leaf_path,
                                 const ProofHead& head) {
  if (operation >= static_cast<std::uint32_t>(stored.results_size())) {
    return fail(v1::REASON_UNKNOWN_RECORD, "the transaction has no operation " + std::to_string(operation) +
                                               ": it has " + std::to_string(stored.results_size()));
  }
  const int index = static_cast<int>(operation);
  v1::ProofFile file;
  v1::Receipt& receipt = *file.mutable_receipt();
  std::vector<Digest> operations;
  if (stored.transaction().empty()) {
    operations = leaf_hashes(stored.due());
    receipt.mutable_due()->set_operations_root(merkle::merkle_root(operations).string());
    receipt.mutable_due()->set_operation_count(static_cast<std::uint32_t>(operations.size()));
    receipt.set_operation(stored.due(index));
  } else {
    v1::SignedTransaction transaction;
    if (!transaction.ParseFromString(stored.transaction())) {
      return fail(v1::REASON_DAMAGED, "a stored transaction does not parse: restore the data directory from a copy");
    }
    operations = leaf_hashes(transaction.operations());
    receipt.mutable_transaction()->set_body(transaction.body());
    *receipt.mutable_transaction()->mutable_signatures() = transaction.signatures();
    receipt.set_operation(transaction.operations(index));
  }
  receipt.set_operation_index(operation);
  receipt.set_result(stored.results(index));
  *receipt.mutable_operation_path() = to_message(merkle::inclusion_path(operation, operations));
  *receipt.mutable_result_path() = to_message(merkle::inclusion_path(operation, leaf_hashes(stored.results())));
  receipt.set_leaf(stored.leaf());
  receipt.set_leaf_index(leaf_index);
  *receipt.mutable_leaf_path() = to_message(leaf_path);
  *receipt.mutable_head() = head.certified;
  for (const v1::Link& link : head.links) *receipt.add_links() = link;
  return finish(std::move(file));
}

std::string make_record_proof(const ProvenRecord& record, const ProvenRecord* asset, const ProofHead& head) {
  v1::ProofFile file;
  v1::RecordProof& proof = *file.mutable_record();
  proof.set_record(record.record);
  *proof.mutable_path() = to_message(record.proof, record.record.empty() ? Claim::kAbsent : Claim::kPresent);
  if (asset != nullptr) {
    proof.set_asset(asset->record);
    *proof.mutable_asset_path() = to_message(asset->proof, asset->record.empty() ? Claim::kAbsent : Claim::kPresent);
  }
  *proof.mutable_head() = head.certified;
  for (const v1::Link& link : head.links) *proof.add_links() = link;
  return finish(std::move(file));
}

std::string make_consistency_proof(const v1::CertifiedHeader& older, const std::vector<Digest>& path,
                                   const ProofHead& head) {
  v1::ProofFile file;
  v1::ConsistencyProof& proof = *file.mutable_consistency();
  *proof.mutable_old_head() = older;
  *proof.mutable_new_head() = head.certified;
  *proof.mutable_path() = to_message(path);
  for (const v1::Link& link : head.links) *proof.add_links() = link;
  return finish(std::move(file));
}

}  // namespace jinshi::ledger
