// This node among the others: its links to them and the server that they dial, with one TLS identity.
#pragma once

#include <chrono>
#include <memory>

#include "node/peer/grpc_links.h"
#include "node/peer/peer_service.h"

namespace jinshi::node {

class PeerNetwork final : public PeerLinks {
 public:
  // What is given outlives it.
  static Result<std::unique_ptr<PeerNetwork>> open(const Config& config, const PeerBook& book, const Log& log);

  // Dials the others, unless this node only asks, and listens where the configuration says so.
  Result<void> start(PeerHandler& handler, boost::asio::any_io_executor workers);
  void stop(std::chrono::milliseconds patience);
  int port() const { return server_ == nullptr ? 0 : server_->port(); }

  void send(const std::string& organisation, std::shared_ptr<const std::string> message) override {
    links_.send(organisation, std::move(message));
  }
  void fetch_blocks(const std::string& organisation, const v1::FetchBlocksRequest& request,
                    Done<v1::FetchBlocksResponse> done) override {
    links_.fetch_blocks(organisation, request, std::move(done));
  }
  void fetch_payload(const std::string& organisation, const v1::FetchPayloadRequest& request,
                     Done<v1::FetchPayloadResponse> done) override {
    links_.fetch_payload(organisation, request, std::move(done));
  }
  void get_head(const std::string& organisation, Done<v1::GetHeadResponse> done) override {
    links_.get_head(organisation, std::move(done));
  }
  // Both ways.
  bool connected(const std::string& organisation) const override {
    return links_.connected(organisation) && (server_ == nullptr || server_->linked(organisation));
  }

 private:
  PeerNetwork(const Config& config, std::unique_ptr<PeerTls> tls, const PeerBook& book, const Log& log);

  const Config& config_;
  const PeerBook& book_;
  const Log& log_;
  const std::unique_ptr<PeerTls> tls_;
  GrpcLinks links_;
  std::unique_ptr<PeerServer> server_;
};

}  // namespace jinshi::node
