#include "ledger/domain/firsts.h"

namespace jinshi::ledger {

void earn_first(Overlay& overlay, std::string_view organisation, v1::FirstKind which, std::string_view record,
                const BlockContext& block) {
  const RecordKey key = keys::first(organisation, which);
  if (overlay.contains(key)) return;
  v1::First& first = *overlay.create(key).mutable_first();
  first.set_organisation(std::string(organisation));
  first.set_which(which);
  first.set_record(std::string(record));
  first.set_height(block.height);
  first.set_time(block.time);
}

void annul_first(Overlay& overlay, std::string_view organisation, v1::FirstKind which, std::string_view record) {
  const RecordKey key = keys::first(organisation, which);
  const v1::Record* earned = overlay.find(key);
  if (earned != nullptr && earned->first().record() == record) overlay.remove(key);
}

}  // namespace jinshi::ledger
