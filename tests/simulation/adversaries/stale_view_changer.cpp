// Asks for views with certificates left out or as they were long ago, asks for views at its own whim, and as a leader
// shows different quorums to different peers.
#include "jinshi/v1/consensus.pb.h"
#include "proto/canonical.h"
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class StaleViewChanger final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string& to, const Packet& packet) override {
    const auto* message = std::get_if<consensus::Message>(&packet);
    if (message == nullptr) return {packet};
    if (const auto* view_change = std::get_if<consensus::ViewChangePtr>(message)) {
      v1::ViewChangeBody body;
      body.ParseFromString((*view_change)->bytes.body());
      if (body.validator() != own(my, **view_change)) return {packet};
      if (!first_) first_ = body;
      if (first_->epoch() != body.epoch()) first_ = body;
      if (my.random.chance(0.5)) *body.mutable_certified() = first_->certified();
      if (my.random.chance(0.3)) {
        *body.mutable_prepared() = first_->prepared();
      } else if (my.random.chance(0.7)) {
        body.clear_prepared();
      }
      if (my.random.chance(0.2)) body.set_view(body.view() + 1);
      return {signed_anew(my, body)};
    }
    if (std::get_if<consensus::Status>(message) != nullptr && first_ && my.random.chance(0.05)) {
      v1::ViewChangeBody body = *first_;
      body.set_view(std::get<consensus::Status>(*message).at.view + 1 + my.random.below(2));
      body.set_epoch(std::get<consensus::Status>(*message).at.epoch);
      body.clear_prepared();
      return {packet, signed_anew(my, body)};
    }
    if (const auto* new_view = std::get_if<consensus::NewViewPtr>(message); new_view && my.in_other_half(to)) {
      // Another quorum of the same view, if it has one.
      v1::NewViewBody body;
      body.ParseFromString((*new_view)->bytes.body());
      for (auto& one : *body.mutable_view_changes()) {
        v1::ViewChangeBody said;
        said.ParseFromString(one.body());
        if (said.validator() != body.validator()) continue;
        said.clear_prepared();
        if (first_ && first_->epoch() == said.epoch()) *said.mutable_certified() = first_->certified();
        one.set_body(encode(said));
        one.set_signature(
            sign(my, v1::PHASE_VIEW_CHANGE, said.epoch(), said.view(), consensus::view_change_digest(one.body())));
      }
      v1::NewView out;
      out.set_body(encode(body));
      out.set_signature(
          sign(my, v1::PHASE_NEW_VIEW, body.epoch(), body.view(), consensus::new_view_digest(out.body())));
      const auto read = consensus::from_wire(out);
      if (read) return {consensus::Message(*read)};
    }
    return {packet};
  }

 private:
  static std::uint32_t own(const Means& my, const consensus::ViewChange& view_change) {
    // Its own is the one whose signature it can make again.
    const auto signature =
        sign(my, v1::PHASE_VIEW_CHANGE, view_change.at.epoch, view_change.at.view, view_change.digest);
    return signature == view_change.bytes.signature() ? view_change.validator : ~0u;
  }
  static std::string sign(const Means& my, v1::Phase phase, std::uint64_t epoch, std::uint64_t view,
                          const Digest& digest) {
    return my.sign_vote({epoch, view, phase, 0, digest});
  }
  static Packet signed_anew(const Means& my, const v1::ViewChangeBody& body) {
    v1::ViewChange out;
    out.set_body(encode(body));
    out.set_signature(
        sign(my, v1::PHASE_VIEW_CHANGE, body.epoch(), body.view(), consensus::view_change_digest(out.body())));
    const auto read = consensus::from_wire(out);
    if (!read) return PassedOn{};
    return consensus::Message(*read);
  }
  std::optional<v1::ViewChangeBody> first_;
};

}  // namespace

std::unique_ptr<Adversary> stale_view_changer() { return std::make_unique<StaleViewChanger>(); }

}  // namespace jinshi::simulation
