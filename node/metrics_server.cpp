#include "node/metrics_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>

namespace jinshi::node {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kMaxConnections = 16;
constexpr std::size_t kMaxRequestBytes = 8 * 1024;
constexpr std::chrono::seconds kPatience{5};

// One connection: requests one after another until it closes or idles.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, std::shared_ptr<const MetricsServer::Pages> pages)
      : stream_(std::move(socket)), pages_(std::move(pages)) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(kMaxRequestBytes);
    parser_->body_limit(kMaxRequestBytes);
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->answer();
    });
  }

 private:
  void answer() {
    const auto& request = parser_->get();
    response_ = {};
    response_.version(request.version());
    response_.keep_alive(request.keep_alive());
    response_.set(http::field::content_type, "text/plain; charset=utf-8");
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      response_.result(http::status::method_not_allowed);
      response_.body() = "GET /metrics or /healthz\n";
    } else if (request.target() == "/metrics") {
      response_.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      response_.body() = pages_->metrics();
    } else if (request.target() == "/healthz") {
      const auto page = pages_->health();
      response_.result(page.good ? http::status::ok : http::status::service_unavailable);
      response_.body() = page.text + "\n";
    } else {
      response_.result(http::status::not_found);
      response_.body() = "here are /metrics and /healthz\n";
    }
    const auto length = response_.body().size();
    if (request.method() == http::verb::head) response_.body().clear();
    response_.content_length(length);
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      if (self->response_.keep_alive()) return self->read();
      error_code ignored;
      self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  std::shared_ptr<const MetricsServer::Pages> pages_;
  beast::flat_buffer buffer_{kMaxRequestBytes * 2};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

struct MetricsServer::Listener : std::enable_shared_from_this<MetricsServer::Listener> {
  Listener(asio::io_context& its_context, Pages its_pages)
      : context(its_context), acceptor(its_context), pages(std::make_shared<const Pages>(std::move(its_pages))) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code error, asio::ip::tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        std::erase_if(self->sessions, [](const auto& session) { return session.expired(); });
        // Beyond the bound a connection is closed at once.
        if (self->sessions.size() < kMaxConnections) {
          const auto session = std::make_shared<Session>(std::move(socket), self->pages);
          self->sessions.push_back(session);
          session->read();
        }
      }
      self->accept();
    });
  }

  asio::io_context& context;
  asio::ip::tcp::acceptor acceptor;
  const std::shared_ptr<const Pages> pages;
  std::vector<std::weak_ptr<Session>> sessions;
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(asio::io_context& context, const Address& address,
                                                            Pages pages) {
  const auto listener = std::make_shared<Listener>(context, std::move(pages));
  error_code error;
  asio::ip::tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), asio::ip::resolver_base::passive, error);
  if (!error) {
    const asio::ip::tcp::endpoint endpoint = found.begin()->endpoint();
    auto& acceptor = listener->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(v1::REASON_CONFIGURATION, "metrics.listen: " + address.host + ":" + std::to_string(address.port) +
                                              " can't be had: " + error.message());
  }
  listener->accept();
  return std::unique_ptr<MetricsServer>(new MetricsServer(listener));
}

MetricsServer::~MetricsServer() { stop(); }

std::uint16_t MetricsServer::port() const {
  if (listener_ == nullptr) return 0;
  error_code ignored;
  return listener_->acceptor.local_endpoint(ignored).port();
}

void MetricsServer::stop() {
  const auto listener = std::exchange(listener_, nullptr);
  if (listener == nullptr) return;
  asio::post(listener->context, [listener] {
    error_code ignored;
    listener->acceptor.close(ignored);
  });
}

}  // namespace jinshi::node
