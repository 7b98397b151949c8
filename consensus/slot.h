// One height's votes. Counts distinct validators for one digest of one view, and notices who voted for two.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/event.h"

namespace jinshi::consensus {

// The proposal that a replica accepted for a height in its current view.
struct Accepted {
  Digest digest;
  bool fresh = false;  // proposed in this view, not again by a NEW-VIEW
  TimeMs time = 0;     // of a fresh one's batch
  SteadyMs since = 0;
  std::optional<Proposal> proposal;  // of a fresh one
  bool listed = false;               // held, and told to the pool
};

// A PRE-PREPARE's or PREPARE's signature as it stands in a certificate.
struct PrepareRecord {
  Digest digest;
  v1::Phase phase = v1::PHASE_PREPARE;
  std::uint32_t share = 0;
  std::string signature;
};

class Slot {
 public:
  // At most this many views' votes are kept, of each validator's commits: the newest. What falls out, status brings again.
  static constexpr std::size_t kViewsKept = 4;

  std::optional<Accepted> accepted;
  PrepareCertificatePtr prepared;  // of the highest view in which this replica prepared
  std::optional<CommitVote> sent_commit;  // of the highest view
  std::optional<Digest> decided;
  bool decided_by_commits = false;  // not by a certificate that others brought
  std::optional<BlockExecuted> executed;
  Digest executed_batch;
  std::optional<HeaderVote> own_header;
  std::map<ValidatorIndex, HeaderVote> header_votes;  // the first of each

  // The record that stands against this one, when the validator voted for another digest in the same view.
  std::optional<PrepareRecord> add_prepare(View view, ValidatorIndex validator, PrepareRecord record);
  const PrepareRecord* prepare_of(View view, ValidatorIndex validator) const;
  const std::map<View, std::map<ValidatorIndex, PrepareRecord>>& prepares() const { return prepares_; }
  std::size_t prepare_count(View view, const Digest& digest) const;
  // Exactly q entries, lowest indices first; empty while there are fewer.
  PrepareCertificatePtr certificate(Ballot at, Height height, const Digest& digest, std::size_t quorum) const;

  void add_commit(View view, ValidatorIndex validator, const Digest& digest);
  bool has_commit(View view, ValidatorIndex validator) const;
  const std::map<ValidatorIndex, std::map<View, Digest>>& commits() const { return commits_; }
  // The digest that q validators committed in one view.
  std::optional<Digest> committed(std::size_t quorum) const;

 private:
  std::map<View, std::map<ValidatorIndex, PrepareRecord>> prepares_;
  std::map<ValidatorIndex, std::map<View, Digest>> commits_;
};

}  // namespace jinshi::consensus
