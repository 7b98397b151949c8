// Signs headers that nobody computed, to all or to some, and headers of heights that are not.
#include "ledger/crypto/certificate_check.h"
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class HeaderLiar final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string& to, const Packet& packet) override {
    const auto* message = std::get_if<consensus::Message>(&packet);
    const auto* vote = message == nullptr ? nullptr : std::get_if<consensus::HeaderVote>(message);
    if (vote == nullptr || !(my.in_other_half(to) || vote->height % 2 == 0)) return {packet};
    consensus::HeaderVote lie = *vote;
    lie.header = crypto::digest(crypto::Tag::kHeader, vote->header.view());
    if (my.random.chance(0.2)) lie.height += my.random.below(100);
    lie.signature = *my.signer.sign(crypto::header_signing_bytes(lie.header));
    if (my.random.chance(0.3)) return {consensus::Message(lie), packet};
    return {consensus::Message(lie)};
  }
};

}  // namespace

std::unique_ptr<Adversary> header_liar() { return std::make_unique<HeaderLiar>(); }

}  // namespace jinshi::simulation
