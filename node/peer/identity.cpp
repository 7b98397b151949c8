#include "node/peer/identity.h"

namespace jinshi::node {
namespace {

void add(std::set<std::string>& names, const v1::ValidatorSet& set) {
  for (const auto& validator : set.validators()) names.insert(validator.organisation());
}

}  // namespace

std::optional<std::string> PeerDirectory::organisation_of(const Digest& spki) const {
  const auto found = organisations_.find(spki);
  return found == organisations_.end() ? std::nullopt : std::optional(found->second);
}

void PeerBook::update(std::span<const v1::Key> keys, const v1::Epochs& epochs) {
  const std::scoped_lock lock(mutex_);
  if (epochs_.has_current() && epochs.current().number() > epochs_.current().number()) {
    previous_.clear();
    add(previous_, epochs_.current().set());
  }
  epochs_ = epochs;
  auto changed = std::make_shared<PeerDirectory>(*directory_);
  for (const auto& key : keys) {
    const auto digest = Digest::from(key.key());
    if (!digest || key.purpose() != v1::KEY_PURPOSE_TLS) continue;
    if (key.revoked_at() == 0) {
      changed->organisations_[*digest] = key.organisation();
    } else {
      changed->organisations_.erase(*digest);
    }
  }
  changed->validators_ = validators();
  directory_ = std::move(changed);
}

void PeerBook::previous_set(const v1::ValidatorSet& set) {
  const std::scoped_lock lock(mutex_);
  previous_.clear();
  add(previous_, set);
  auto changed = std::make_shared<PeerDirectory>(*directory_);
  changed->validators_ = validators();
  directory_ = std::move(changed);
}

std::shared_ptr<const PeerDirectory> PeerBook::directory() const {
  const std::scoped_lock lock(mutex_);
  return directory_;
}

std::set<std::string> PeerBook::validators() const {
  std::set<std::string> names = previous_;
  for (const auto* epoch : {&epochs_.current(), &epochs_.next(), &epochs_.waiting()}) add(names, epoch->set());
  return names;
}

}  // namespace jinshi::node
