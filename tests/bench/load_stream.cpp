#include "load_stream.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace jinshi::bench {
namespace {

constexpr std::size_t kSampleEvery = 500;
constexpr std::chrono::milliseconds kDialAgainAfter{100};
constexpr int kLargestMessage = 8 << 20;

std::unique_ptr<v1::LedgerService::Stub> stub_of(const LoadStream::Plan& plan) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = plan.certificate;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::LedgerService::NewStub(grpc::CreateCustomChannel(plan.address, grpc::SslCredentials(tls), arguments));
}

}  // namespace

LoadStream::LoadStream(Plan plan, Supply& supply)
    : plan_(std::move(plan)), supply_(supply), stub_(stub_of(plan_)), thread_([this] { run(); }) {}

LoadStream::~LoadStream() {
  if (thread_.joinable()) end(std::chrono::milliseconds(0));
}

void LoadStream::run() {
  for (;;) {
    talk();
    std::unique_lock lock(mutex_);
    sent_.clear();
    open_ = 0;
    if (ending_ || !plan_.come_back) break;
    changed_.wait_for(lock, kDialAgainAfter, [this] { return ending_; });
  }
  const std::scoped_lock lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

void LoadStream::talk() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_wait_for_ready(!plan_.come_back);
  auto* const call = context.get();
  {
    const std::scoped_lock lock(mutex_);
    if (ending_) return;
    context_ = std::move(context);
    broken_ = false;
  }
  const auto stream = stub_->SubmitStream(call);
  std::thread reader([&] { read(*stream); });
  write(*stream);
  reader.join();
  const grpc::Status status = stream->Finish();
  const std::scoped_lock lock(mutex_);
  context_.reset();
  if (!status.ok() && outcomes_.trouble.empty()) outcomes_.trouble = plan_.node + ": " + status.error_message();
}

void LoadStream::write(Stream& stream) {
  v1::SubmitRequest request;
  while (wait_for_room()) {
    const Signed* next = supply_.take();
    if (next == nullptr) break;
    grpc::WriteOptions options;
    {
      const std::scoped_lock lock(mutex_);
      sent_.emplace(next->id, Clock::now());
      if (++open_ < plan_.in_flight) options.set_buffer_hint();  // another follows at once
    }
    request.set_transaction(next->bytes);
    if (!stream.Write(request, options)) break;
  }
  stream.WritesDone();
}

bool LoadStream::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || broken_ || open_ < plan_.in_flight; });
  return !ending_ && !broken_;
}

void LoadStream::read(Stream& stream) {
  v1::SubmitResponse response;
  while (stream.Read(&response)) note(response);
  const std::scoped_lock lock(mutex_);
  broken_ = true;
  changed_.notify_all();
}

void LoadStream::note(const v1::SubmitResponse& response) {
  const auto now = Clock::now();
  const std::scoped_lock lock(mutex_);
  --open_;
  changed_.notify_all();
  const auto id = Digest::from(response.id());
  const auto sent = id ? sent_.find(*id) : sent_.end();
  if (response.outcome() == v1::TRANSACTION_OUTCOME_ACCEPTED && sent != sent_.end()) {
    if (outcomes_.receipts.size() % kSampleEvery == 0) outcomes_.samples.push_back(response.receipt());
    outcomes_.receipts.push_back({sent->second, now});
  } else {
    ++outcomes_.others;
    if (outcomes_.trouble.empty()) {
      outcomes_.trouble = plan_.node + ": " + v1::SubmitStatus_Name(response.status()) + " " +
                          response.refusal().message();
    }
  }
  if (sent != sent_.end()) sent_.erase(sent);
}

void LoadStream::send_nothing_more() {
  const std::scoped_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
}

LoadStream::Outcomes LoadStream::end(std::chrono::milliseconds patience) {
  send_nothing_more();
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return over_; }) && context_) context_->TryCancel();
  }
  thread_.join();
  return std::move(outcomes_);
}

}  // namespace jinshi::bench
