// TLS between nodes: both sides show a certificate, and only its key counts. The ledger's book of keys says whose it
// is, at each handshake anew. An expired certificate is warned of once and never stops a node.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "node/log.h"
#include "node/peer/identity.h"
#include "proto/error.h"

namespace jinshi::node {

class PeerTls {
 public:
  // KEY_FILE when the files won't do. New files are taken up within a second, for new connections. `book` and `log`
  // outlive it; what it gave out refuses every handshake once it is gone.
  static Result<std::unique_ptr<PeerTls>> open(std::filesystem::path certificate, std::filesystem::path key,
                                               const PeerBook& book, const Log& log);
  ~PeerTls();

  // Of this node's own key.
  const Digest& spki() const { return spki_; }

  // For a server: any live key of an organisation is let in.
  std::shared_ptr<grpc::ServerCredentials> server() const;
  // For a channel to that organisation: its live keys alone.
  std::shared_ptr<grpc::ChannelCredentials> channel_to(const std::string& organisation) const;

 private:
  class Judge;
  class Verifier;
  PeerTls(std::filesystem::path certificate, std::filesystem::path key, const Digest& spki,
          std::shared_ptr<Judge> judge);

  const std::filesystem::path certificate_, key_;
  const Digest spki_;
  const std::shared_ptr<Judge> judge_;
};

// The key that the other side of a connection proved to hold.
std::optional<Digest> peer_key(const grpc::AuthContext* context);

}  // namespace jinshi::node
