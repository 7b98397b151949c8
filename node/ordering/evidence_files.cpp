#include "node/ordering/evidence_files.h"

#include "jinshi/v1/proof.pb.h"
#include "node/durable_file.h"
#include "proto/canonical.h"

namespace jinshi::node {

EvidenceFiles::EvidenceFiles(std::filesystem::path folder, const ledger::Ledger& ledger)
    : folder_(std::move(folder)), ledger_(ledger) {
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(folder_, ignored)) {
    if (file.path().extension() == ".evidence") names_.insert(file.path().filename().string());
  }
}

Result<std::optional<std::filesystem::path>> EvidenceFiles::keep(v1::Evidence evidence) {
  // One file a validator, epoch and kind of fault says enough, and keeps a liar from filling the disk.
  const std::string name = "epoch-" + std::to_string(evidence.epoch()) + "-validator-" +
                           std::to_string(evidence.validator()) + "-fault-" +
                           std::to_string(static_cast<int>(evidence.fault_case())) + ".evidence";
  // A consistency proof from the head to itself carries just what is wanted: the header and its links.
  const auto at = ledger_.head();
  const auto proof = ledger_.prove_consistency(at.height, at.height);
  if (!proof) return std::unexpected(proof.error());
  v1::ProofFile file;
  v1::Header header;
  if (!file.ParseFromString(*proof) || !header.ParseFromString(file.consistency().new_head().header())) {
    return fail(v1::REASON_DAMAGED, "the ledger's own proof of its head does not parse");
  }
  {
    const std::scoped_lock lock(mutex_);
    if (names_.contains(name) || names_.size() >= kMaxEvidenceFiles) return std::nullopt;
    if (header.epoch() != evidence.epoch()) {
      if (waiting_.size() < kMaxEvidenceFiles) waiting_.push_back(std::move(evidence));
      return std::nullopt;
    }
    names_.insert(name);
  }
  *evidence.mutable_head() = file.consistency().new_head();
  *evidence.mutable_links() = file.consistency().links();
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  const auto path = folder_ / name;
  if (auto written = replace_file(path, encode(evidence)); !written) return std::unexpected(written.error());
  return path;
}

std::vector<v1::Evidence> EvidenceFiles::take_waiting() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(waiting_, {});
}

std::vector<std::string> EvidenceFiles::files() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& name : names_) paths.push_back((folder_ / name).string());
  return paths;
}

}  // namespace jinshi::node
