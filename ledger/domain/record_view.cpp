#include "ledger/domain/record_view.h"

#include "proto/assert.h"

namespace jinshi::ledger {

const v1::Organisation* RecordView::organisation(std::string_view id) const {
  const auto* record = find(keys::organisation(id));
  return record == nullptr ? nullptr : &record->organisation();
}
const v1::Key* RecordView::key(ByteView public_key) const {
  const auto* record = find(keys::key(public_key));
  return record == nullptr ? nullptr : &record->key();
}
const v1::Asset* RecordView::asset(std::string_view id) const {
  const auto* record = find(keys::asset(id));
  return record == nullptr ? nullptr : &record->asset();
}
const v1::Certificate* RecordView::certificate(std::string_view number) const {
  const auto* record = find(keys::certificate(number));
  return record == nullptr ? nullptr : &record->certificate();
}
const v1::Assessment* RecordView::assessment(std::string_view id) const {
  const auto* record = find(keys::assessment(id));
  return record == nullptr ? nullptr : &record->assessment();
}
const v1::Anonymisation* RecordView::anonymisation(std::string_view id) const {
  const auto* record = find(keys::anonymisation(id));
  return record == nullptr ? nullptr : &record->anonymisation();
}
const v1::Objection* RecordView::objection(std::string_view id) const {
  const auto* record = find(keys::objection(id));
  return record == nullptr ? nullptr : &record->objection();
}
const v1::CertifiedContent* RecordView::certified_content(ByteView root) const {
  const auto* record = find(keys::certified_content(root));
  return record == nullptr ? nullptr : &record->certified_content();
}
const v1::Proposal* RecordView::proposal(std::string_view id) const {
  const auto* record = find(keys::proposal(id));
  return record == nullptr ? nullptr : &record->proposal();
}
const v1::Parameters& RecordView::parameters() const {
  static const RecordKey key = keys::parameters();
  const auto* record = find(key);
  JINSHI_ASSERT(record != nullptr, "genesis wrote the parameters");
  return record->parameters();
}
const v1::Epochs& RecordView::epochs() const {
  static const RecordKey key = keys::epochs();
  const auto* record = find(key);
  JINSHI_ASSERT(record != nullptr, "genesis wrote the epochs");
  return record->epochs();
}

const v1::Record* Overlay::find(const RecordKey& key) const {
  const auto found = entries_.find(key.digest());
  return found == entries_.end() ? base_.find(key) : found->second.record.get();
}

v1::Record& Overlay::edit(const RecordKey& key) {
  const auto found = entries_.find(key.digest());
  if (found != entries_.end()) {
    JINSHI_ASSERT(found->second.record != nullptr, "a deleted record is not edited");
    return *found->second.record;
  }
  const v1::Record* before = base_.find(key);
  JINSHI_ASSERT(before != nullptr, "an edited record exists");
  auto copy = std::make_unique<v1::Record>(*before);
  copy->set_version(copy->version() + 1);
  copy->set_changed_height(height_);
  return *entries_.try_emplace(key.digest(), Entry{key, std::move(copy)}).first->second.record;
}

v1::Record& Overlay::create(const RecordKey& key) {
  JINSHI_ASSERT(!contains(key), "a created record does not exist yet");
  auto record = std::make_unique<v1::Record>();
  record->set_created(++created_);
  record->set_version(1);
  record->set_changed_height(height_);
  return *entries_.insert_or_assign(key.digest(), Entry{key, std::move(record)}).first->second.record;
}

void Overlay::remove(const RecordKey& key) {
  JINSHI_ASSERT(contains(key), "a removed record exists");
  entries_.insert_or_assign(key.digest(), Entry{key, nullptr});
}

void Overlay::absorb(Overlay&& above) {
  for (auto& [digest, entry] : above.entries_) entries_.insert_or_assign(digest, std::move(entry));
  for (const auto& [place, change] : above.totals_) {
    v1::Total& total = totals_[place];
    total.set_declared_bytes(total.declared_bytes() + change.declared_bytes());
    total.set_assets(total.assets() + change.assets());
    total.set_certificates(total.certificates() + change.certificates());
  }
  created_ = above.created_;
}

}  // namespace jinshi::ledger
