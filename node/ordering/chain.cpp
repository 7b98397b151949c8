#include "node/ordering/chain.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>

namespace jinshi::node {
namespace {

// The vote log shrinks when blocks are on disk for good; a sync for each would cost what the log saves. Often enough that
// a power cut takes no more than what is in flight: half a window of blocks.
constexpr Height kSyncsInAWindow = 2;
constexpr SteadyMs kMsBetweenSyncs = 2000;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

consensus::BlockExecuted to_event(const ledger::ExecutedBlock& block) {
  return {block.height, block.digest,   consensus::blob(block.header), block.time,
          block.listed, block.next_due, block.epochs};
}

void Chain::execute(const consensus::Deliver& batch, HeldBatchPtr held) {
  boost::asio::post(parts_.runtime.executor(), [this, batch, held = std::move(held)] { run(batch, held); });
}

void Chain::certify(const consensus::Certified& certified) {
  boost::asio::post(parts_.runtime.executor(), [this, certified] { store(certified); });
}

void Chain::finish() {
  std::promise<void> done;
  boost::asio::post(parts_.runtime.executor(), [&done] { done.set_value(); });
  done.get_future().wait();
}

void Chain::run(const consensus::Deliver& batch, const HeldBatchPtr& held) {
  if (failed_) return;
  const auto start = std::chrono::steady_clock::now();
  ledger::OrderedBatch ordered;
  if (held != nullptr) ordered = {*held->batch, held->transactions};
  auto block = parts_.ledger.execute(ordered);
  if (!block) return fail_with(block.error(), "executing block " + std::to_string(batch.height));
  parts_.happened(to_event(*block));
  executed_.push_back({std::move(*block), batch.digest, std::move(ordered.transactions), seconds_since(start)});
}

void Chain::store(const consensus::Certified& certified) {
  if (failed_) return;
  const auto start = std::chrono::steady_clock::now();
  const auto& header = *certified.header;
  if (auto stored = parts_.ledger.certify(header.height, header.bytes.certificate()); !stored) {
    return fail_with(stored.error(), "certifying block " + std::to_string(header.height));
  }
  const double seconds = seconds_since(start);
  Height between = 1;
  while (!executed_.empty() && executed_.front().block.height <= header.height) {
    const Executed done = std::move(executed_.front());
    executed_.pop_front();
    between = std::max<Height>(1, done.block.epochs->current().ordering().window() / kSyncsInAWindow);
    parts_.metrics.observe_block(done.transactions.size(), done.seconds, seconds);
    parts_.log.debug("block", {{"height", done.block.height},
                               {"time", done.block.time},
                               {"transactions", done.transactions.size()},
                               {"header", done.block.digest}});
    parts_.certified(done.block, done.batch, done.transactions);
  }
  const SteadyMs now = Runtime::steady_now();
  if (header.height >= lasting_ + between || now >= last_sync_ + kMsBetweenSyncs) {
    lasting_ = header.height;
    last_sync_ = now;
    make_lasting();
  }
}

// Beside the executor: the disk's time is not its own.
void Chain::make_lasting() {
  boost::asio::post(parts_.runtime.workers(), [this] {
    const auto flushed = parts_.ledger.sync();
    if (!flushed) {
      const Error error = flushed.error();
      return boost::asio::post(parts_.runtime.executor(), [this, error] { fail_with(error, "syncing the ledger"); });
    }
    parts_.happened(consensus::Flushed{flushed->executed, flushed->certified});
  });
}

void Chain::fail_with(const Error& error, std::string_view doing) {
  if (std::exchange(failed_, true)) return;
  parts_.failed(error, doing);
}

}  // namespace jinshi::node
