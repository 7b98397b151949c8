// What executes decided batches in a simulated node: the seam between ordering and execution, as the node has it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/event.h"
#include "consensus/replica.h"
#include "tests/simulation/random.h"
#include "tests/simulation/transaction.h"

namespace jinshi::simulation {

// A block as another node can fetch it.
struct Block {
  Height height = 0;
  std::string header;
  Digest digest;
  std::string batch;  // empty for a null one
  Digest batch_digest;
  std::vector<TransactionPtr> transactions;
  std::optional<v1::HeaderCertificate> certificate;  // its own
};

class Machine {
 public:
  virtual ~Machine() = default;

  virtual consensus::BlockExecuted execute(const std::string& batch,
                                           const std::vector<TransactionPtr>& transactions) = 0;
  virtual void certify(const consensus::CertifiedHeader& header) = 0;
  // Makes lasting what was done until now.
  virtual consensus::Flushed flush() = 0;
  // A power cut: all, some or none of what was not flushed is gone, newest first.
  virtual void crash(Random& random) = 0;

  // What the replica gets at a start, but for the log.
  virtual consensus::RestoredState restored() const = 0;
  // Certified blocks above the height, at most `limit` unless the first with a certificate lies further; none past the
  // end of an epoch.
  virtual std::vector<Block> blocks(Height above, std::size_t limit) const = 0;
  virtual Height executed() const = 0;
  virtual Height certified() const = 0;
  // Listed in an executed block.
  virtual bool has(const Digest& id) const = 0;
  virtual std::vector<v1::Epoch> epochs() const = 0;  // all that were, are, and will be
  virtual const Digest& chain_id() const = 0;
  virtual const Digest& genesis() const = 0;
};

}  // namespace jinshi::simulation
