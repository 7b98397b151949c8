#include "node/peer/peer_service.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <boost/asio/post.hpp>
#include <map>
#include <mutex>

#include "jinshi/v1/peer_service.grpc.pb.h"
#include "node/peer/link_intake.h"
#include "node/peer/link_protocol.h"
#include "node/service/status.h"

namespace jinshi::node {
namespace {

constexpr int kMaxReceiveBytes = static_cast<int>(kMaxPeerMessageBytes) + 4096;
constexpr int kStreamsAConnection = 64;
constexpr int kMinPingIntervalMs = 500;
constexpr std::size_t kMemoryBytes = 512 << 20;

class RefusedLink final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedLink(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// How many fetches run for whom.
class FetchSlots {
 public:
  explicit FetchSlots(const IntakeLimits& limits) : limits_(limits) {}

  bool take(const std::string& organisation, bool is_validator) {
    const std::scoped_lock lock(mutex_);
    if (!is_validator && strangers_ >= limits_.strangers_fetches) return false;
    auto& running = running_[organisation];
    if (running >= limits_.fetches) return false;
    ++running;
    if (!is_validator) ++strangers_;
    return true;
  }

  void give_back(const std::string& organisation, bool is_validator) {
    const std::scoped_lock lock(mutex_);
    if (!is_validator) --strangers_;
    const auto found = running_.find(organisation);
    if (--found->second == 0) running_.erase(found);
  }

 private:
  const IntakeLimits limits_;
  std::mutex mutex_;  // guards both below
  std::map<std::string, std::size_t> running_;
  std::size_t strangers_ = 0;
};

// Keeps its caller's slot until the answer is on the wire.
class FetchCall final : public grpc::ServerUnaryReactor {
 public:
  explicit FetchCall(std::function<void()> over) : over_(std::move(over)) {}
  void OnDone() override {
    if (over_) over_();
    delete this;
  }

 private:
  const std::function<void()> over_;
};

using Method = v1::PeerService;
using RawLink = Method::WithRawCallbackMethod_Link<Method::WithCallbackMethod_FetchBlocks<
    Method::WithCallbackMethod_FetchPayload<Method::WithCallbackMethod_GetHead<Method::Service>>>>;

class PeerServiceImpl final : public RawLink {
 public:
  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  explicit PeerServiceImpl(PeerServer::Parts parts) : parts_(std::move(parts)), slots_(parts_.limits) {}

  grpc::ServerReadReactor<grpc::ByteBuffer>* Link(Context* context, grpc::ByteBuffer* response) override {
    // A LinkResponse is no bytes; a buffer that was never given any is invalid to gRPC.
    const grpc::Slice nothing;
    *response = grpc::ByteBuffer(&nothing, 1);
    const auto key = peer_key(context->auth_context().get());
    const auto directory = parts_.book.directory();
    const auto organisation = key ? directory->organisation_of(*key) : std::nullopt;
    if (!organisation || !directory->is_validator(*organisation)) {
      return new RefusedLink({grpc::StatusCode::PERMISSION_DENIED, "only validators of a set of now send messages"});
    }
    const auto intake = intake_of(*organisation);
    if (intake == nullptr) return new RefusedLink({grpc::StatusCode::UNAVAILABLE, "this node is stopping"});
    const auto call = LinkCall::make(parts_.book, parts_.handler, *organisation, *key, intake);
    if (const auto before = intake->replace(call)) {
      before->end({grpc::StatusCode::ABORTED, "another stream of the same organisation took this one's place"});
    }
    call->begin(*context);
    if (is_stopped()) call->end({grpc::StatusCode::UNAVAILABLE, "this node is stopping"});
    parts_.log.debug("peer linked", {{"organisation", *organisation}});
    if (parts_.dialled) parts_.dialled(*organisation);
    return call.get();
  }

  Unary* FetchBlocks(Context* context, const v1::FetchBlocksRequest* request,
                     v1::FetchBlocksResponse* response) override {
    return answer(context, request, response, [this](const auto& asked) { return parts_.handler.blocks(asked); });
  }
  Unary* FetchPayload(Context* context, const v1::FetchPayloadRequest* request,
                      v1::FetchPayloadResponse* response) override {
    return answer(context, request, response, [this](const auto& asked) { return parts_.handler.payload(asked); });
  }
  Unary* GetHead(Context* context, const v1::GetHeadRequest* request, v1::GetHeadResponse* response) override {
    return answer(context, request, response,
                  [this](const auto&) -> Result<v1::GetHeadResponse> { return parts_.handler.head(); });
  }

  bool linked(const std::string& organisation) {
    const std::scoped_lock lock(mutex_);
    const auto found = intakes_.find(organisation);
    if (found == intakes_.end()) return false;
    const auto call = found->second->current();
    return call != nullptr && call->standing();
  }

  void stop() {
    std::vector<std::shared_ptr<LinkCall>> calls;
    {
      const std::scoped_lock lock(mutex_);
      stopped_ = true;
      for (const auto& [organisation, intake] : intakes_) calls.push_back(intake->current());
    }
    for (const auto& call : calls) {
      if (call != nullptr) call->end({grpc::StatusCode::UNAVAILABLE, "this node is stopping"});
    }
  }

 private:
  template <class Request, class Response, class Answer>
  Unary* answer(Context* context, const Request* request, Response* response, Answer ask) {
    const auto refused = [](const grpc::Status& status) {
      auto* call = new FetchCall({});
      call->Finish(status);
      return call;
    };
    const auto key = peer_key(context->auth_context().get());
    const auto directory = parts_.book.directory();
    const auto organisation = key ? directory->organisation_of(*key) : std::nullopt;
    if (!organisation) return refused({grpc::StatusCode::UNAUTHENTICATED, "the TLS key is nobody's any more"});
    const bool is_validator = directory->is_validator(*organisation);
    if (!slots_.take(*organisation, is_validator)) {
      return refused({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many fetches at once: wait for an answer"});
    }
    auto* call = new FetchCall(
        [this, organisation = *organisation, is_validator] { slots_.give_back(organisation, is_validator); });
    boost::asio::post(parts_.workers, [request, response, call, ask = std::move(ask)] {
      auto result = ask(*request);
      if (!result) return call->Finish(to_status(result.error(), *Request::descriptor()));
      *response = std::move(*result);
      call->Finish(grpc::Status::OK);
    });
    return call;
  }

  std::shared_ptr<Intake> intake_of(const std::string& organisation) {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return nullptr;
    auto& intake = intakes_[organisation];
    if (intake == nullptr) {
      intake = std::make_shared<Intake>(parts_.limits.held_bytes, parts_.limits.held_messages);
    }
    return intake;
  }

  bool is_stopped() {
    const std::scoped_lock lock(mutex_);
    return stopped_;
  }

  const PeerServer::Parts parts_;
  FetchSlots slots_;
  std::mutex mutex_;                                        // guards both below
  std::map<std::string, std::shared_ptr<Intake>> intakes_;  // of validators, past ones too
  bool stopped_ = false;
};

}  // namespace

struct PeerServer::Running {
  explicit Running(Parts parts) : service(std::move(parts)) {}
  PeerServiceImpl service;
  std::unique_ptr<grpc::Server> server;
};

Result<std::unique_ptr<PeerServer>> PeerServer::start(const std::string& listen, Parts parts) {
  const auto address = parse_address(listen);
  if (!address) return std::unexpected(address.error());
  const auto credentials = parts.tls.server();
  std::unique_ptr<PeerServer> peers(new PeerServer());
  peers->running_ = std::make_unique<Running>(std::move(parts));

  grpc::ResourceQuota quota("peers");
  quota.Resize(kMemoryBytes);
  grpc::ServerBuilder builder;
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder.SetMaxSendMessageSize(static_cast<int>(kMaxFetchBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsAConnection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPeerKeepAliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPeerKeepAliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&peers->running_->service);
  builder.AddListeningPort(to_string(*address), credentials, &peers->port_);
  peers->running_->server = builder.BuildAndStart();
  if (peers->running_->server == nullptr || peers->port_ == 0) {
    return fail(v1::REASON_CONFIGURATION,
                "peer.listen: " + listen +
                    " can't be listened on: is another node running there, or is the address not this machine's?");
  }
  return peers;
}

PeerServer::~PeerServer() { stop(std::chrono::milliseconds(0)); }

bool PeerServer::linked(const std::string& organisation) const {
  return running_->server != nullptr && running_->service.linked(organisation);
}

void PeerServer::stop(std::chrono::milliseconds patience) {
  if (running_->server == nullptr) return;
  running_->service.stop();
  running_->server->Shutdown(std::chrono::system_clock::now() + patience);
  running_->server.reset();
}

}  // namespace jinshi::node
