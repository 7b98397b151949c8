// What the vote log must know of an entry to tell whether it is still needed (docs/decisions/0005).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "jinshi/v1/consensus.pb.h"
#include "proto/types.h"

namespace jinshi::node {

// Views restart in each epoch: compared in this order.
struct LogBallot {
  std::uint64_t epoch = 0;
  std::uint64_t view = 0;
  friend auto operator<=>(const LogBallot&, const LogBallot&) = default;
};

struct LogEntrySummary {
  v1::LogEntry::EntryCase kind = v1::LogEntry::ENTRY_NOT_SET;
  LogBallot at;       // zero for a batch, which has no epoch; of a trim only the epoch
  Height height = 0;  // 0 where there is none
};

// Reads no further than it must: a batch's payloads are skipped. ENTRY_NOT_SET for what is no canonical LogEntry.
LogEntrySummary summary_of(ByteView entry);

// The state that decides what is needed.
struct LogNeeds {
  std::uint64_t epoch = 0;  // of the last trim
  Height height = 0;
  // The highest that a VIEW-CHANGE or NEW-VIEW names, of each epoch: a power cut may take the end of one with its
  // certificate, and who falls back into an epoch must not fall back behind its view.
  std::map<std::uint64_t, std::uint64_t> views;

  void note(const LogEntrySummary& entry);
  // Votes, certificates, batches and signed headers above the trim point; VIEW-CHANGE and NEW-VIEW of the last view
  // of an epoch that still matters. LogCreated and LoggedTrim are written anew with every file, so no.
  bool need(const LogEntrySummary& entry) const;
  bool is_last_view(const LogBallot& at) const;
};

}  // namespace jinshi::node
