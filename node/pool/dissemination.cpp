#include "node/pool/dissemination.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace jinshi::node {
namespace {

// So many are checked by one worker before another takes the next.
constexpr std::size_t kCheckTogether = 32;

std::shared_ptr<const std::string> serialised(v1::PeerMessage& message) {
  auto bytes = std::make_shared<std::string>();
  message.SerializeToString(bytes.get());
  message.Clear();
  return bytes;
}

// The envelope that these bytes claim, before any signature is checked.
std::optional<std::pair<Digest, Digest>> claimed_id_and_envelope(const std::string& bytes) {
  v1::SignedTransaction parts;
  if (!parts.ParseFromString(bytes)) return std::nullopt;
  const Digest id = ledger::transaction_id(parts.body());
  return std::pair(id, ledger::envelope_digest(id, {parts.signatures().begin(), parts.signatures().end()}));
}

}  // namespace

struct Dissemination::Arrived {
  std::string bytes;
  std::optional<Pool::Reservation> room;
};

void Dissemination::set_validators(std::vector<std::string> organisations) {
  const std::scoped_lock lock(mutex_);
  organisations_ = std::move(organisations);
}

void Dissemination::accepted(const ledger::TransactionPtr& transaction, SteadyMs now) {
  const std::scoped_lock lock(mutex_);
  fresh_.push_back(transaction);
  fresh_bytes_ += transaction->bytes().size();
  again_.emplace(now + kPassOnAgainMs, Waiting{transaction->id(), kPassOnAgainMs});
  if (now >= flush_not_before_ || fresh_bytes_ >= kPassOnBytes) flush(now);
  ask_to_be_woken();
}

void Dissemination::tick(SteadyMs now) {
  const std::scoped_lock lock(mutex_);
  if (wanted_ && now >= *wanted_) wanted_.reset();
  if (now >= flush_not_before_) flush(now);
  if (now >= again_not_before_) pass_on_again(now);
  ask_to_be_woken();
}

void Dissemination::pass_on_all(SteadyMs now) {
  const auto waiting = parts_.pool.waiting();
  const std::scoped_lock lock(mutex_);
  fresh_.clear();
  fresh_bytes_ = 0;
  send(waiting);
  flush_not_before_ = now + kPassOnPauseMs;
}

void Dissemination::flush(SteadyMs now) {
  if (fresh_.empty()) return;
  send(std::exchange(fresh_, {}));
  fresh_bytes_ = 0;
  flush_not_before_ = now + kPassOnPauseMs;
}

void Dissemination::pass_on_again(SteadyMs now) {
  std::vector<ledger::TransactionPtr> due;
  std::size_t bytes = 0;
  while (!again_.empty() && again_.begin()->first <= now && bytes < kPassOnAgainBytes) {
    Waiting waiting = again_.extract(again_.begin()).mapped();
    // What a batch lists may yet wait again.
    if (!parts_.pool.find(waiting.id)) continue;
    if (auto transaction = parts_.pool.waiting(waiting.id)) {
      bytes += transaction->bytes().size();
      due.push_back(std::move(transaction));
      waiting.after = std::min(2 * waiting.after, kPassOnAgainLongestMs);
    }
    again_.emplace(now + waiting.after, waiting);
  }
  if (due.empty()) return;
  send(due);
  again_not_before_ = now + kPassOnAgainPauseMs;
}

void Dissemination::send(const std::vector<ledger::TransactionPtr>& transactions) {
  v1::PeerMessage message;
  std::size_t bytes = 0;
  const auto close = [&] {
    if (bytes == 0) return;
    const auto closed = serialised(message);
    bytes = 0;
    for (const auto& organisation : organisations_) parts_.links.send(organisation, closed);
  };
  for (const auto& transaction : transactions) {
    const std::string& one = transaction->bytes();
    if (bytes + one.size() > kPassOnBytes) close();
    message.mutable_transactions()->add_transactions(one);
    bytes += one.size();
  }
  close();
  counts_.passed_on += transactions.size();
}

void Dissemination::ask_to_be_woken() {
  std::optional<SteadyMs> at;
  if (!fresh_.empty()) at = flush_not_before_;
  if (!again_.empty()) {
    const SteadyMs again = std::max(again_.begin()->first, again_not_before_);
    at = at ? std::min(*at, again) : again;
  }
  if (!at || (wanted_ && *wanted_ <= *at)) return;
  wanted_ = at;
  parts_.wake_at(*at);
}

void Dissemination::received(const std::string& organisation, const v1::Transactions& message) {
  std::vector<std::shared_ptr<Arrived>> group;
  const auto post = [&] {
    if (!group.empty()) parts_.post_check([this, arrived = std::exchange(group, {})] { check(arrived); });
  };
  std::uint64_t no_room = 0, too_large = 0;
  for (const std::string& bytes : message.transactions()) {
    if (bytes.size() > ledger::kMaxTransactionBytes) {
      ++too_large;
      continue;
    }
    auto room = parts_.pool.reserve_for_validator(organisation, bytes.size());
    if (!room) {
      ++no_room;
      continue;
    }
    group.push_back(std::make_shared<Arrived>(bytes, std::move(*room)));
    if (group.size() == kCheckTogether) post();
  }
  post();
  const std::scoped_lock lock(mutex_);
  counts_.received += static_cast<std::uint64_t>(message.transactions_size());
  counts_.no_room += no_room;
  counts_.invalid += too_large;
}

void Dissemination::check(const std::vector<std::shared_ptr<Arrived>>& arrived) {
  for (const auto& one : arrived) {
    check(*one);
    one->room.reset();
  }
}

void Dissemination::check(Arrived& arrived) {
  const auto claimed = claimed_id_and_envelope(arrived.bytes);
  const bool executed = claimed && parts_.executed(claimed->first);
  {
    const std::scoped_lock lock(mutex_);
    if (!claimed) {
      ++counts_.invalid;
      return;
    }
    if (executed || parts_.pool.payload(claimed->second) || !being_checked_.insert(claimed->second).second) {
      ++counts_.known;
      return;
    }
  }
  auto checked = ledger::check_transaction(std::move(arrived.bytes), parts_.chain_id, protocol_version_);
  bool added = false;
  if (checked) {
    const auto result = parts_.pool.add(*std::exchange(arrived.room, std::nullopt), *checked);
    added = result && *result;
  }
  {
    const std::scoped_lock lock(mutex_);
    being_checked_.erase(claimed->second);
    if (!checked) ++counts_.invalid;
    if (added) {
      const SteadyMs now = parts_.steady_now();
      again_.emplace(now + kPassOnAgainReceivedMs, Waiting{(*checked)->id(), kPassOnAgainReceivedMs});
      ask_to_be_woken();
    }
  }
  if (added) parts_.transactions_wait();
}

Dissemination::Counts Dissemination::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace jinshi::node
