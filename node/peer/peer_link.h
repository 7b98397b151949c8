// One peer as this node dials it: its channel, the stream on which this node only sends, and what waits for it. The
// stream is dialled again whenever it ends: after 100 ms, then twice as long each time, up to 5 s; at once when the
// peer dials us.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "node/log.h"
#include "node/peer/identity.h"
#include "node/peer/send_queue.h"

namespace jinshi::node {

struct LinkLimits {
  SendQueue::Limits queue;                    // while the stream stands
  SendQueue::Limits unlinked{1 << 20, 1024};  // while it doesn't: what the first moments need
  std::chrono::milliseconds first_backoff{100}, last_backoff{5000};
};

struct LinkState {
  std::string organisation, address;
  bool connected = false;
  std::size_t waiting_messages = 0, waiting_bytes = 0;
  std::uint64_t sent = 0, dropped = 0;
  std::string trouble;  // why the last stream ended; empty when none did
};

// Any thread, but `stop` not from gRPC's own.
class PeerLink : public std::enable_shared_from_this<PeerLink> {
 public:
  PeerLink(std::string organisation, std::string address, std::shared_ptr<grpc::Channel> channel, const PeerBook& book,
           const Log& log, const LinkLimits& limits);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  void dial();
  void dial_at_once();
  void send(PeerBytes message);
  // Ends the stream and waits until gRPC let go of it.
  void stop();

  bool connected() const;
  LinkState state() const;

 private:
  class Stream;

  void begin();     // mutex_ held
  void write_on();  // mutex_ held
  void accepted();  // by the peer
  void written(bool ok);
  void reading_over();
  void ended(const std::string& trouble);

  const std::string organisation_, address_;
  const std::shared_ptr<grpc::Channel> channel_;
  const PeerBook& book_;
  const Log& log_;
  const LinkLimits limits_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable let_go_;
  SendQueue queue_;
  Stream* stream_ = nullptr;  // gRPC's, until it ended
  std::unique_ptr<grpc::Alarm> alarm_;
  int alarms_ = 0;  // whose callbacks are to come
  Digest key_;      // of the peer, while connected
  bool connected_ = false;
  bool over_ = false;  // nothing may be started on the stream any more
  bool writing_ = false;
  bool stopped_ = false;
  std::chrono::milliseconds backoff_;
  std::chrono::steady_clock::time_point since_{};
  std::uint64_t sent_ = 0, refused_ = 0;
  std::string trouble_;
  std::string told_;  // to the log since the stream last stood
};

}  // namespace jinshi::node
