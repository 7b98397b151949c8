// The two gRPC servers: clients' over TLS, the operator's on a loopback address. Both speak standard health checking
// and reflection.
#pragma once

#include <grpcpp/server.h>

#include <chrono>
#include <memory>

#include "node/service/admin_service.h"
#include "node/service/ledger_service.h"
#include "node/validator.h"

namespace jinshi::node {

class Servers {
 public:
  // Both listen on return. Errors name the address or the TLS file at fault. Set up before the validator starts.
  static Result<std::unique_ptr<Servers>> start(Validator& node);
  ~Servers();

  int client_port() const { return client_port_; }
  int admin_port() const { return admin_port_; }

  // First NOT_SERVING, and every open call is told to end; whatever is still open after the patience is cut off.
  void stop(std::chrono::milliseconds patience);

 private:
  explicit Servers(Validator& node) : ledger_service_(node), admin_service_(node) {}

  LedgerServiceImpl ledger_service_;
  AdminServiceImpl admin_service_;
  std::unique_ptr<grpc::Server> client_, admin_;
  int client_port_ = 0;
  int admin_port_ = 0;
};

}  // namespace jinshi::node
