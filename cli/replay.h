// Which lines of a file of events are to be played, and which were played before: a replay that is cut off goes on
// where it ended, and never plays a line twice.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/network_folder.h"
#include "cli/operation_input.h"
#include "cli/sample_lines.h"
#include "cli/submission.h"
#include "jinshi/v1/block.pb.h"

namespace jinshi::cli {

struct ReplayChoice {
  std::vector<std::string> families;  // beginnings of the table's headings, such as "registration"; empty = all
  std::vector<std::string> skip_assets;
};

struct ReplayPlan {
  std::vector<SampleLine> play;
  std::size_t in_genesis = 0;  // admissions that the genesis made
  std::size_t not_chosen = 0;
  std::map<std::string, std::size_t> not_known;  // events that this version has not yet, with how many lines of each
};
ReplayPlan plan_replay(const std::vector<SampleLine>& lines, const v1::Genesis& genesis, const ReplayChoice& choice);

// replayed.jsonl: before a line's transaction leaves it is written there, and after its outcome again.
class ReplayRecord {
 public:
  static Outcome<ReplayRecord> open(const NetworkFolder& folder);

  bool done(const SampleLine& line) const { return done_.contains(key_of(line)); }
  // The transaction that was signed for the line, if its outcome is not known; empty if there is none.
  std::string pending(const SampleLine& line) const;
  Outcome<void> begin(const SampleLine& line, const std::string& transaction);
  Outcome<void> finish(const SampleLine& line, std::string_view id);

 private:
  explicit ReplayRecord(std::filesystem::path file) : file_(std::move(file)) {}
  static std::string key_of(const SampleLine& line);

  std::filesystem::path file_;
  std::set<std::string> done_;
  std::map<std::string, std::string> pending_;
};

// AdmitOrganisation with keys of the wallet, made where they are missing, and their possessions. `head` is the digest
// of a recent header, for the consensus key of a validator.
Outcome<void> bring_keys(v1::AdmitOrganisation& admission, const Wallet& wallet, const Digest& chain_id, ByteView head,
                         std::size_t keys_each);

}  // namespace jinshi::cli
