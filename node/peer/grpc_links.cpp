#include "node/peer/grpc_links.h"

#include <grpcpp/create_channel.h>

#include "jinshi/v1/ledger_service.pb.h"
#include "jinshi/v1/peer_service.grpc.pb.h"
#include "node/peer/link_protocol.h"

namespace jinshi::node {
namespace {

constexpr std::chrono::seconds kBlocksPatience{10}, kPatience{5};
constexpr int kConnectPatienceMs = 2000;

std::shared_ptr<grpc::Channel> channel_to(const Config::PeerAddress& peer, const PeerTls& tls,
                                          const LinkLimits& limits) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMaxFetchBytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(kMaxPeerMessageBytes));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPeerKeepAliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPeerKeepAliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, static_cast<int>(limits.first_backoff.count()));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, static_cast<int>(limits.last_backoff.count()));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectPatienceMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The environment's proxy is for the web.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(peer.address, tls.channel_to(peer.organisation), arguments);
}

Error error_of(const grpc::Status& status, const std::string& organisation) {
  v1::Refusal refusal;
  if (!status.error_details().empty() && refusal.ParseFromString(status.error_details()) && refusal.reason() != 0) {
    return {refusal.reason(), FieldPath(refusal.field().begin(), refusal.field().end()), refusal.message()};
  }
  return {v1::REASON_UNREACHABLE, {}, organisation + " gives no answer: " + status.error_message()};
}

}  // namespace

GrpcLinks::GrpcLinks(std::span<const Config::PeerAddress> peers, const PeerTls& tls, const PeerBook& book,
                     const Log& log, const LinkLimits& limits) {
  for (const auto& peer : peers) {
    links_.emplace(peer.organisation, std::make_shared<PeerLink>(peer.organisation, peer.address,
                                                                 channel_to(peer, tls, limits), book, log, limits));
  }
}

GrpcLinks::~GrpcLinks() { stop(); }

void GrpcLinks::start() {
  for (const auto& [organisation, link] : links_) link->dial();
}

void GrpcLinks::stop() {
  {
    std::unique_lock lock(mutex_);
    stopped_ = true;
    for (auto* call : calls_) call->TryCancel();
    all_ended_.wait(lock, [this] { return calls_.empty(); });
  }
  for (const auto& [organisation, link] : links_) link->stop();
}

void GrpcLinks::dialled_by(const std::string& organisation) {
  if (auto* link = find(organisation)) link->dial_at_once();
}

std::vector<LinkState> GrpcLinks::states() const {
  std::vector<LinkState> states;
  for (const auto& [organisation, link] : links_) states.push_back(link->state());
  return states;
}

void GrpcLinks::send(const std::string& organisation, std::shared_ptr<const std::string> message) {
  if (auto* link = find(organisation)) link->send(std::move(message));
}

bool GrpcLinks::connected(const std::string& organisation) const {
  const auto* link = find(organisation);
  return link != nullptr && link->connected();
}

PeerLink* GrpcLinks::find(const std::string& organisation) const {
  const auto found = links_.find(organisation);
  return found == links_.end() ? nullptr : found->second.get();
}

bool GrpcLinks::begins(grpc::ClientContext* call) {
  const std::scoped_lock lock(mutex_);
  if (!stopped_) calls_.insert(call);
  return !stopped_;
}

void GrpcLinks::ends(grpc::ClientContext* call) {
  const std::scoped_lock lock(mutex_);
  calls_.erase(call);
  all_ended_.notify_all();
}

template <class Request, class Response, class Method>
void GrpcLinks::ask(const std::string& organisation, const Request& request, std::chrono::milliseconds patience,
                    Method method, Done<Response> done) {
  struct Call {
    explicit Call(const std::shared_ptr<grpc::Channel>& channel) : stub(v1::PeerService::NewStub(channel)) {}
    std::unique_ptr<v1::PeerService::Stub> stub;
    grpc::ClientContext context;
    Request request;
    Response response;
  };
  const auto* link = find(organisation);
  if (link == nullptr) {
    return done(fail(v1::REASON_UNREACHABLE, "no [[peers]] entry names " + organisation + ": add it"));
  }
  const auto call = std::make_shared<Call>(link->channel());
  call->request = request;
  call->context.set_deadline(std::chrono::system_clock::now() + patience);
  if (!begins(&call->context)) return done(fail(v1::REASON_STOPPING, "this node is stopping"));
  (call->stub->async()->*method)(&call->context, &call->request, &call->response,
                                 [this, call, organisation, done = std::move(done)](const grpc::Status& status) {
                                   if (status.ok()) {
                                     done(std::move(call->response));
                                   } else {
                                     done(std::unexpected(error_of(status, organisation)));
                                   }
                                   ends(&call->context);
                                 });
}

namespace {

using Async = v1::PeerService::StubInterface::async_interface;
template <class Request, class Response>
using AsyncMethod = void (Async::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

}  // namespace

void GrpcLinks::fetch_blocks(const std::string& organisation, const v1::FetchBlocksRequest& request,
                             Done<v1::FetchBlocksResponse> done) {
  constexpr AsyncMethod<v1::FetchBlocksRequest, v1::FetchBlocksResponse> kMethod = &Async::FetchBlocks;
  ask(organisation, request, kBlocksPatience, kMethod, std::move(done));
}

void GrpcLinks::fetch_payload(const std::string& organisation, const v1::FetchPayloadRequest& request,
                              Done<v1::FetchPayloadResponse> done) {
  constexpr AsyncMethod<v1::FetchPayloadRequest, v1::FetchPayloadResponse> kMethod = &Async::FetchPayload;
  ask(organisation, request, kPatience, kMethod, std::move(done));
}

void GrpcLinks::get_head(const std::string& organisation, Done<v1::GetHeadResponse> done) {
  constexpr AsyncMethod<v1::GetHeadRequest, v1::GetHeadResponse> kMethod = &Async::GetHead;
  ask(organisation, v1::GetHeadRequest(), kPatience, kMethod, std::move(done));
}

}  // namespace jinshi::node
