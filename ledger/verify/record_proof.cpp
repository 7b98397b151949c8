#include "ledger/verify/record_proof.h"

#include "ledger/crypto/digest.h"
#include "ledger/domain/effective_state.h"
#include "ledger/verify/paths.h"
#include "ledger/verify/steps.h"

namespace jinshi::ledger {
namespace {

Result<void> check_path(const Place& place, const v1::StatePath& path, const RecordKey& key,
                        const std::optional<Digest>& record, const v1::Header& head) {
  const auto proof = from_message(path, record ? Claim::kPresent : Claim::kAbsent);
  if (!proof) return refuse(place, proof.error());
  const auto root = Digest::from(head.state_root());
  if (!root) return refuse(place, "the state root is not 32 bytes long");
  if (!proof->verify(*root, key.digest(), record)) {
    return refuse(place, "the path of the key " + to_hex(key.digest().view()) + " does not lead to the state root " +
                             to_hex(root->view()));
  }
  return {};
}

Result<v1::Record> read_record(const Place& place, ByteView bytes) {
  auto record = read<v1::Record>(place, bytes);
  if (record && record->kind_case() == v1::Record::KIND_NOT_SET) return refuse(place, "the record has no kind");
  return record;
}

Digest digest_of(ByteView record) { return crypto::digest(crypto::Tag::kRecord, record); }

}  // namespace

Result<ProvedRecord> verify_record(const v1::RecordProof& proof, const v1::Header& head) {
  const Place place{Step::kRecord, "record"};
  auto record = read_record(place, proof.record());
  if (!record) return std::unexpected(record.error());
  if (auto checked =
          check_path({Step::kState, "state path"}, proof.path(), key_of(*record), digest_of(proof.record()), head);
      !checked) {
    return std::unexpected(checked.error());
  }
  ProvedRecord proved{std::move(*record), std::nullopt, {}};
  proved.state = effective_state_name(proved.record, head.time());

  const Place beside{Step::kAsset, "asset"};
  if (!proved.record.has_certificate()) {
    if (proof.asset().empty() && !proof.has_asset_path()) return proved;
    return refuse(beside, "only a certificate's proof carries an asset");
  }
  if (proof.asset().empty()) return refuse(beside, "a certificate's proof carries its asset");
  auto asset = read_record(beside, proof.asset());
  if (!asset) return std::unexpected(asset.error());
  if (!asset->has_asset() || asset->asset().id() != proved.record.certificate().asset()) {
    return refuse(beside, "the record beside the certificate is not its asset");
  }
  if (auto checked =
          check_path({Step::kAsset, "asset path"}, proof.asset_path(), key_of(*asset), digest_of(proof.asset()), head);
      !checked) {
    return std::unexpected(checked.error());
  }
  proved.asset = std::move(*asset);
  return proved;
}

Result<ProvedAbsence> verify_absence(const v1::RecordProof& proof, const RecordKey& key, const v1::Header& head) {
  if (auto checked = check_path({Step::kState, "state path"}, proof.path(), key, std::nullopt, head); !checked) {
    return std::unexpected(checked.error());
  }
  return ProvedAbsence{key.key()};
}

}  // namespace jinshi::ledger
