// Section 2 of the rules: execute and certify. A header's certificate is PBFT's checkpoint, and moves the watermark.
#include <algorithm>

#include "consensus/replica.h"
#include "ledger/crypto/certificate_check.h"
#include "proto/assert.h"

namespace jinshi::consensus {

void Replica::on(const BlockExecuted& event) {
  JINSHI_ASSERT(event.height == executed_ + 1 && event.height <= delivered_, "delivered batches are executed in order");
  executed_ = event.height;
  executed_time_ = event.time;
  next_due_ = event.next_due;
  epochs_ = event.epochs;
  if (last_height_of_epoch() && !epoch_announced_) epoch_announced_ = now_.steady;
  slot(event.height).executed = event;
  sign_header(event.height);
  gather_certificate(event.height);
  check_pending_certificate();
  deliver();
  propose();
}

void Replica::sign_header(Height height) {
  if (!may_vote() || height <= certified_->height) return;
  Slot& at = slot(height);
  if (!at.executed || !at.decided_by_commits || at.own_header || !holds(*at.decided)) return;
  const Digest& header = at.executed->header;
  if (const auto signed_before = own_headers_.find(height); signed_before != own_headers_.end()) {
    if (signed_before->second != header) {
      return follow_only("height " + std::to_string(height) + " came out otherwise than this key has signed it");
    }
  }
  auto signature = signer_->sign(crypto::header_signing_bytes(header));
  if (!signature) return follow_only("its key does not sign: " + signature.error().message);
  HeaderVote vote{epoch_.number, height, header, *epoch_.self, std::move(*signature)};
  persist_batch(height, *at.decided);
  v1::LogEntry entry;
  *entry.mutable_header()->mutable_vote() = to_wire(vote);
  entry.mutable_header()->set_batch(at.decided->string());
  persist(std::move(entry));
  own_headers_[height] = header;
  at.own_header = vote;
  at.header_votes.insert_or_assign(*epoch_.self, vote);
  broadcast(std::move(vote));
  gather_certificate(height);
}

void Replica::handle(const std::string&, const HeaderVote& vote) {
  if (vote.epoch != epoch_.number || vote.height <= certified_->height ||
      vote.height > certified_->height + 2 * epoch_.window) {
    return;
  }
  if (is_own_and_strange(vote)) return;
  slot(vote.height).header_votes.try_emplace(vote.validator, vote);
  gather_certificate(vote.height);
}

void Replica::gather_certificate(Height height) {
  const Slot* at = find_slot(height);
  if (at == nullptr || !at->executed) return;
  std::map<Digest, std::size_t> counts;
  for (const auto& [validator, vote] : at->header_votes) ++counts[vote.header];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  if (most == counts.end() || most->second < epoch_.quorum) return;
  if (most->first != at->executed->header) {
    emit(Diverged{height, at->executed->header, nullptr});
    return follow_only("a quorum signed another header of height " + std::to_string(height));
  }
  CertifiedHeader certified;
  certified.height = height;
  certified.epoch = epoch_.number;
  certified.digest = at->executed->header;
  certified.set = epoch_.set;
  certified.bytes.set_header(*at->executed->header_bytes);
  for (const auto& [validator, vote] : at->header_votes) {
    auto& signatures = *certified.bytes.mutable_certificate();
    if (vote.header != certified.digest ||
        static_cast<std::size_t>(signatures.signatures_size()) == epoch_.quorum) {
      continue;
    }
    auto& one = *signatures.add_signatures();
    one.set_validator(validator);
    one.set_signature(vote.signature);
  }
  adopt(std::make_shared<const CertifiedHeader>(std::move(certified)));
}

// Someone holds a certificate above ours; its signatures were checked.
void Replica::handle(const std::string& from, const CertifiedHeaderPtr& certified) {
  if (certified->height <= certified_->height) return;
  if (!known_certified_ || known_certified_->height < certified->height) known_certified_ = certified;
  if (certified->epoch == epoch_.number && certified->height <= delivered_) {
    keep_pending_certificate(certified);
    return check_pending_certificate();
  }
  emit(NeedSync{fetch_above(), from});
}

// An epoch's last height needs a certificate of its own before anything of the next one counts.
Height Replica::fetch_above() const {
  const auto last = last_height_of_epoch();
  return last && delivered_ >= *last ? certified_->height : delivered_;
}

void Replica::on(const BlocksFetched& event) {
  if (event.certified->epoch != epoch_.number) return;  // they come again once this epoch's end is certified
  Height next = delivered_ + 1;
  for (const FetchedBlock& block : event.blocks) {
    if (block.height < next) continue;
    if (block.height != next) break;
    ++next;
    Slot& at = slot(block.height);
    if (at.decided && *at.decided != block.digest) {
      emit(Diverged{block.height, {}, event.certified});
      return follow_only("a quorum certified another batch at height " + std::to_string(block.height) +
                         " than was decided here");
    }
    at.decided = block.digest;
    if (block.digest != kNullBatch) {
      Batch& batch = batches_[block.digest];
      batch.bytes = block.batch;
      batch.ids = block.ids;
      batch.height = std::max(batch.height, block.height);
      wanted_.erase(block.digest);
    }
    deliver();
  }
  keep_pending_certificate(event.certified);
  check_pending_certificate();
}

// The one that execution reaches first, so that a stream of later ones never starves it, and the highest.
void Replica::keep_pending_certificate(const CertifiedHeaderPtr& certified) {
  pending_certified_.try_emplace(certified->height, certified);
  if (pending_certified_.size() > 2) pending_certified_.erase(std::next(pending_certified_.begin()));
}

void Replica::check_pending_certificate() {
  while (!pending_certified_.empty() && pending_certified_.begin()->first <= executed_) {
    const auto certified = pending_certified_.extract(pending_certified_.begin()).mapped();
    if (certified->height <= certified_->height) continue;
    const Slot* at = find_slot(certified->height);
    JINSHI_ASSERT(at != nullptr && at->executed, "what was executed and not certified has its slot");
    if (at->executed->header != certified->digest) {
      emit(Diverged{certified->height, at->executed->header, certified});
      return follow_only("it computed another header than the certified one of height " +
                         std::to_string(certified->height));
    }
    adopt(certified);
  }
}

void Replica::adopt(CertifiedHeaderPtr certified) {
  const Height height = certified->height;
  JINSHI_ASSERT(height > certified_->height && height <= executed_, "certificates ascend, over executed blocks");
  certified_time_ = slot(height).executed->time;
  certified_ = std::move(certified);
  last_certificate_ = now_.steady;
  passed_on_again_ = false;
  if (failed_views_ > 0) --failed_views_;
  if (known_certified_ && known_certified_->height <= height) known_certified_.reset();

  for (auto at = slots_.begin(); at != slots_.end() && at->first <= height; at = slots_.erase(at)) {
    JINSHI_ASSERT(at->second.executed.has_value(), "below a certificate everything was executed");
    for (const Digest& id : at->second.executed->listed) waiting_.remove(id);
    // Another proposal that stood here is void now: what it alone listed waits again.
    if (at->second.accepted && at->second.accepted->listed && at->second.accepted->digest != at->second.decided &&
        at->second.accepted->digest != kNullBatch) {
      waiting_.unlist(batches_.at(at->second.accepted->digest).ids);
      emit(Unlisted{at->second.accepted->digest});
    }
  }
  emit(Certified{certified_});
  std::erase_if(batches_, [&](const auto& one) { return one.second.height <= height; });
  std::erase_if(wanted_, [&](const auto& one) { return one.second.height <= height; });
  early_.erase(early_.begin(), early_.upper_bound(height));
  reproposed_.erase(reproposed_.begin(), reproposed_.upper_bound(height));
  own_votes_.erase(own_votes_.begin(), own_votes_.lower_bound({height + 1, 0}));
  own_headers_.erase(own_headers_.begin(), own_headers_.upper_bound(height));

  look_at_epoch();
  open_reproposals();
  replay_early();
  // The window moved: votes beyond it were waiting.
  std::vector<Height> heights;
  for (const auto& [above, at] : slots_) heights.push_back(above);
  for (const Height above : heights) {
    vote(above);
    check_prepared(above);
  }
  propose();
}

void Replica::on(const Flushed& event) {
  flushed_.executed = std::max(flushed_.executed, event.executed);
  flushed_.certified = std::max(flushed_.certified, event.certified);
  trim();
}

// Only what is on disk twice over: as a block, and under a certificate.
void Replica::trim() {
  const Height height = std::min({flushed_.executed, flushed_.certified, certified_->height});
  if (height <= trimmed_) return;
  trimmed_ = height;
  // The epoch before is needed until the certificate of its end is on disk.
  emit(Trim{height + 1 >= epoch_.first_height ? epoch_.number : 0, height});
}

}  // namespace jinshi::consensus
