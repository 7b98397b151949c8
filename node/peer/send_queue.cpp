#include "node/peer/send_queue.h"

#include "jinshi/v1/peer_service.pb.h"

namespace jinshi::node {

bool is_bulk(ByteView message) {
  // A length-delimited field's tag.
  constexpr auto kTransactions = static_cast<unsigned char>(v1::PeerMessage::kTransactionsFieldNumber << 3 | 2);
  return !message.empty() && static_cast<unsigned char>(message[0]) == kTransactions;
}

void SendQueue::Lane::push(PeerBytes message) {
  bytes += message->size();
  messages.push_back(std::move(message));
}

PeerBytes SendQueue::Lane::pop() {
  PeerBytes message = std::move(messages.front());
  messages.pop_front();
  bytes -= message->size();
  return message;
}

void SendQueue::push(PeerBytes message) {
  if (message->size() > limits_.bytes) {
    ++dropped_;
    return;
  }
  if (is_bulk(*message)) {
    if (has_room(bulk_, message->size())) {
      bulk_.push(std::move(message));
    } else {
      ++dropped_;
    }
    return;
  }
  for (; !votes_.messages.empty() && !has_room(votes_, message->size()); ++dropped_) votes_.pop();
  votes_.push(std::move(message));
}

PeerBytes SendQueue::pop() {
  if (!votes_.messages.empty()) return votes_.pop();
  return bulk_.messages.empty() ? nullptr : bulk_.pop();
}

void SendQueue::bound(Limits limits) {
  limits_ = limits;
  for (Lane* lane : {&votes_, &bulk_}) {
    for (; lane->messages.size() > limits_.messages || lane->bytes > limits_.bytes; ++dropped_) lane->pop();
  }
}

}  // namespace jinshi::node
