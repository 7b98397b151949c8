// One validator's part in ordering: PBFT (Castro and Liskov 1999) with ordering apart from execution, by the rules of
// docs/protocol.md, consensus. Pure: no clock, socket, disk, thread or randomness; the caller owns them. A value: it
// can be copied, and two copies given the same events do the same.
//
// Effects must be carried out in order; what is persisted is on disk before anything behind it happens. Each section
// of the rules is a file: ordering, header_votes, restore, view_change, new_view, status, suspicion, batch_time,
// epochs, evidence.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "consensus/effect.h"
#include "consensus/event.h"
#include "consensus/slot.h"
#include "consensus/waiting.h"
#include "ledger/crypto/signer.h"

namespace jinshi::consensus {

struct Config {
  std::string organisation;
  Digest chain_id;
  std::string nonce;  // of this start: answers to an earlier one's questions don't count
  // How much of an epoch's batch limit must wait before a proposal follows one that is still undecided.
  std::size_t full_batch_transactions = 500;
};

// What the ledger and the log held at the start.
struct RestoredState {
  std::shared_ptr<const v1::Epochs> epochs;  // as they stand after the last executed block
  CertifiedHeaderPtr certified;              // the highest; block 0's at first
  TimeMs certified_time = 0;
  std::vector<BlockExecuted> executed;  // above it, heights ascending without a gap
  std::vector<Digest> executed_batches;  // of each, the batch's digest
  std::optional<TimeMs> next_due;
  // The log, in order; none = there is no log, and this replica follows only.
  std::optional<std::vector<v1::LogEntry>> log;
};

// What an operator's diagnosis reads; see node/diagnosis.h.
struct ReplicaStatus {
  Ballot at;
  bool active = false;
  Height certified = 0;
  Height executed = 0;
  std::string leader;  // proposes the next height
  bool is_validator = false;
  bool recovering = false;       // asks its peers before the first vote
  std::string follows_because;   // empty = votes
  std::size_t transactions_waiting = 0;
  std::optional<SteadyMs> waits_since;
  std::optional<Height> height_in_flight;  // the lowest uncertified one that something is known of
  // What the lowest height in flight lacks, each line with its validators.
  struct Lacking {
    std::string what;  // "PREPARE", "COMMIT", "header signature", "VIEW-CHANGE"
    std::vector<std::string> organisations;
    SteadyMs since = 0;
  };
  std::vector<Lacking> lacking;
  struct Peer {
    Status status;
    SteadyMs heard = 0;
  };
  std::map<std::string, Peer> peers;  // as each told last
};

class Replica {
 public:
  // `signer` outlives every copy; null = a node that only follows.
  Replica(Config config, RestoredState restored, const crypto::Signer* signer);

  // A signer that fails stops the replica's voting; everything else can't fail.
  [[nodiscard]] Effects step(const Event& event, const Moment& now);

  // Whether the message could change anything: asked before its signatures are checked.
  bool wants(const Message& message) const;

  ReplicaStatus status() const;
  EpochNumber epoch() const { return epoch_.number; }
  Ballot ballot() const { return {epoch_.number, view_}; }
  bool active() const { return active_; }
  bool is_validator() const { return epoch_.self.has_value(); }
  Height certified_height() const { return certified_->height; }
  Height executed_height() const { return executed_; }
  std::optional<TimeMs> next_due() const { return next_due_; }
  // The epoch's validators but this one: whom a message for all goes to.
  std::vector<std::string> others() const;
  // What it keeps, each bounded by multiples of the window whatever others send.
  struct Held {
    std::size_t slots = 0, batches = 0, wanted = 0, early = 0, own_votes = 0;
  };
  Held held() const { return {slots_.size(), batches_.size(), wanted_.size(), early_.size(), own_votes_.size()}; }
  // Two replicas of one fingerprint behave alike from here on, whatever the clocks say: for exhaustive searches.
  Digest fingerprint() const;

 private:
  struct Epoch {
    EpochNumber number = 0;
    Height first_height = 0;
    std::vector<std::string> organisations;
    std::optional<ValidatorIndex> self;
    std::size_t faulty = 0, quorum = 1;
    Height window = 64;
    Height rotation_interval = 1;
    std::int64_t heartbeat_ms = 0, progress_timeout_ms = 0, max_clock_skew_ms = 0;
    std::size_t fairness_batches = 8;
    Digest set;
    std::size_t size() const { return organisations.size(); }
  };
  struct Batch {
    Blob bytes;               // null for the null batch
    std::vector<Digest> ids;
    bool had_room = false;
    Height logged = 0;  // the highest that the log has it for
    Height height = 0;  // the highest that it was seen for
  };
  struct Wanted {  // a payload that was asked for
    SteadyMs asked = 0;
    std::string from;
    Height height = 0;
    bool fresh = false;
  };

  // --- replica.cpp ---
  void receive(const std::string& from, const VerifiedMessage& message);
  void on(const Started&);
  void on(const MessageReceived& event) { receive(event.from, event.message); }
  void on(const PayloadHeld& event);
  void on(const PayloadInvalid& event);
  void on(const TransactionsKnown& event);
  void on(const TransactionsGone& event);
  void on(const BatchOffered& event);
  void on(const BlockExecuted& event);
  void on(const BlocksFetched& event);
  void on(const Flushed& event);
  void on(const TimePassed&);
  void handle(const std::string& from, const Proposal& message);
  void handle(const std::string& from, const PrepareVote& message);
  void handle(const std::string& from, const CommitVote& message);
  void handle(const std::string& from, const HeaderVote& message);
  void handle(const std::string& from, const ViewChangePtr& message);
  void handle(const std::string& from, const NewViewPtr& message);
  void handle(const std::string& from, const Status& message);
  void handle(const std::string& from, const CertifiedHeaderPtr& message);
  void handle(const std::string& from, const RecoveryRequest& message);
  void handle(const std::string& from, const RecoveryAnswerPtr& message);

  template <class T>
  void emit(T effect) {
    effects_.push_back(std::move(effect));
  }
  void broadcast(Message message) { emit(Send{{}, std::move(message)}); }
  void persist(v1::LogEntry entry) { emit(Persist{std::move(entry)}); }
  // Empty where the signer failed, which ends this replica's voting.
  std::optional<std::string> sign(v1::Phase phase, View view, Height height, const Digest& digest);
  void follow_only(std::string why);
  bool may_vote() const { return epoch_.self && follows_because_.empty() && !recovering_; }
  bool in_window(Height height) const;
  std::optional<ValidatorIndex> index_of(const std::string& organisation) const;
  ValidatorIndex proposer(Height height) const;
  Slot& slot(Height height) { return slots_[height]; }
  const Slot* find_slot(Height height) const;

  // --- ordering.cpp: section 1 ---
  void propose();
  bool has_reason_to_propose(Height height) const;
  Height next_to_propose() const;
  void accept(const Proposal& proposal);
  void accept_again(Height height, const Digest& digest);  // by a NEW-VIEW
  void list(Height height);
  void need_payload(Height height, const Digest& digest, Blob batch, const std::string& from, bool fresh);
  void vote(Height height);
  void cast(Height height, v1::Phase phase, const Digest& digest, const std::string& signature);
  void persist_batch(Height height, const Digest& digest);
  void record_prepare(Height height, View view, ValidatorIndex validator, PrepareRecord record);
  void check_prepared(Height height);
  void send_commit(Height height);
  void check_decided(Height height);
  void deliver();
  bool holds(const Digest& digest) const { return digest == kNullBatch || batches_.contains(digest); }

  // --- header_votes.cpp: section 2 ---
  void sign_header(Height height);
  void gather_certificate(Height height);
  void adopt(CertifiedHeaderPtr certified);
  void keep_pending_certificate(const CertifiedHeaderPtr& certified);
  void check_pending_certificate();
  Height fetch_above() const;
  void trim();

  // --- restore.cpp: section 3 ---
  void restore_log();
  void restore_view();
  void resend_own();
  void look_at_all();
  void ask_peers();
  bool accounts_for(const Proposal& proposal) const;
  bool accounts_for(const PrepareVote& vote) const;
  bool accounts_for(const HeaderVote& vote) const;
  bool accounts_for(const ViewChange& view_change) const;
  bool accounts_for(const NewView& new_view) const;
  bool accounts_for_vote(Ballot at, Height height, v1::Phase phase, const Digest& digest) const;
  template <class T>
  bool is_own_and_strange(const T& message);

  // --- view_change.cpp, new_view.cpp: section 4 ---
  void start_view_change(View view);
  void keep_view_change(const ViewChangePtr& view_change);
  void join_others();
  std::size_t reached(View view) const;  // validators that asked for this view or a higher one
  void look_at_view_timer();
  void try_new_view();
  void enter_view(const NewViewPtr& new_view);
  void read_reproposals(const NewView& new_view);
  void open_reproposals();
  void void_proposals();
  void replay_early();

  // --- status.cpp: 4.5 ---
  void tell_status();
  void answer_status(const std::string& to, const Status& theirs);
  void ask_for_payloads_again();
  std::int64_t status_interval_ms() const;
  void send_slot(const std::string& to, Height height, const Slot& slot, const Status& theirs);

  // --- suspicion.cpp: section 5 ---
  void look_for_suspicion();
  std::optional<SteadyMs> waits_since() const;
  std::int64_t timeout_ms() const;
  std::optional<SteadyMs> suspicion_at() const;
  void suspect(std::string why);
  void arm_timer();

  // --- batch_time.cpp: section 6 ---
  bool time_in_bounds(TimeMs time) const;
  TimeMs proposal_time() const;
  bool heartbeat_due() const;
  bool due_entry_waits() const;

  // --- epochs.cpp: section 7 ---
  void read_epoch(const v1::Epoch& epoch);
  std::optional<Height> last_height_of_epoch() const;
  void look_at_epoch();
  void enter_epoch(const v1::Epoch& epoch);

  // --- evidence.cpp: section 8 ---
  void accuse_of_two_votes(Height height, View view, ValidatorIndex validator, const PrepareRecord& first,
                           const PrepareRecord& second);
  void accuse_of_two_new_views(const NewView& first, const NewView& second);

  Config config_;
  const crypto::Signer* signer_;

  // Of one step only.
  Effects effects_;
  Moment now_;

  Epoch epoch_;
  std::shared_ptr<const v1::Epochs> epochs_;  // as executed
  View view_ = 0;
  bool active_ = true;
  SteadyMs entered_view_ = 0;
  NewViewPtr new_view_;  // of view_, when active and view_ > 0
  // What the NEW-VIEW proposes again, above its base; heights beyond the window wait here.
  std::map<Height, Digest> reproposed_;
  Height base_ = 0, top_ = 0;  // of the NEW-VIEW: certified, and the last height proposed again

  CertifiedHeaderPtr certified_;
  TimeMs certified_time_ = 0;
  SteadyMs last_certificate_ = 0;
  CertifiedHeaderPtr known_certified_;    // checked, above ours: we catch up
  std::map<Height, CertifiedHeaderPtr> pending_certified_;  // over blocks that are being executed
  Height delivered_ = 0, executed_ = 0;
  TimeMs executed_time_ = 0;
  std::optional<TimeMs> next_due_;
  Flushed flushed_;
  Height trimmed_ = 0;

  std::map<Height, Slot> slots_;  // above certified_
  std::unordered_map<Digest, Batch, DigestHash> batches_;
  std::unordered_map<Digest, Wanted, DigestHash> wanted_;
  std::map<Height, Proposal> early_;  // proposals of the next views, or before the NEW-VIEW came
  bool batch_asked_ = false;
  TimeMs last_proposed_time_ = 0;
  Waiting waiting_;
  std::optional<SteadyMs> epoch_announced_;

  // View changes by validator: its newest few.
  std::map<ValidatorIndex, std::map<View, ViewChangePtr>> view_changes_;
  ViewChangePtr own_view_change_;
  std::optional<SteadyMs> view_timer_started_;
  unsigned failed_views_ = 0;  // since progress
  std::map<std::string, ReplicaStatus::Peer> peers_;  // as each told last
  SteadyMs last_status_ = 0;
  SteadyMs armed_ = 0;
  bool passed_on_again_ = false;

  // The start.
  bool recovering_ = false;
  std::set<std::string> answered_recovery_;
  std::string follows_because_;
  Ballot logged_ballot_;     // the highest that the log knows of
  Height logged_trim_ = 0;   // certified at the start, or the log's trim point
  // What this key has signed above the trim point: (epoch, view, height) -> digest, and headers.
  struct OwnVote {
    Digest digest;
    v1::Phase phase = v1::PHASE_PREPARE;
    std::string signature;
  };
  std::map<std::pair<Height, View>, OwnVote> own_votes_;
  std::map<Height, Digest> own_headers_;
  std::vector<v1::LogEntry> unread_log_;  // of the epochs that this replica has yet to reach again
};

}  // namespace jinshi::consensus
