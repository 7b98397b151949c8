#include "load_supply.h"

#include <time.h>

#include <chrono>
#include <thread>

#include "ledger/crypto/signature.h"
#include "ledger/execution/transaction.h"
#include "proto/assert.h"

namespace jinshi::bench {
namespace {

constexpr TimeMs kLife = 50 * 60'000;  // an hour is the most

// Processor time of this thread: other programs must not make the machine look slower than it is.
double thread_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

Result<Signed> Supply::make() const {
  const TimeMs now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  cli::TransactionBuilder builder(chain_id_, now + kLife);
  v1::SetControls controls;
  controls.set_org(organisation_);
  builder.add(cli::operation_of(controls));
  auto bytes = cli::sign_transaction(builder, {signer_});
  if (!bytes) return std::unexpected(bytes.error());
  v1::SignedTransaction parts;
  JINSHI_ASSERT(parts.ParseFromString(*bytes), "what was just encoded parses");
  return Signed{ledger::transaction_id(parts.body()), std::move(*bytes)};
}

Result<void> Supply::fill(std::size_t count) {
  all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(std::min(next_.load(), all_.size())));
  next_ = 0;
  const std::size_t begin = all_.size();
  if (begin >= count) return {};
  all_.resize(count);
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Result<void>> results(cores);
  {
    std::vector<std::jthread> threads;
    for (std::size_t core = 0; core < cores; ++core) {
      threads.emplace_back([&, core] {
        for (std::size_t i = begin + core; i < count; i += cores) {
          auto made = make();
          if (!made) {
            results[core] = std::unexpected(made.error());
            return;
          }
          all_[i] = std::move(*made);
        }
      });
    }
  }
  for (const auto& result : results) {
    if (!result) return result;
  }
  return {};
}

const Signed* Supply::take() {
  const std::size_t at = next_++;
  return at < all_.size() ? &all_[at] : nullptr;
}

double verification_rate(const cli::SignerPtr& signer, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kMessages = 64;
  std::vector<std::string> messages, signatures;
  for (std::size_t i = 0; i < kMessages; ++i) {
    Digest id;
    id.bytes[0] = static_cast<std::uint8_t>(i);
    messages.push_back(ledger::transaction_signing_bytes(id));
    signatures.push_back(signer->sign(messages.back()).value());
  }
  std::size_t done = 0;
  const auto begin = Clock::now();
  const double used = thread_seconds();
  do {
    for (std::size_t i = 0; i < kMessages; ++i) {
      const auto valid = crypto::verify(signer->public_key(), messages[i], signatures[i]);
      JINSHI_ASSERT(valid.has_value(), "a signature that was just made is valid");
    }
    done += kMessages;
  } while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds);
  return static_cast<double>(done) / (thread_seconds() - used);
}

}  // namespace jinshi::bench
