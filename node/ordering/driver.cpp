#include "node/ordering/driver.h"

#include <algorithm>
#include <chrono>

#include "ledger/crypto/certificate_check.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The epoch's limit where it has one, never more than the node's own.
std::size_t smaller(std::size_t own, std::uint32_t of_epoch) {
  return of_epoch == 0 ? own : std::min<std::size_t>(own, of_epoch);
}

}  // namespace

OrderingDriver::OrderingDriver(Parts parts)
    : parts_(std::move(parts)), timer_(parts_.runtime.strand()), limits_(parts_.limits) {
  status_.since = status_.last_block = Runtime::steady_now();
}

Result<void> OrderingDriver::check_validator(const v1::Epochs& epochs, std::string_view organisation,
                                             const crypto::PublicKey& key) {
  const auto& set = epochs.current().set();
  if (set.validators_size() != 1) {
    return fail(v1::REASON_CONFIGURATION, "the network has " + std::to_string(set.validators_size()) +
                                              " validators, and this version runs networks of one: make a genesis "
                                              "with one validator");
  }
  const auto& validator = set.validators(0);
  if (validator.organisation() != organisation) {
    return fail(v1::REASON_CONFIGURATION, "the network's validator is " + validator.organisation() + ", not " +
                                              std::string(organisation) + ": mend node.organisation");
  }
  if (validator.consensus_key() != key.encoded()) {
    return fail(v1::REASON_CONFIGURATION, "node.consensus_key holds " + to_hex(key.encoded()) +
                                              ", but the ledger lists " + to_hex(validator.consensus_key()) + " for " +
                                              validator.organisation() + ": give that key's file");
  }
  return {};
}

void OrderingDriver::start() {
  if (auto waiting = parts_.ledger.uncertified(); !waiting.empty()) executed_ = std::move(waiting.back());
  {
    const std::scoped_lock lock(status_mutex_);
    status_.height = parts_.ledger.head().height;
  }
  Started started{position(), std::nullopt, parts_.pool.something_waits()};
  if (executed_) {
    started.uncertified = executed_->digest;
    parts_.log.info("certifying the block that a stop left without a certificate", {{"height", executed_->height}});
  }
  post(started);
}

void OrderingDriver::transactions_wait() {
  if (told_to_look_.exchange(true)) return;
  boost::asio::post(parts_.runtime.strand(), [this] {
    told_to_look_ = false;
    // The last batch may have taken it already.
    if (parts_.pool.something_waits()) handle(TransactionsWait{});
  });
}

void OrderingDriver::clock_moved() { post(TimePassed{}); }

bool OrderingDriver::stop(std::chrono::milliseconds patience) {
  auto done = stopped_.get_future();
  boost::asio::post(parts_.runtime.strand(), [this] {
    stopping_ = true;
    timer_.cancel();
    if (!in_flight_ && !std::exchange(stop_told_, true)) stopped_.set_value();
  });
  const bool in_time = done.wait_for(patience) == std::future_status::ready;
  set(OrderingStatus::At::kStopped);
  return in_time;
}

OrderingStatus OrderingDriver::status() const {
  const std::scoped_lock lock(status_mutex_);
  return status_;
}

void OrderingDriver::post(OrderingEvent event) {
  boost::asio::post(parts_.runtime.strand(), [this, event = std::move(event)] { handle(event); });
}

void OrderingDriver::handle(const OrderingEvent& event) {
  if (std::holds_alternative<Started>(event)) started_ = true;
  // The doors open before the source starts, and Started says what waits by then.
  if (!started_ && !stopping_) return;
  if (std::holds_alternative<BlockCertified>(event)) in_flight_ = false;
  if (stopping_) {
    // A block that was executed is certified still; nothing new begins.
    if (!std::holds_alternative<BlockExecuted>(event)) {
      if (!in_flight_ && !std::exchange(stop_told_, true)) stopped_.set_value();
      return;
    }
  }
  const Moment now{parts_.clock.now(), Runtime::steady_now()};
  for (const auto& effect : parts_.source.step(event, now)) {
    if (const auto* batch = std::get_if<OrderBatch>(&effect)) {
      order(*batch);
    } else if (const auto* header = std::get_if<CertifyHeader>(&effect)) {
      in_flight_ = true;
      set(OrderingStatus::At::kCertifying);
      boost::asio::post(parts_.runtime.executor(), [this, header = *header] { certify(header); });
    } else if (const auto* timer = std::get_if<ArmTimer>(&effect)) {
      timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(timer->at)));
      timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) handle(TimePassed{});
      });
    }
  }
}

void OrderingDriver::order(const OrderBatch& effect) {
  in_flight_ = true;
  timer_.cancel();
  listed_ = parts_.pool.take(limits_);
  v1::Batch batch;
  batch.set_proposer(parts_.organisation);
  batch.set_time(effect.time);
  for (const auto& transaction : listed_) batch.add_envelopes(transaction->envelope().string());
  set(OrderingStatus::At::kExecuting);
  boost::asio::post(parts_.runtime.executor(), [this, bytes = encode(batch)] { execute(bytes); });
}

void OrderingDriver::execute(const std::string& batch) {
  const auto start = std::chrono::steady_clock::now();
  auto block = parts_.ledger.execute({batch, listed_});
  if (!block) return fail_with(block.error(), "executing a block");
  execute_seconds_ = seconds_since(start);
  executed_ = std::move(*block);
  post(BlockExecuted{executed_->height, executed_->digest});
}

void OrderingDriver::certify(const CertifyHeader& effect) {
  const auto start = std::chrono::steady_clock::now();
  JINSHI_ASSERT(executed_ && executed_->digest == effect.header, "a header is signed as it was executed");
  const auto signature = parts_.signer.sign(crypto::header_signing_bytes(effect.header));
  if (!signature) return fail_with(signature.error(), "signing a header");
  v1::HeaderCertificate certificate;
  auto* only = certificate.add_signatures();
  only->set_validator(0);
  only->set_signature(*signature);
  if (auto certified = parts_.ledger.certify(executed_->height, certificate); !certified) {
    return fail_with(certified.error(), "certifying a block");
  }
  const ledger::ExecutedBlock block = std::move(*executed_);
  executed_.reset();
  const auto listed = std::exchange(listed_, {});
  parts_.metrics.observe_block(listed.size(), std::exchange(execute_seconds_, 0), seconds_since(start));
  parts_.log.debug(
      "block",
      {{"height", block.height}, {"time", block.time}, {"transactions", listed.size()}, {"header", block.digest}});
  {
    const std::scoped_lock lock(status_mutex_);
    status_.height = block.height;
    status_.at = OrderingStatus::At::kWaiting;
    status_.since = status_.last_block = Runtime::steady_now();
  }
  parts_.certified(block, listed);
  post(BlockCertified{position(), parts_.pool.something_waits()});
}

void OrderingDriver::fail_with(const Error& error, std::string_view doing) {
  {
    const std::scoped_lock lock(status_mutex_);
    status_.at = OrderingStatus::At::kFailed;
    status_.failure = std::string(doing) + ": " + error.message;
  }
  parts_.failed(error);
  // Whoever stops the node need not wait for a block that will never come.
  boost::asio::post(parts_.runtime.strand(), [this] {
    stopping_ = true;
    in_flight_ = false;
    if (!std::exchange(stop_told_, true)) stopped_.set_value();
  });
}

ChainPosition OrderingDriver::position() {
  const auto ordering = parts_.ledger.epochs().current().ordering();
  const ChainPosition position{parts_.ledger.executed_height(), parts_.ledger.executed_time(), parts_.ledger.next_due(),
                               ordering.heartbeat_ms()};
  boost::asio::post(parts_.runtime.strand(), [this, ordering] {
    limits_ = {smaller(parts_.limits.operations, ordering.batch_operations()),
               smaller(parts_.limits.bytes, ordering.batch_bytes())};
  });
  const std::scoped_lock lock(status_mutex_);
  status_.heartbeat_ms = ordering.heartbeat_ms();
  status_.progress_timeout_ms = ordering.progress_timeout_ms();
  status_.next_due = position.next_due;
  return position;
}

void OrderingDriver::set(OrderingStatus::At at) {
  const std::scoped_lock lock(status_mutex_);
  if (status_.at == OrderingStatus::At::kFailed) return;
  status_.at = at;
  status_.since = Runtime::steady_now();
}

}  // namespace jinshi::node
