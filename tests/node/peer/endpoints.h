// Nodes of several organisations in one process, over real TLS on loopback: each with a key of its own, a server, and
// links to the others.
#pragma once

#include <spdlog/sinks/ostream_sink.h>

#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "node/peer/grpc_links.h"
#include "node/peer/peer_service.h"

namespace jinshi::node {

class Folder {
 public:
  Folder();
  ~Folder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Keeps what came; keeps its holds too while told to.
class Inbox final : public PeerHandler {
 public:
  struct Message {
    std::string from, text;
    friend bool operator==(const Message&, const Message&) = default;
  };

  void received(const std::string& organisation, std::string message, Hold hold) override;
  Result<v1::FetchBlocksResponse> blocks(const v1::FetchBlocksRequest& request) override;
  Result<v1::FetchPayloadResponse> payload(const v1::FetchPayloadRequest& request) override;
  v1::GetHeadResponse head() override { return {}; }

  void keep_holds(bool keep);
  // Fetches of blocks wait until they are let on.
  void hold_fetches(bool hold);
  std::size_t count() const;
  std::vector<Message> messages() const;
  // False when it took too long.
  bool wait_for(std::size_t messages) const;
  bool wait_for(const std::string& text) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  std::vector<Message> messages_;
  std::vector<Hold> holds_;
  bool keep_ = false;
  bool fetches_wait_ = false;
};

// A node's peer side. Everybody's book is its own.
class Endpoint {
 public:
  Endpoint(const Folder& folder, const std::string& organisation, int valid_days = 3650, TimeMs made = 0);
  ~Endpoint();

  void listen(const IntakeLimits& limits = {}, int port = 0);
  void link_to(const std::vector<Endpoint*>& others, const LinkLimits& limits = {});
  void stop_server();
  void stop();

  v1::Key key(TimeMs revoked_at = 0) const;
  Config::PeerAddress address(int port = 0) const;
  std::string logged() const { return text_.str(); }

  const std::string organisation;
  PeerBook book;
  Inbox inbox;
  std::unique_ptr<PeerServer> server;
  std::unique_ptr<GrpcLinks> links;
  std::unique_ptr<PeerTls> tls;
  const Log& log() const { return log_; }

 private:
  std::ostringstream text_;
  Log log_;
  boost::asio::thread_pool workers_{2};
  int port_ = 0;
};

// Tells each of all: keys, and who are validators.
void introduce(const std::vector<Endpoint*>& all, const std::vector<std::string>& validators);

PeerBytes text_message(const std::string& text);

// Polls, for conditions that nothing signals; false after ten seconds.
bool eventually(const std::function<bool()>& condition);

}  // namespace jinshi::node
