// The messages of consensus as values, parsed and bounded but not yet believed; docs/protocol.md, consensus.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/signing.h"
#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/peer_service.pb.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::consensus {

// How many windows above its certified header a VIEW-CHANGE's certificates may reach: one that lost its newest
// certificates in a power cut has prepared more than what is in flight.
inline constexpr int kWindowsPrepared = 4;

// A validator's place in its epoch's set.
using ValidatorIndex = std::uint32_t;

// Views restart in each epoch and compare as (epoch, view).
struct Ballot {
  EpochNumber epoch = 0;
  View view = 0;
  friend auto operator<=>(const Ballot&, const Ballot&) = default;
};

// Bytes that many share and nobody changes.
using Blob = std::shared_ptr<const std::string>;
inline Blob blob(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

// PRE-PREPARE: the order of one height, and its proposer's vote for it.
struct Proposal {
  Ballot at;
  Height height = 0;
  ValidatorIndex validator = 0;
  Blob batch;      // canonical Batch
  Digest digest;   // of the batch
  TimeMs time = 0;  // the batch's
  std::string proposer;  // the organisation that the batch names
  std::string signature;
};

struct PrepareVote {
  Ballot at;
  Height height = 0;
  Digest digest;
  ValidatorIndex validator = 0;
  std::uint32_t share = 0;  // of the batch's signatures that the sender checked; 1 = all
  std::string signature;
};

// Whose it is, the channel says.
struct CommitVote {
  Ballot at;
  Height height = 0;
  Digest digest;
};

struct PrepareEntry {
  ValidatorIndex validator = 0;
  v1::Phase phase = v1::PHASE_PREPARE;
  std::uint32_t share = 0;
  std::string signature;
};

// q distinct validators for one (epoch, view, height, digest); Castro and Liskov 1999 section 4.2.
struct PrepareCertificate {
  Ballot at;
  Height height = 0;
  Digest digest;
  std::vector<PrepareEntry> entries;  // ascending by validator
};
using PrepareCertificatePtr = std::shared_ptr<const PrepareCertificate>;

// A header with its certificate: PBFT's stable checkpoint. Block 0 needs none.
struct CertifiedHeader {
  Height height = 0;
  EpochNumber epoch = 0;
  Digest digest;
  Digest set;                           // hash of the set that signs it
  v1::CertifiedHeader bytes;
};
using CertifiedHeaderPtr = std::shared_ptr<const CertifiedHeader>;

struct ViewChange {
  Ballot at;  // the view that is asked for
  ValidatorIndex validator = 0;
  CertifiedHeaderPtr certified;
  std::vector<PrepareCertificatePtr> prepared;  // heights ascending, above `certified`
  Digest digest;                                // of the body
  v1::ViewChange bytes;
};
using ViewChangePtr = std::shared_ptr<const ViewChange>;

struct NewView {
  Ballot at;
  ValidatorIndex validator = 0;
  std::vector<ViewChangePtr> view_changes;  // ascending by validator
  Digest digest;                            // of the body
  v1::NewView bytes;
};
using NewViewPtr = std::shared_ptr<const NewView>;

struct HeaderVote {
  EpochNumber epoch = 0;
  Height height = 0;
  Digest header;
  ValidatorIndex validator = 0;
  std::string signature;
};

struct Status {
  Ballot at;
  bool active = false;
  Height certified = 0;
  Height executed = 0;
  friend bool operator==(const Status&, const Status&) = default;
};

struct RecoveryRequest {
  std::string nonce;
};

// What a peer holds of the messages that the asker has signed.
struct RecoveryAnswer {
  std::string nonce;
  EpochNumber epoch = 0;
  std::vector<Proposal> proposals;
  std::vector<PrepareVote> prepares;
  std::vector<HeaderVote> headers;
  std::vector<ViewChangePtr> view_changes;
  std::vector<NewViewPtr> new_views;
};
using RecoveryAnswerPtr = std::shared_ptr<const RecoveryAnswer>;

using Message = std::variant<Proposal, PrepareVote, CommitVote, HeaderVote, ViewChangePtr, NewViewPtr, Status,
                             CertifiedHeaderPtr, RecoveryRequest, RecoveryAnswerPtr>;

// --- to and from the wire and the log ---

v1::PeerMessage to_wire(const Message& message);
v1::PrePrepare to_wire(const Proposal& proposal);
v1::Prepare to_wire(const PrepareVote& vote);
v1::PrepareCertificate to_wire(const PrepareCertificate& certificate);
v1::HeaderVote to_wire(const HeaderVote& vote);

// Shapes and bounds, canonical bodies, digests computed; no signature is looked at. MALFORMED and the like.
// `transactions` is no message of consensus: MALFORMED here.
Result<Message> from_wire(const v1::PeerMessage& message);
Result<Proposal> from_wire(const v1::PrePrepare& message);
Result<PrepareVote> from_wire(const v1::Prepare& message);
Result<PrepareCertificate> from_wire(const v1::PrepareCertificate& certificate);
Result<ViewChangePtr> from_wire(const v1::ViewChange& message);
Result<NewViewPtr> from_wire(const v1::NewView& message);
Result<HeaderVote> from_wire(const v1::HeaderVote& message);
Result<CertifiedHeaderPtr> from_wire(const v1::CertifiedHeader& message);

}  // namespace jinshi::consensus
