#include "node/pool/submissions.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "node/refusal.h"

namespace jinshi::node {
namespace {

// Receipts of so many transactions are made by one worker before another takes the next.
constexpr std::size_t kWakeTogether = 64;

std::unexpected<Error> stopping() {
  return fail(v1::REASON_STOPPING, "this node is stopping: ask again with the id, here or at another node");
}

v1::SubmitResponse response(const Digest& id, v1::SubmitStatus status) {
  v1::SubmitResponse result;
  result.set_id(id.string());
  result.set_status(status);
  return result;
}

v1::SubmitResponse not_taken(const Digest& id, const Error& error) {
  auto result = response(id, v1::SUBMIT_STATUS_NOT_TAKEN);
  *result.mutable_refusal() = transaction_refusal(error);
  return result;
}

std::string_view outcome_name(const Submissions::Answer& answer) {
  if (!answer) return "not_taken";
  switch (answer->status()) {
    case v1::SUBMIT_STATUS_QUEUED:
      return "queued";
    case v1::SUBMIT_STATUS_RECEIPT:
      return answer->outcome() == v1::TRANSACTION_OUTCOME_ACCEPTED ? "accepted"
             : answer->outcome() == v1::TRANSACTION_OUTCOME_PARTLY ? "partly"
                                                                   : "refused";
    case v1::SUBMIT_STATUS_NOT_TAKEN:
      return "not_taken";
    case v1::SUBMIT_STATUS_EXPIRED:
      return "expired";
    default:
      return "unknown";
  }
}

v1::Reason outcome_reason(const Submissions::Answer& answer) {
  if (!answer) return answer.error().reason;
  if (answer->has_refusal()) return answer->refusal().reason();
  const auto refused = std::ranges::find_if(
      answer->results(), [](const auto& result) { return result.outcome() == v1::OPERATION_OUTCOME_REFUSED; });
  return refused == answer->results().end() ? v1::REASON_UNSPECIFIED : refused->reason();
}

}  // namespace

Submissions::Ticket Submissions::submit(std::string bytes, std::string_view client, Until until, Done done) {
  const Ticket ticket(new Waiter(std::move(done)));
  if (stopping_) {
    answer(ticket, stopping());
    return ticket;
  }
  if (!parts_.writable) {
    answer(ticket, fail(v1::REASON_NOT_WRITABLE, "this is an audit node, which takes no writes: submit to a validator"));
    return ticket;
  }
  if (bytes.size() > ledger::kMaxTransactionBytes) {
    answer(ticket, fail(v1::REASON_TOO_LARGE, "a transaction has at most 1 MiB"));
    return ticket;
  }
  auto room = parts_.pool.reserve(client, bytes.size());
  if (!room) {
    answer(ticket, std::unexpected(room.error()));
    return ticket;
  }
  // Asio copies no handler, but std::function would: hence the shared room.
  auto shared_room = std::make_shared<Pool::Reservation>(std::move(*room));
  boost::asio::post(parts_.runtime.workers(), [this, ticket, shared_room, bytes = std::move(bytes), until]() mutable {
    process(ticket, std::move(*shared_room), std::move(bytes), until);
  });
  return ticket;
}

void Submissions::process(const Ticket& ticket, Pool::Reservation reserved, std::string bytes, Until until) {
  std::optional<Pool::Reservation> room(std::move(reserved));
  // The room is free again when the answer says so.
  const auto answer_it = [&](Answer given) {
    room.reset();
    answer(ticket, std::move(given));
  };
  if (stopping_) return answer_it(stopping());
  auto checked = ledger::check_transaction(std::move(bytes), parts_.ledger.chain_id(), protocol_version_);
  if (!checked) return answer_it(std::unexpected(checked.error()));
  const ledger::TransactionPtr transaction = std::move(*checked);
  const Digest& id = transaction->id();
  {
    const std::scoped_lock lock(ticket->mutex_);
    ticket->transaction_ = transaction;
  }
  if (auto known = settled(*transaction)) return answer_it(std::move(*known));
  if (auto forecast = parts_.ledger.forecast(*transaction, parts_.clock.now()); !forecast) {
    // A block may have taken this very transaction meanwhile; then it is not refused but waits for its certificate.
    if (auto known = settled(*transaction)) return answer_it(std::move(*known));
    const auto place = parts_.ledger.find_transaction(id);
    if (!place) return answer_it(std::unexpected(place.error()));
    if (!*place) {
      parts_.log.debug("forecast refused", {{"id", id},
                                            {"reason", v1::Reason_Name(forecast.error().reason)},
                                            {"field", transaction_field_name(forecast.error().field)}});
      return answer_it(not_taken(id, forecast.error()));
    }
  }
  if (until == Until::kOutcome) {
    if (auto waits = wait_for(transaction, ticket); !waits) return answer_it(std::unexpected(waits.error()));
  }
  const auto place = parts_.ledger.find_transaction(id);
  if (!place) return answer_it(std::unexpected(place.error()));
  if (*place) {
    // Executed, not certified: waking comes with the certificate, unless it came between these lines.
    if (auto known = settled(*transaction)) return answer_it(std::move(*known));
  } else {
    const auto added = parts_.pool.add(*std::exchange(room, std::nullopt), transaction);
    if (!added) return answer_it(not_taken(id, added.error()));
    if (*added) parts_.accepted(transaction);
  }
  if (until == Until::kQueued) answer_it(response(id, v1::SUBMIT_STATUS_QUEUED));
}

std::optional<Submissions::Answer> Submissions::settled(const ledger::CheckedTransaction& transaction) const {
  auto found = parts_.ledger.outcomes(std::span(&transaction.id(), 1));
  if (!found) return std::unexpected(found.error());
  return settled(transaction, std::move(found->front()));
}

std::optional<Submissions::Answer> Submissions::settled(const ledger::CheckedTransaction& transaction,
                                                        std::optional<ledger::TransactionOutcome> found) const {
  const Digest& id = transaction.id();
  if (found) {
    const ledger::TransactionPlace* const place = &found->place;
    if (place->envelope != transaction.envelope()) {
      auto replayed = not_taken(
          id,
          Error{v1::REASON_REPLAYED, {}, "the ledger holds this transaction with other signatures: see its height"});
      replayed.set_height(place->height);
      return replayed;
    }
    if (!place->certified) return std::nullopt;
    auto receipt = response(id, v1::SUBMIT_STATUS_RECEIPT);
    receipt.set_height(place->height);
    receipt.set_outcome(place->outcome);
    receipt.mutable_results()->Add(place->results.begin(), place->results.end());
    receipt.set_receipt(std::move(found->receipt));
    return receipt;
  }
  const auto head = parts_.ledger.head();
  if (head.time > transaction.body().expires_at()) {
    auto expired = response(id, v1::SUBMIT_STATUS_EXPIRED);
    expired.set_height(head.height);
    return expired;
  }
  return std::nullopt;
}

Submissions::Answer Submissions::after_block(const ledger::CheckedTransaction& transaction,
                                             std::optional<ledger::TransactionOutcome> found) const {
  if (auto known = settled(transaction, std::move(found))) return std::move(*known);
  // Skipped by execution though the forecast was fine: the state changed between the two.
  if (const auto forecast = parts_.ledger.forecast(transaction, parts_.clock.now()); !forecast) {
    return not_taken(transaction.id(), forecast.error());
  }
  return response(transaction.id(), v1::SUBMIT_STATUS_UNKNOWN);
}

Result<void> Submissions::wait_for(const ledger::TransactionPtr& transaction, const Ticket& ticket) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return stopping();
  auto& waiters = waiters_[transaction->id()];
  std::erase_if(waiters, [](const Ticket& waiter) { return waiter->answered_.load(); });
  if (waiters.size() >= kMaxWaitersForOne) {
    return fail(v1::REASON_POOL_FULL, "too many await this transaction: ask for its receipt instead");
  }
  waiters.push_back(ticket);
  return {};
}

void Submissions::certified(const std::vector<ledger::TransactionPtr>& listed,
                            const std::vector<ledger::TransactionPtr>& expired, std::uint32_t protocol_version) {
  protocol_version_ = protocol_version;
  wake(listed);
  wake(expired);
}

void Submissions::wake(const std::vector<ledger::TransactionPtr>& transactions) {
  std::vector<Woken> groups;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& transaction : transactions) {
      const auto waiters = waiters_.find(transaction->id());
      if (waiters == waiters_.end()) continue;
      if (groups.empty() || groups.back().size() == kWakeTogether) groups.emplace_back();
      groups.back().emplace_back(transaction, std::move(waiters->second));
      waiters_.erase(waiters);
    }
  }
  for (auto& group : groups) {
    boost::asio::post(parts_.runtime.workers(), [this, group = std::move(group)] { tell(group); });
  }
}

void Submissions::tell(const Woken& woken) {
  std::vector<Digest> ids;
  for (const auto& [transaction, waiters] : woken) ids.push_back(transaction->id());
  auto found = parts_.ledger.outcomes(ids);
  for (std::size_t i = 0; i < woken.size(); ++i) {
    const auto& waiters = woken[i].second;
    for (std::size_t n = 0; n < waiters.size(); ++n) {
      if (!found) {
        answer(waiters[n], std::unexpected(found.error()));
        continue;
      }
      // Who sent the same id with other signatures asks for those.
      auto& outcome = (*found)[i];
      const auto own = waiters[n]->transaction();
      answer(waiters[n], after_block(*own, n + 1 == waiters.size() ? std::move(outcome) : outcome));
    }
  }
}

void Submissions::answer_now(const Ticket& ticket) {
  v1::SubmitResponse result;
  result.set_status(v1::SUBMIT_STATUS_UNKNOWN);
  if (const auto transaction = ticket->transaction()) {
    const Digest& id = transaction->id();
    result.set_id(id.string());
    if (parts_.pool.find(id) || parts_.ledger.find_transaction(id).value_or(std::nullopt))
      result.set_status(v1::SUBMIT_STATUS_QUEUED);
  }
  answer(ticket, std::move(result));
}

void Submissions::forget(const Ticket& ticket) { ticket->answered_ = true; }

void Submissions::stop() {
  decltype(waiters_) waiters;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    waiters.swap(waiters_);
  }
  for (const auto& [id, tickets] : waiters) {
    for (const auto& ticket : tickets) answer(ticket, response(id, v1::SUBMIT_STATUS_UNKNOWN));
  }
}

void Submissions::answer(const Ticket& ticket, Answer answer) {
  if (ticket->answered_.exchange(true)) return;
  parts_.metrics.count_submit(outcome_name(answer), outcome_reason(answer));
  const Done done = std::move(ticket->done_);
  done(std::move(answer));
}

}  // namespace jinshi::node
