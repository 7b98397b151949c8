// /metrics in Prometheus' text form, and /healthz (200 while the node makes blocks, 503 and the reason when it can't),
// by plain HTTP. Each connection is bounded in bytes and time, and so is their number.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "node/config.h"
#include "proto/error.h"

namespace jinshi::node {

class MetricsServer {
 public:
  struct Page {
    bool good = true;
    std::string text;
  };
  struct Pages {
    std::function<std::string()> metrics;
    std::function<Page()> health;
  };

  // Listens on return; runs on the context's thread. CONFIGURATION when the address can't be had.
  static Result<std::unique_ptr<MetricsServer>> start(boost::asio::io_context& context, const Address& address,
                                                      Pages pages);
  ~MetricsServer();

  std::uint16_t port() const;
  // Takes no more; those being served end with the context.
  void stop();

 private:
  struct Listener;
  explicit MetricsServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  std::shared_ptr<Listener> listener_;
};

}  // namespace jinshi::node
