// Co-signing by files (docs/protocol.md, co-signing): a draft carries the body, operations proven to stand under it,
// and the signatures so far. Whoever signs sees in full what the signature authorises; what can't be shown is not
// signed. Pure functions; the commands that read and write files are tx_commands.cpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "jinshi/v1/draft.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "ledger/crypto/signer.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::cli {

inline constexpr std::uint32_t kDraftFormat = 1;

// Made only by the functions below, so what it holds is proven: the body decodes, each operation stands at its index
// under the body's root, each signature is its signer's.
class Draft {
 public:
  const v1::TransactionBody& body() const { return body_; }
  const v1::Draft& parts() const { return parts_; }
  const Digest& id() const { return id_; }

  // The operation's bytes; null where the draft doesn't hold it.
  const std::string* operation(std::uint32_t index) const;
  // The signer's signature; null while there is none.
  const std::string* signature(std::uint32_t signer) const;
  // The operations that a signer answers for.
  std::vector<std::uint32_t> operations_of(std::uint32_t signer) const;
  // The index of a key in the body; empty when it is no signer.
  std::optional<std::uint32_t> signer_with(ByteView public_key) const;

 private:
  friend Result<Draft> read_draft(ByteView bytes);
  Draft() = default;
  v1::Draft parts_;
  v1::TransactionBody body_;
  Digest id_;
};

// From a whole transaction that nobody has signed yet.
Result<Draft> make_draft(const std::string& body, const std::vector<std::string>& operations);

// Strict: canonical, operations and signatures ascending and each proven. Errors' paths start at Draft.
Result<Draft> read_draft(ByteView bytes);
std::string write_draft(const Draft& draft);

// Only the operations that these signers answer for, with all signatures so far.
Result<Draft> cut_draft(const Draft& draft, std::span<const std::uint32_t> signers);

// The operation as it would be executed, decoded strictly and fit to be shown. Refused where the draft doesn't hold it,
// this version doesn't know it, or its fields are not what the ledger takes.
Result<v1::Operation> shown_operation(const Draft& draft, std::uint32_t index);

// Adds the key's signature. BAD_VALUE when the key is no signer of the body; else refused when one of the operations
// that it would authorise can't be shown.
Result<Draft> sign_draft(const Draft& draft, const crypto::Signer& key);

// All operations and signatures of drafts of one body.
Result<Draft> join_drafts(std::span<const Draft> drafts);

// The SignedTransaction. MISSING_FIELD while an operation or a signature is missing; the message says whose.
Result<std::string> finish_draft(const Draft& draft);

}  // namespace jinshi::cli
