// Evidence of what no honest validator does, as files that name the guilty to anyone who holds the genesis
// (docs/protocol.md, evidence). `jinshi verify` explains them.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "jinshi/v1/consensus.pb.h"
#include "ledger/ledger.h"
#include "proto/error.h"

namespace jinshi::node {

// How many are kept: the guilty may lie as often as they like.
inline constexpr std::size_t kMaxEvidenceFiles = 256;

class EvidenceFiles {
 public:
  // Those of earlier runs are counted in.
  EvidenceFiles(std::filesystem::path folder, const ledger::Ledger& ledger);

  // Any thread. Adds the header and the links that make it stand alone; the path. Nothing where this fault is on file,
  // or the folder is full.
  // What is of an epoch that no certified header names yet waits for one.
  Result<std::optional<std::filesystem::path>> keep(v1::Evidence evidence);
  // After a certificate: those that waited.
  std::vector<v1::Evidence> take_waiting();
  std::vector<std::string> files() const;

 private:
  const std::filesystem::path folder_;
  const ledger::Ledger& ledger_;
  mutable std::mutex mutex_;  // guards what follows
  std::set<std::string> names_;
  std::vector<v1::Evidence> waiting_;
};

}  // namespace jinshi::node
