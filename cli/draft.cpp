#include "cli/draft.h"

#include <algorithm>
#include <map>

#include "ledger/crypto/public_key.h"
#include "ledger/crypto/signature.h"
#include "ledger/domain/case.h"
#include "ledger/domain/fields.h"
#include "ledger/execution/transaction.h"
#include "ledger/merkle/rfc9162.h"
#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

FieldPath at(int field, std::uint32_t index) { return {static_cast<std::uint32_t>(field), index}; }

Result<void> check_operation(const v1::TransactionBody& body, const v1::DraftOperation& part, std::uint32_t place) {
  const FieldPath here = at(v1::Draft::kOperationsFieldNumber, place);
  if (part.operation().size() > ledger::kMaxOperationBytes) {
    return fail(v1::REASON_TOO_LARGE, "an operation has at most 64 KiB", here);
  }
  const auto root = Digest::from(body.operations_root());
  std::vector<Digest> path;
  for (const auto& node : part.path().nodes()) {
    const auto sibling = Digest::from(node);
    if (!sibling) return fail(v1::REASON_BAD_PROOF, "a path is of 32-byte digests", here);
    path.push_back(*sibling);
  }
  if (!root || !merkle::verify_inclusion(merkle::leaf_hash(part.operation()), part.index(), body.operation_count(),
                                         path, *root)) {
    return fail(v1::REASON_BAD_PROOF,
                "the operation does not stand at its index under the body's root: ask for the "
                "draft again",
                here);
  }
  return {};
}

Result<void> check_signature(const v1::TransactionBody& body, const std::string& message,
                             const v1::DraftSignature& part, std::uint32_t place) {
  const FieldPath here = at(v1::Draft::kSignaturesFieldNumber, place);
  if (part.signer() >= static_cast<std::uint32_t>(body.signers_size())) {
    return fail(v1::REASON_BAD_VALUE, "the body has no such signer", here);
  }
  const auto key = crypto::PublicKey::parse(body.signers(static_cast<int>(part.signer())).public_key());
  if (!key) return fail(key.error().reason, key.error().message, here);
  if (auto valid = crypto::verify(*key, message, part.signature()); !valid) {
    return fail(valid.error().reason, valid.error().message, here);
  }
  return {};
}

template <class Parts, class Index>
bool ascending(const Parts& parts, Index index) {
  return std::ranges::adjacent_find(parts, [&](const auto& a, const auto& b) { return index(a) >= index(b); }) ==
         parts.end();
}

// Ranges as the check before ordering wants them: a signer whose ranges lie is no signer to show anything to.
bool well_formed(const v1::TransactionSigner& signer, std::uint32_t operations) {
  std::uint64_t free_from = 0;
  bool first = true;
  for (const auto& range : signer.operations()) {
    const std::uint64_t end = std::uint64_t{range.first()} + range.count();
    if (range.count() == 0 || end > operations || (!first && range.first() <= free_from)) return false;
    free_from = end;
    first = false;
  }
  return true;
}

Result<void> check_body(const v1::TransactionBody& body) {
  const FieldPath here{v1::Draft::kBodyFieldNumber};
  if (body.suite() != ledger::kSuite) return fail(v1::REASON_WRONG_SUITE, "the body's suite is not 1", here);
  if (body.operation_count() == 0 || body.operation_count() > ledger::kMaxOperations) {
    return fail(v1::REASON_TOO_MANY, "a transaction has 1 to 1,000 operations", here);
  }
  if (body.signers().empty() || static_cast<std::size_t>(body.signers_size()) > ledger::kMaxSigners) {
    return fail(v1::REASON_TOO_MANY, "a transaction has 1 to 64 signers", here);
  }
  for (const auto& signer : body.signers()) {
    if (!well_formed(signer, body.operation_count())) {
      return fail(v1::REASON_BAD_VALUE, "a signer's ranges ascend and lie within the operations", here);
    }
  }
  return {};
}

Result<Draft> reread(v1::Draft parts) {
  prune(parts);
  return read_draft(encode(parts));
}

}  // namespace

const std::string* Draft::operation(std::uint32_t index) const {
  const auto found = std::ranges::find(parts_.operations(), index, &v1::DraftOperation::index);
  return found == parts_.operations().end() ? nullptr : &found->operation();
}

const std::string* Draft::signature(std::uint32_t signer) const {
  const auto found = std::ranges::find(parts_.signatures(), signer, &v1::DraftSignature::signer);
  return found == parts_.signatures().end() ? nullptr : &found->signature();
}

std::vector<std::uint32_t> Draft::operations_of(std::uint32_t signer) const {
  const auto& ranges = body_.signers(static_cast<int>(signer)).operations();
  std::vector<std::uint32_t> indices;
  if (ranges.empty()) {
    for (std::uint32_t i = 0; i < body_.operation_count(); ++i) indices.push_back(i);
  }
  for (const auto& range : ranges) {
    for (std::uint32_t i = 0; i < range.count(); ++i) indices.push_back(range.first() + i);
  }
  return indices;
}

std::optional<std::uint32_t> Draft::signer_with(ByteView public_key) const {
  for (int i = 0; i < body_.signers_size(); ++i) {
    if (body_.signers(i).public_key() == public_key) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

Result<Draft> make_draft(const std::string& body, const std::vector<std::string>& operations) {
  std::vector<Digest> leaves;
  for (const auto& operation : operations) leaves.push_back(merkle::leaf_hash(operation));
  v1::Draft parts;
  parts.set_format(kDraftFormat);
  parts.set_body(body);
  if (!leaves.empty()) {
    const merkle::LeafTree tree(std::move(leaves));
    for (std::uint32_t i = 0; i < operations.size(); ++i) {
      auto& part = *parts.add_operations();
      part.set_index(i);
      part.set_operation(operations[i]);
      for (const auto& sibling : tree.path(i)) part.mutable_path()->add_nodes(sibling.string());
    }
  }
  return reread(std::move(parts));
}

Result<Draft> read_draft(ByteView bytes) {
  Draft draft;
  auto parts = decode<v1::Draft>(bytes);
  if (!parts) return std::unexpected(parts.error());
  if (parts->format() != kDraftFormat) {
    return fail(v1::REASON_NEEDS_NEWER_VERIFIER, "the draft has another format than 1: get a newer jinshi",
                {v1::Draft::kFormatFieldNumber});
  }
  auto body = decode<v1::TransactionBody>(parts->body());
  if (!body) {
    Error error = body.error();
    error.field.insert(error.field.begin(), v1::Draft::kBodyFieldNumber);
    return std::unexpected(std::move(error));
  }
  if (auto fine = check_body(*body); !fine) return std::unexpected(fine.error());
  if (!ascending(parts->operations(), [](const auto& part) { return part.index(); })) {
    return fail(v1::REASON_MALFORMED, "operations ascend by index", {v1::Draft::kOperationsFieldNumber});
  }
  if (!ascending(parts->signatures(), [](const auto& part) { return part.signer(); })) {
    return fail(v1::REASON_MALFORMED, "signatures ascend by signer", {v1::Draft::kSignaturesFieldNumber});
  }
  for (int i = 0; i < parts->operations_size(); ++i) {
    auto proven = check_operation(*body, parts->operations(i), static_cast<std::uint32_t>(i));
    if (!proven) return std::unexpected(proven.error());
  }
  draft.id_ = ledger::transaction_id(parts->body());
  const std::string message = ledger::transaction_signing_bytes(draft.id_);
  for (int i = 0; i < parts->signatures_size(); ++i) {
    auto valid = check_signature(*body, message, parts->signatures(i), static_cast<std::uint32_t>(i));
    if (!valid) return std::unexpected(valid.error());
  }
  draft.parts_ = std::move(*parts);
  draft.body_ = std::move(*body);
  return draft;
}

std::string write_draft(const Draft& draft) { return encode(draft.parts()); }

Result<Draft> cut_draft(const Draft& draft, std::span<const std::uint32_t> signers) {
  std::map<std::uint32_t, bool> kept;
  for (const std::uint32_t signer : signers) {
    for (const std::uint32_t index : draft.operations_of(signer)) kept[index] = true;
  }
  v1::Draft parts = draft.parts();
  parts.clear_operations();
  for (const auto& part : draft.parts().operations()) {
    if (kept.contains(part.index())) *parts.add_operations() = part;
  }
  return reread(std::move(parts));
}

Result<v1::Operation> shown_operation(const Draft& draft, std::uint32_t index) {
  const FieldPath here = at(v1::Draft::kOperationsFieldNumber, index);
  const std::string name = "operation " + std::to_string(index);
  const auto* bytes = draft.operation(index);
  if (bytes == nullptr) {
    return fail(v1::REASON_MISSING_FIELD, name + " is not in this draft: ask for one that holds it", here);
  }
  auto operation = decode<v1::Operation>(*bytes);
  if (!operation) {
    return fail(operation.error().reason, name + " can't be shown: " + operation.error().message, here);
  }
  if (operation->event_case() == v1::Operation::EVENT_NOT_SET) {
    return fail(v1::REASON_UNKNOWN_OPERATION, name + " can't be shown: it holds no event that this program knows",
                here);
  }
  if (auto fine = ledger::check_fields(ledger::event_of(*operation)); !fine) {
    return fail(fine.error().reason, name + " is not what the ledger takes: " + fine.error().message, here);
  }
  return operation;
}

Result<Draft> sign_draft(const Draft& draft, const crypto::Signer& key) {
  const auto signer = draft.signer_with(key.public_key().encoded());
  if (!signer) {
    return fail(v1::REASON_BAD_VALUE, "the body does not list this key as a signer: ask for a draft that does",
                {v1::Draft::kBodyFieldNumber});
  }
  for (const std::uint32_t index : draft.operations_of(*signer)) {
    if (auto shown = shown_operation(draft, index); !shown) return std::unexpected(shown.error());
  }
  auto signature = key.sign(ledger::transaction_signing_bytes(draft.id()));
  if (!signature) return std::unexpected(signature.error());
  if (draft.signature(*signer) != nullptr) return draft;
  v1::Draft parts = draft.parts();
  auto& added = *parts.add_signatures();
  added.set_signer(*signer);
  added.set_signature(std::move(*signature));
  std::ranges::sort(*parts.mutable_signatures(), {}, [](const v1::DraftSignature& part) { return part.signer(); });
  return reread(std::move(parts));
}

Result<Draft> join_drafts(std::span<const Draft> drafts) {
  if (drafts.empty()) return fail(v1::REASON_MISSING_FIELD, "name the drafts to join");
  std::map<std::uint32_t, const v1::DraftOperation*> operations;
  std::map<std::uint32_t, const v1::DraftSignature*> signatures;
  for (const Draft& draft : drafts) {
    if (draft.id() != drafts.front().id()) {
      return fail(v1::REASON_BAD_VALUE, "these are drafts of different transactions: join those of one");
    }
    for (const auto& part : draft.parts().operations()) operations.emplace(part.index(), &part);
    for (const auto& part : draft.parts().signatures()) signatures.emplace(part.signer(), &part);
  }
  v1::Draft parts;
  parts.set_format(kDraftFormat);
  parts.set_body(drafts.front().parts().body());
  for (const auto& [index, part] : operations) *parts.add_operations() = *part;
  for (const auto& [signer, part] : signatures) *parts.add_signatures() = *part;
  return reread(std::move(parts));
}

Result<std::string> finish_draft(const Draft& draft) {
  v1::SignedTransaction transaction;
  transaction.set_body(draft.parts().body());
  for (std::uint32_t i = 0; i < draft.body().operation_count(); ++i) {
    const auto* operation = draft.operation(i);
    if (operation == nullptr) {
      return fail(v1::REASON_MISSING_FIELD,
                  "operation " + std::to_string(i) + " is missing: join the draft that holds it");
    }
    transaction.add_operations(*operation);
  }
  for (int i = 0; i < draft.body().signers_size(); ++i) {
    const auto* signature = draft.signature(static_cast<std::uint32_t>(i));
    if (signature == nullptr) {
      return fail(v1::REASON_BAD_SIGNATURE, "the signature of key " + to_hex(draft.body().signers(i).public_key()) +
                                                " is missing: let it sign, and join its draft");
    }
    transaction.add_signatures(*signature);
  }
  return encode(transaction);
}

}  // namespace jinshi::cli
