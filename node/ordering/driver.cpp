#include "node/ordering/driver.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <random>

#include "node/ordering/known_sets.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

constexpr SteadyMs kStatusEveryMs = 50;

// The epoch's limit where it has one, never more than the node's own.
std::size_t smaller(std::size_t own, std::uint32_t of_epoch) {
  return of_epoch == 0 ? own : std::min<std::size_t>(own, of_epoch);
}

std::string fresh_nonce() {
  std::random_device device;
  std::string nonce;
  for (int i = 0; i < 16; ++i) nonce.push_back(static_cast<char>(device()));
  return nonce;
}

}  // namespace

OrderingDriver::OrderingDriver(Parts parts)
    : parts_(std::move(parts)),
      payloads_({parts_.runtime, parts_.pool, parts_.links, parts_.ledger.chain_id(),
                 [this](consensus::Event event) { step(event); }}),
      chain_({parts_.runtime, parts_.ledger, parts_.metrics, parts_.log,
              [this](consensus::Event event) { happened(std::move(event)); }, parts_.certified,
              [this](const Error& error, std::string_view doing) { fail_with(error, doing); }}),
      catch_up_({parts_.runtime, parts_.log, parts_.links, parts_.ledger.chain_id(), parts_.peers,
                 [this] { return verifier_; }, [this] { return replica_->epoch(); },
                 [this](const CheckedBlocks& fetched) {
                   consensus::BlocksFetched event;
                   event.certified = fetched.certified;
                   for (const auto& block : fetched.blocks) {
                     auto& one = event.blocks.emplace_back();
                     one = {block.height, block.header, block.batch_digest, block.batch, {}};
                     for (const auto& transaction : block.transactions) one.ids.push_back(transaction->id());
                     if (block.batch) {
                       payloads_.put(block.batch_digest, {block.batch, block.transactions, block.height});
                     }
                   }
                   step(event);
                 }}),
      evidence_(parts_.evidence, parts_.ledger),
      timer_(parts_.runtime.strand()) {
  status_.last_block = Runtime::steady_now();
}

OrderingDriver::~OrderingDriver() = default;

Result<void> OrderingDriver::restore(std::optional<VoteLog::Opened> log) {
  consensus::RestoredState restored;
  epochs_ = std::make_shared<const v1::Epochs>(parts_.ledger.epochs());
  restored.epochs = epochs_;
  const auto head = parts_.ledger.head();
  v1::CertifiedHeader certified;
  certified.set_header(head.header);
  if (head.height > 0) *certified.mutable_certificate() = head.certificate;
  auto read = consensus::from_wire(certified);
  if (!read) return std::unexpected(read.error());
  restored.certified = *read;
  restored.certified_time = head.time;
  restored.next_due = parts_.ledger.next_due();
  for (const auto& block : parts_.ledger.uncertified()) {
    restored.executed.push_back(to_event(block));
    const auto header = decode<v1::Header>(block.header);
    JINSHI_ASSERT(header.has_value(), "the ledger's headers are canonical");
    restored.executed_batches.push_back(Digest::from(header->batch()).value_or(Digest{}));
  }
  if (log) {
    for (auto& entry : log->restored.entries) {
      if (!entry.has_batch()) continue;
      HeldBatch held{consensus::blob(entry.batch().batch()), {}, entry.batch().height()};
      for (const auto& bytes : entry.batch().transactions()) {
        auto transaction = ledger::check_transaction(bytes, parts_.ledger.chain_id());
        if (!transaction) {
          return fail(v1::REASON_DAMAGED, "the vote log holds a transaction that can't pass: " +
                                              transaction.error().message +
                                              ". Rotate this validator's key and begin a new log");
        }
        held.transactions.push_back(std::move(*transaction));
      }
      const Digest digest = consensus::batch_digest(*held.batch);
      payloads_.put(digest, std::move(held));
    }
    if (log->restored.trimmed_height > 0) {
      v1::LogEntry trim;
      trim.mutable_trim()->set_epoch(log->restored.trimmed_epoch);
      trim.mutable_trim()->set_height(log->restored.trimmed_height);
      log->restored.entries.insert(log->restored.entries.begin(), std::move(trim));
    }
    restored.log = std::move(log->restored.entries);
    log_ = std::make_unique<VoteLogWriter>(std::move(log->log),
                                           [this](const Error& error) { fail_with(error, "writing the vote log"); });
  }
  consensus::Config config;
  config.organisation = parts_.organisation;
  config.chain_id = parts_.ledger.chain_id();
  config.nonce = fresh_nonce();
  config.full_batch_transactions = std::max<std::size_t>(1, parts_.limits.operations / 2);
  replica_ = std::make_unique<consensus::Replica>(std::move(config), std::move(restored), parts_.signer);
  look_at_epochs();
  return {};
}

void OrderingDriver::start() {
  boost::asio::post(parts_.runtime.strand(), [this] {
    started_ = true;
    step(consensus::Started{});
  });
}

// --- events ---

void OrderingDriver::received(const std::string& organisation, const v1::PeerMessage& message,
                              PeerHandler::Hold hold) {
  auto read = consensus::from_wire(message);
  if (!read) {
    parts_.log.debug("a peer's message is dropped", {{"peer", organisation}, {"message", read.error().message}});
    return;
  }
  boost::asio::post(parts_.runtime.strand(), [this, from = organisation, message = std::move(*read),
                                              hold = std::move(hold)]() mutable {
    if (stopping_ || !started_ || !replica_->wants(message)) return;
    boost::asio::post(parts_.runtime.workers(), [this, from = std::move(from), message = std::move(message),
                                                 hold = std::move(hold), verifier = verifier_]() mutable {
      auto verified = verifier->check(std::move(message));
      if (!verified) {
        parts_.log.debug("a peer's message is refused", {{"peer", from}, {"message", verified.error().message}});
        return;
      }
      boost::asio::post(parts_.runtime.strand(),
                        [this, event = consensus::MessageReceived{std::move(from), std::move(*verified)},
                         hold = std::move(hold)] { step(event); });
    });
  });
}

void OrderingDriver::head_of(const std::string& organisation, const v1::CertifiedHeader& head) {
  auto read = consensus::from_wire(head);
  if (!read) return;
  boost::asio::post(parts_.runtime.strand(), [this, organisation, head = std::move(*read)] {
    if (stopping_ || !started_ || head->height == 0) return;
    boost::asio::post(parts_.runtime.workers(), [this, organisation, head, verifier = verifier_] {
      auto verified = verifier->check(consensus::Message(head));
      boost::asio::post(parts_.runtime.strand(), [this, organisation, head, verified = std::move(verified)] {
        if (verified) {
          compare_heads(head);
          if (replica_->wants(verified->message())) step(consensus::MessageReceived{organisation, *verified});
        } else if (verified.error().reason == v1::REASON_HEIGHT_UNKNOWN &&
                   head->height > replica_->certified_height()) {
          // Certified by a set that this node has yet to meet: the blocks in between lead there.
          catch_up_.need(replica_->certified_height(), organisation);
        }
      });
    });
  });
}

// Two certified headers of one height: whoever signed both has lied.
void OrderingDriver::compare_heads(const consensus::CertifiedHeaderPtr& head) {
  const auto before = last_head_;
  if (!before || head->height > before->height) last_head_ = head;
  if (!before || before->height != head->height || before->digest == head->digest) return;
  for (const auto& one : before->bytes.certificate().signatures()) {
    for (const auto& other : head->bytes.certificate().signatures()) {
      if (one.validator() != other.validator()) continue;
      v1::Evidence evidence;
      evidence.set_epoch(head->epoch);
      evidence.set_validator(one.validator());
      auto& two = *evidence.mutable_two_headers();
      two.set_first(before->bytes.header());
      two.set_first_signature(one.signature());
      two.set_second(head->bytes.header());
      two.set_second_signature(other.signature());
      accuse({std::move(evidence)});
    }
  }
}

void OrderingDriver::pool_changed() {
  boost::asio::post(parts_.runtime.strand(), [this] {
    consensus::TransactionsKnown known;
    consensus::TransactionsGone gone;
    for (const auto& event : parts_.pool.take_events()) {
      if (event.kind == Pool::Event::Kind::kKnown) {
        known.transactions.push_back({event.id, event.envelope, event.own});
      } else {
        gone.ids.push_back(event.id);
      }
    }
    if (!known.transactions.empty()) {
      payloads_.pool_has_more();
      step(known);
    }
    if (!gone.ids.empty()) step(gone);
  });
}

void OrderingDriver::clock_moved() { happened(consensus::TimePassed{}); }

void OrderingDriver::happened(consensus::Event event) {
  boost::asio::post(parts_.runtime.strand(), [this, event = std::move(event)] { step(event); });
}

void OrderingDriver::step(const consensus::Event& event) {
  if (!started_ || stopping_ || failed_) return;
  // Carrying out an effect may make the next event: it waits until this one's effects are done.
  events_.push_back(event);
  if (stepping_) return;
  stepping_ = true;
  while (!events_.empty()) {
    const consensus::Event next = std::move(events_.front());
    events_.pop_front();
    const auto* block = std::get_if<consensus::BlockExecuted>(&next);
    if (block != nullptr && block->epochs != epochs_) {
      epochs_ = block->epochs;
      look_at_epochs();
    }
    carry_out(replica_->step(next, {parts_.clock.now(), Runtime::steady_now()}));
    if (block != nullptr) catch_up_.executed(block->height);
    if (std::holds_alternative<consensus::BatchOffered>(next)) parts_.pool.put_back(std::exchange(offered_, {}));
  }
  stepping_ = false;
  publish_status();
}

// --- effects ---

void OrderingDriver::carry_out(consensus::Effects effects) {
  std::vector<std::string> entries;
  Deferred later;
  for (auto& effect : effects) {
    std::visit(
        Overloaded{
            [&](const consensus::Persist& one) { persist(one, entries); },
            [&](const consensus::Trim& one) {
              if (log_) later.push_back([this, one] { log_->trim(one.epoch, one.height); });
            },
            [&](const consensus::Send& one) { prepare(one, later); },
            [&](const consensus::Deliver& one) {
              auto held = one.batch == nullptr ? nullptr : payloads_.find(one.digest);
              JINSHI_ASSERT(one.batch == nullptr || held != nullptr, "what is delivered is held");
              later.push_back([this, one, held = std::move(held)] { chain_.execute(one, held); });
            },
            [&](const consensus::Certified& one) {
              payloads_.certified(one.header->height);
              for (auto& evidence : evidence_.take_waiting()) accuse({std::move(evidence)});
              later.push_back([this, one] { chain_.certify(one); });
            },
            [&](const consensus::NeedPayload& one) { payloads_.need(one); },
            [&](const consensus::Listed& one) {
              offered_.clear();
              if (const auto held = payloads_.find(one.digest)) parts_.pool.listed(one.digest, held->transactions);
            },
            [&](const consensus::Unlisted& one) { parts_.pool.unlisted(one.digest); },
            [&](const consensus::WantBatch& one) { offer_batch(one); },
            [&](const consensus::ArmTimer& one) { arm(one.at); },
            [&](const consensus::NeedSync& one) { catch_up_.need(one.above, one.from); },
            [&](const consensus::PassOnAgain&) {
              if (parts_.pass_on_again) parts_.pass_on_again();
            },
            [&](const consensus::Suspicion& one) {
              parts_.log.warning("leaves a view", {{"epoch", one.at.epoch}, {"view", one.at.view}, {"why", one.why}});
            },
            [&](const consensus::EvidenceFound& one) { accuse(one); },
            [&](const consensus::Diverged& one) { came_apart(one); },
            [&](const consensus::FollowsOnly& one) {
              if (parts_.signer != nullptr) {
                parts_.log.error("this validator does not vote, and follows", {{"why", one.why}});
              }
            },
            [&](const consensus::EnteredView& one) {
              parts_.log.info("view", {{"epoch", one.at.epoch}, {"view", one.at.view}});
            }},
        effect);
  }
  if (later.empty() && entries.empty()) return;
  if (log_ == nullptr || (entries.empty() && behind_log_ == 0)) {
    for (const auto& one : later) one();
    return;
  }
  ++behind_log_;
  log_->append(std::move(entries), [this, later = std::move(later)] {
    for (const auto& one : later) one();
    --behind_log_;
  });
}

void OrderingDriver::persist(const consensus::Persist& effect, std::vector<std::string>& entries) {
  if (!effect.entry.has_batch()) return entries.push_back(encode(effect.entry));
  v1::LogEntry entry = effect.entry;
  const auto held = payloads_.find(consensus::batch_digest(entry.batch().batch()));
  JINSHI_ASSERT(held != nullptr, "a batch is voted for when its payload is held");
  for (const auto& transaction : held->transactions) entry.mutable_batch()->add_transactions(transaction->bytes());
  entries.push_back(encode(entry));
}

void OrderingDriver::prepare(const consensus::Send& effect, Deferred& later) {
  if (parts_.links == nullptr) return;
  auto bytes = std::make_shared<const std::string>(consensus::to_wire(effect.message).SerializeAsString());
  if (!effect.to.empty()) {
    later.push_back([this, to = effect.to, bytes = std::move(bytes)] { parts_.links->send(to, bytes); });
    return;
  }
  std::vector<std::string> all = replica_->others();
  if (all.empty()) return;
  later.push_back([this, all = std::move(all), bytes = std::move(bytes)] {
    for (const auto& to : all) parts_.links->send(to, bytes);
  });
}

void OrderingDriver::offer_batch(const consensus::WantBatch& wanted) {
  Pool::BatchLimits limits{bounds_.operations, bounds_.bytes};
  HeldBatch held;
  held.transactions = parts_.pool.take(limits);
  held.height = wanted.height;
  v1::Batch batch;
  batch.set_proposer(parts_.organisation);
  batch.set_time(wanted.time);
  consensus::BatchOffered event{wanted.at, wanted.height, nullptr, {}, false};
  for (const auto& transaction : held.transactions) {
    batch.add_envelopes(transaction->envelope().string());
    event.ids.push_back(transaction->id());
  }
  offered_ = held.transactions;
  held.batch = event.batch = consensus::blob(encode(batch));
  event.had_room = Payloads::had_room(held, bounds_);
  const Digest digest = consensus::batch_digest(*held.batch);
  payloads_.put(digest, std::move(held));
  step(event);
}

void OrderingDriver::arm(consensus::SteadyMs at) {
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(at)));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) step(consensus::TimePassed{});
  });
}

void OrderingDriver::look_at_epochs() {
  verifier_ = make_verifier(parts_.ledger, *epochs_);
  const auto& ordering = epochs_->current().ordering();
  bounds_ = {smaller(parts_.limits.operations, ordering.batch_operations()),
             smaller(parts_.limits.bytes, ordering.batch_bytes()), epochs_->current().protocol_version()};
  payloads_.bound(bounds_);
  if (parts_.epochs_changed) parts_.epochs_changed(*epochs_);
}

void OrderingDriver::accuse(const consensus::EvidenceFound& found) {
  boost::asio::post(parts_.runtime.workers(), [this, evidence = found.evidence] {
    const auto kept = evidence_.keep(evidence);
    if (!kept) {
      parts_.log.error("evidence can't be kept", {{"message", kept.error().message}});
    } else if (*kept) {
      parts_.log.error("a validator broke the rules: the evidence is on file",
                       {{"epoch", evidence.epoch()}, {"validator", evidence.validator()}, {"file", (*kept)->string()}});
    }
  });
}

// Where the two blocks differ first, by asking one that holds the certified block; then this node stops.
void OrderingDriver::came_apart(const consensus::Diverged& diverged) {
  const Error error{v1::REASON_DIVERGED,
                    {},
                    "block " + std::to_string(diverged.height) +
                        " came out here otherwise than a quorum certified it: this node's data or program is not the "
                        "others'"};
  const std::string peer = parts_.peers.empty() ? "" : parts_.peers.front();
  if (parts_.links == nullptr || peer.empty()) return fail_with(error, "comparing headers");
  v1::FetchBlocksRequest request;
  request.set_from(diverged.height);
  request.set_with_changes(true);
  parts_.links->fetch_blocks(peer, request, [this, error, peer](const Result<v1::FetchBlocksResponse>& answer) {
    Error named = error;
    if (answer && answer->blocks_size() == 1) {
      const auto divergence = parts_.ledger.compare(answer->blocks(0));
      if (divergence && *divergence) named.message += ". Against " + peer + ": " + (*divergence)->text();
    }
    fail_with(named, "comparing headers");
  });
}

void OrderingDriver::fail_with(const Error& error, std::string_view doing) {
  if (failed_.exchange(true)) return;
  {
    const std::scoped_lock lock(status_mutex_);
    status_.failure = std::string(doing) + ": " + error.message;
  }
  parts_.failed(error);
}

// --- the end, and what others see ---

bool OrderingDriver::stop(std::chrono::milliseconds patience) {
  const auto done = std::make_shared<std::promise<void>>();
  auto finished = done->get_future();
  boost::asio::post(parts_.runtime.strand(), [this, done] {
    stopping_ = true;
    timer_.cancel();
    catch_up_.stop();
    boost::asio::post(parts_.runtime.executor(), [done] { done->set_value(); });
  });
  const bool in_time = finished.wait_for(patience) == std::future_status::ready;
  // What waits is written still; what it lets be said goes to links that may be gone, or to the executor.
  log_.reset();
  const std::scoped_lock lock(status_mutex_);
  status_.stopped = true;
  return in_time;
}

void OrderingDriver::publish_status() {
  const SteadyMs now = Runtime::steady_now();
  const std::scoped_lock lock(status_mutex_);
  if (replica_->certified_height() != status_.replica.certified) status_.last_block = now;
  if (now < status_.taken + kStatusEveryMs && replica_->certified_height() == status_.replica.certified) return;
  status_.taken = now;
  status_.replica = replica_->status();
  status_.catching_up = catch_up_.running();
  const auto& ordering = epochs_->current().ordering();
  status_.heartbeat_ms = ordering.heartbeat_ms();
  status_.progress_timeout_ms = ordering.progress_timeout_ms();
  status_.next_due = replica_->next_due();
}

OrderingStatus OrderingDriver::status() const {
  const std::scoped_lock lock(status_mutex_);
  return status_;
}

}  // namespace jinshi::node
