// Looks on: the promises of docs/protocol.md, consensus, checked over all that honest nodes say, execute and certify.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "consensus/effect.h"
#include "tests/simulation/packet.h"

namespace jinshi::simulation {

class Watcher {
 public:
  explicit Watcher(std::size_t window) : window_(window) {}

  void byzantine(const std::string& organisation) { byzantine_.insert(organisation); }
  bool is_honest(const std::string& organisation) const { return !byzantine_.contains(organisation); }
  // Told by a node that may rightly do so, in a scenario that makes it.
  void expect_follower(const std::string& organisation) { followers_.insert(organisation); }
  void epoch(const v1::Epoch& epoch);

  void sent(const std::string& by, const consensus::Message& message);
  void executed(const std::string& by, Height height, const Digest& batch, const Digest& header);
  void certified(const std::string& by, const consensus::CertifiedHeader& header);
  void told(const std::string& by, const consensus::Effect& effect);
  void stands(const std::string& by, const consensus::Replica& replica);

  void fail(std::string what) {
    if (!failure_) failure_ = std::move(what);
  }
  const std::optional<std::string>& failure() const { return failure_; }

  // For scenarios.
  std::size_t suspicions() const { return suspicions_; }
  std::size_t evidence() const { return evidence_; }
  const std::set<std::string>& accused() const { return accused_; }
  const std::set<std::string>& became_followers() const { return became_followers_; }
  consensus::View highest_view() const { return highest_view_; }

 private:
  using Place = std::tuple<consensus::EpochNumber, consensus::View, Height>;
  void once(const std::string& by, const Place& place, const Digest& digest);
  void header_signed(const std::string& by, const consensus::HeaderVote& vote);

  std::size_t window_;
  std::set<std::string> byzantine_, followers_, became_followers_, accused_;
  std::map<consensus::EpochNumber, v1::Epoch> epochs_;
  std::map<std::pair<std::string, Place>, Digest> votes_;
  std::map<std::pair<std::string, Height>, Digest> headers_;
  std::map<Height, std::map<std::pair<consensus::View, Digest>, std::set<std::string>>> commits_;
  std::map<Height, std::pair<Digest, Digest>> executed_;  // batch, header
  std::map<Height, Digest> certified_;
  std::size_t suspicions_ = 0, evidence_ = 0;
  consensus::View highest_view_ = 0;
  std::optional<std::string> failure_;
};

}  // namespace jinshi::simulation
