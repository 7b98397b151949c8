// What answers the other nodes: PeerService over mutual TLS. A caller is who its key says it is, asked of the ledger's
// book again at every message, so that a key which is revoked or leaves the sets is heard no more.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "node/config.h"
#include "node/log.h"
#include "node/peer/links.h"
#include "node/peer/peer_tls.h"

namespace jinshi::node {

struct IntakeLimits {
  // Of one organisation's messages that the handler still keeps; beyond, its stream isn't read.
  std::size_t held_bytes = 8 << 20;
  std::size_t held_messages = 4096;
  // Fetches under way for one organisation, and for all that are no validators together.
  std::size_t fetches = 8;
  std::size_t strangers_fetches = 32;
};

class PeerServer {
 public:
  // What is referred to outlives the server; the executor's threads answer fetches.
  struct Parts {
    const PeerTls& tls;
    const PeerBook& book;
    PeerHandler& handler;
    boost::asio::any_io_executor workers;
    const Log& log;
    std::function<void(const std::string&)> dialled;  // a validator's stream was taken
    IntakeLimits limits = {};
  };

  // Listens on return. CONFIGURATION when the address can't be had.
  static Result<std::unique_ptr<PeerServer>> start(const std::string& listen, Parts parts);
  ~PeerServer();

  int port() const { return port_; }
  // Whether that validator's stream to us stands.
  bool linked(const std::string& organisation) const;
  // Ends every stream, lets fetches finish within the patience. Holds may be let go later.
  void stop(std::chrono::milliseconds patience);

 private:
  struct Running;
  PeerServer() = default;
  std::unique_ptr<Running> running_;
  int port_ = 0;
};

}  // namespace jinshi::node
