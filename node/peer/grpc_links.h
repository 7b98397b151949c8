// PeerLinks over gRPC and mutual TLS: one channel a configured peer, whose server must show one of that organisation's
// live TLS keys.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "node/config.h"
#include "node/peer/links.h"
#include "node/peer/peer_link.h"
#include "node/peer/peer_tls.h"

namespace grpc {
class ClientContext;
}

namespace jinshi::node {

class GrpcLinks final : public PeerLinks {
 public:
  // What is given outlives it.
  GrpcLinks(std::span<const Config::PeerAddress> peers, const PeerTls& tls, const PeerBook& book, const Log& log,
            const LinkLimits& limits = {});
  ~GrpcLinks() override;

  // Dials the streams. An audit node, which only asks, doesn't call it.
  void start();
  // Ends the streams and whatever is asked, and waits for gRPC; each `done` is called before it returns. Not on a
  // thread of gRPC's.
  void stop();
  // A peer that comes back says so by dialling.
  void dialled_by(const std::string& organisation);
  std::vector<LinkState> states() const;

  void send(const std::string& organisation, std::shared_ptr<const std::string> message) override;
  void fetch_blocks(const std::string& organisation, const v1::FetchBlocksRequest& request,
                    Done<v1::FetchBlocksResponse> done) override;
  void fetch_payload(const std::string& organisation, const v1::FetchPayloadRequest& request,
                     Done<v1::FetchPayloadResponse> done) override;
  void get_head(const std::string& organisation, Done<v1::GetHeadResponse> done) override;
  bool connected(const std::string& organisation) const override;

 private:
  template <class Request, class Response, class Method>
  void ask(const std::string& organisation, const Request& request, std::chrono::milliseconds patience, Method method,
           Done<Response> done);
  PeerLink* find(const std::string& organisation) const;
  bool begins(grpc::ClientContext* call);
  void ends(grpc::ClientContext* call);

  std::map<std::string, std::shared_ptr<PeerLink>> links_;

  std::mutex mutex_;  // guards all below
  std::condition_variable all_ended_;
  std::set<grpc::ClientContext*> calls_;
  bool stopped_ = false;
};

}  // namespace jinshi::node
