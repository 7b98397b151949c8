#include "cli/evidence.h"

#include <algorithm>
#include <set>

#include "consensus/evidence.h"
#include "consensus/message.h"
#include "ledger/execution/transaction.h"
#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

std::string at(const v1::Vote& vote) {
  return "height " + std::to_string(vote.height()) + ", view " + std::to_string(vote.view());
}

std::unexpected<Error> acquits(std::string why) { return fail(v1::REASON_BAD_PROOF, std::move(why)); }

// That the proposal is the accused's was checked; whether it may be made is decided here.
Result<std::string> fault_of(const v1::InvalidProposal& invalid, const Digest& chain_id) {
  const auto proposal = consensus::from_wire(invalid.proposal());
  if (!proposal) return std::unexpected(proposal.error());
  const auto batch = decode<v1::Batch>(*proposal->batch);
  if (!batch) return std::unexpected(batch.error());
  const std::string where = "the proposal for height " + std::to_string(proposal->height) + ", view " +
                            std::to_string(proposal->at.view) + ", ";
  if (invalid.transaction().empty()) {
    const std::set<std::string> different(batch->envelopes().begin(), batch->envelopes().end());
    if (different.size() < static_cast<std::size_t>(batch->envelopes_size())) {
      return where + "lists a transaction twice";
    }
    return acquits("the file does not hold what would show that the proposal is beyond its bounds");
  }
  const auto envelope = ledger::envelope_of(invalid.transaction());
  if (!envelope || std::ranges::find(batch->envelopes(), envelope->string()) == batch->envelopes().end()) {
    return acquits("the proposal does not list this transaction");
  }
  const auto checked = ledger::check_transaction(invalid.transaction(), chain_id);
  if (checked) return acquits("the transaction can pass");
  return where + "lists a transaction that no check lets pass: " + checked.error().message;
}

Result<std::string> fault_of(const v1::Evidence& evidence, const Digest& chain_id) {
  switch (evidence.fault_case()) {
    case v1::Evidence::kTwoVotes:
      return "it voted for two batches at " + at(evidence.two_votes().first().vote());
    case v1::Evidence::kTwoNewViews:
      return std::string("it began one view in two ways, by two NEW-VIEWs");
    case v1::Evidence::kTwoHeaders: {
      const auto header = decode<v1::Header>(evidence.two_headers().first());
      if (!header) return std::unexpected(header.error());
      return "it signed two headers of height " + std::to_string(header->height());
    }
    case v1::Evidence::kInvalidProposal:
      return fault_of(evidence.invalid_proposal(), chain_id);
    default:
      return acquits("the file names no fault");
  }
}

}  // namespace

bool is_evidence(ByteView file) {
  const auto evidence = decode<v1::Evidence>(file);
  return evidence && evidence->fault_case() != v1::Evidence::FAULT_NOT_SET;
}

Result<Conviction> verify_evidence(ByteView file, ledger::Chain start) {
  const auto evidence = decode<v1::Evidence>(file);
  if (!evidence) return std::unexpected(evidence.error());
  if (auto followed = start.follow(evidence->links()); !followed) return std::unexpected(followed.error());
  const auto head = start.head(evidence->head());
  if (!head) return std::unexpected(head.error());
  if (head->epoch() != evidence->epoch()) return acquits("the header beside the evidence is of another epoch");
  if (auto convicts = consensus::check_evidence(*evidence, start.validators(), start.chain_id()); !convicts) {
    return std::unexpected(convicts.error());
  }
  auto fault = fault_of(*evidence, start.chain_id());
  if (!fault) return std::unexpected(fault.error());
  return Conviction{evidence->epoch(), evidence->validator(),
                    to_hex(start.validators()[evidence->validator()].encoded()), std::move(*fault)};
}

}  // namespace jinshi::cli
