#include "ledger/verify/paths.h"

namespace jinshi::ledger {
namespace {

Result<Digest> read_digest(ByteView bytes) {
  const auto digest = Digest::from(bytes);
  if (!digest) return fail(v1::REASON_BAD_PROOF, "a digest in a path is 32 bytes long");
  return *digest;
}

}  // namespace

v1::TreePath tree_path(const std::vector<Digest>& nodes) {
  v1::TreePath path;
  for (const Digest& node : nodes) path.add_nodes(node.string());
  return path;
}

Result<std::vector<Digest>> read_tree_path(const v1::TreePath& path) {
  std::vector<Digest> nodes;
  for (const auto& bytes : path.nodes()) {
    const auto node = read_digest(bytes);
    if (!node) return std::unexpected(node.error());
    nodes.push_back(*node);
  }
  return nodes;
}

v1::StatePath state_path(const merkle::StateProof& proof, bool absent) {
  v1::StatePath path;
  for (const Digest& sibling : proof.siblings) path.add_siblings(sibling.string());
  if (!absent) return path;
  if (proof.other) {
    path.mutable_other()->set_key(proof.other->key.string());
    path.mutable_other()->set_record(proof.other->record.string());
  } else {
    path.set_empty(true);
  }
  return path;
}

Result<merkle::StateProof> read_state_path(const v1::StatePath& path, bool absent) {
  if (path.siblings_size() > static_cast<int>(merkle::kKeyBits)) {
    return fail(v1::REASON_BAD_PROOF, "a state path has at most 256 siblings");
  }
  merkle::StateProof proof;
  for (const auto& bytes : path.siblings()) {
    const auto sibling = read_digest(bytes);
    if (!sibling) return std::unexpected(sibling.error());
    proof.siblings.push_back(*sibling);
  }
  const bool well_ended = absent ? path.has_other() || (path.end_case() == v1::StatePath::kEmpty && path.empty())
                                 : path.end_case() == v1::StatePath::END_NOT_SET;
  if (!well_ended) return fail(v1::REASON_BAD_PROOF, "the state path does not end as its claim does");
  if (path.has_other()) {
    const auto key = read_digest(path.other().key());
    const auto record = read_digest(path.other().record());
    if (!key) return std::unexpected(key.error());
    if (!record) return std::unexpected(record.error());
    proof.other = merkle::StateEntry{*key, *record};
  }
  return proof;
}

}  // namespace jinshi::ledger
