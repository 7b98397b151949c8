#include "ledger/query/reader.h"

#include <algorithm>

#include "ledger/crypto/digest.h"
#include "ledger/domain/record_key.h"
#include "ledger/query/indexes.h"
#include "ledger/store/damage.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

// The question without its place in the answer.
template <class Request>
Digest question(Request request) {
  request.clear_page_token();
  request.clear_page_size();
  return crypto::digest(crypto::Tag::kPage, request.SerializeAsString());
}

FieldPath token_field(const google::protobuf::Descriptor& request) {
  return {static_cast<std::uint32_t>(request.FindFieldByName("page_token")->number())};
}

// Where a page goes on; empty for the first one.
template <class Request>
Result<std::optional<v1::PageToken>> read_token(const Request& request, const ReadView& view) {
  if (request.page_token().empty()) return std::optional<v1::PageToken>();
  const FieldPath field = token_field(*Request::descriptor());
  auto token = decode<v1::PageToken>(request.page_token());
  if (!token) return fail(v1::REASON_BAD_VALUE, "page_token is not one of ours: start again without it", field);
  if (token->request() != question(request).view()) {
    return fail(v1::REASON_BAD_VALUE, "page_token belongs to another question: start again without it", field);
  }
  if (token->height() > view.height) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "this node is not yet at the height of the first page: try again soon", field);
  }
  return std::optional(std::move(*token));
}

template <class Request>
std::string make_token(const Request& request, Height first_height, std::uint64_t after, std::uint32_t operation) {
  v1::PageToken token;
  token.set_request(question(request).string());
  token.set_height(first_height);
  token.set_after(after);
  token.set_operation(operation);
  return encode(token);
}

std::uint32_t page_size(std::uint32_t asked) { return asked == 0 ? kDefaultPage : std::min(asked, kMaxPage); }

bool matches(const v1::Record& record, const v1::ListRequest& request) {
  const IndexedValues values = indexed_values(record);
  return std::ranges::all_of(request.filters(), [&](const v1::ListFilter& filter) {
    return values.contains({filter.field(), filter.value()});
  });
}

Result<void> check_filters(const v1::ListRequest& request, v1::StateKey::KindCase kind) {
  const auto names = filter_names(kind);
  for (int i = 0; i < request.filters_size(); ++i) {
    const std::string& field = request.filters(i).field();
    if (names.contains(field)) continue;
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return fail(v1::REASON_BAD_VALUE, "lists of " + request.kind() + " are filtered by: " + all,
                {v1::ListRequest::kFiltersFieldNumber, static_cast<std::uint32_t>(i)});
  }
  return {};
}

}  // namespace

Result<v1::StoredTransaction> stored_leaf(const ReadView& view, std::uint64_t leaf_index) {
  auto bytes = view.database.get(Family::kLeaves, DiskKey().u64(leaf_index).str(), view.snapshot);
  if (!bytes) return std::unexpected(bytes.error());
  v1::StoredTransaction stored;
  if (!*bytes || !stored.ParseFromString(**bytes)) {
    return damaged("transaction " + std::to_string(leaf_index), *bytes ? "does not parse" : "is missing");
  }
  return stored;
}

Result<LeafEvents> LeafEvents::read(const ReadView& view, std::uint64_t leaf_index) {
  auto stored = stored_leaf(view, leaf_index);
  if (!stored) return std::unexpected(stored.error());
  LeafEvents events;
  events.leaf_index_ = leaf_index;
  events.stored_ = std::move(*stored);
  const bool is_due = events.stored_.transaction().empty();
  const bool parses = events.leaf_.ParseFromString(events.stored_.leaf()) &&
                      (is_due || events.transaction_.ParseFromString(events.stored_.transaction()));
  const int operations = is_due ? events.stored_.due_size() : events.transaction_.operations_size();
  if (!parses || operations != events.stored_.results_size()) {
    return damaged("transaction " + std::to_string(leaf_index), "does not parse");
  }
  return events;
}

v1::LedgerEvent LeafEvents::event(std::uint32_t operation) const {
  const int index = static_cast<int>(operation);
  v1::LedgerEvent event;
  event.set_height(leaf_.height());
  event.set_leaf_index(leaf_index_);
  event.set_operation_index(operation);
  event.set_time(leaf_.time());
  event.mutable_result()->ParseFromString(stored_.results(index));
  if (stored_.transaction().empty()) {
    event.set_due(true);
    event.set_operation(stored_.due(index));
    return event;
  }
  event.set_id(leaf_.id());
  event.set_operation(transaction_.operations(index));
  return event;
}

Result<v1::ListResponse> list_records(const ReadView& view, const v1::ListRequest& request) {
  const auto kind = kind_named(request.kind());
  if (kind == v1::StateKey::KIND_NOT_SET) {
    return fail(v1::REASON_BAD_VALUE, "kind names a kind of record, such as asset or certificate",
                {v1::ListRequest::kKindFieldNumber});
  }
  if (auto filters = check_filters(request, kind); !filters) return std::unexpected(filters.error());
  const auto token = read_token(request, view);
  if (!token) return std::unexpected(token.error());

  const DiskKey prefix = request.filters().empty()
                             ? list_prefix(kind)
                             : list_prefix(kind, request.filters(0).field(), request.filters(0).value());
  std::string from = prefix.str();
  if (*token) from += DiskKey().u64((*token)->after() + 1).str();
  const Height first_height = *token ? (*token)->height() : view.height;
  const std::uint32_t size = page_size(request.page_size());

  v1::ListResponse response;
  response.set_height(view.height);
  std::uint64_t last = 0;
  std::uint32_t visited = 0;
  std::size_t page_bytes = 0;
  std::optional<Error> error;
  const auto scanned = view.database.scan(
      Family::kLists, prefix.str(), from,
      [&](ByteView key, ByteView) {
        const std::uint64_t created = read_u64(key.substr(prefix.str().size()));
        const auto bytes = view.database.get(Family::kRecords, DiskKey().u64(created).str(), view.snapshot);
        v1::Record record;
        if (!bytes) {
          error = bytes.error();
          return false;
        }
        if (!*bytes || !record.ParseFromString(**bytes)) {
          error = damaged("record " + std::to_string(created), *bytes ? "does not parse" : "is missing").error();
          return false;
        }
        const bool matched = matches(record, request);
        const bool full = response.records_size() == static_cast<int>(size) || page_bytes > kMaxPageBytes;
        if (visited == kMaxVisited || (matched && full)) {
          response.set_next_page_token(make_token(request, first_height, last, 0));
          return false;
        }
        last = created;
        ++visited;
        if (!matched) return true;
        page_bytes += record.ByteSizeLong();
        *response.add_records() = std::move(record);
        return true;
      },
      view.snapshot);
  if (error) return std::unexpected(*error);
  if (!scanned) return std::unexpected(scanned.error());
  return response;
}

namespace {

// The next place in a whole ledger's or one record's history, until the visitor says false.
Result<void> each_place(const ReadView& view, const std::optional<Digest>& key, std::uint64_t leaf,
                        std::uint32_t operation,
                        const std::function<Result<bool>(std::uint64_t, std::uint32_t)>& visit) {
  constexpr std::size_t kLeafAt = Digest::kSize, kOperationAt = kLeafAt + sizeof(leaf);
  Result<bool> more = true;
  if (key) {
    const auto scanned = view.database.scan(
        Family::kTouched, key->view(), DiskKey().raw(key->view()).u64(leaf).u32(operation).str(),
        [&](ByteView row, ByteView) {
          more = visit(read_u64(row.substr(kLeafAt)), read_u32(row.substr(kOperationAt)));
          return more.value_or(false);
        },
        view.snapshot);
    if (!scanned) return scanned;
    if (!more) return std::unexpected(more.error());
    return {};
  }
  for (; leaf < view.history_size; ++leaf, operation = 0) {
    const auto stored = stored_leaf(view, leaf);
    if (!stored) return std::unexpected(stored.error());
    for (; operation < static_cast<std::uint32_t>(stored->results_size()); ++operation) {
      more = visit(leaf, operation);
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
    }
  }
  return {};
}

}  // namespace

Result<v1::HistoryResponse> history_of(const ReadView& view, const v1::HistoryRequest& request,
                                       const std::optional<Digest>& key) {
  const auto token = read_token(request, view);
  if (!token) return std::unexpected(token.error());
  const std::uint32_t size = page_size(request.page_size());
  const Height first_height = *token ? (*token)->height() : view.height;
  v1::HistoryResponse response;
  response.set_height(view.height);
  std::optional<std::uint64_t> at;
  std::size_t page_bytes = 0;
  LeafEvents events;
  const auto visit = [&](std::uint64_t leaf, std::uint32_t operation) -> Result<bool> {
    if (leaf >= view.history_size) return false;
    if (response.events_size() == static_cast<int>(size) || page_bytes > kMaxPageBytes) {
      const auto& last = response.events(response.events_size() - 1);
      response.set_next_page_token(make_token(request, first_height, last.leaf_index(), last.operation_index()));
      return false;
    }
    if (at != leaf) {
      auto read = LeafEvents::read(view, leaf);
      if (!read) return std::unexpected(read.error());
      events = std::move(*read);
      at = leaf;
    }
    if (operation >= events.size()) return damaged("the history of a record", "names an operation that there is not");
    *response.add_events() = events.event(operation);
    page_bytes += response.events(response.events_size() - 1).ByteSizeLong();
    return true;
  };
  const auto visited =
      each_place(view, key, *token ? (*token)->after() : 0, *token ? (*token)->operation() + 1 : 0, visit);
  if (!visited) return std::unexpected(visited.error());
  return response;
}

}  // namespace jinshi::ledger
