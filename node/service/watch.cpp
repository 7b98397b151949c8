#include "node/service/watch.h"

#include <boost/asio/post.hpp>

#include "node/service/status.h"
#include "proto/descriptor_names.h"

namespace jinshi::node {
namespace {

constexpr std::size_t kEventsAtOnce = 32;
constexpr std::chrono::seconds kKeepAlive{1};

// The field number of the event in Operation, zero for a due leaf, whose operation is none.
std::uint32_t event_number_of(const v1::LedgerEvent& event) {
  if (event.due()) return 0;
  v1::Operation operation;
  return operation.ParseFromString(event.operation()) ? static_cast<std::uint32_t>(operation.event_case()) : 0;
}

}  // namespace

Result<std::set<std::uint32_t>> event_numbers(const v1::WatchRequest& request) {
  std::set<std::uint32_t> numbers;
  for (int i = 0; i < request.events_size(); ++i) {
    const auto number = event_number(request.events(i));
    if (!number) {
      return fail(v1::REASON_BAD_VALUE, "no event has this name: write it as IssueCertificate is written",
                  {v1::WatchRequest::kEventsFieldNumber, static_cast<std::uint32_t>(i)});
    }
    numbers.insert(*number);
  }
  return numbers;
}

grpc::ServerWriteReactor<v1::WatchResponse>* WatchCall::start(Validator& node, OpenCalls& calls,
                                                              const v1::WatchRequest& request) {
  const std::shared_ptr<WatchCall> call(new WatchCall(node, request));
  call->self_ = call;
  node.metrics().stream_opened("Watch");
  const bool taken = calls.add(call);
  if (!taken) {
    call->end();
    return call.get();
  }
  boost::asio::post(node.runtime().side(), [call] { call->keep_alive_later(); });
  const std::scoped_lock lock(call->mutex_);
  call->read_on();
  return call.get();
}

WatchCall::WatchCall(Validator& node, const v1::WatchRequest& request)
    : node_(node),
      events_(event_numbers(request).value_or(std::set<std::uint32_t>{})),
      organisations_(request.organisations().begin(), request.organisations().end()),
      timer_(node.runtime().side()),
      cursor_(request.has_after()  ? request.after()
              : request.from_now() ? node.ledger().end_cursor()
                                   : v1::Cursor()) {}

bool WatchCall::wanted(const v1::LedgerEvent& event) const {
  if (!organisations_.empty() && !organisations_.contains(event.result().by())) return false;
  return events_.empty() || events_.contains(event_number_of(event));
}

void WatchCall::head_moved() {
  const std::scoped_lock lock(mutex_);
  more_ = true;
  read_on();
}

void WatchCall::read_on() {
  if (finished_ || ending_ || reading_ || !more_ || !queue_.empty()) return;
  reading_ = true;
  more_ = false;
  boost::asio::post(node_.runtime().workers(), [self = shared_from_this()] { self->read(); });
}

void WatchCall::read() {
  v1::Cursor after;
  {
    const std::scoped_lock lock(mutex_);
    after = cursor_;
  }
  auto events = node_.ledger().events_after(after, kEventsAtOnce);
  const std::scoped_lock lock(mutex_);
  reading_ = false;
  if (finished_ || ending_) return;
  if (!events) return finish(to_status(events.error(), *v1::WatchRequest::descriptor()));
  // A full page may have another behind it.
  if (events->events.size() >= kEventsAtOnce) more_ = true;
  for (auto& event : events->events) {
    if (!wanted(event)) continue;
    auto& message = queue_.emplace_back();
    message.mutable_cursor()->set_height(event.height());
    message.mutable_cursor()->set_leaf_index(event.leaf_index());
    message.mutable_cursor()->set_operation_index(event.operation_index());
    *message.mutable_event() = std::move(event);
  }
  cursor_ = std::move(events->cursor);
  write_on();
  read_on();
}

void WatchCall::write_on() {
  if (finished_ || writing_) return;
  if (ending_) return finish(*ending_);
  if (queue_.empty()) return;
  writing_ = true;
  StartWrite(&queue_.front());
}

void WatchCall::OnWriteDone(bool ok) {
  const std::scoped_lock lock(mutex_);
  writing_ = false;
  wrote_lately_ = true;
  queue_.pop_front();
  if (!ok) return finish(grpc::Status::CANCELLED);
  write_on();
  read_on();
}

void WatchCall::keep_alive() {
  {
    const std::scoped_lock lock(mutex_);
    if (finished_) return;
    // Only where nothing is queued does the cursor say how far the reader has come.
    if (!std::exchange(wrote_lately_, false) && queue_.empty() && !ending_) {
      *queue_.emplace_back().mutable_cursor() = cursor_;
      write_on();
    }
  }
  keep_alive_later();
}

void WatchCall::keep_alive_later() {
  timer_.expires_after(kKeepAlive);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->keep_alive();
  });
}

void WatchCall::end() {
  const std::scoped_lock lock(mutex_);
  finish(
      to_status(Error{v1::REASON_STOPPING, {}, "this node is stopping: go on from the last cursor at any other node"},
                *v1::WatchRequest::descriptor()));
}

void WatchCall::OnCancel() {
  const std::scoped_lock lock(mutex_);
  finish(grpc::Status::CANCELLED);
}

void WatchCall::finish(const grpc::Status& status) {
  if (finished_) return;
  if (writing_) {
    if (!ending_) ending_ = status;
    return;
  }
  finished_ = true;
  Finish(status);
}

void WatchCall::OnDone() {
  node_.metrics().stream_closed("Watch");
  boost::asio::post(node_.runtime().side(), [self = std::move(self_)] { self->timer_.cancel(); });
}

}  // namespace jinshi::node
