#include "node/service/submit_calls.h"

#include <boost/asio/post.hpp>

#include "node/refusal.h"
#include "node/service/status.h"

namespace jinshi::node {

grpc::ServerUnaryReactor* SubmitAndWaitCall::start(Validator& node, std::string client, std::string transaction,
                                                   std::int64_t wait_ms, v1::SubmitResponse* response) {
  const std::shared_ptr<SubmitAndWaitCall> call(new SubmitAndWaitCall(node, response));
  call->self_ = call;
  call->ticket_ = node.submissions().submit(std::move(transaction), client, Submissions::Until::kOutcome,
                                            [call](Submissions::Answer answer) { call->answered(std::move(answer)); });
  boost::asio::post(node.runtime().side(), [call, wait_ms] {
    if (call->finished_) return;
    call->timer_.expires_after(std::chrono::milliseconds(wait_ms));
    call->timer_.async_wait([call](const boost::system::error_code& error) {
      if (!error) call->node_.submissions().answer_now(call->ticket_);
    });
  });
  return call.get();
}

void SubmitAndWaitCall::answered(Submissions::Answer answer) {
  if (finished_.exchange(true)) return;
  if (answer) *response_ = std::move(*answer);
  const grpc::Status status =
      answer ? grpc::Status::OK : to_transaction_status(answer.error(), node_.pool().retry_after_ms());
  node_.metrics().count_call("SubmitAndWait", code_name(status.error_code()));
  Finish(status);
}

void SubmitAndWaitCall::OnCancel() {
  if (finished_.exchange(true)) return;
  node_.metrics().count_call("SubmitAndWait", "CANCELLED");
  Finish(grpc::Status::CANCELLED);
}

void SubmitAndWaitCall::OnDone() {
  node_.submissions().forget(ticket_);
  boost::asio::post(node_.runtime().side(), [self = std::move(self_)] { self->timer_.cancel(); });
}

grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>* SubmitStreamCall::start(Validator& node,
                                                                                        OpenCalls& calls,
                                                                                        std::string client) {
  const std::shared_ptr<SubmitStreamCall> call(new SubmitStreamCall(node, std::move(client)));
  call->self_ = call;
  node.metrics().stream_opened("SubmitStream");
  if (!calls.add(call)) {
    call->end();
    return call.get();
  }
  const std::scoped_lock lock(call->mutex_);
  call->read_on();
  return call.get();
}

void SubmitStreamCall::read_on() {
  if (finished_ || ending_ || reading_ || read_all_ || in_flight_ >= in_flight_limit_) return;
  reading_ = true;
  StartRead(&request_);
}

void SubmitStreamCall::OnReadDone(bool ok) {
  std::string transaction;
  {
    const std::scoped_lock lock(mutex_);
    reading_ = false;
    if (!ok) {
      read_all_ = true;
      return write_on();
    }
    if (finished_ || ending_) return;
    ++in_flight_;
    transaction = std::move(*request_.mutable_transaction());
  }
  // Outside the lock: the answer may come before this returns.
  node_.submissions().submit(
      std::move(transaction), client_, Submissions::Until::kOutcome,
      [self = shared_from_this()](Submissions::Answer answer) { self->answered(std::move(answer)); });
  const std::scoped_lock lock(mutex_);
  read_on();
}

void SubmitStreamCall::answered(Submissions::Answer answer) {
  const std::int64_t retry_after_ms =
      !answer && answer.error().reason == v1::REASON_POOL_FULL ? node_.pool().retry_after_ms() : 0;
  const std::scoped_lock lock(mutex_);
  if (finished_) return;
  if (answer) {
    queue_.push_back(std::move(*answer));
  } else {
    // An error would end the stream, and with it everybody else's outcomes.
    auto& response = queue_.emplace_back();
    response.set_status(v1::SUBMIT_STATUS_NOT_TAKEN);
    *response.mutable_refusal() = transaction_refusal(answer.error(), retry_after_ms);
  }
  write_on();
}

void SubmitStreamCall::write_on() {
  if (finished_ || writing_) return;
  if (!queue_.empty()) {
    writing_ = true;
    // What follows at once may share a TLS record.
    grpc::WriteOptions options;
    if (queue_.size() > 1) options.set_buffer_hint();
    StartWrite(&queue_.front(), options);
  } else if (in_flight_ == 0 && (read_all_ || ending_)) {
    finish(ending_.value_or(grpc::Status::OK));
  }
}

void SubmitStreamCall::OnWriteDone(bool ok) {
  const std::scoped_lock lock(mutex_);
  writing_ = false;
  queue_.pop_front();
  --in_flight_;
  if (!ok) return finish(grpc::Status::CANCELLED);
  write_on();
  read_on();
}

void SubmitStreamCall::end() {
  // What is in flight is being answered with UNKNOWN; the stream ends behind that.
  const std::scoped_lock lock(mutex_);
  if (finished_ || ending_) return;
  ending_ = to_transaction_status(
      Error{v1::REASON_STOPPING, {}, "this node is stopping: ask for what is open with its id, at any node"}, 0);
  write_on();
}

void SubmitStreamCall::OnCancel() {
  const std::scoped_lock lock(mutex_);
  if (!writing_) finish(grpc::Status::CANCELLED);
}

void SubmitStreamCall::finish(const grpc::Status& status) {
  if (finished_) return;
  finished_ = true;
  node_.metrics().count_call("SubmitStream", code_name(status.error_code()));
  Finish(status);
}

void SubmitStreamCall::OnDone() {
  node_.metrics().stream_closed("SubmitStream");
  const auto self = std::move(self_);
}

}  // namespace jinshi::node
