#include "tests/simulation/node.h"

#include <algorithm>

#include "proto/assert.h"
#include "proto/canonical.h"
#include "tests/simulation/world.h"

namespace jinshi::simulation {

Node::Node(World& world, Settings settings, std::unique_ptr<Machine> machine,
           std::shared_ptr<const crypto::Signer> signer, std::unique_ptr<Adversary> adversary)
    : world_(world),
      settings_(std::move(settings)),
      machine_(std::move(machine)),
      signer_(std::move(signer)),
      adversary_(std::move(adversary)),
      log_(SimulatedLog()) {}

void Node::start() {
  if (is_up()) return;
  ++life_;
  steady_offset_ = world_.random().between(0, 1'000'000) - world_.now();
  consensus::RestoredState restored = machine_->restored();
  if (log_) {
    restored.log = log_->read();
    for (const auto& entry : *restored.log) {
      if (!entry.has_batch()) continue;
      pool_.keep_batch(consensus::batch_digest(entry.batch().batch()), consensus::blob(entry.batch().batch()));
      for (const auto& bytes : entry.batch().transactions()) pool_.keep(read_transaction(bytes));
    }
  }
  for (const auto& block : restored.executed) executed_ids_[block.height] = block.listed;
  consensus::Config config;
  config.organisation = settings_.organisation;
  config.chain_id = machine_->chain_id();
  config.nonce = settings_.organisation + " " + std::to_string(settings_.number) + " " + std::to_string(life_);
  config.full_batch_transactions = settings_.batch_transactions;
  replica_.emplace(std::move(config), std::move(restored), signer_.get());
  know_epochs();
  world_.trace(*this, "starts at certified " + std::to_string(machine_->certified()) + ", executed " +
                          std::to_string(machine_->executed()));
  step(consensus::Started{});
  if (flushes_) later(settings_.flush_ms, [this] { flush_now_and_then(); });
}

void Node::crash() {
  if (!is_up()) return;
  world_.trace(*this, "crashes");
  ++life_;
  replica_.reset();
  machine_->crash(world_.random());
  if (log_) log_->crash(world_.random());
  pool_ = {};
  pending_.clear();
  syncing_ = executing_ = false;
  to_execute_.clear();
  executed_ids_.clear();
  payloads_.clear();
  asked_for_blocks_.reset();
  verifier_.reset();
  epochs_known_ = 0;
}

consensus::Moment Node::moment() const {
  return {world_.network_time() + settings_.skew_ms, world_.now() + steady_offset_};
}

void Node::later(SimulatedMs delay, std::function<void()> action) {
  world_.after(delay, [this, life = life_, action = std::move(action)] {
    if (life == life_ && is_up()) action();
  });
}

// --- the core and its effects ---

void Node::step(const consensus::Event& event) {
  auto effects = replica_->step(event, moment());
  std::optional<std::vector<std::string>> everyone;
  for (auto& effect : effects) {
    if (const auto text = world_.traces() ? describe(effect) : std::string(); !text.empty()) world_.trace(*this, text);
    if (auto* persist = std::get_if<consensus::Persist>(&effect)) {
      log_entry(std::move(persist->entry));
    } else if (const auto* trim = std::get_if<consensus::Trim>(&effect)) {
      v1::LogEntry entry;
      entry.mutable_trim()->set_epoch(trim->epoch);
      entry.mutable_trim()->set_height(trim->height);
      log_entry(std::move(entry));
    } else {
      if (!everyone) everyone = validators();
      const std::uint64_t needs = log_ ? log_->appended() : 0;
      pending_.push_back({needs, std::move(effect), *everyone});
    }
  }
  world_.watcher().stands(settings_.organisation, *replica_);
  drain();
}

void Node::log_entry(v1::LogEntry entry) {
  if (!log_) return;
  if (entry.has_batch()) {
    const auto transactions = pool_.transactions_of(entry.batch().batch());
    JINSHI_ASSERT(transactions.has_value(), "what is voted for is held");
    for (const auto& transaction : *transactions) entry.mutable_batch()->add_transactions(transaction->bytes);
  }
  log_->append(entry);
  sync();
}

// One sync at a time takes along everything that was appended before it began.
void Node::sync() {
  if (syncing_ || log_->synced() == log_->appended()) return;
  syncing_ = true;
  later(settings_.sync_ms, [this, count = log_->appended()] {
    syncing_ = false;
    log_->sync_to(count);
    sync();
    drain();
  });
}

void Node::drain() {
  while (!pending_.empty() && (!log_ || pending_.front().needs <= log_->synced())) {
    Pending next = std::move(pending_.front());
    pending_.pop_front();
    carry_out(std::move(next));
  }
}

void Node::carry_out(Pending pending) {
  world_.watcher().told(settings_.organisation, pending.effect);
  world_.told(*this, pending.effect);
  if (const auto* effect = std::get_if<consensus::Send>(&pending.effect)) {
    if (!effect->to.empty()) return send(effect->to, effect->message);
    for (const auto& to : pending.everyone) send(to, effect->message);
    world_.watcher().sent(settings_.organisation, effect->message);
  } else if (const auto* deliver = std::get_if<consensus::Deliver>(&pending.effect)) {
    carry_out(*deliver);
  } else if (const auto* certified = std::get_if<consensus::Certified>(&pending.effect)) {
    carry_out(*certified);
  } else if (const auto* need = std::get_if<consensus::NeedPayload>(&pending.effect)) {
    carry_out(*need);
  } else if (const auto* listed = std::get_if<consensus::Listed>(&pending.effect)) {
    pool_.list(listed->digest);
  } else if (const auto* unlisted = std::get_if<consensus::Unlisted>(&pending.effect)) {
    pool_.unlist(unlisted->digest);
  } else if (const auto* want = std::get_if<consensus::WantBatch>(&pending.effect)) {
    carry_out(*want);
  } else if (const auto* timer = std::get_if<consensus::ArmTimer>(&pending.effect)) {
    carry_out(*timer);
  } else if (const auto* behind = std::get_if<consensus::NeedSync>(&pending.effect)) {
    carry_out(*behind);
  } else if (std::holds_alternative<consensus::PassOnAgain>(pending.effect)) {
    pass_on(pool_.waiting());
  }
}

void Node::carry_out(const consensus::ArmTimer& effect) {
  const SimulatedMs delay = std::max<SimulatedMs>(1, effect.at - moment().steady);
  later(delay, [this, timer = ++timer_] {
    if (timer == timer_) step(consensus::TimePassed{});
  });
}

// --- execution ---

void Node::carry_out(const consensus::Deliver& effect) {
  to_execute_.push_back(effect);
  execute_next();
}

void Node::execute_next() {
  if (executing_ || to_execute_.empty()) return;
  executing_ = true;
  later(settings_.execute_ms, [this] {
    const consensus::Deliver next = std::move(to_execute_.front());
    to_execute_.pop_front();
    executing_ = false;
    const std::string batch = next.batch ? *next.batch : std::string();
    const auto transactions = pool_.transactions_of(batch);
    JINSHI_ASSERT(transactions.has_value(), "what is delivered is held");
    const auto block = machine_->execute(batch, *transactions);
    JINSHI_ASSERT(block.height == next.height, "heights are delivered in order");
    executed_ids_[block.height] = block.listed;
    world_.trace(*this, "executes " + std::to_string(block.height) + " " + short_hex(block.header));
    world_.watcher().executed(settings_.organisation, block.height, next.digest, block.header);
    know_epochs();
    step(block);
    execute_next();
  });
}

void Node::carry_out(const consensus::Certified& effect) {
  machine_->certify(*effect.header);
  world_.watcher().certified(settings_.organisation, *effect.header);
  while (!executed_ids_.empty() && executed_ids_.begin()->first <= effect.header->height) {
    pool_.remove(executed_ids_.begin()->second);
    executed_ids_.erase(executed_ids_.begin());
  }
  std::erase_if(payloads_, [](const auto& one) { return one.second.answered; });
  // As a node does it: no more than a window of certificates is ever at stake.
  if (flushes_ && effect.header->height >= flushed_ + machine_->epochs().back().ordering().window()) flush();
}

void Node::flush() {
  flushed_ = machine_->certified();
  later(0, [this, flushed = machine_->flush()] { step(flushed); });
}

void Node::flush_now_and_then() {
  flush();
  later(settings_.flush_ms, [this] { flush_now_and_then(); });
}

void Node::know_epochs() {
  const auto epochs = machine_->epochs();
  if (verifier_ && epochs.size() == epochs_known_) return;
  epochs_known_ = epochs.size();
  std::vector<consensus::KnownSet> sets;
  for (const auto& epoch : epochs) {
    consensus::KnownSet set;
    set.epoch = epoch.number();
    set.hash = crypto::digest(crypto::Tag::kSet, encode(epoch.set()));
    set.rotation_interval = epoch.ordering().rotation_interval();
    set.window = epoch.ordering().window();
    for (const auto& validator : epoch.set().validators()) {
      set.keys.push_back(*crypto::PublicKey::parse(validator.consensus_key()));
      set.organisations.push_back(validator.organisation());
    }
    sets.push_back(std::move(set));
    if (is_honest()) world_.watcher().epoch(epoch);
  }
  verifier_ = std::make_shared<const consensus::Verifier>(machine_->chain_id(), machine_->genesis(), std::move(sets));
}

// Of the epoch that the core is in and of the one before, which may need E-1's votes still.
std::vector<std::string> Node::validators() const {
  std::vector<std::string> all;
  const auto number = replica_->epoch();
  for (const auto& epoch : machine_->epochs()) {
    if (epoch.number() != number && epoch.number() + 1 != number) continue;
    for (const auto& validator : epoch.set().validators()) {
      const auto& organisation = validator.organisation();
      if (organisation != settings_.organisation && std::ranges::find(all, organisation) == all.end()) {
        all.push_back(organisation);
      }
    }
  }
  return all;
}

// --- transactions ---

void Node::submit(const TransactionPtr& transaction) {
  if (!is_up() || machine_->has(transaction->id)) return;
  pool_.add(transaction);
  pass_on({transaction});
}

void Node::pass_on(const std::vector<TransactionPtr>& transactions) {
  if (transactions.empty()) return;
  for (const auto& to : validators()) send(to, PassedOn{transactions});
  consensus::TransactionsKnown known;
  for (const auto& transaction : transactions)
    known.transactions.push_back({transaction->id, transaction->envelope, true});
  later(0, [this, known = std::move(known)] { step(known); });
}

void Node::carry_out(const consensus::WantBatch& effect) {
  later(world_.random().between(0, 1), [this, effect] {
    v1::Batch batch;
    batch.set_proposer(settings_.organisation);
    batch.set_time(effect.time);
    consensus::BatchOffered offer{effect.at, effect.height, nullptr, {}, false};
    auto transactions = pool_.offer(settings_.batch_transactions);
    if (adversary_) {
      std::erase_if(transactions, [&](const auto& one) { return adversary_->leaves_out(*one); });
      if (auto own = adversary_->slips_in(means())) {
        pool_.keep(own);
        transactions.push_back(own);
      }
    }
    for (const auto& transaction : transactions) {
      batch.add_envelopes(transaction->envelope.string());
      offer.ids.push_back(transaction->id);
    }
    offer.had_room = transactions.size() < settings_.batch_transactions;
    offer.batch = consensus::blob(encode(batch));
    pool_.keep_batch(consensus::batch_digest(*offer.batch), offer.batch);
    step(offer);
  });
}

// --- payloads ---

void Node::carry_out(const consensus::NeedPayload& effect) {
  Payload& payload = payloads_[effect.digest];
  if (effect.batch) payload.batch = effect.batch;
  if (!payload.batch) payload.batch = pool_.find_batch(effect.digest);
  payload.from = effect.from;
  payload.answered = false;
  resolve(effect.digest, true);
}

void Node::resolve(const Digest& digest, bool may_ask) {
  const auto found = payloads_.find(digest);
  if (found == payloads_.end() || found->second.answered) return;
  Payload& payload = found->second;
  if (!payload.batch) {
    if (may_ask) send(payload.from, PayloadRequest{digest, {}});
    return;
  }
  pool_.keep_batch(digest, payload.batch);
  const auto missing = pool_.missing_of(*payload.batch);
  if (!missing.empty()) {
    if (may_ask) send(payload.from, PayloadRequest{digest, missing});
    return;
  }
  payload.answered = true;
  consensus::PayloadHeld held{digest, payload.batch, {}, false};
  const auto transactions = pool_.transactions_of(*payload.batch);
  for (const auto& transaction : *transactions) {
    if (!transaction->passes) {
      return later(0, [this, invalid = consensus::PayloadInvalid{digest, transaction->bytes}] { step(invalid); });
    }
    held.ids.push_back(transaction->id);
  }
  held.had_room = transactions->size() < settings_.batch_transactions;
  later(world_.random().between(0, 1), [this, held = std::move(held)] { step(held); });
}

void Node::handle(const std::string& from, const PayloadRequest& packet) {
  PayloadAnswer answer{packet.batch, pool_.find_batch(packet.batch), {}};
  auto envelopes = packet.envelopes;
  if (envelopes.empty() && answer.batch) envelopes = envelopes_of(*answer.batch);
  for (const Digest& envelope : envelopes) {
    if (const auto transaction = pool_.find(envelope)) answer.transactions.push_back(transaction);
  }
  if (answer.batch || !answer.transactions.empty()) send(from, answer);
}

void Node::handle(const std::string&, const PayloadAnswer& packet) {
  const auto found = payloads_.find(packet.digest);
  if (found == payloads_.end()) return;
  for (const auto& transaction : packet.transactions) pool_.keep(transaction);
  const bool had_batch = found->second.batch != nullptr;
  if (!had_batch && packet.batch && consensus::batch_digest(*packet.batch) == packet.digest) {
    found->second.batch = packet.batch;
  }
  resolve(packet.digest, !had_batch);
}

void Node::handle(const std::string&, const PassedOn& packet) {
  consensus::TransactionsKnown known;
  for (const auto& transaction : packet.transactions) {
    pool_.keep(transaction);
    if (!transaction->passes || machine_->has(transaction->id) || !pool_.add(transaction)) continue;
    known.transactions.push_back({transaction->id, transaction->envelope, false});
  }
  std::vector<Digest> open;
  for (const auto& [digest, payload] : payloads_) {
    if (!payload.answered) open.push_back(digest);
  }
  for (const Digest& digest : open) resolve(digest, false);
  if (!known.transactions.empty()) step(known);
}

// --- blocks ---

void Node::carry_out(const consensus::NeedSync& effect) { ask_for_blocks(effect.above, effect.from); }

void Node::ask_for_blocks(Height above, std::string from) {
  constexpr SimulatedMs kPatienceMs = 300;
  if (asked_for_blocks_ && world_.now() < *asked_for_blocks_ + kPatienceMs) return;
  asked_for_blocks_ = world_.now();
  const auto peers = validators();
  if (from.empty() && !peers.empty()) from = world_.random().one_of(peers);
  send(from, BlocksRequest{above});
}

void Node::handle(const std::string& from, const BlocksRequest& packet) {
  constexpr std::size_t kMostBlocks = 20;
  send(from, BlocksAnswer{machine_->blocks(packet.above, kMostBlocks), machine_->certified()});
}

void Node::handle(const std::string& from, const BlocksAnswer& packet) {
  asked_for_blocks_.reset();
  if (packet.blocks.empty() || !packet.blocks.back().certificate) return;
  v1::CertifiedHeader bytes;
  bytes.set_header(packet.blocks.back().header);
  *bytes.mutable_certificate() = *packet.blocks.back().certificate;
  const auto certified = consensus::from_wire(bytes);
  if (!certified || !verifier_->check(**certified)) return;
  consensus::BlocksFetched fetched{{}, *certified};
  std::optional<std::string> above = packet.blocks.back().header;
  for (auto block = packet.blocks.rbegin(); block != packet.blocks.rend(); ++block) {
    const auto header = decode<v1::Header>(block->header);
    if (!header || block->header != *above) return;
    if (header->batch() != consensus::batch_digest(block->batch).view()) return;
    const auto next = std::next(block);
    if (next != packet.blocks.rend()) {
      if (crypto::digest(crypto::Tag::kHeader, next->header).view() != header->parent()) return;
      above = next->header;
    }
    consensus::FetchedBlock one;
    one.height = header->height();
    one.header = crypto::digest(crypto::Tag::kHeader, block->header);
    one.digest = consensus::batch_digest(block->batch);
    if (!block->batch.empty()) one.batch = consensus::blob(block->batch);
    for (const auto& transaction : block->transactions) {
      pool_.keep(transaction);
      one.ids.push_back(transaction->id);
    }
    if (one.batch) pool_.keep_batch(one.digest, one.batch);
    if (!pool_.transactions_of(block->batch)) return;
    fetched.blocks.push_back(std::move(one));
  }
  std::ranges::reverse(fetched.blocks);
  const Height last = fetched.blocks.back().height;
  step(fetched);
  if (packet.certified > last) ask_for_blocks(last, from);
}

// --- the network ---

Means Node::means() { return {*signer_, machine_->chain_id(), settings_.organisation, validators(), world_.random()}; }

void Node::send(const std::string& to, const Packet& packet) {
  if (to == settings_.organisation) return;
  if (!adversary_) {
    if (const auto* message = std::get_if<consensus::Message>(&packet)) {
      world_.watcher().sent(settings_.organisation, *message);
    }
    return world_.send(*this, to, packet);
  }
  for (const Packet& changed : adversary_->outgoing(means(), to, packet)) world_.send(*this, to, changed);
}

void Node::receive(const std::string& from, Packet packet) {
  if (!is_up()) return;
  if (adversary_) {
    auto changed = adversary_->incoming(means(), from, std::move(packet));
    if (!changed) return;
    packet = std::move(*changed);
  }
  std::visit([&](const auto& one) { handle(from, one); }, packet);
}

void Node::handle(const std::string& from, const consensus::Message& message) {
  if (!replica_->wants(message)) return;
  auto verified = verifier_->check(message);
  if (!verified) {
    if (world_.traces()) world_.trace(*this, "refuses " + describe(message) + ": " + verified.error().message);
    return;
  }
  if (world_.traces()) world_.trace(*this, "<- " + from + " " + describe(message));
  step(consensus::MessageReceived{from, std::move(*verified)});
}

}  // namespace jinshi::simulation
