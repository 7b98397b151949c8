// What happens to a replica. Each step also gets the clocks as they stood (Moment); signatures were verified before.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/verifier.h"
#include "jinshi/v1/governance.pb.h"

namespace jinshi::consensus {

// Milliseconds of a clock that never jumps, from any start: timers go by it.
using SteadyMs = std::int64_t;

struct Moment {
  TimeMs network = 0;
  SteadyMs steady = 0;
};

// Once, first of all.
struct Started {};

// `from`: the organisation at the channel's other end.
struct MessageReceived {
  std::string from;
  VerifiedMessage message;
};

// The answer to NeedPayload: every transaction of the batch is here, and passed the check that looks at bytes alone
// (rule 1.4); or one can't pass. Waiting is no answer yet.
struct PayloadHeld {
  Digest digest;
  Blob batch;
  std::vector<Digest> ids;  // of the transactions, in the batch's order
  bool had_room = false;    // another transaction would have fitted
};
struct PayloadInvalid {
  Digest digest;
  std::string transaction;  // SignedTransaction; empty where the batch itself is beyond its bounds
};

// The pool took these in; `passed_on`: this replica gave them to every validator.
struct KnownTransaction {
  Digest id;
  Digest envelope;
  bool passed_on = false;
};
struct TransactionsKnown {
  std::vector<KnownTransaction> transactions;
};
// Expired by certified time, or pushed out: they wait no more.
struct TransactionsGone {
  std::vector<Digest> ids;
};

// The answer to WantBatch: canonical bytes, its transactions all held.
struct BatchOffered {
  Ballot at;
  Height height = 0;
  Blob batch;
  std::vector<Digest> ids;
  bool had_room = false;
};

// A delivered batch became a block.
struct BlockExecuted {
  Height height = 0;
  Digest header;
  Blob header_bytes;
  TimeMs time = 0;
  std::vector<Digest> listed;  // ids
  std::optional<TimeMs> next_due;
  std::shared_ptr<const v1::Epochs> epochs;  // as they stand after it
};

// Blocks of others, checked against the set that certifies them: the last one's header carries the certificate.
struct FetchedBlock {
  Height height = 0;
  Digest header;
  Digest digest;  // of the batch; kNullBatch for none
  Blob batch;
  std::vector<Digest> ids;
};
struct BlocksFetched {
  std::vector<FetchedBlock> blocks;  // heights ascending without a gap
  CertifiedHeaderPtr certified;      // the last one's
};

// On disk: every block up to `executed`, and a certificate at or above `certified`.
struct Flushed {
  Height executed = 0;
  Height certified = 0;
};

// The armed time came, or the network clock was moved.
struct TimePassed {};

using Event = std::variant<Started, MessageReceived, PayloadHeld, PayloadInvalid, TransactionsKnown, TransactionsGone,
                           BatchOffered, BlockExecuted, BlocksFetched, Flushed, TimePassed>;

}  // namespace jinshi::consensus
