// Who a TLS key is. A peer is known by the digest of its certificate's SubjectPublicKeyInfo (RFC 5280), which the
// ledger's KEY records list; chains, names and dates of certificates are looked at by nobody.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "jinshi/v1/governance.pb.h"
#include "jinshi/v1/organisation.pb.h"
#include "proto/types.h"

namespace jinshi::node {

// What the ledger says at one height. Never changes.
class PeerDirectory {
 public:
  // Empty for a key that is not registered, is revoked, or is not for TLS.
  std::optional<std::string> organisation_of(const Digest& spki) const;
  // Of the set in force, the one announced, the one that waits behind it, or the one before: a validator that leaves
  // keeps serving until the new epoch stands (docs/protocol.md, epochs).
  bool is_validator(const std::string& organisation) const { return validators_.contains(organisation); }
  const std::set<std::string>& validators() const { return validators_; }

 private:
  friend class PeerBook;
  std::map<Digest, std::string> organisations_;  // by live TLS key
  std::set<std::string> validators_;
};

// The newest directory. Any thread; a reader keeps the one that it asked for.
class PeerBook {
 public:
  PeerBook() : directory_(std::make_shared<PeerDirectory>()) {}

  // KEY records that were created or changed, of any purpose, and the epochs as they are: everything when the node
  // starts, then each executed block's. One caller at a time; costs nothing when nothing changed.
  void update(std::span<const v1::Key> keys, const v1::Epochs& epochs);
  // The set before the one in force, for a node that starts and saw no change of sets itself.
  void previous_set(const v1::ValidatorSet& set);

  std::shared_ptr<const PeerDirectory> directory() const;
  std::optional<std::string> organisation_of(const Digest& spki) const { return directory()->organisation_of(spki); }
  bool is_validator(const std::string& organisation) const { return directory()->is_validator(organisation); }

 private:
  std::set<std::string> validators() const;  // mutex_ held

  mutable std::mutex mutex_;  // guards all below
  std::shared_ptr<const PeerDirectory> directory_;
  v1::Epochs epochs_;
  std::set<std::string> previous_;
};

}  // namespace jinshi::node
