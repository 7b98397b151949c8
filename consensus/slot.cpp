#include "consensus/slot.h"

#include <algorithm>

namespace jinshi::consensus {
namespace {

template <class Views>
void keep_newest(Views& views, std::size_t kept) {
  while (views.size() > kept) views.erase(views.begin());
}

}  // namespace

std::optional<PrepareRecord> Slot::add_prepare(View view, ValidatorIndex validator, PrepareRecord record) {
  auto& votes = prepares_[view];
  const auto [at, added] = votes.try_emplace(validator, std::move(record));
  std::optional<PrepareRecord> against;
  if (!added && at->second.digest != record.digest) against = at->second;
  keep_newest(prepares_, kViewsKept);
  return against;
}

const PrepareRecord* Slot::prepare_of(View view, ValidatorIndex validator) const {
  const auto votes = prepares_.find(view);
  if (votes == prepares_.end()) return nullptr;
  const auto found = votes->second.find(validator);
  return found == votes->second.end() ? nullptr : &found->second;
}

std::size_t Slot::prepare_count(View view, const Digest& digest) const {
  const auto votes = prepares_.find(view);
  if (votes == prepares_.end()) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(votes->second, [&](const auto& vote) { return vote.second.digest == digest; }));
}

PrepareCertificatePtr Slot::certificate(Ballot at, Height height, const Digest& digest, std::size_t quorum) const {
  if (prepare_count(at.view, digest) < quorum) return nullptr;
  PrepareCertificate certificate{at, height, digest, {}};
  for (const auto& [validator, vote] : prepares_.at(at.view)) {
    if (vote.digest != digest || certificate.entries.size() == quorum) continue;
    certificate.entries.push_back({validator, vote.phase, vote.share, vote.signature});
  }
  return std::make_shared<const PrepareCertificate>(std::move(certificate));
}

void Slot::add_commit(View view, ValidatorIndex validator, const Digest& digest) {
  auto& votes = commits_[validator];
  votes.try_emplace(view, digest);
  keep_newest(votes, kViewsKept);
}

bool Slot::has_commit(View view, ValidatorIndex validator) const {
  const auto votes = commits_.find(validator);
  return votes != commits_.end() && votes->second.contains(view);
}

std::optional<Digest> Slot::committed(std::size_t quorum) const {
  std::map<std::pair<View, Digest>, std::size_t> counts;
  for (const auto& [validator, votes] : commits_) {
    for (const auto& [view, digest] : votes) {
      if (++counts[{view, digest}] >= quorum) return digest;
    }
  }
  return std::nullopt;
}

}  // namespace jinshi::consensus
