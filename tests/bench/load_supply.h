// Transactions signed beforehand: one cheap operation by one signer each, always accepted (SetControls that tighten and
// loosen nothing). And how fast this machine checks such signatures.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "cli/transaction_builder.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::bench {

struct Signed {
  Digest id;
  std::string bytes;  // SignedTransaction
};

class Supply {
 public:
  Supply(const Digest& chain_id, std::string organisation, cli::SignerPtr signer)
      : chain_id_(chain_id), organisation_(std::move(organisation)), signer_(std::move(signer)) {}

  // Until so many are there that nobody took; on every core. Not while others take.
  Result<void> fill(std::size_t count);
  // Null when all are taken. Any thread.
  const Signed* take();

 private:
  Result<Signed> make() const;

  const Digest chain_id_;
  const std::string organisation_;
  const cli::SignerPtr signer_;
  std::vector<Signed> all_;
  std::atomic<std::size_t> next_ = 0;
};

// Signatures that one thread checks in a second of its processor time, as the ledger does; for so long.
double verification_rate(const cli::SignerPtr& signer, double seconds);

}  // namespace jinshi::bench
