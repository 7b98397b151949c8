// One validator twice, with one key: each copy follows the rules with what it hears, and neither hears of the other's
// votes. Bano et al. 2020, Twins.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class Twins final : public Adversary {
 public:
  bool runs_twice() const override { return true; }

  // What the other twin said would end this one's voting.
  std::optional<Packet> incoming(const Means& my, const std::string&, Packet packet) override {
    auto* message = std::get_if<consensus::Message>(&packet);
    if (message == nullptr) return packet;
    if (auto* answer = std::get_if<consensus::RecoveryAnswerPtr>(message)) {
      consensus::RecoveryAnswer nothing;
      nothing.nonce = (*answer)->nonce;
      nothing.epoch = (*answer)->epoch;
      return consensus::Message(std::make_shared<const consensus::RecoveryAnswer>(std::move(nothing)));
    }
    if (const auto* vote = std::get_if<consensus::PrepareVote>(message)) {
      if (vote->signature ==
          my.sign_vote({vote->at.epoch, vote->at.view, v1::PHASE_PREPARE, vote->height, vote->digest})) {
        return std::nullopt;
      }
    }
    if (const auto* asked = std::get_if<consensus::ViewChangePtr>(message)) {
      const auto& one = **asked;
      if (one.bytes.signature() == my.sign_vote({one.at.epoch, one.at.view, v1::PHASE_VIEW_CHANGE, 0, one.digest})) {
        return std::nullopt;
      }
    }
    if (const auto* led = std::get_if<consensus::NewViewPtr>(message)) {
      const auto& one = **led;
      if (one.bytes.signature() == my.sign_vote({one.at.epoch, one.at.view, v1::PHASE_NEW_VIEW, 0, one.digest})) {
        return std::nullopt;
      }
    }
    if (const auto* proposal = std::get_if<consensus::Proposal>(message)) {
      if (proposal->proposer == my.organisation) return std::nullopt;
    }
    return packet;
  }
};

}  // namespace

std::unique_ptr<Adversary> twins() { return std::make_unique<Twins>(); }

}  // namespace jinshi::simulation
