// Section 7 of the rules: epochs. The pipeline drains to the old set's last height; the new set begins behind it.
#include <algorithm>

#include "consensus/replica.h"
#include "ledger/crypto/certificate_check.h"
#include "proto/canonical.h"

namespace jinshi::consensus {

void Replica::read_epoch(const v1::Epoch& epoch) {
  epoch_ = {};
  epoch_.number = epoch.number();
  epoch_.first_height = epoch.first_height();
  for (const auto& validator : epoch.set().validators()) {
    // A key that was rotated away is another validator's, though it has this organisation's name.
    if (signer_ != nullptr && validator.organisation() == config_.organisation &&
        validator.consensus_key() == signer_->public_key().encoded()) {
      epoch_.self = static_cast<ValidatorIndex>(epoch_.organisations.size());
    }
    epoch_.organisations.push_back(validator.organisation());
  }
  epoch_.faulty = crypto::max_faulty(epoch_.size());
  epoch_.quorum = crypto::quorum(epoch_.size());
  const auto& ordering = epoch.ordering();
  epoch_.window = ordering.window();
  epoch_.rotation_interval = ordering.rotation_interval();
  epoch_.heartbeat_ms = ordering.heartbeat_ms();
  epoch_.progress_timeout_ms = ordering.progress_timeout_ms();
  epoch_.max_clock_skew_ms = ordering.max_clock_skew_ms();
  epoch_.fairness_batches = ordering.fairness_batches();
  epoch_.set = crypto::digest(crypto::Tag::kSet, encode(epoch.set()));
}

std::optional<Height> Replica::last_height_of_epoch() const {
  if (!epochs_->has_next() || epochs_->next().number() <= epoch_.number) return std::nullopt;
  return epochs_->next().first_height() - 1;
}

void Replica::look_at_epoch() {
  const auto last = last_height_of_epoch();
  if (last && certified_->height >= *last) enter_epoch(epochs_->next());
}

// Nothing of the new epoch was proposed or accepted before: the old one's last height is certified.
void Replica::enter_epoch(const v1::Epoch& epoch) {
  void_proposals();
  read_epoch(epoch);
  view_ = 0;
  active_ = true;
  new_view_.reset();
  entered_view_ = last_certificate_ = now_.steady;
  view_timer_started_ = now_.steady;
  failed_views_ = 0;
  base_ = top_ = 0;
  reproposed_.clear();
  early_.clear();
  slots_.clear();
  view_changes_.clear();
  own_view_change_.reset();
  own_votes_.clear();
  own_headers_.clear();
  epoch_announced_.reset();
  batch_asked_ = false;
  passed_on_again_ = false;
  waiting_.forgive();
  emit(EnteredView{ballot()});
  restore_log();
  open_reproposals();
  if (follows_because_.empty() && epoch_.self) resend_own();
}

}  // namespace jinshi::consensus
