#include "cli/client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "jinshi/v1/admin_service.grpc.pb.h"
#include "jinshi/v1/ledger_service.grpc.pb.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kCallMs = 30'000;
constexpr int kLargestMessage = 8 * 1024 * 1024;  // a receipt of a full block's operation is far below

// A node's errors carry a Refusal in grpc-status-details-bin; a proxy's or the channel's own carry none.
std::optional<v1::Refusal> refusal_in(const std::string& details) {
  v1::Refusal refusal;
  if (details.empty() || !refusal.ParseFromString(details)) return std::nullopt;
  return refusal;
}

v1::Reason reason_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return v1::REASON_NOT_WRITABLE;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return v1::REASON_POOL_FULL;
    default:
      return v1::REASON_UNSPECIFIED;
  }
}

Failure failure_of(const grpc::Status& status, const std::string& address) {
  if (const auto refusal = refusal_in(status.error_details())) return failed(*refusal).error();
  const bool away = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                    status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  const std::string hint = away ? ": is the node running, and is its certificate the one in the network folder?" : "";
  return Failure{.reason = reason_of(status.error_code()),
                 .message = "the node at " + address + " did not answer as asked: " + status.error_message() + hint};
}

grpc::ChannelArguments arguments() {
  grpc::ChannelArguments all;
  all.SetMaxReceiveMessageSize(kLargestMessage);
  all.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // The least time for one attempt, whatever its name says: a handshake on a busy machine takes its time.
  all.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  all.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  all.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  return all;
}

}  // namespace

struct Client::Impl {
  std::string address, admin_address;
  std::int64_t patience_ms = 0;
  std::shared_ptr<grpc::Channel> channel, admin_channel;
  std::unique_ptr<v1::LedgerService::Stub> ledger;
  std::unique_ptr<v1::AdminService::Stub> admin;

  Outcome<void> connect(const std::string& at) const {
    const auto& used = at == address ? channel : admin_channel;
    if (used->WaitForConnected(std::chrono::system_clock::now() + std::chrono::milliseconds(patience_ms))) return {};
    return failed(v1::REASON_NOT_WRITABLE, "no node answers at " + at +
                                               ": is it running (`jinshi devnet status`), and is its certificate the "
                                               "one in the network folder?");
  }

  template <class Stub, class Request, class Response>
  Outcome<Response> call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                         const Request& request, const std::string& at, std::int64_t ms = kCallMs) const {
    if (auto connected = connect(at); !connected) return std::unexpected(connected.error());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(ms));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return std::unexpected(failure_of(status, at));
    return response;
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Outcome<Client> Client::open(const Endpoints& endpoints, std::int64_t patience_ms) {
  const auto certificate = read_file(endpoints.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  auto impl = std::make_unique<Impl>();
  impl->address = endpoints.address;
  impl->admin_address = endpoints.admin;
  impl->patience_ms = patience_ms;
  // The certificate is self-signed: as the only root it is a pin.
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = *certificate;
  impl->channel = grpc::CreateCustomChannel(endpoints.address, grpc::SslCredentials(tls), arguments());
  impl->admin_channel = grpc::CreateCustomChannel(endpoints.admin, grpc::InsecureChannelCredentials(), arguments());
  impl->ledger = v1::LedgerService::NewStub(impl->channel);
  impl->admin = v1::AdminService::NewStub(impl->admin_channel);
  return Client(std::move(impl));
}

using Ledger = v1::LedgerService::Stub;
using Admin = v1::AdminService::Stub;

Outcome<v1::GetChainResponse> Client::chain() const {
  return impl_->call(*impl_->ledger, &Ledger::GetChain, v1::GetChainRequest(), impl_->address);
}

Outcome<v1::SubmitResponse> Client::submit(const std::string& transaction) const {
  v1::SubmitRequest request;
  request.set_transaction(transaction);
  return impl_->call(*impl_->ledger, &Ledger::Submit, request, impl_->address);
}

Outcome<v1::SubmitResponse> Client::submit_and_wait(const std::string& transaction, std::int64_t wait_ms) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  v1::SubmitAndWaitRequest request;
  request.set_transaction(transaction);
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    request.set_wait_ms(std::clamp<std::int64_t>(left, 1, 60'000));
    auto answer =
        impl_->call(*impl_->ledger, &Ledger::SubmitAndWait, request, impl_->address, request.wait_ms() + kCallMs);
    const bool open =
        answer ? answer->status() == v1::SUBMIT_STATUS_QUEUED || answer->status() == v1::SUBMIT_STATUS_UNKNOWN
               : may_be_retried(answer.error());
    if (!open || left <= 0) return answer;
    const std::int64_t pause = answer ? 0 : std::clamp<std::int64_t>(answer.error().retry_after_ms, 100, 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
  }
}

Outcome<v1::GetReceiptResponse> Client::receipt(const v1::GetReceiptRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::GetReceipt, request, impl_->address);
}
Outcome<v1::GetResponse> Client::get(const v1::GetRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::Get, request, impl_->address);
}
Outcome<v1::ListResponse> Client::list(const v1::ListRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::List, request, impl_->address);
}
Outcome<v1::HistoryResponse> Client::history(const v1::HistoryRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::History, request, impl_->address);
}
Outcome<v1::ProveResponse> Client::prove(const v1::ProveRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::Prove, request, impl_->address);
}
Outcome<v1::ProveResponse> Client::prove_consistency(const v1::ProveConsistencyRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::ProveConsistency, request, impl_->address);
}
Outcome<v1::GetHeaderResponse> Client::header(const v1::GetHeaderRequest& request) const {
  return impl_->call(*impl_->ledger, &Ledger::GetHeader, request, impl_->address);
}
Outcome<v1::StatisticsResponse> Client::statistics() const {
  return impl_->call(*impl_->ledger, &Ledger::Statistics, v1::StatisticsRequest(), impl_->address);
}

Outcome<void> Client::watch(const v1::WatchRequest& request,
                            const std::function<bool(const v1::WatchResponse&)>& each) const {
  if (auto connected = impl_->connect(impl_->address); !connected) return connected;
  grpc::ClientContext context;
  const auto reader = impl_->ledger->Watch(&context, request);
  for (v1::WatchResponse response; reader->Read(&response);) {
    if (each(response)) continue;
    context.TryCancel();
    reader->Finish();
    return {};
  }
  const grpc::Status status = reader->Finish();
  if (status.ok()) return failed(v1::REASON_STOPPING, "the node ended the stream");
  return std::unexpected(failure_of(status, impl_->address));
}

Outcome<v1::GetStatusResponse> Client::status() const {
  return impl_->call(*impl_->admin, &Admin::GetStatus, v1::GetStatusRequest(), impl_->admin_address);
}

Outcome<v1::MoveClockResponse> Client::move_clock(TimeMs to) const {
  v1::MoveClockRequest request;
  request.set_to(to);
  return impl_->call(*impl_->admin, &Admin::MoveClock, request, impl_->admin_address);
}

Outcome<void> Client::health() const {
  // grpc.health.v1.Health/Check: an empty request asks for the whole server, and {status = 1} with 1 is SERVING. Its
  // .proto is no package of Debian's, so the call goes by bytes.
  if (auto connected = impl_->connect(impl_->address); !connected) return connected;
  grpc::GenericStub stub(impl_->channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(kCallMs));
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);  // without a slice it would be no message at all
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return std::unexpected(failure_of(status, impl_->address));
  grpc::Slice slice;
  const std::string_view serving("\x08\x01", 2);
  const bool read = response.DumpToSingleSlice(&slice).ok();
  if (read && std::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()) == serving) return {};
  return failed(v1::REASON_NOT_WRITABLE, "the node at " + impl_->address + " is there, and not serving yet");
}

bool may_be_retried(const Failure& failure) {
  return failure.reason == v1::REASON_NOT_WRITABLE || failure.reason == v1::REASON_POOL_FULL ||
         failure.reason == v1::REASON_STOPPING;
}

}  // namespace jinshi::cli
