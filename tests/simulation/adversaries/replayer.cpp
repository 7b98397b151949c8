// Says again what anyone said long ago, as its own channel's message, and breaks signatures.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class Replayer final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string&, const Packet& packet) override {
    std::vector<Packet> out{packet};
    if (!kept_.empty() && my.random.chance(0.2)) out.push_back(my.random.one_of(kept_));
    if (my.random.chance(0.02)) {
      if (const auto* message = std::get_if<consensus::Message>(&packet)) {
        if (const auto* vote = std::get_if<consensus::PrepareVote>(message)) {
          consensus::PrepareVote broken = *vote;
          broken.signature[3] = static_cast<char>(broken.signature[3] ^ 1);
          broken.validator = static_cast<consensus::ValidatorIndex>(my.random.below(5));
          out.push_back(consensus::Message(broken));
        }
      }
    }
    return out;
  }
  std::optional<Packet> incoming(const Means& my, const std::string&, Packet packet) override {
    if (std::holds_alternative<consensus::Message>(packet) && my.random.chance(0.1)) {
      if (kept_.size() < 200) {
        kept_.push_back(packet);
      } else {
        kept_[my.random.below(kept_.size())] = packet;
      }
    }
    return packet;
  }

 private:
  std::vector<Packet> kept_;
};

}  // namespace

std::unique_ptr<Adversary> replayer() { return std::make_unique<Replayer>(); }

}  // namespace jinshi::simulation
