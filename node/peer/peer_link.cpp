#include "node/peer/peer_link.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/client_callback.h>

#include <algorithm>

#include "node/peer/link_protocol.h"
#include "node/peer/links.h"
#include "node/peer/peer_tls.h"

namespace jinshi::node {
namespace {

// A stream that stood so long was a good one: the next is dialled soon. Two nodes with one key take turns slowly.
constexpr std::chrono::seconds kGoodStream{5};

// Without a copy: the slice keeps the message.
grpc::ByteBuffer buffer_of(const PeerBytes& message) {
  auto* keeper = new PeerBytes(message);
  const grpc::Slice slice(
      const_cast<char*>(message->data()), message->size(), [](void* kept) { delete static_cast<PeerBytes*>(kept); },
      keeper);
  return {&slice, 1};
}

}  // namespace

// On the wire a client stream and a stream both ways are one, and gRPC has only the latter for raw bytes. A read is
// always under way: it ends first when the stream ends, and gRPC finishes nothing before.
class PeerLink::Stream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Stream(std::shared_ptr<PeerLink> link) : link_(std::move(link)) {}

  void begin() {
    context_.set_wait_for_ready(true);
    grpc::GenericStub(link_->channel_).PrepareBidiStreamingCall(&context_, kLinkMethod, {}, this);
    StartRead(&response_);
    StartCall();
  }

  void write(const PeerBytes& message, bool more) {
    message_ = buffer_of(message);
    grpc::WriteOptions options;
    if (more) options.set_buffer_hint();
    StartWrite(&message_, options);
  }

  void cancel() { context_.TryCancel(); }
  std::optional<Digest> key() const { return peer_key(context_.auth_context().get()); }

  void OnReadInitialMetadataDone(bool ok) override {
    // A refusal comes without it.
    if (ok && context_.GetServerInitialMetadata().contains(kLinkAccepted)) link_->accepted();
  }
  void OnWriteDone(bool ok) override { link_->written(ok); }
  void OnReadDone(bool ok) override {
    if (ok) return StartRead(&response_);
    link_->reading_over();
  }
  void OnDone(const grpc::Status& status) override {
    const auto link = std::move(link_);
    const std::string trouble = status.ok() ? "the peer ended the stream" : status.error_message();
    // First the link forgets the stream, or it would cancel what is gone.
    link->ended(trouble);
    delete this;
  }

 private:
  std::shared_ptr<PeerLink> link_;
  grpc::ClientContext context_;
  grpc::ByteBuffer message_, response_;
};

PeerLink::PeerLink(std::string organisation, std::string address, std::shared_ptr<grpc::Channel> channel,
                   const PeerBook& book, const Log& log, const LinkLimits& limits)
    : organisation_(std::move(organisation)),
      address_(std::move(address)),
      channel_(std::move(channel)),
      book_(book),
      log_(log),
      limits_(limits),
      queue_(limits.unlinked),
      backoff_(limits.first_backoff) {}

void PeerLink::dial() {
  const std::scoped_lock lock(mutex_);
  begin();
}

void PeerLink::dial_at_once() {
  const std::scoped_lock lock(mutex_);
  if (stopped_ || connected_) return;
  grpc::experimental::ChannelResetConnectionBackoff(channel_.get());
  backoff_ = limits_.first_backoff;
  if (alarm_ != nullptr) alarm_->Cancel();
  begin();
}

void PeerLink::begin() {
  if (stopped_ || stream_ != nullptr) return;
  over_ = false;
  stream_ = new Stream(shared_from_this());
  stream_->begin();
}

void PeerLink::send(PeerBytes message) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  if (message->size() > kMaxPeerMessageBytes) {
    ++refused_;
    return;
  }
  queue_.push(std::move(message));
  write_on();
}

void PeerLink::write_on() {
  if (!connected_ || over_ || writing_) return;
  // A key that was revoked while the stream stood hears no more.
  if (book_.organisation_of(key_) != organisation_) {
    over_ = true;
    return stream_->cancel();
  }
  const auto message = queue_.pop();
  if (message == nullptr) return;
  writing_ = true;
  stream_->write(message, !queue_.empty());
}

void PeerLink::accepted() {
  {
    const std::scoped_lock lock(mutex_);
    const auto key = stopped_ ? std::nullopt : stream_->key();
    if (!key) return;
    key_ = *key;
    connected_ = true;
    since_ = std::chrono::steady_clock::now();
    told_.clear();
    queue_.bound(limits_.queue);
    write_on();
  }
  log_.info("peer reached", {{"organisation", organisation_}, {"address", address_}});
}

void PeerLink::written(bool ok) {
  const std::scoped_lock lock(mutex_);
  writing_ = false;
  if (!ok) {
    over_ = true;
    return;
  }
  ++sent_;
  write_on();
}

void PeerLink::reading_over() {
  const std::scoped_lock lock(mutex_);
  over_ = true;
}

void PeerLink::ended(const std::string& trouble) {
  const auto now = std::chrono::steady_clock::now();
  bool tell = false;
  {
    const std::scoped_lock lock(mutex_);
    tell = !stopped_ && trouble != told_;
    told_ = trouble;
  }
  if (tell) {
    log_.warning("peer not reached", {{"organisation", organisation_}, {"address", address_}, {"why", trouble}});
  }
  const std::scoped_lock lock(mutex_);
  const bool was_good = connected_ && now - since_ >= kGoodStream;
  stream_ = nullptr;
  connected_ = false;
  writing_ = false;
  trouble_ = trouble;
  let_go_.notify_all();
  if (stopped_) return;
  queue_.bound(limits_.unlinked);
  if (was_good) backoff_ = limits_.first_backoff;
  // A new alarm for each wait: the last one's callback may still be on its way.
  alarm_ = std::make_unique<grpc::Alarm>();
  ++alarms_;
  alarm_->Set(std::chrono::system_clock::now() + backoff_, [self = shared_from_this()](bool) {
    const std::scoped_lock again(self->mutex_);
    --self->alarms_;
    self->let_go_.notify_all();
    self->begin();
  });
  backoff_ = std::min(2 * backoff_, limits_.last_backoff);
}

void PeerLink::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  over_ = true;
  if (alarm_ != nullptr) alarm_->Cancel();
  if (stream_ != nullptr) stream_->cancel();
  let_go_.wait(lock, [this] { return stream_ == nullptr && alarms_ == 0; });
}

bool PeerLink::connected() const {
  const std::scoped_lock lock(mutex_);
  return connected_;
}

LinkState PeerLink::state() const {
  const std::scoped_lock lock(mutex_);
  return {organisation_, address_, connected_, queue_.messages(), queue_.bytes(), sent_, queue_.dropped() + refused_,
          trouble_};
}

}  // namespace jinshi::node
