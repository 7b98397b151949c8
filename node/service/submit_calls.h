// SubmitAndWait and SubmitStream: calls that stay open until an outcome.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "jinshi/v1/ledger_service.pb.h"
#include "node/service/open_calls.h"
#include "node/validator.h"

namespace jinshi::node {

inline constexpr std::int64_t kDefaultWaitMs = 10'000;
inline constexpr std::int64_t kMaxWaitMs = 60'000;

class SubmitAndWaitCall final : public grpc::ServerUnaryReactor,
                                public std::enable_shared_from_this<SubmitAndWaitCall> {
 public:
  static grpc::ServerUnaryReactor* start(Validator& node, std::string client, std::string transaction,
                                         std::int64_t wait_ms, v1::SubmitResponse* response);

  void OnCancel() override;
  void OnDone() override;

 private:
  SubmitAndWaitCall(Validator& node, v1::SubmitResponse* response)
      : node_(node), response_(response), timer_(node.runtime().side()) {}
  void answered(Submissions::Answer answer);

  Validator& node_;
  v1::SubmitResponse* const response_;
  std::shared_ptr<SubmitAndWaitCall> self_;  // until gRPC lets go
  boost::asio::steady_timer timer_;          // the side thread's
  Submissions::Ticket ticket_;
  std::atomic<bool> finished_ = false;
};

// Reads on while fewer than `in_flight` transactions are without a written outcome; outcomes go out as they come.
class SubmitStreamCall final : public grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>,
                               public OpenCall,
                               public std::enable_shared_from_this<SubmitStreamCall> {
 public:
  static grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>* start(Validator& node, OpenCalls& calls,
                                                                               std::string client);

  void end() override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  SubmitStreamCall(Validator& node, std::string client)
      : node_(node),
        client_(std::move(client)),
        in_flight_limit_(static_cast<std::size_t>(node.config().client.stream_in_flight)) {}
  void answered(Submissions::Answer answer);
  void read_on();                           // mutex_ held
  void write_on();                          // mutex_ held; finishes when all is said
  void finish(const grpc::Status& status);  // mutex_ held

  Validator& node_;
  const std::string client_;
  const std::size_t in_flight_limit_;
  std::shared_ptr<SubmitStreamCall> self_;  // until gRPC lets go
  v1::SubmitRequest request_;               // of the read under way

  std::mutex mutex_;  // guards all below
  std::size_t in_flight_ = 0;
  std::deque<v1::SubmitResponse> queue_;  // the front is being written while `writing_`
  bool reading_ = false;
  bool read_all_ = false;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> ending_;  // once everything in flight is said
};

}  // namespace jinshi::node
