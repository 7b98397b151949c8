#include "tests/simulation/watcher.h"

#include "consensus/evidence.h"
#include "ledger/crypto/certificate_check.h"

namespace jinshi::simulation {

void Watcher::epoch(const v1::Epoch& epoch) { epochs_.try_emplace(epoch.number(), epoch); }

void Watcher::once(const std::string& by, const Place& place, const Digest& digest) {
  const auto [held, added] = votes_.try_emplace({by, place}, digest);
  if (added || held->second == digest) return;
  fail(by + " signed two digests for view " + std::to_string(std::get<1>(place)) + ", height " +
       std::to_string(std::get<2>(place)));
}

void Watcher::sent(const std::string& by, const consensus::Message& message) {
  if (const auto* commit = std::get_if<consensus::CommitVote>(&message)) {
    commits_[commit->height][{commit->at.view, commit->digest}].insert(by);
  }
  if (!is_honest(by)) return;
  if (const auto* proposal = std::get_if<consensus::Proposal>(&message)) {
    // What it passes on may be another's.
    const auto epoch = epochs_.find(proposal->at.epoch);
    if (epoch != epochs_.end() &&
        epoch->second.set().validators(static_cast<int>(proposal->validator)).organisation() == by) {
      once(by, {proposal->at.epoch, proposal->at.view, proposal->height}, proposal->digest);
    }
  } else if (const auto* vote = std::get_if<consensus::PrepareVote>(&message)) {
    const auto epoch = epochs_.find(vote->at.epoch);
    if (epoch != epochs_.end() &&
        epoch->second.set().validators(static_cast<int>(vote->validator)).organisation() == by) {
      once(by, {vote->at.epoch, vote->at.view, vote->height}, vote->digest);
    }
  } else if (const auto* header = std::get_if<consensus::HeaderVote>(&message)) {
    header_signed(by, *header);
  }
}

// Rule 2.1: only with a commit quorum of one view. Whoever lies may have committed anything.
void Watcher::header_signed(const std::string& by, const consensus::HeaderVote& vote) {
  const auto [held, added] = headers_.try_emplace({by, vote.height}, vote.header);
  if (!added && held->second != vote.header) {
    return fail(by + " signed two headers of height " + std::to_string(vote.height));
  }
  if (!added) return;
  const auto epoch = epochs_.find(vote.epoch);
  if (epoch == epochs_.end()) return fail(by + " signed a header of an epoch that is none");
  const std::size_t quorum = crypto::quorum(static_cast<std::size_t>(epoch->second.set().validators_size()));
  std::map<std::pair<consensus::View, Digest>, std::set<std::string>> commits = commits_[vote.height];
  for (auto& [what, by_whom] : commits) {
    for (const auto& validator : epoch->second.set().validators()) {
      if (!is_honest(validator.organisation())) by_whom.insert(validator.organisation());
    }
    if (by_whom.size() >= quorum || quorum == 1) return;
  }
  if (quorum == 1) return;
  fail(by + " signed the header of height " + std::to_string(vote.height) + " without a commit quorum of one view");
}

void Watcher::executed(const std::string& by, Height height, const Digest& batch, const Digest& header) {
  if (!is_honest(by)) return;
  const auto [held, added] = executed_.try_emplace(height, batch, header);
  if (added || held->second == std::pair(batch, header)) return;
  fail(by + " executed " + short_hex(batch) + " at height " + std::to_string(height) + ", another executed " +
       short_hex(held->second.first));
}

void Watcher::certified(const std::string& by, const consensus::CertifiedHeader& header) {
  if (!is_honest(by)) return;
  const auto [held, added] = certified_.try_emplace(header.height, header.digest);
  if (!added && held->second != header.digest) {
    fail(by + " holds a second certified header of height " + std::to_string(header.height));
  }
  const auto executed = executed_.find(header.height);
  if (executed == executed_.end() || executed->second.second != header.digest) {
    fail(by + " certified height " + std::to_string(header.height) + " otherwise than it was executed");
  }
}

void Watcher::told(const std::string& by, const consensus::Effect& effect) {
  if (!is_honest(by)) return;
  if (const auto* found = std::get_if<consensus::EvidenceFound>(&effect)) {
    const auto& evidence = found->evidence;
    const auto epoch = epochs_.find(evidence.epoch());
    if (epoch == epochs_.end()) return fail(by + " has evidence of an epoch that is none");
    const auto& validators = epoch->second.set().validators();
    const std::string& accused = validators[static_cast<int>(evidence.validator())].organisation();
    ++evidence_;
    accused_.insert(accused);
    if (is_honest(accused)) fail(by + " accuses the honest " + accused);
    std::vector<crypto::PublicKey> keys;
    for (const auto& validator : validators) keys.push_back(*crypto::PublicKey::parse(validator.consensus_key()));
    const std::string& chain = evidence.two_votes().first().vote().chain_id();
    if (evidence.has_two_votes()) {
      const auto convicts = consensus::check_evidence(evidence, keys, *Digest::from(chain));
      if (!convicts) fail(by + " has evidence that does not convict: " + convicts.error().message);
    }
  } else if (const auto* diverged = std::get_if<consensus::Diverged>(&effect)) {
    fail(by + " diverged at height " + std::to_string(diverged->height));
  } else if (const auto* follows = std::get_if<consensus::FollowsOnly>(&effect)) {
    became_followers_.insert(by);
    if (!followers_.contains(by)) fail(by + " votes no more: " + follows->why);
  } else if (std::holds_alternative<consensus::Suspicion>(effect)) {
    ++suspicions_;
  } else if (const auto* entered = std::get_if<consensus::EnteredView>(&effect)) {
    highest_view_ = std::max(highest_view_, entered->at.view);
  }
}

void Watcher::stands(const std::string& by, const consensus::Replica& replica) {
  if (!is_honest(by)) return;
  const auto held = replica.held();
  // Fetched blocks, and those whose certificates a power cut took, stand beside what is in flight.
  const std::size_t most = 4 * window_ + 128;
  if (held.slots > most || held.early > most || held.batches > 4 * most || held.wanted > most) {
    fail(by + " holds more than the window explains: " + std::to_string(held.slots) + " slots, " +
         std::to_string(held.early) + " early proposals, " + std::to_string(held.batches) + " batches, " +
         std::to_string(held.wanted) + " wanted");
  }
}

}  // namespace jinshi::simulation
