#include "tests/simulation/exhaustive/local_states.h"

#include <algorithm>

#include "ledger/crypto/sha256.h"

namespace jinshi::exhaustive {
namespace {

// Past every timeout: whether a timer runs out is the search's choice, not the clock's.
constexpr consensus::SteadyMs kLongMs = 1'000'000;

}  // namespace

void LocalStates::violated(const Local& local, const std::string& what) {
  if (!violation_) violation_ = TinyWorld::organisation(local.validator) + " " + what;
}

LocalId LocalStates::first(std::size_t validator) {
  Local local{validator, world_.fresh_replica(validator), 0, {}, kNoValue};
  step(local, consensus::Started{});
  local.clock = kLongMs;
  std::size_t answers = 0;
  for (std::size_t other = 0; other < kValidators && answers + 1 < kQuorum; ++other) {
    if (other == validator) continue;
    ++answers;
    const auto nothing = std::make_shared<const consensus::RecoveryAnswer>(
        consensus::RecoveryAnswer{"n", local.replica.epoch(), {}, {}, {}, {}, {}});
    step(local, consensus::MessageReceived{TinyWorld::organisation(other),
                                           consensus::VerifiedMessage::vouched(nothing)});
  }
  return keep(std::move(local));
}

std::optional<LocalId> LocalStates::act(LocalId id, const Action& action, const Said& said) {
  const Local& before = locals_[id];
  Local local = before;
  for (const MessageId one : action.messages) {
    const auto& entry = catalogue_[one];
    if (!entry.passes || !local.replica.wants(entry.message)) continue;
    step(local, consensus::MessageReceived{TinyWorld::organisation(entry.meaning.sender),
                                           consensus::VerifiedMessage::vouched(entry.message)});
  }
  if (action.fetched != kNoValue) {
    const Batch& batch = world_.batches()[action.fetched];
    const auto certified = byzantine_.certificate(action.fetched, said);
    step(local, consensus::BlocksFetched{
                    {{kHeight, batch.block.header, batch.digest, batch.bytes, {}}}, certified});
  }
  if (action.timer) {
    local.clock += kLongMs;
    step(local, consensus::TimePassed{});
  }
  if (local.said == before.said && local.delivered == before.delivered &&
      local.replica.ballot() == before.replica.ballot() && local.replica.active() == before.replica.active() &&
      local.replica.certified_height() == before.replica.certified_height()) {
    return std::nullopt;
  }
  return keep(std::move(local));
}

// The shell around the core: payloads are at hand, batches are executed at once, the pool offers one's own batch.
void LocalStates::step(Local& local, const consensus::Event& event) {
  for (const auto& effect : local.replica.step(event, {TinyWorld::kNow, local.clock})) {
    if (const auto* send = std::get_if<consensus::Send>(&effect)) {
      if (const auto id = catalogue_.add(local.validator, send->message)) note_said(local, *id);
    } else if (const auto* need = std::get_if<consensus::NeedPayload>(&effect)) {
      const Value value = world_.value_of(need->digest);
      if (value != kNoValue) {
        step(local, consensus::PayloadHeld{need->digest, world_.batches()[value].bytes, {}, true});
      }
    } else if (const auto* want = std::get_if<consensus::WantBatch>(&effect)) {
      if (want->height != kHeight) continue;
      const Batch& batch = world_.batches()[TinyWorld::own(local.validator)];
      step(local, consensus::BatchOffered{want->at, want->height, batch.bytes, {}, true});
    } else if (const auto* deliver = std::get_if<consensus::Deliver>(&effect)) {
      const Value value = world_.value_of(deliver->digest);
      if (value == kNoValue) {
        violated(local, "delivers what nobody proposed");
        continue;
      }
      local.delivered = value;
      step(local, world_.batches()[value].block);
    } else if (const auto* found = std::get_if<consensus::EvidenceFound>(&effect)) {
      if (world_.is_honest(found->evidence.validator())) {
        violated(local, "accuses " + TinyWorld::organisation(found->evidence.validator()) + ", who keeps the rules");
      }
    } else if (std::holds_alternative<consensus::Diverged>(effect)) {
      violated(local, "finds itself apart from a quorum");
    } else if (const auto* follows = std::get_if<consensus::FollowsOnly>(&effect)) {
      violated(local, "votes no more: " + follows->why);
    }
  }
}

void LocalStates::note_said(Local& local, MessageId id) {
  const auto at = std::ranges::lower_bound(local.said, id);
  if (at != local.said.end() && *at == id) return;
  const Meaning& saying = catalogue_[id].meaning;
  const auto is_vote = [](Kind kind) { return kind == Kind::kPrePrepare || kind == Kind::kPrepare; };
  for (const MessageId other : local.said) {
    const Meaning& had = catalogue_[other].meaning;
    if (had.value == saying.value) continue;
    if (is_vote(saying.kind) && is_vote(had.kind) && had.view == saying.view) {
      violated(local, "votes for two batches in view " + std::to_string(saying.view));
    }
    if (saying.kind == Kind::kHeader && had.kind == Kind::kHeader) violated(local, "signs two headers of one height");
  }
  local.said.insert(at, id);
}

LocalId LocalStates::keep(Local local) {
  std::string content = local.replica.fingerprint().string();
  content.push_back(static_cast<char>(local.validator));
  content.push_back(static_cast<char>(local.delivered));
  for (const MessageId id : local.said) content.append(reinterpret_cast<const char*>(&id), sizeof id);
  const auto [at, added] = by_content_.try_emplace(crypto::sha256(content), static_cast<LocalId>(locals_.size()));
  if (added) locals_.push_back(std::move(local));
  return at->second;
}

}  // namespace jinshi::exhaustive
