// The smallest thing that behaves like the ledger: each block's state is a hash of all before, with epochs and due
// entries by the ledger's rules (docs/protocol.md, epochs).
#pragma once

#include <functional>
#include <set>
#include <unordered_map>

#include "tests/simulation/machine.h"

namespace jinshi::simulation {

class HashChain final : public Machine {
 public:
  // What a "set ..." transaction asks for: the set and parameters after it.
  using Governance = std::function<void(const std::string& text, v1::Epoch& next)>;

  HashChain(v1::Epoch first, TimeMs time, Governance governance);

  consensus::BlockExecuted execute(const std::string& batch, const std::vector<TransactionPtr>& transactions) override;
  void certify(const consensus::CertifiedHeader& header) override;
  consensus::Flushed flush() override;
  void crash(Random& random) override;
  consensus::RestoredState restored() const override;
  std::vector<Block> blocks(Height above, std::size_t limit) const override;
  Height executed() const override { return blocks_.size() - 1; }
  Height certified() const override { return certified_; }
  bool has(const Digest& id) const override { return listed_.contains(id); }
  std::vector<v1::Epoch> epochs() const override;
  const Digest& chain_id() const override { return chain_id_; }
  const Digest& genesis() const override { return genesis_; }

 private:
  struct Stored {
    Block block;
    consensus::BlockExecuted executed;
    Digest state;
    std::set<TimeMs> due;                                // after it
    std::uint64_t written = 0, certificate_written = 0;  // places in the order of writing
  };
  v1::Epochs after_switch(const v1::Epochs& epochs, Height height) const;

  Digest chain_id_, genesis_;
  Governance governance_;
  std::vector<Stored> blocks_;  // by height
  Height certified_ = 0;
  std::uint64_t writes_ = 0, flushed_writes_ = 0;
  std::unordered_map<Digest, Height, DigestHash> listed_;  // first listed at
};

}  // namespace jinshi::simulation
