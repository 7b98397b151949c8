// Answers from the newest certified height, and the forecast over the newest executed one.
#include "ledger/chain/impl.h"
#include "ledger/execution/transaction_run.h"
#include "ledger/store/damage.h"
#include "proto/assert.h"

namespace jinshi::ledger {

const Digest& Ledger::chain_id() const { return impl_->chain_id; }
const std::string& Ledger::genesis_bytes() const { return impl_->genesis_bytes; }
const v1::Genesis& Ledger::genesis() const { return impl_->genesis; }
Head Ledger::head() const { return impl_->latest()->head; }
void Ledger::on_certified(std::function<void(const Head&)> callback) { impl_->certified_callback = std::move(callback); }

Result<void> Ledger::forecast(const CheckedTransaction& transaction, TimeMs now) const {
  const std::shared_lock lock(impl_->mutex);
  if (impl_->state.live_ids.contains(transaction.id(), transaction.body().expires_at())) {
    return fail(v1::REASON_REPLAYED, "the ledger holds this transaction: ask for its receipt");
  }
  auto view = impl_->take_forecast_view();
  const StoredRecords& records = view->records;
  const Height next = impl_->executed.height() + 1;
  const BlockContext block{impl_->chain_id, next, std::max<TimeMs>(impl_->executed.time(), now)};
  try {
    const v1::Record* counters = records.find(keys::counters());
    JINSHI_ASSERT(counters != nullptr, "genesis wrote the counters");
    const Overlay overlay(records, next, counters->counters().created());
    auto forecast = forecast_transaction(transaction, overlay, block);
    impl_->give_back(std::move(view));
    return forecast;
  } catch (const UnreadableRecord& unreadable) {
    return std::unexpected(unreadable.error);
  }
}

std::unique_ptr<ForecastView> Ledger::Impl::take_forecast_view() const {
  std::vector<std::unique_ptr<ForecastView>> outdated;  // let go after the lock
  const std::scoped_lock lock(forecast_mutex);
  if (!forecast_views.empty() && forecast_views.back()->height != executed.height()) outdated.swap(forecast_views);
  if (forecast_views.empty()) {
    return std::unique_ptr<ForecastView>(
        new ForecastView{executed.height(), StoredRecords(*database, state.state, executed_snapshot)});
  }
  auto view = std::move(forecast_views.back());
  forecast_views.pop_back();
  return view;
}

void Ledger::Impl::give_back(std::unique_ptr<ForecastView> view) const {
  const std::scoped_lock lock(forecast_mutex);
  forecast_views.push_back(std::move(view));
}

Result<std::optional<TransactionPlace>> Ledger::find_transaction(const Digest& id) const {
  const auto at = impl_->latest();
  auto found = impl_->find(id, at->head.height);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::optional<TransactionPlace>();
  return std::optional(std::move((*found)->place));
}

Result<std::optional<FoundTransaction>> Ledger::Impl::find(const Digest& id, Height certified) const {
  const auto index = database->get(Family::kIds, id.view());
  if (!index) return std::unexpected(index.error());
  if (!*index) return std::optional<FoundTransaction>();
  FoundTransaction found;
  TransactionPlace& place = found.place;
  place.leaf_index = read_u64(**index);
  auto stored = stored_leaf({*database, nullptr, 0, 0}, place.leaf_index);
  if (!stored) return std::unexpected(stored.error());
  v1::HistoryLeaf leaf;
  const auto envelope = leaf.ParseFromString(stored->leaf()) ? Digest::from(leaf.envelope()) : std::nullopt;
  if (!envelope) return damaged("transaction " + std::to_string(place.leaf_index), "does not parse");
  place.height = leaf.height();
  place.envelope = *envelope;
  place.outcome = leaf.outcome();
  for (const auto& bytes : stored->results()) place.results.emplace_back().ParseFromString(bytes);
  place.certified = leaf.height() <= certified;
  found.stored = std::move(*stored);
  return std::optional(std::move(found));
}

// --- records ---

Result<Height> resolve_height(Height asked, const Head& latest) {
  if (asked == 0) return latest.height;
  if (asked > latest.height) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "the latest certified height is " + std::to_string(latest.height));
  }
  return asked;
}

Result<RecordKey> key_asked(const v1::StateKey& key) {
  if (key.kind_case() == v1::StateKey::KIND_NOT_SET) {
    return fail(v1::REASON_MISSING_FIELD, "key names a record: its kind and its id", {1});
  }
  return RecordKey(key);
}

// The tree says where the record lies now; the undo lists, read after the lock, whether it was another then.
Result<std::optional<std::string>> Ledger::Impl::record_at(const Digest& key, Height height) const {
  std::optional<merkle::StateValue> value;
  Height now = 0;
  Database::Snapshot snapshot;
  {
    const std::shared_lock lock(mutex);
    value = state.state.find(key);
    now = executed.height();
    snapshot = executed_snapshot;
  }
  auto then = record_then(*database, snapshot, key, height, now);
  if (!then) return std::unexpected(then.error());
  if (*then) return std::move(**then);
  if (!value) return std::optional<std::string>();
  auto bytes = read_record(*database, *value, snapshot);
  if (!bytes) return std::unexpected(bytes.error());
  return std::optional(std::move(*bytes));
}

Result<RecordAnswer> Ledger::get(const v1::StateKey& asked, Height height) const {
  const auto at = impl_->latest();
  const auto key = key_asked(asked);
  if (!key) return std::unexpected(key.error());
  const auto then = resolve_height(height, at->head);
  if (!then) return std::unexpected(then.error());
  const auto found = impl_->record_at(key->digest(), *then);
  if (!found) return std::unexpected(found.error());
  const auto head = *then == at->head.height ? Result<Head>(at->head) : impl_->head_at(*then);
  if (!head) return std::unexpected(head.error());
  RecordAnswer answer{{}, *then, head->time};
  if (*found && !answer.record.emplace().ParseFromString(**found)) return damaged("a record", "does not parse");
  return answer;
}

Result<v1::ListResponse> Ledger::list(const v1::ListRequest& request) const {
  return list_records(impl_->view(impl_->latest()), request);
}

Result<v1::HistoryResponse> Ledger::history(const v1::HistoryRequest& request) const {
  const auto at = impl_->latest();
  if (!request.has_key()) return history_of(impl_->view(at), request, std::nullopt);
  const auto key = key_asked(request.key());
  if (!key) return std::unexpected(key.error());
  auto history = history_of(impl_->view(at), request, key->digest());
  // One that genesis made and nobody touched is there without a history; one that is gone has its history still.
  if (history && history->events().empty() && request.page_token().empty()) {
    const auto record = impl_->record_at(key->digest(), at->head.height);
    if (!record) return std::unexpected(record.error());
    if (!*record) return fail(v1::REASON_UNKNOWN_RECORD, "there is no such record, and there never was", {1});
  }
  return history;
}

// --- events ---

v1::Cursor Ledger::end_cursor() const {
  const auto at = impl_->latest();
  v1::Cursor cursor;
  if (at->head.history_size == 0) return cursor;
  cursor.set_height(at->head.height);
  cursor.set_leaf_index(at->head.history_size - 1);
  cursor.set_operation_index(static_cast<std::uint32_t>(kMaxOperations));
  return cursor;
}

Result<Ledger::Events> Ledger::events_after(const v1::Cursor& cursor, std::size_t limit) const {
  const auto at = impl_->latest();
  const ReadView view = impl_->view(at);
  Events events;
  events.cursor = cursor;
  std::size_t bytes = 0;
  const auto is_full = [&] { return events.events.size() >= limit || bytes > kMaxPageBytes; };
  const bool from_start = cursor.height() == 0 && cursor.leaf_index() == 0 && cursor.operation_index() == 0;
  std::uint64_t leaf = cursor.leaf_index();
  // A cursor behind the last operation of its leaf goes on with the next leaf, however far behind.
  constexpr std::uint32_t kPast = static_cast<std::uint32_t>(kMaxOperations);
  std::uint32_t operation = from_start ? 0 : std::min(cursor.operation_index(), kPast) + 1;
  for (; leaf < view.history_size && !is_full(); ++leaf, operation = 0) {
    const auto read = LeafEvents::read(view, leaf);
    if (!read) return std::unexpected(read.error());
    for (; operation < read->size() && !is_full(); ++operation) {
      const auto& event = events.events.emplace_back(read->event(operation));
      bytes += event.ByteSizeLong();
      events.cursor.set_height(event.height());
      events.cursor.set_leaf_index(leaf);
      events.cursor.set_operation_index(operation);
    }
    if (operation < read->size()) break;
  }
  // Before the first leaf a height alone would read as "after the first operation".
  const bool at_start = from_start && events.events.empty();
  if (!at_start && !is_full()) events.cursor.set_height(std::max(events.cursor.height(), view.height));
  return events;
}

}  // namespace jinshi::ledger
