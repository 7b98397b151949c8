#include "ledger/verify/paths.h"

namespace jinshi::ledger {
namespace {

Result<std::vector<Digest>> digests_of(const google::protobuf::RepeatedPtrField<std::string>& raw) {
  std::vector<Digest> digests;
  digests.reserve(static_cast<std::size_t>(raw.size()));
  for (const auto& bytes : raw) {
    const auto digest = Digest::from(bytes);
    if (!digest) return fail(v1::REASON_BAD_PROOF, "every digest of a path is 32 bytes long");
    digests.push_back(*digest);
  }
  return digests;
}

}  // namespace

v1::TreePath to_message(std::span<const Digest> path) {
  v1::TreePath message;
  for (const Digest& node : path) message.add_nodes(node.string());
  return message;
}

Result<std::vector<Digest>> from_message(const v1::TreePath& path) { return digests_of(path.nodes()); }

v1::StatePath to_message(const merkle::StateProof& proof, Claim claim) {
  v1::StatePath message;
  for (const Digest& sibling : proof.siblings) message.add_siblings(sibling.string());
  if (claim == Claim::kPresent) return message;
  if (proof.other) {
    message.mutable_other()->set_key(proof.other->key.string());
    message.mutable_other()->set_record(proof.other->record.string());
  } else {
    message.set_empty(true);
  }
  return message;
}

Result<merkle::StateProof> from_message(const v1::StatePath& path, Claim claim) {
  if (static_cast<unsigned>(path.siblings_size()) > merkle::kKeyBits) {
    return fail(v1::REASON_BAD_PROOF, "a state path has at most 256 siblings");
  }
  auto siblings = digests_of(path.siblings());
  if (!siblings) return std::unexpected(std::move(siblings.error()));
  merkle::StateProof proof{std::move(*siblings), std::nullopt};
  if (claim == Claim::kPresent) {
    if (path.end_case() == v1::StatePath::END_NOT_SET) return proof;
    return fail(v1::REASON_BAD_PROOF, "a path to a record ends at the record's own leaf, and names no other end");
  }
  if (path.has_other()) {
    const auto key = Digest::from(path.other().key());
    const auto record = Digest::from(path.other().record());
    if (!key || !record) return fail(v1::REASON_BAD_PROOF, "the other leaf is two digests of 32 bytes");
    proof.other = merkle::StateEntry{*key, *record};
    return proof;
  }
  if (path.empty()) return proof;
  return fail(v1::REASON_BAD_PROOF, "a path of absence says whether it ends at an empty child or at another leaf");
}

}  // namespace jinshi::ledger
