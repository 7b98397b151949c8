// One who breaks the rules with a key of its own. Beneath runs the shipped core; an adversary changes what goes out of
// it and what comes in. One named adversary a file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/crypto/signer.h"
#include "tests/simulation/packet.h"
#include "tests/simulation/random.h"

namespace jinshi::simulation {

// What an adversary has at hand.
struct Means {
  const crypto::Signer& signer;
  Digest chain_id;
  std::string organisation;
  std::vector<std::string> peers;  // every other validator
  Random& random;

  std::string sign_vote(const consensus::VoteStatement& vote) const;
  consensus::Proposal resign(consensus::Proposal proposal, const v1::Batch& batch) const;
  // Whether the peer stands in the half that hears the other tale.
  bool in_other_half(const std::string& peer) const;
};

class Adversary {
 public:
  virtual ~Adversary() = default;
  // What goes to this peer instead. Self never is a peer.
  virtual std::vector<Packet> outgoing(const Means&, const std::string& /*to*/, const Packet& packet) {
    return {packet};
  }
  virtual std::optional<Packet> incoming(const Means&, const std::string& /*from*/, Packet packet) { return packet; }
  virtual bool leaves_out(const Transaction&) const { return false; }
  // A transaction of its own to put into a batch.
  virtual TransactionPtr slips_in(const Means&) { return nullptr; }
  // Whether the validator runs twice, each copy with a part of the network.
  virtual bool runs_twice() const { return false; }
};

std::unique_ptr<Adversary> make_adversary(const std::string& name);
const std::vector<std::string>& adversary_names();

// The named ones.
std::unique_ptr<Adversary> equivocating_proposer();
std::unique_ptr<Adversary> payload_withholder();
std::unique_ptr<Adversary> vote_withholder();
std::unique_ptr<Adversary> stale_view_changer();
std::unique_ptr<Adversary> wrong_time_proposer();
std::unique_ptr<Adversary> header_liar();
std::unique_ptr<Adversary> double_voter();
std::unique_ptr<Adversary> replayer();
std::unique_ptr<Adversary> invalid_proposer();
std::unique_ptr<Adversary> censor();
std::unique_ptr<Adversary> twins();

}  // namespace jinshi::simulation
