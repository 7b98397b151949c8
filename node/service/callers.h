// Who calls. A client whose TLS key the ledger lists for an organisation reads as that organisation; the handshake has
// proved that it holds the key, and neither chain nor dates of its certificate are looked at.
#pragma once

#include <grpcpp/server_context.h>

#include <string>

#include "ledger/ledger.h"
#include "proto/error.h"

namespace jinshi::node {

class Callers {
 public:
  Callers(const ledger::Ledger& ledger, bool open_reads) : ledger_(ledger), open_reads_(open_reads) {}

  // The organisation, empty for a caller without a live registered key.
  std::string organisation(const grpc::CallbackServerContext& context) const;
  // UNKNOWN_KEY unless the caller is an organisation or reads are open.
  Result<void> may_read(const grpc::CallbackServerContext& context) const;
  // Whose share of the pool a submit fills: the organisation's, else the address's.
  std::string share_of(const grpc::CallbackServerContext& context) const;

 private:
  const ledger::Ledger& ledger_;
  const bool open_reads_;
};

}  // namespace jinshi::node
