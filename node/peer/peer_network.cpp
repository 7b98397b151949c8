#include "node/peer/peer_network.h"

namespace jinshi::node {

Result<std::unique_ptr<PeerNetwork>> PeerNetwork::open(const Config& config, const PeerBook& book, const Log& log) {
  auto tls = PeerTls::open(config.peer_certificate(), config.peer_key(), book, log);
  if (!tls) return std::unexpected(tls.error());
  const auto owner = book.organisation_of((*tls)->spki());
  if (owner != config.node.organisation) {
    log.warning("the ledger does not list this node's TLS key for its organisation, so the others will refuse it",
                {{"organisation", config.node.organisation},
                 {"spki_digest", (*tls)->spki()},
                 {"listed_for", owner.value_or("nobody")}});
  }
  return std::unique_ptr<PeerNetwork>(new PeerNetwork(config, std::move(*tls), book, log));
}

PeerNetwork::PeerNetwork(const Config& config, std::unique_ptr<PeerTls> tls, const PeerBook& book, const Log& log)
    : config_(config), book_(book), log_(log), tls_(std::move(tls)), links_(config.peers, *tls_, book, log) {}

Result<void> PeerNetwork::start(PeerHandler& handler, boost::asio::any_io_executor workers) {
  if (!config_.peer.listen.empty()) {
    auto server = PeerServer::start(config_.peer.listen,
                                    {.tls = *tls_,
                                     .book = book_,
                                     .handler = handler,
                                     .workers = std::move(workers),
                                     .log = log_,
                                     .dialled = [this](const std::string& peer) { links_.dialled_by(peer); }});
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
  }
  if (!config_.is_audit()) links_.start();
  return {};
}

void PeerNetwork::stop(std::chrono::milliseconds patience) {
  if (server_ != nullptr) server_->stop(patience);
  links_.stop();
}

}  // namespace jinshi::node
