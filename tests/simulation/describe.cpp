#include "tests/simulation/packet.h"

namespace jinshi::simulation {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::string place(const consensus::Ballot& at, Height height) {
  return std::to_string(at.epoch) + "/" + std::to_string(at.view) + "/" + std::to_string(height);
}

std::string place(const consensus::Ballot& at) { return std::to_string(at.epoch) + "/" + std::to_string(at.view); }

std::string describe_entry(const v1::LogEntry& entry) {
  switch (entry.entry_case()) {
    case v1::LogEntry::kBatch:
      return "batch of " + std::to_string(entry.batch().height());
    case v1::LogEntry::kVote:
      return "vote " + place({entry.vote().epoch(), entry.vote().view()}, entry.vote().height());
    case v1::LogEntry::kPrepared:
      return "prepared " + place({entry.prepared().epoch(), entry.prepared().view()}, entry.prepared().height());
    case v1::LogEntry::kViewChange:
      return "view change";
    case v1::LogEntry::kNewView:
      return "new view";
    case v1::LogEntry::kHeader:
      return "header " + std::to_string(entry.header().vote().height());
    default:
      return "entry";
  }
}

}  // namespace

std::string short_hex(const Digest& digest) { return digest.is_zero() ? "null" : to_hex(digest.view().substr(0, 3)); }

std::string describe(const consensus::Message& message) {
  using namespace consensus;  // the messages' names
  return std::visit(
      Overloaded{
          [](const Proposal& m) {
            return "PRE-PREPARE " + place(m.at, m.height) + " " + short_hex(m.digest) + " by " +
                   std::to_string(m.validator);
          },
          [](const PrepareVote& m) {
            return "PREPARE " + place(m.at, m.height) + " " + short_hex(m.digest) + " by " +
                   std::to_string(m.validator);
          },
          [](const CommitVote& m) { return "COMMIT " + place(m.at, m.height) + " " + short_hex(m.digest); },
          [](const HeaderVote& m) {
            return "HEADER " + std::to_string(m.height) + " " + short_hex(m.header) + " by " +
                   std::to_string(m.validator);
          },
          [](const ViewChangePtr& m) {
            std::string text = "VIEW-CHANGE " + place(m->at) + " by " + std::to_string(m->validator) + " above " +
                               std::to_string(m->certified->height);
            for (const auto& one : m->prepared) text += " " + place(one->at, one->height) + short_hex(one->digest);
            return text;
          },
          [](const NewViewPtr& m) {
            std::string text = "NEW-VIEW " + place(m->at) + " from";
            for (const auto& one : m->view_changes) text += " " + std::to_string(one->validator);
            return text;
          },
          [](const Status& m) {
            return "STATUS " + place(m.at) + (m.active ? " active" : " waiting") + " certified " +
                   std::to_string(m.certified) + " executed " + std::to_string(m.executed);
          },
          [](const CertifiedHeaderPtr& m) { return "CERTIFIED " + std::to_string(m->height); },
          [](const RecoveryRequest&) { return std::string("RECOVERY?"); },
          [](const RecoveryAnswerPtr& m) {
            return "RECOVERY! " + std::to_string(m->proposals.size()) + "+" + std::to_string(m->prepares.size()) + "+" +
                   std::to_string(m->headers.size());
          },
      },
      message);
}

std::string describe(const Packet& packet) {
  return std::visit(Overloaded{
                        [](const consensus::Message& m) { return describe(m); },
                        [](const PassedOn& m) { return "transactions " + std::to_string(m.transactions.size()); },
                        [](const PayloadRequest& m) {
                          return "payload? " + short_hex(m.batch) + " " + std::to_string(m.envelopes.size());
                        },
                        [](const PayloadAnswer& m) {
                          return "payload! " + short_hex(m.digest) + " " + std::to_string(m.transactions.size());
                        },
                        [](const BlocksRequest& m) { return "blocks? above " + std::to_string(m.above); },
                        [](const BlocksAnswer& m) { return "blocks! " + std::to_string(m.blocks.size()); },
                    },
                    packet);
}

std::string describe(const consensus::Effect& effect) {
  using namespace consensus;  // the effects' names
  return std::visit(
      Overloaded{
          [](const Persist& e) { return "persist " + describe_entry(e.entry); },
          [](const Trim& e) { return "trim " + std::to_string(e.height); },
          [](const Send& e) { return "send " + (e.to.empty() ? "all" : e.to) + " " + describe(e.message); },
          [](const Deliver& e) { return "deliver " + std::to_string(e.height) + " " + short_hex(e.digest); },
          [](const Certified& e) { return "certified " + std::to_string(e.header->height); },
          [](const NeedPayload& e) { return "need payload " + short_hex(e.digest) + " of " + e.from; },
          [](const Listed& e) { return "listed " + short_hex(e.digest); },
          [](const Unlisted& e) { return "unlisted " + short_hex(e.digest); },
          [](const WantBatch& e) { return "want batch " + place(e.at, e.height); },
          [](const ArmTimer&) { return std::string(); },
          [](const NeedSync& e) { return "need blocks above " + std::to_string(e.above) + " of " + e.from; },
          [](const PassOnAgain&) { return std::string("pass on again"); },
          [](const Suspicion& e) { return "suspects " + place(e.at) + ": " + e.why; },
          [](const EvidenceFound& e) { return "evidence against " + std::to_string(e.evidence.validator()); },
          [](const Diverged& e) { return "diverged at " + std::to_string(e.height); },
          [](const FollowsOnly& e) { return "follows only: " + e.why; },
          [](const EnteredView& e) { return "entered view " + place(e.at); },
      },
      effect);
}

}  // namespace jinshi::simulation
