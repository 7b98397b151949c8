// A small zone in memory, for tests of the domain: organisations with keys, a clock that the test moves, and operations
// that are judged and applied as a block would. Reads like the domain:
//   Zone zone;
//   zone.with_certified_asset("a", "hospital");
//   CHECK(zone.outcome("hospital", {"registry-social"}, op("cancel_registration { asset: 'a' }")) == "APPLIED");
// Four validators: zone-office (REGULATOR), registry-public (centre PUB), registry-social (SOC), exchange. Beside them:
// registry-ip (IPR), assessor-quality, assessor-value, court, arbitration, regulator, bank, and the members hospital,
// carmaker, museum, shipping, city-data. Everyone has one transaction key; the public notice may last 0 days.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto/secret_key.h"
#include "ledger/domain/check.h"

namespace jinshi::ledger::testing {

// --- keys: the same name is always the same key ---
// "hospital" is its transaction key, "hospital/2" another, "exchange/governance" and "exchange/consensus" what they
// say.
const crypto::SecretKey& secret_key(std::string_view name);
std::string public_key(std::string_view name);

// 32 bytes that differ for different texts.
std::string digest_of(std::string_view text);

// --- operations ---
// From protobuf's text form. In a bytes field "#text" stands for digest_of(text), "@name" for public_key(name).
v1::Operation op(std::string_view text);
// An operation from its event's message.
v1::Operation op(const google::protobuf::Message& event);

// 2026-11-23T09:00:00+08:00, a Monday: when a Zone begins.
inline constexpr TimeMs kStart = 1'795'395'600'000;
inline constexpr TimeMs kMinute = 60'000;
inline constexpr TimeMs kHour = 60 * kMinute;
inline constexpr TimeMs kDay = 24 * kHour;

// Records as blocks left them. A record's address stays as long as it is not deleted.
class MemoryRecords final : public RecordView {
 public:
  const v1::Record* find(const RecordKey& key) const override;
  v1::Record* find_to_change(const RecordKey& key);
  void write(const Overlay::Entries& entries);
  // In the order of the due queue: those at or before `time`.
  std::vector<v1::Due> due(TimeMs time) const;
  const auto& all() const { return records_; }

 private:
  std::map<Digest, std::unique_ptr<v1::Record>> records_;
};

class Zone {
 public:
  Zone();

  // --- operations ---
  // A signer is a key's name, or "governance": the governance keys of all validators. The first is *by*.
  Result<void> submit(std::string_view by, const v1::Operation& operation);
  Result<void> submit(std::string_view by, const std::vector<std::string>& cosigners, const v1::Operation& operation);
  // The same, as text for tables: "APPLIED", or the reason and the field, "MISSING_FIELD keys[0].possession".
  std::string outcome(std::string_view by, const v1::Operation& operation);
  std::string outcome(std::string_view by, const std::vector<std::string>& cosigners, const v1::Operation& operation);
  // The same, and nothing changes.
  std::string forecast(std::string_view by, const std::vector<std::string>& cosigners,
                       const v1::Operation& operation) const;
  // The test fails here unless it is applied.
  void accept(std::string_view by, const v1::Operation& operation);
  void accept(std::string_view by, const std::vector<std::string>& cosigners, const v1::Operation& operation);

  // --- time: each move begins a block, which may switch the epoch, and whose due entries run ---
  void at(TimeMs time);
  void at_date(std::string_view date);  // 09:00 of that day
  void pass(TimeMs duration) { at(time() + duration); }
  void pass_blocks(std::uint64_t blocks);
  TimeMs time() const { return block_.time; }
  std::string date() const;  // today, and `days` from today
  std::string date_in(int days) const;
  const BlockContext& block() const { return block_; }

  // --- records ---
  const MemoryRecords& records() const { return records_; }
  // Null where there is none; a record stays current as the zone goes on.
  const v1::Organisation* organisation(std::string_view id) const { return records_.organisation(id); }
  const v1::Asset* asset(std::string_view id) const { return records_.asset(id); }
  const v1::Certificate* certificate(std::string_view number) const { return records_.certificate(number); }
  const v1::Registration* registration(std::string_view asset,
                                       v1::CertificateKind kind = v1::CERTIFICATE_KIND_DATA_ASSET) const;
  const v1::Record* record(const RecordKey& key) const { return records_.find(key); }
  const v1::Total& total(const std::string& zone, const std::string& month) { return totals_[{zone, month}]; }
  const TotalChanges& totals() const { return totals_; }
  // For states that no operation of these tests brings about; the records must be there.
  v1::Parameters& parameters() { return *records_.find_to_change(keys::parameters())->mutable_parameters(); }
  v1::Asset& change_asset(std::string_view id) { return *records_.find_to_change(keys::asset(id))->mutable_asset(); }
  v1::Organisation& change_organisation(std::string_view id) {
    return *records_.find_to_change(keys::organisation(id))->mutable_organisation();
  }
  const v1::Epochs& epochs() const { return records_.epochs(); }
  v1::Epochs& change_epochs() { return *records_.find_to_change(keys::epochs())->mutable_epochs(); }
  // Runs a function on an overlay and keeps what it changes.
  template <class Change>
  void change(const Change& change) {
    Overlay overlay(records_, block_.height, created_);
    change(overlay);
    keep(overlay);
  }

  // --- builders: valid as they are, made to be altered ---
  // Social data of grade 2 without personal information, all rights `holder`'s.
  v1::ApplyRegistration application(std::string_view asset, std::string_view holder) const;
  v1::IssueCertificate issue(std::string_view asset, v1::CertificateKind kind = v1::CERTIFICATE_KIND_DATA_ASSET);
  // The next free number of the registry that is responsible for that asset and kind.
  std::string next_number(std::string_view asset, v1::CertificateKind kind);
  v1::SubmitAssessment assessment(std::string_view id, std::string_view asset, v1::AssessmentKind kind) const;
  v1::KeyGrant grant(std::string_view organisation, std::string_view key,
                     v1::KeyPurpose purpose = v1::KEY_PURPOSE_TRANSACTION) const;

  // --- assets brought to a state ---
  void with_application(const v1::ApplyRegistration& application);
  void with_accepted(const v1::ApplyRegistration& application);
  void with_noticed(const v1::ApplyRegistration& application);
  // The certificate's number. `holder` applies; the registry of its kind does the rest.
  std::string with_certified_asset(std::string_view asset, std::string_view holder);
  std::string with_certified(const v1::ApplyRegistration& application);
  // The registry that an asset of this kind goes to: "registry-social".
  std::string registry_of(std::string_view asset, v1::CertificateKind kind = v1::CERTIFICATE_KIND_DATA_ASSET) const;
  // A second transaction key, signed for with the first.
  void with_second_key(std::string_view organisation);

 private:
  std::vector<std::string> keys_named(std::string_view by, const std::vector<std::string>& cosigners) const;
  void keep(const Overlay& overlay);

  MemoryRecords records_;
  TotalChanges totals_;
  BlockContext block_;
  std::uint64_t created_ = 0;
  std::uint32_t serial_ = 0;
};

// "MISSING_FIELD keys[0].possession", or "APPLIED".
std::string to_text(const Result<void>& result, const v1::Operation& operation);

}  // namespace jinshi::ledger::testing
