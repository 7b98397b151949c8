// Counts and totals of the certified height.
#include "ledger/chain/impl.h"
#include "ledger/store/damage.h"

namespace jinshi::ledger {

Result<std::shared_ptr<const KindCounts>> Ledger::Impl::load_counts() const {
  const auto bytes = database->get(Family::kMeta, kCountsKey);
  if (!bytes) return std::unexpected(bytes.error());
  KindCounts loaded;
  if (*bytes) {
    v1::StatisticsResponse stored;
    if (!stored.ParseFromString(**bytes)) return damaged("the count of records", "does not parse");
    for (const auto& kind : stored.kinds()) loaded[kind.kind()] = kind.count();
    return std::make_shared<const KindCounts>(std::move(loaded));
  }
  const auto scanned = database->scan(Family::kRecords, {}, {}, [&](ByteView, ByteView value) {
    v1::Record record;
    record.ParseFromArray(value.data(), static_cast<int>(value.size()));
    ++loaded[std::string(name_of(static_cast<v1::StateKey::KindCase>(record.kind_case())))];
    return true;
  });
  if (!scanned) return std::unexpected(scanned.error());
  return std::make_shared<const KindCounts>(std::move(loaded));
}

std::shared_ptr<const KindCounts> Ledger::Impl::count_kinds(const BlockOutput& output, WriteBatch& batch) const {
  KindCounts counted = *counts;
  for (const RecordChange& change : output.changes) {
    if (change.before.has_value() == change.after.has_value()) continue;
    counted[std::string(name_of(change.key.kind()))] += change.after ? 1 : ~std::uint64_t{0};
  }
  v1::StatisticsResponse stored;
  for (const auto& [kind, count] : counted) {
    auto& one = *stored.add_kinds();
    one.set_kind(kind);
    one.set_count(count);
  }
  batch.put(Family::kMeta, kCountsKey, stored.SerializeAsString());
  return std::make_shared<const KindCounts>(std::move(counted));
}

Result<v1::StatisticsResponse> Ledger::statistics() const {
  const auto at = impl_->latest();
  v1::StatisticsResponse statistics;
  statistics.set_height(at->head.height);
  statistics.set_time(at->head.time);
  statistics.set_transactions(at->head.history_size);
  std::uint64_t all = 0;
  for (const auto& [kind, count] : *at->readable.counts) {
    all += count;
    auto& one = *statistics.add_kinds();
    one.set_kind(kind);
    one.set_count(count);
  }
  statistics.set_records(all);
  v1::ListRequest request;
  request.set_kind("total");
  request.set_page_size(kMaxPage);
  std::map<std::string, v1::ZoneTotal> zones;
  do {
    const auto page = list_records(impl_->view(at), request);
    if (!page) return std::unexpected(page.error());
    for (const auto& record : page->records()) {
      const v1::Total& month = record.total();
      *statistics.add_months() = month;
      v1::ZoneTotal& zone = zones[month.zone()];
      zone.set_zone(month.zone());
      zone.set_declared_bytes(zone.declared_bytes() + month.declared_bytes());
      zone.set_assets(zone.assets() + month.assets());
      zone.set_certificates(zone.certificates() + month.certificates());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  for (auto& [name, zone] : zones) *statistics.add_zones() = std::move(zone);
  return statistics;
}

}  // namespace jinshi::ledger
