#include "node/service/servers.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_builder.h>

#include "node/service/tls_files.h"

namespace jinshi::node {
namespace {

// A transaction and what carries it.
constexpr int kMaxReceiveBytes = static_cast<int>(ledger::kMaxTransactionBytes) + 4096;

constexpr int kKeepAliveMs = 30'000, kKeepAliveTimeoutMs = 10'000, kMinPingIntervalMs = 10'000;
constexpr unsigned kTlsRefreshSeconds = 1;

void set_limits(grpc::ServerBuilder& builder, int streams) {
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder.SetMaxSendMessageSize(-1);  // a page of 500 records is what it is
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, streams);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepAliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Two nodes on one port would each get half of the clients, and neither a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

std::shared_ptr<grpc::ServerCredentials> tls(const Config::Client& client) {
  namespace experimental = grpc::experimental;
  experimental::TlsServerCredentialsOptions options(std::make_shared<experimental::FileWatcherCertificateProvider>(
      client.key.string(), client.certificate.string(), kTlsRefreshSeconds));
  options.watch_identity_key_cert_pairs();
  // A client without a certificate is welcome; one with a certificate proves its key, and the ledger says whose it is.
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  return experimental::TlsServerCredentials(options);
}

std::unexpected<Error> occupied(std::string_view key, const std::string& address) {
  return fail(v1::REASON_CONFIGURATION, std::string(key) + ": " + address +
                                            " can't be listened on: is another node running there, or is the address "
                                            "not this machine's?");
}

}  // namespace

Result<std::unique_ptr<Servers>> Servers::start(Validator& node) {
  const auto& config = node.config();
  if (auto files = check_tls_files("client", config.client.certificate, config.client.key); !files) {
    return std::unexpected(files.error());
  }
  const auto client_address = parse_address(config.client.listen);
  if (!client_address) return std::unexpected(client_address.error());
  const auto admin_address = parse_address(config.admin.listen);
  if (!admin_address) return std::unexpected(admin_address.error());

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Servers> servers(new Servers(node));

  grpc::ResourceQuota quota("clients");
  quota.Resize(static_cast<std::size_t>(config.client.memory_bytes));
  grpc::ServerBuilder client;
  set_limits(client, static_cast<int>(config.client.calls_per_connection));
  client.SetResourceQuota(quota);
  client.RegisterService(&servers->ledger_service_);
  client.AddListeningPort(to_string(*client_address), tls(config.client), &servers->client_port_);
  servers->client_ = client.BuildAndStart();
  if (servers->client_ == nullptr || servers->client_port_ == 0) {
    return occupied("client.listen", to_string(*client_address));
  }

  grpc::ServerBuilder admin;
  set_limits(admin, 64);
  admin.RegisterService(&servers->admin_service_);
  admin.AddListeningPort(to_string(*admin_address), grpc::InsecureServerCredentials(), &servers->admin_port_);
  servers->admin_ = admin.BuildAndStart();
  if (servers->admin_ == nullptr || servers->admin_port_ == 0) {
    return occupied("admin.listen", to_string(*admin_address));
  }
  node.on_head([calls = &servers->ledger_service_.open_calls()](const ledger::Head&) { calls->head_moved(); });
  return servers;
}

Servers::~Servers() { stop(std::chrono::milliseconds(0)); }

void Servers::stop(std::chrono::milliseconds patience) {
  for (auto* server : {client_.get(), admin_.get()}) {
    if (server != nullptr && server->GetHealthCheckService() != nullptr) server->GetHealthCheckService()->Shutdown();
  }
  ledger_service_.open_calls().end();
  const auto deadline = std::chrono::system_clock::now() + patience;
  if (client_ != nullptr) client_->Shutdown(deadline);
  if (admin_ != nullptr) admin_->Shutdown(deadline);
  client_.reset();
  admin_.reset();
}

}  // namespace jinshi::node
