// Watch: every event strictly after a cursor, from certified blocks only, and the cursor itself every second when
// nothing else is to be said. A reader that doesn't read costs one page of events and no more.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <set>

#include "jinshi/v1/ledger_service.pb.h"
#include "node/service/open_calls.h"
#include "node/validator.h"

namespace jinshi::node {

class WatchCall final : public grpc::ServerWriteReactor<v1::WatchResponse>,
                        public OpenCall,
                        public std::enable_shared_from_this<WatchCall> {
 public:
  static grpc::ServerWriteReactor<v1::WatchResponse>* start(Validator& node, OpenCalls& calls,
                                                            const v1::WatchRequest& request);

  void head_moved() override;
  void end() override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  WatchCall(Validator& node, const v1::WatchRequest& request);

  void read_on();                           // mutex_ held
  void read();                              // a worker
  void write_on();                          // mutex_ held
  void finish(const grpc::Status& status);  // mutex_ held
  void keep_alive();                        // the side thread
  void keep_alive_later();                  // the side thread
  bool wanted(const v1::LedgerEvent& event) const;

  Validator& node_;
  const std::set<std::uint32_t> events_;
  const std::set<std::string> organisations_;
  std::shared_ptr<WatchCall> self_;  // until gRPC lets go
  boost::asio::steady_timer timer_;  // the side thread's

  std::mutex mutex_;  // guards all below
  v1::Cursor cursor_;
  std::deque<v1::WatchResponse> queue_;  // the front is being written while `writing_`
  bool more_ = true;
  bool reading_ = false;
  bool writing_ = false;
  bool wrote_lately_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> ending_;  // once nothing is being written
};

// The events' numbers; BAD_VALUE for a name that is none.
Result<std::set<std::uint32_t>> event_numbers(const v1::WatchRequest& request);

}  // namespace jinshi::node
