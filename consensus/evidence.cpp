// Section 8 of the rules: evidence. Only what no honest validator does under these rules accuses.
#include "consensus/evidence.h"

#include "consensus/replica.h"
#include "jinshi/v1/transaction.pb.h"
#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/signature.h"
#include "proto/canonical.h"

namespace jinshi::consensus {
namespace {

v1::SignedVote signed_vote(const Digest& chain_id, Ballot at, Height height, const PrepareRecord& record) {
  v1::SignedVote vote;
  auto& statement = *vote.mutable_vote();
  statement.set_suite(1);
  statement.set_chain_id(chain_id.string());
  statement.set_epoch(at.epoch);
  statement.set_view(at.view);
  statement.set_phase(record.phase);
  statement.set_height(height);
  statement.set_digest(record.digest.string());
  vote.set_signature(record.signature);
  return vote;
}

std::unexpected<Error> no_evidence(std::string why) { return fail(v1::REASON_BAD_PROOF, std::move(why)); }

}  // namespace

void Replica::accuse_of_two_votes(Height height, View view, ValidatorIndex validator, const PrepareRecord& first,
                                  const PrepareRecord& second) {
  v1::Evidence evidence;
  evidence.set_epoch(epoch_.number);
  evidence.set_validator(validator);
  const Ballot at{epoch_.number, view};
  *evidence.mutable_two_votes()->mutable_first() = signed_vote(config_.chain_id, at, height, first);
  *evidence.mutable_two_votes()->mutable_second() = signed_vote(config_.chain_id, at, height, second);
  emit(EvidenceFound{std::move(evidence)});
}

void Replica::accuse_of_two_new_views(const NewView& first, const NewView& second) {
  v1::Evidence evidence;
  evidence.set_epoch(epoch_.number);
  evidence.set_validator(first.validator);
  *evidence.mutable_two_new_views()->mutable_first() = first.bytes;
  *evidence.mutable_two_new_views()->mutable_second() = second.bytes;
  emit(EvidenceFound{std::move(evidence)});
}

Result<void> check_evidence(const v1::Evidence& evidence, std::span<const crypto::PublicKey> set,
                            const Digest& chain_id) {
  if (evidence.validator() >= set.size()) return no_evidence("the evidence names a validator that the set has not");
  const crypto::PublicKey& key = set[evidence.validator()];
  const auto voted = [&](const v1::SignedVote& vote) -> Result<void> {
    const auto& said = vote.vote();
    const auto digest = Digest::from(said.digest());
    if (!digest || said.epoch() != evidence.epoch() || said.chain_id() != chain_id.view() ||
        (said.phase() != v1::PHASE_PRE_PREPARE && said.phase() != v1::PHASE_PREPARE)) {
      return no_evidence("the vote is none of this chain and epoch");
    }
    return crypto::verify(
        key, vote_signing_bytes(chain_id, {said.epoch(), said.view(), said.phase(), said.height(), *digest}),
        vote.signature());
  };
  const auto led = [&](const v1::NewView& message) -> Result<NewViewPtr> {
    auto read = from_wire(message);
    if (!read) return read;
    if ((*read)->at.epoch != evidence.epoch()) return no_evidence("the NEW-VIEW is of another epoch");
    auto valid = crypto::verify(
        key, vote_signing_bytes(chain_id, {(*read)->at.epoch, (*read)->at.view, v1::PHASE_NEW_VIEW, 0, (*read)->digest}),
        message.signature());
    if (!valid) return std::unexpected(valid.error());
    return read;
  };
  switch (evidence.fault_case()) {
    case v1::Evidence::kTwoVotes: {
      const auto& first = evidence.two_votes().first();
      const auto& second = evidence.two_votes().second();
      if (auto valid = voted(first); !valid) return valid;
      if (auto valid = voted(second); !valid) return valid;
      if (first.vote().view() != second.vote().view() || first.vote().height() != second.vote().height()) {
        return no_evidence("the two votes are of different views or heights: that is allowed");
      }
      if (first.vote().digest() == second.vote().digest()) return no_evidence("the two votes are for one batch");
      return {};
    }
    case v1::Evidence::kTwoNewViews: {
      const auto first = led(evidence.two_new_views().first());
      if (!first) return std::unexpected(first.error());
      const auto second = led(evidence.two_new_views().second());
      if (!second) return std::unexpected(second.error());
      if ((*first)->at != (*second)->at) return no_evidence("the two NEW-VIEWs are of different views");
      if ((*first)->digest == (*second)->digest) return no_evidence("the two NEW-VIEWs are one");
      return {};
    }
    case v1::Evidence::kTwoHeaders: {
      const auto& two = evidence.two_headers();
      const auto first = decode<v1::Header>(two.first()), second = decode<v1::Header>(two.second());
      if (!first || !second || first->height() != second->height() || two.first() == two.second() ||
          first->chain_id() != chain_id.view() || second->chain_id() != chain_id.view() ||
          first->epoch() != evidence.epoch() || second->epoch() != evidence.epoch()) {
        return no_evidence("the two headers are not two of one height of this chain and epoch");
      }
      const auto signs = [&](const std::string& header, const std::string& signature) {
        return crypto::verify(key, crypto::header_signing_bytes(crypto::digest(crypto::Tag::kHeader, header)),
                              signature);
      };
      if (auto valid = signs(two.first(), two.first_signature()); !valid) return valid;
      return signs(two.second(), two.second_signature());
    }
    case v1::Evidence::kInvalidProposal: {
      const auto proposal = from_wire(evidence.invalid_proposal().proposal());
      if (!proposal) return std::unexpected(proposal.error());
      if (proposal->at.epoch != evidence.epoch() || proposal->validator != evidence.validator()) {
        return no_evidence("the proposal is not that validator's of this epoch");
      }
      return crypto::verify(key,
                            vote_signing_bytes(chain_id, {proposal->at.epoch, proposal->at.view, v1::PHASE_PRE_PREPARE,
                                                          proposal->height, proposal->digest}),
                            proposal->signature);
    }
    default:
      return no_evidence("the evidence names no fault");
  }
}

}  // namespace jinshi::consensus
