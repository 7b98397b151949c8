#include "node/peer/link_intake.h"

#include "node/peer/link_protocol.h"

namespace jinshi::node {
namespace {

// Empty when gRPC can't give the bytes, which is no PeerMessage either.
std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

bool Intake::has_room() const {
  const std::scoped_lock lock(mutex_);
  return bytes_ < bytes_limit_ && messages_ < messages_limit_;
}

void Intake::take(std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  bytes_ += bytes;
  ++messages_;
}

void Intake::let_go(std::size_t bytes) {
  std::shared_ptr<LinkCall> reader;
  {
    const std::scoped_lock lock(mutex_);
    bytes_ -= bytes;
    --messages_;
    reader = current_.lock();
  }
  if (reader != nullptr) reader->read_on();
}

std::shared_ptr<LinkCall> Intake::replace(const std::shared_ptr<LinkCall>& call) {
  const std::scoped_lock lock(mutex_);
  auto before = current_.lock();
  current_ = call;
  return before;
}

std::shared_ptr<LinkCall> Intake::current() const {
  const std::scoped_lock lock(mutex_);
  return current_.lock();
}

std::shared_ptr<LinkCall> LinkCall::make(const PeerBook& book, PeerHandler& handler, std::string organisation,
                                         const Digest& key, std::shared_ptr<Intake> intake) {
  const std::shared_ptr<LinkCall> call(new LinkCall(book, handler, std::move(organisation), key, std::move(intake)));
  call->self_ = call;
  return call;
}

void LinkCall::begin(grpc::CallbackServerContext& context) {
  const std::scoped_lock lock(mutex_);
  if (finished_) return;
  context.AddInitialMetadata(kLinkAccepted, "1");
  StartSendInitialMetadata();
  reading_ = true;
  StartRead(&message_);
}

void LinkCall::read_on() {
  const std::scoped_lock lock(mutex_);
  if (finished_ || reading_ || !intake_->has_room()) return;
  reading_ = true;
  StartRead(&message_);
}

void LinkCall::end(const grpc::Status& status) {
  const std::scoped_lock lock(mutex_);
  if (finished_) return;
  finished_ = true;
  Finish(status);
}

bool LinkCall::standing() const {
  const std::scoped_lock lock(mutex_);
  return !finished_;
}

void LinkCall::OnReadDone(bool ok) {
  if (!ok) return end(grpc::Status::OK);
  {
    const auto directory = book_.directory();
    if (directory->organisation_of(key_) != organisation_ || !directory->is_validator(organisation_)) {
      return end({grpc::StatusCode::PERMISSION_DENIED, "the TLS key is no validator's any more"});
    }
  }
  std::string bytes = bytes_of(message_);
  message_.Clear();
  const std::size_t size = bytes.size();
  intake_->take(size);
  // What it points to is of no matter; its end is.
  PeerHandler::Hold hold(intake_.get(), [intake = intake_, size](void*) { intake->let_go(size); });
  handler_.received(organisation_, std::move(bytes), std::move(hold));
  {
    // Only now: a hold that is let go meanwhile must not have the next message overtake this one.
    const std::scoped_lock lock(mutex_);
    reading_ = false;
  }
  read_on();
}

void LinkCall::OnCancel() { end(grpc::Status::CANCELLED); }

void LinkCall::OnDone() { const auto self = std::move(self_); }

}  // namespace jinshi::node
