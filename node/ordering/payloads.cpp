#include "node/ordering/payloads.h"

#include <boost/asio/post.hpp>
#include <unordered_set>

#include "consensus/signing.h"
#include "jinshi/v1/block.pb.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

// Transactions are passed on as they come; those of a proposal are most often just behind it.
constexpr std::chrono::milliseconds kPatience{15};

std::size_t operations_of(const std::vector<ledger::TransactionPtr>& transactions) {
  std::size_t operations = 0;
  for (const auto& one : transactions) operations += one->operations().size();
  return operations;
}

std::size_t bytes_of(const std::vector<ledger::TransactionPtr>& transactions) {
  std::size_t bytes = 0;
  for (const auto& one : transactions) bytes += one->bytes().size();
  return bytes;
}

std::size_t signatures_of(const std::vector<ledger::TransactionPtr>& transactions) {
  std::size_t signatures = 0;
  for (const auto& one : transactions) signatures += static_cast<std::size_t>(one->signed_parts().signatures_size());
  return signatures;
}

}  // namespace

void Payloads::need(const consensus::NeedPayload& wanted) {
  if (const auto held = find(wanted.digest)) {
    std::vector<Digest> ids;
    for (const auto& one : held->transactions) ids.push_back(one->id());
    return parts_.answer(consensus::PayloadHeld{wanted.digest, held->batch, std::move(ids), had_room(*held, bounds_)});
  }
  const auto [at, added] = incomplete_.try_emplace(wanted.digest);
  Incomplete& one = at->second;
  one.from = wanted.from;
  one.height = wanted.height;
  if (!added) return fetch(wanted.digest);
  if (wanted.batch == nullptr) return fetch(wanted.digest);
  if (!read_batch(wanted.digest, one, wanted.batch)) return invalid(wanted.digest, {});
  take_from_pool(wanted.digest, one);
}

// False where the batch is beyond its bounds whatever its transactions are.
bool Payloads::read_batch(const Digest&, Incomplete& one, consensus::Blob batch) {
  const auto decoded = decode<v1::Batch>(*batch);
  if (!decoded || static_cast<std::size_t>(decoded->envelopes_size()) > bounds_.operations) return false;
  std::unordered_set<Digest, DigestHash> seen;
  for (const auto& bytes : decoded->envelopes()) {
    const auto envelope = Digest::from(bytes);
    if (!envelope || !seen.insert(*envelope).second) return false;
    one.envelopes.push_back(*envelope);
  }
  one.batch = std::move(batch);
  one.transactions.resize(one.envelopes.size());
  one.missing = one.envelopes.size();
  return true;
}

void Payloads::take_from_pool(const Digest& digest, Incomplete& one) {
  std::vector<std::size_t> places;
  std::vector<Digest> lacking;
  for (std::size_t i = 0; i < one.envelopes.size(); ++i) {
    if (one.transactions[i] != nullptr) continue;
    places.push_back(i);
    lacking.push_back(one.envelopes[i]);
  }
  auto found = parts_.pool.resolve(lacking);
  for (std::size_t n = 0; n < places.size(); ++n) {
    if (found.transactions[n] == nullptr) continue;
    one.transactions[places[n]] = std::move(found.transactions[n]);
    --one.missing;
  }
  if (one.missing == 0) return finish(digest);
  fetch_later(digest);
}

void Payloads::pool_has_more() {
  std::vector<Digest> digests;
  for (const auto& [digest, one] : incomplete_) {
    if (one.batch != nullptr) digests.push_back(digest);
  }
  for (const Digest& digest : digests) take_from_pool(digest, incomplete_.at(digest));
}

void Payloads::finish(const Digest& digest) {
  auto node = incomplete_.extract(digest);
  Incomplete& one = node.mapped();
  if (one.patience) one.patience->cancel();
  if (operations_of(one.transactions) > bounds_.operations || bytes_of(one.transactions) > bounds_.bytes ||
      signatures_of(one.transactions) > kBatchSignatures) {
    return parts_.answer(consensus::PayloadInvalid{digest, {}});
  }
  HeldBatch held{one.batch, std::move(one.transactions), one.height};
  std::vector<Digest> ids;
  for (const auto& transaction : held.transactions) ids.push_back(transaction->id());
  const bool room = had_room(held, bounds_);
  put(digest, std::move(held));
  parts_.answer(consensus::PayloadHeld{digest, one.batch, std::move(ids), room});
}

void Payloads::invalid(const Digest& digest, std::string transaction) {
  incomplete_.erase(digest);
  parts_.answer(consensus::PayloadInvalid{digest, std::move(transaction)});
}

void Payloads::fetch_later(const Digest& digest) {
  Incomplete& one = incomplete_.at(digest);
  if (one.fetching || one.patience) return;
  one.patience = std::make_shared<boost::asio::steady_timer>(parts_.runtime.strand(), kPatience);
  one.patience->async_wait([this, digest, timer = one.patience](const boost::system::error_code& error) {
    if (!error) fetch(digest);
  });
}

void Payloads::fetch(const Digest& digest) {
  const auto found = incomplete_.find(digest);
  if (found == incomplete_.end() || found->second.fetching || parts_.links == nullptr) return;
  Incomplete& one = found->second;
  if (one.from.empty()) return;
  one.fetching = true;
  v1::FetchPayloadRequest request;
  if (one.batch == nullptr) {
    request.set_batch(digest.string());
  } else {
    for (std::size_t i = 0; i < one.envelopes.size(); ++i) {
      if (one.transactions[i] == nullptr) request.add_envelopes(one.envelopes[i].string());
    }
  }
  parts_.links->fetch_payload(one.from, request, [this, digest](Result<v1::FetchPayloadResponse> answer) {
    boost::asio::post(parts_.runtime.strand(), [this, digest, answer = std::move(answer)]() mutable {
      fetched(digest, std::move(answer));
    });
  });
}

void Payloads::fetched(const Digest& digest, Result<v1::FetchPayloadResponse> answer) {
  const auto found = incomplete_.find(digest);
  if (found == incomplete_.end()) return;
  Incomplete& one = found->second;
  one.fetching = false;
  // Who does not have it is asked no more: the core names another peer after a while.
  if (!answer) return;
  if (one.batch == nullptr) {
    if (answer->batch().empty() || consensus::batch_digest(answer->batch()) != digest) return;
    if (!read_batch(digest, one, consensus::blob(answer->batch()))) return invalid(digest, {});
  }
  std::vector<std::string> bytes(answer->transactions().begin(), answer->transactions().end());
  boost::asio::post(parts_.runtime.workers(), [this, digest, bytes = std::move(bytes),
                                               version = bounds_.protocol_version] {
    std::vector<Result<ledger::TransactionPtr>> transactions;
    for (const auto& one_of_them : bytes) {
      transactions.push_back(ledger::check_transaction(one_of_them, parts_.chain_id, version));
    }
    boost::asio::post(parts_.runtime.strand(),
                      [this, digest, transactions = std::move(transactions), bytes]() mutable {
                        checked(digest, std::move(transactions), std::move(bytes));
                      });
  });
}

void Payloads::checked(const Digest& digest, std::vector<Result<ledger::TransactionPtr>> transactions,
                       std::vector<std::string> bytes) {
  const auto found = incomplete_.find(digest);
  if (found == incomplete_.end()) return;
  Incomplete& one = found->second;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const auto is_listed = [&](const Digest& envelope) {
      for (std::size_t n = 0; n < one.envelopes.size(); ++n) {
        if (one.envelopes[n] == envelope && one.transactions[n] == nullptr) return n;
      }
      return one.envelopes.size();
    };
    if (transactions[i]) {
      const std::size_t n = is_listed((*transactions[i])->envelope());
      if (n == one.envelopes.size()) continue;
      one.transactions[n] = *transactions[i];
      --one.missing;
    } else if (const auto envelope = ledger::envelope_of(bytes[i]);
               envelope && is_listed(*envelope) != one.envelopes.size()) {
      // The very bytes that the batch lists, and they can't pass.
      return invalid(digest, std::move(bytes[i]));
    }
  }
  take_from_pool(digest, one);
}

void Payloads::put(const Digest& digest, HeldBatch batch) {
  const std::scoped_lock lock(mutex_);
  auto& held = held_[digest];
  if (held != nullptr) batch.height = std::max(batch.height, held->height);
  held = std::make_shared<const HeldBatch>(std::move(batch));
}

HeldBatchPtr Payloads::find(const Digest& digest) const {
  const std::scoped_lock lock(mutex_);
  const auto found = held_.find(digest);
  return found == held_.end() ? nullptr : found->second;
}

void Payloads::certified(Height height) {
  std::erase_if(incomplete_, [&](const auto& one) { return one.second.height <= height; });
  const std::scoped_lock lock(mutex_);
  std::erase_if(held_, [&](const auto& one) { return one.second->height <= height; });
}

v1::FetchPayloadResponse Payloads::serve(const v1::FetchPayloadRequest& request) const {
  v1::FetchPayloadResponse response;
  if (const auto digest = Digest::from(request.batch())) {
    if (const auto held = find(*digest)) {
      response.set_batch(*held->batch);
      for (const auto& one : held->transactions) response.add_transactions(one->bytes());
    }
    return response;
  }
  for (const auto& bytes : request.envelopes()) {
    const auto envelope = Digest::from(bytes);
    if (!envelope) continue;
    if (const auto transaction = parts_.pool.payload(*envelope)) {
      response.add_transactions(transaction->bytes());
      continue;
    }
    const std::scoped_lock lock(mutex_);
    for (const auto& [digest, held] : held_) {
      const auto found = std::ranges::find(held->transactions, *envelope, &ledger::CheckedTransaction::envelope);
      if (found == held->transactions.end()) continue;
      response.add_transactions((*found)->bytes());
      break;
    }
  }
  return response;
}

bool Payloads::had_room(const HeldBatch& batch, const Bounds& bounds) {
  // A transaction of the usual size would have fitted.
  constexpr std::size_t kUsualBytes = 4096, kUsualOperations = 8;
  return operations_of(batch.transactions) + kUsualOperations <= bounds.operations &&
         bytes_of(batch.transactions) + kUsualBytes <= bounds.bytes;
}

}  // namespace jinshi::node
