// What simulated clients send: SignedTransactions whose body is a line of text. The stand-in for a ledger reads a few
// of them: "set ...", "due ...", "invalid ...".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proto/types.h"

namespace jinshi::simulation {

struct Transaction {
  Digest id;
  Digest envelope;
  std::string text;
  std::string bytes;   // SignedTransaction
  bool passes = true;  // the check that looks at bytes alone
};
using TransactionPtr = std::shared_ptr<const Transaction>;

TransactionPtr make_transaction(std::string text);
// Empty for what is none.
TransactionPtr read_transaction(const std::string& bytes);

}  // namespace jinshi::simulation
