#include "ledger/verify/verify.h"

#include "ledger/merkle/rfc9162.h"
#include "ledger/verify/paths.h"
#include "ledger/verify/steps.h"

namespace jinshi::ledger {
namespace {

const Place kFileForm{Step::kFile, "file"};

Result<v1::ProofFile> read_file(ByteView bytes) {
  auto file = read_versioned<v1::ProofFile>(kFileForm, bytes);
  if (!file) return file;
  if (!file->witnesses().empty()) return needs_newer(kFileForm, "it carries witnesses");
  if (!file->timestamps().empty()) return needs_newer(kFileForm, "it carries timestamps");
  if (file->proof_case() == v1::ProofFile::PROOF_NOT_SET) return refuse(kFileForm, "it holds no proof");
  return file;
}

Result<ProvedConsistency> verify_consistency(const v1::ConsistencyProof& proof, const v1::Header& head,
                                             const Chain& chain) {
  const Place old_head{Step::kOldHead, "old head"};
  auto older = chain.header(proof.old_head(), old_head);
  if (!older) return std::unexpected(older.error());
  if (older->height() > head.height()) return refuse(old_head, "it is newer than the new head");
  if (older->height() == head.height() && proof.old_head().header() != proof.new_head().header()) {
    return refuse(old_head, "two certified headers of one height: show both to a regulator");
  }
  const Place place{Step::kConsistency, "consistency path"};
  const auto path = from_message(proof.path());
  if (!path) return refuse(place, path.error());
  const auto old_root = Digest::from(older->history_root());
  const auto root = Digest::from(head.history_root());
  if (!old_root || !root) return refuse(place, "a history root is not 32 bytes long");
  if (older->history_size() > head.history_size() ||
      !merkle::verify_consistency(older->history_size(), head.history_size(), *old_root, *root, *path)) {
    return refuse(place, "the older history of " + std::to_string(older->history_size()) +
                             " leaves is not the beginning of the newer one");
  }
  return ProvedConsistency{std::move(*older)};
}

Result<v1::Header> follow(Chain& chain, const google::protobuf::RepeatedPtrField<v1::Link>& links,
                          const v1::CertifiedHeader& head) {
  if (auto followed = chain.follow(links); !followed) return std::unexpected(followed.error());
  return chain.head(head);
}

template <class Proved>
Result<VerifiedReport> report(Chain& chain, v1::Header head, Result<Proved> proved) {
  if (!proved) return std::unexpected(proved.error());
  return VerifiedReport{chain.chain_id(), std::move(head), std::move(*proved), chain.steps(), chain.links_skipped()};
}

}  // namespace

Result<VerifiedReport> verify_file(ByteView bytes, Chain chain, const std::optional<RecordKey>& absent) {
  const auto file = read_file(bytes);
  if (!file) return std::unexpected(file.error());
  const bool of_absence = file->has_record() && file->record().record().empty();
  if (of_absence && (!file->record().asset().empty() || file->record().has_asset_path())) {
    return refuse(kFileForm, "a proof of absence carries no asset");
  }
  if (of_absence && !absent) {
    return fail(v1::REASON_MISSING_FIELD, "the file proves that a record is absent: say which one");
  }
  if (absent && !of_absence) return refuse(kFileForm, "it proves no absence");

  if (file->has_receipt()) {
    const auto& receipt = file->receipt();
    const auto head = follow(chain, receipt.links(), receipt.head());
    if (!head) return std::unexpected(head.error());
    return report(chain, *head, verify_receipt(receipt, *head, chain.chain_id()));
  }
  if (file->has_record()) {
    const auto& proof = file->record();
    const auto head = follow(chain, proof.links(), proof.head());
    if (!head) return std::unexpected(head.error());
    if (of_absence) return report(chain, *head, verify_absence(proof, *absent, *head));
    return report(chain, *head, verify_record(proof, *head));
  }
  const auto& proof = file->consistency();
  const auto head = follow(chain, proof.links(), proof.new_head());
  if (!head) return std::unexpected(head.error());
  return report(chain, *head, verify_consistency(proof, *head, chain));
}

}  // namespace jinshi::ledger
