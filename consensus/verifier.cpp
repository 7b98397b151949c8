#include "consensus/verifier.h"

#include <algorithm>

#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/signature.h"

namespace jinshi::consensus {
namespace {

constexpr std::uint32_t kShareAll = 1;

std::unexpected<Error> bad(std::string what) { return fail(v1::REASON_BAD_PROOF, std::move(what)); }

}  // namespace

ValidatorIndex proposer_of(Height height, View view, std::uint64_t rotation_interval, std::size_t validators) {
  return static_cast<ValidatorIndex>((view % validators + height / rotation_interval % validators) % validators);
}

Verifier::Verifier(Digest chain_id, Digest genesis, std::vector<KnownSet> sets)
    : chain_id_(chain_id), genesis_(genesis), sets_(std::move(sets)) {}

Result<const KnownSet*> Verifier::set_of(EpochNumber epoch) const {
  const auto found = std::ranges::find(sets_, epoch, &KnownSet::epoch);
  if (found != sets_.end()) return &*found;
  return fail(v1::REASON_HEIGHT_UNKNOWN, "the set of epoch " + std::to_string(epoch) + " is not known here");
}

Result<void> Verifier::check_vote(const VoteStatement& vote, ValidatorIndex validator, ByteView signature) const {
  const auto set = set_of(vote.epoch);
  if (!set) return std::unexpected(set.error());
  if (validator >= (*set)->keys.size()) return bad("a vote of validator " + std::to_string(validator) + ": none such");
  return crypto::verify((*set)->keys[validator], vote_signing_bytes(chain_id_, vote), signature);
}

Result<VerifiedMessage> Verifier::check(Message message) const {
  const auto checked = std::visit([&](const auto& one) { return check_one(one); }, message);
  if (!checked) return std::unexpected(checked.error());
  return VerifiedMessage(std::move(message));
}

Result<void> Verifier::check_one(const Proposal& proposal) const {
  const auto set = set_of(proposal.at.epoch);
  if (!set) return std::unexpected(set.error());
  const std::size_t n = (*set)->keys.size();
  if (proposal.validator != proposer_of(proposal.height, proposal.at.view, (*set)->rotation_interval, n)) {
    return bad("a PRE-PREPARE of one who is not the height's proposer in that view");
  }
  if ((*set)->organisations[proposal.validator] != proposal.proposer) {
    return bad("a PRE-PREPARE whose batch names another proposer");
  }
  return check_vote({proposal.at.epoch, proposal.at.view, v1::PHASE_PRE_PREPARE, proposal.height, proposal.digest},
                    proposal.validator, proposal.signature);
}

Result<void> Verifier::check_one(const PrepareVote& vote) const {
  if (vote.share != kShareAll) return bad("a PREPARE for a share that this version does not know");
  return check_vote({vote.at.epoch, vote.at.view, v1::PHASE_PREPARE, vote.height, vote.digest}, vote.validator,
                    vote.signature);
}

Result<void> Verifier::check_one(const HeaderVote& vote) const {
  const auto set = set_of(vote.epoch);
  if (!set) return std::unexpected(set.error());
  if (vote.validator >= (*set)->keys.size()) return bad("a header signature of a validator that the set has not");
  return crypto::verify((*set)->keys[vote.validator], crypto::header_signing_bytes(vote.header), vote.signature);
}

Result<void> Verifier::check(const CertifiedHeader& header) const {
  if (header.height == 0) {
    if (header.digest == genesis_ && header.bytes.certificate().signatures_size() == 0) return {};
    return bad("a header of height 0 that is not this chain's");
  }
  const auto set = std::ranges::find_if(sets_, [&](const KnownSet& known) {
    return known.hash == header.set && known.epoch == header.epoch;
  });
  if (set == sets_.end()) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "the set that signs height " + std::to_string(header.height) +
                                               " is not known here");
  }
  std::vector<crypto::IndexedSignature> signatures;
  for (const auto& one : header.bytes.certificate().signatures()) {
    signatures.push_back({one.validator(), one.signature()});
  }
  return crypto::check_certificate(set->keys, header.digest, signatures);
}

Result<void> Verifier::check_one(const CertifiedHeaderPtr& header) const { return check(*header); }

Result<void> Verifier::check(const PrepareCertificate& certificate) const {
  const auto set = set_of(certificate.at.epoch);
  if (!set) return std::unexpected(set.error());
  const std::size_t n = (*set)->keys.size();
  // More than a quorum would make the size of a view change its sender's choice.
  if (certificate.entries.size() != crypto::quorum(n)) return bad("a prepare certificate that is not a quorum's");
  const auto proposer = proposer_of(certificate.height, certificate.at.view, (*set)->rotation_interval, n);
  for (const PrepareEntry& entry : certificate.entries) {
    if (entry.phase == v1::PHASE_PRE_PREPARE && entry.validator != proposer) {
      return bad("a prepare certificate with a PRE-PREPARE of one who does not propose");
    }
    if (entry.share != kShareAll) return bad("a prepare certificate of a share that this version does not know");
    if (auto valid = check_vote({certificate.at.epoch, certificate.at.view, entry.phase, certificate.height,
                                 certificate.digest},
                                entry.validator, entry.signature);
        !valid) {
      return valid;
    }
  }
  return {};
}

Result<void> Verifier::check_one(const ViewChangePtr& message) const {
  const auto set = set_of(message->at.epoch);
  if (!set) return std::unexpected(set.error());
  if (auto valid = check_vote({message->at.epoch, message->at.view, v1::PHASE_VIEW_CHANGE, 0, message->digest},
                              message->validator, message->bytes.signature());
      !valid) {
    return valid;
  }
  if (message->certified->epoch > message->at.epoch) return bad("a VIEW-CHANGE that cites a later epoch's header");
  if (auto valid = check(*message->certified); !valid) return valid;
  for (const auto& certificate : message->prepared) {
    if (certificate->height > message->certified->height + kWindowsPrepared * (*set)->window) {
      return bad("a VIEW-CHANGE with a certificate beyond the window");
    }
    if (auto valid = check(*certificate); !valid) return valid;
  }
  return {};
}

Result<void> Verifier::check_one(const NewViewPtr& message) const {
  const auto set = set_of(message->at.epoch);
  if (!set) return std::unexpected(set.error());
  const std::size_t n = (*set)->keys.size();
  if (message->validator != message->at.view % n) return bad("a NEW-VIEW of one who does not lead that view");
  if (message->view_changes.size() != crypto::quorum(n)) return bad("a NEW-VIEW that is not a quorum's");
  if (auto valid = check_vote({message->at.epoch, message->at.view, v1::PHASE_NEW_VIEW, 0, message->digest},
                              message->validator, message->bytes.signature());
      !valid) {
    return valid;
  }
  for (const auto& view_change : message->view_changes) {
    if (auto valid = check_one(view_change); !valid) return valid;
  }
  return {};
}

Result<void> Verifier::check_one(const RecoveryAnswerPtr& answer) const {
  const auto check_all = [&](const auto& messages) -> Result<void> {
    for (const auto& message : messages) {
      if (auto valid = check_one(message); !valid) return valid;
    }
    return {};
  };
  if (auto valid = check_all(answer->proposals); !valid) return valid;
  if (auto valid = check_all(answer->prepares); !valid) return valid;
  if (auto valid = check_all(answer->headers); !valid) return valid;
  if (auto valid = check_all(answer->view_changes); !valid) return valid;
  return check_all(answer->new_views);
}

}  // namespace jinshi::consensus
