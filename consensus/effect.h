// What a replica wants done, in this order: what is persisted is on disk before anything behind it happens.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "consensus/event.h"
#include "jinshi/v1/consensus.pb.h"

namespace jinshi::consensus {

// Append to the vote log. A batch's transactions are added by the node, which holds them.
struct Persist {
  v1::LogEntry entry;
};
// Nothing at or below this height, or of an earlier epoch, is needed any more.
struct Trim {
  EpochNumber epoch = 0;
  Height height = 0;
};

// To one organisation, or to every validator of the epoch but this one.
struct Send {
  std::string to;  // empty = all
  Message message;
};

// Execute as the next height. Null batch: no bytes.
struct Deliver {
  Height height = 0;
  Digest digest;
  Blob batch;
};
// A quorum signed the header of an executed block: every block up to it is final.
struct Certified {
  CertifiedHeaderPtr header;
};

// Bring the batch and its transactions, and check them; answered by PayloadHeld or PayloadInvalid. `batch` is known
// for a fresh proposal. Asked again when the first answer stays away.
struct NeedPayload {
  Digest digest;
  Height height = 0;
  Blob batch;        // may be null
  std::string from;  // who has it at least
};
// Transactions of a proposal that was accepted stand in no other batch; of one that became void they wait again.
struct Listed {
  Digest digest;
};
struct Unlisted {
  Digest digest;
};

// Fill a batch from the pool, possibly an empty one.
struct WantBatch {
  Ballot at;
  Height height = 0;
  TimeMs time = 0;
};

// Give TimePassed then; replaces the time armed before.
struct ArmTimer {
  SteadyMs at = 0;
};

// Others are ahead: fetch certified blocks above what was executed; `from` says that it has them.
struct NeedSync {
  Height above = 0;
  std::string from;
};
// Everything that waits should be passed on again.
struct PassOnAgain {};

// --- for people ---

struct Suspicion {
  Ballot at;  // that was left
  std::string why;
};
struct EvidenceFound {
  v1::Evidence evidence;  // without the header and the links that make it stand alone
};
// This node computed another header than the certified one: it must stop.
struct Diverged {
  Height height = 0;
  Digest ours;
  CertifiedHeaderPtr certified;
};
// This key votes no more.
struct FollowsOnly {
  std::string why;
};
struct EnteredView {
  Ballot at;
};

using Effect = std::variant<Persist, Trim, Send, Deliver, Certified, NeedPayload, Listed, Unlisted, WantBatch, ArmTimer,
                            NeedSync, PassOnAgain, Suspicion, EvidenceFound, Diverged, FollowsOnly, EnteredView>;
using Effects = std::vector<Effect>;

}  // namespace jinshi::consensus
