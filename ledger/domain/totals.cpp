#include "ledger/domain/totals.h"

#include <algorithm>

#include "ledger/domain/effective_state.h"

namespace jinshi::ledger {
namespace {

// At most sixteen parents of an exabyte each: the sum stays within 64 bits.
std::uint64_t own_bytes(const RecordView& records, const v1::Asset& asset) {
  std::uint64_t parents = 0;
  for (const v1::Parent& named : asset.parents()) {
    const v1::Asset* parent = records.asset(named.asset());
    JINSHI_ASSERT(parent != nullptr, "a parent was found when its child was applied for");
    parents += parent->size_bytes();
  }
  return asset.size_bytes() > parents ? asset.size_bytes() - parents : 0;
}

// An asset of the root comes into force, or leaves it.
void count_content(Overlay& overlay, const v1::Asset& asset, const std::string& month, bool in) {
  auto& content = *overlay.edit(keys::certified_content(asset.content().root())).mutable_certified_content();
  if (in && content.in_force() == 0) {
    const std::uint64_t bytes = own_bytes(overlay, asset);
    content.set_counted_bytes(bytes);
    content.set_counted_zone(asset.zone());
    v1::Total& total = overlay.total(asset.zone(), month);
    total.set_declared_bytes(total.declared_bytes() + static_cast<std::int64_t>(bytes));
  }
  JINSHI_ASSERT(in || content.in_force() > 0, "what leaves the totals was in them");
  content.set_in_force(in ? content.in_force() + 1 : content.in_force() - 1);
  if (content.in_force() > 0) return;
  v1::Total& total = overlay.total(content.counted_zone(), month);
  total.set_declared_bytes(total.declared_bytes() - static_cast<std::int64_t>(content.counted_bytes()));
  content.clear_counted_bytes();
  content.clear_counted_zone();
}

void count(Overlay& overlay, std::string_view number, const BlockContext& block, bool in) {
  v1::Certificate& certificate = overlay.edit_certificate(number);
  certificate.set_counted(in);
  v1::Asset& asset = overlay.edit_asset(certificate.asset());
  const std::string month = month_of(block.time);
  v1::Total& total = overlay.total(asset.zone(), month);
  const std::int64_t step = in ? 1 : -1;
  total.set_certificates(total.certificates() + step);
  JINSHI_ASSERT(in || asset.certificates_in_force() > 0, "what leaves the totals was in them");
  asset.set_certificates_in_force(in ? asset.certificates_in_force() + 1 : asset.certificates_in_force() - 1);
  if (asset.certificates_in_force() != (in ? 1u : 0u)) return;
  total.set_assets(total.assets() + step);
  count_content(overlay, asset, month, in);
}

}  // namespace

void count_in(Overlay& overlay, std::string_view certificate, const BlockContext& block) {
  const v1::Certificate* record = overlay.certificate(certificate);
  JINSHI_ASSERT(record != nullptr, "a certificate that is counted exists");
  if (record->counted() || effective_state(*record, block.time) != v1::CERTIFICATE_STATE_VALID) return;
  count(overlay, certificate, block, true);
}

void count_out(Overlay& overlay, std::string_view certificate, const BlockContext& block) {
  const v1::Certificate* record = overlay.certificate(certificate);
  JINSHI_ASSERT(record != nullptr, "a certificate that is counted exists");
  if (record->counted()) count(overlay, certificate, block, false);
}

Recount::Recount(Overlay& overlay, const v1::Asset& asset, const BlockContext& block)
    : overlay_(overlay), block_(block) {
  for (const v1::Registration& registration : asset.registrations()) {
    const v1::Certificate* certificate = overlay.certificate(registration.certificate());
    if (certificate != nullptr && certificate->counted()) certificates_.push_back(certificate->number());
  }
  for (const std::string& certificate : certificates_) count_out(overlay_, certificate, block_);
}

void Recount::finish() {
  for (const std::string& certificate : certificates_) count_in(overlay_, certificate, block_);
}

}  // namespace jinshi::ledger
