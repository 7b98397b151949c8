// Records as a check reads them, and as an operation changes them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "ledger/domain/record_key.h"

namespace jinshi::ledger {

// What forecast and execution read through. A pointer stays good as long as the view does.
class RecordView {
 public:
  virtual ~RecordView() = default;
  // Null where there is no such record.
  virtual const v1::Record* find(const RecordKey& key) const = 0;

  // Typed and by name, for the checks; null where there is none.
  const v1::Organisation* organisation(std::string_view id) const;
  const v1::Key* key(ByteView public_key) const;
  const v1::Asset* asset(std::string_view id) const;
  const v1::Certificate* certificate(std::string_view number) const;
  const v1::Assessment* assessment(std::string_view id) const;
  const v1::Anonymisation* anonymisation(std::string_view id) const;
  const v1::Objection* objection(std::string_view id) const;
  const v1::CertifiedContent* certified_content(ByteView root) const;
  const v1::Proposal* proposal(std::string_view id) const;
  // Always there after genesis.
  const v1::Parameters& parameters() const;
  const v1::Epochs& epochs() const;
};

// (zone, month) -> what a span of operations adds; written once a block.
using TotalChanges = std::map<std::pair<std::string, std::string>, v1::Total>;

// Changes on top of another view, kept or dropped as one: of an operation over its transaction's, of a transaction over
// its block's. What a block's system changes hold (totals, the count of records) rides along apart from the records.
class Overlay : public RecordView {
 public:
  struct Entry {
    RecordKey key;
    std::unique_ptr<v1::Record> record;  // null: deleted
  };
  using Entries = std::unordered_map<Digest, Entry, DigestHash>;

  // The bottom: `created` is how many records were ever created.
  Overlay(const RecordView& base, Height height, std::uint64_t created)
      : base_(base), height_(height), created_(created) {}
  explicit Overlay(const Overlay& base) : base_(base), height_(base.height_), created_(base.created_) {}
  Overlay& operator=(const Overlay&) = delete;

  const v1::Record* find(const RecordKey& key) const override;

  // The record to change; it must be there. The first edit in this overlay counts its version up.
  v1::Record& edit(const RecordKey& key);
  // A new record; there must be none under the key. The caller fills the kind in.
  v1::Record& create(const RecordKey& key);
  void remove(const RecordKey& key);
  bool contains(const RecordKey& key) const { return find(key) != nullptr; }

  v1::Organisation& edit_organisation(std::string_view id) { return *edit(keys::organisation(id)).mutable_organisation(); }
  v1::Asset& edit_asset(std::string_view id) { return *edit(keys::asset(id)).mutable_asset(); }
  v1::Certificate& edit_certificate(std::string_view number) {
    return *edit(keys::certificate(number)).mutable_certificate();
  }

  v1::Total& total(const std::string& zone, const std::string& month) { return totals_[{zone, month}]; }

  // Takes over all that `above` changed; it must have been made over this one.
  void absorb(Overlay&& above);

  const Entries& entries() const { return entries_; }
  const TotalChanges& totals() const { return totals_; }
  std::uint64_t created() const { return created_; }
  Height height() const { return height_; }

 private:
  const RecordView& base_;
  Height height_;
  std::uint64_t created_;
  Entries entries_;
  TotalChanges totals_;
};

}  // namespace jinshi::ledger
