#include "ledger/domain/record_key.h"

#include "ledger/crypto/digest.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

constexpr std::uint32_t kHeaderRing = 1024;

template <class Set>
RecordKey made(Set set) {
  v1::StateKey key;
  set(key);
  return RecordKey(std::move(key));
}

}  // namespace

RecordKey::RecordKey(v1::StateKey key)
    : key_(std::move(key)), digest_(crypto::digest(crypto::Tag::kStateKey, encode(key_))) {}

namespace keys {

RecordKey organisation(std::string_view id) { return named(v1::StateKey::kOrganisation, id); }
RecordKey key(ByteView public_key) {
  return made([&](v1::StateKey& k) { k.set_key(std::string(public_key)); });
}
RecordKey credit_code(std::string_view code) { return named(v1::StateKey::kCreditCode, code); }
RecordKey asset(std::string_view id) { return named(v1::StateKey::kAsset, id); }
RecordKey certificate(std::string_view number) { return named(v1::StateKey::kCertificate, number); }
RecordKey assessment(std::string_view id) { return named(v1::StateKey::kAssessment, id); }
RecordKey anonymisation(std::string_view id) { return named(v1::StateKey::kAnonymisation, id); }
RecordKey objection(std::string_view id) { return named(v1::StateKey::kObjection, id); }
RecordKey certified_content(ByteView root) {
  return made([&](v1::StateKey& k) { k.set_certified_content(std::string(root)); });
}
RecordKey proposal(std::string_view id) { return named(v1::StateKey::kProposal, id); }
RecordKey due(const v1::Due& due) {
  return made([&](v1::StateKey& k) { *k.mutable_due() = due; });
}
RecordKey first(std::string_view organisation, v1::FirstKind which) {
  return made([&](v1::StateKey& k) {
    k.mutable_first()->set_organisation(std::string(organisation));
    k.mutable_first()->set_which(which);
  });
}
RecordKey total(std::string_view zone, std::string_view month) {
  return made([&](v1::StateKey& k) {
    k.mutable_total()->set_zone(std::string(zone));
    k.mutable_total()->set_month(std::string(month));
  });
}
RecordKey header(Height height) {
  return made([&](v1::StateKey& k) { k.set_header(static_cast<std::uint32_t>(height % kHeaderRing)); });
}
RecordKey parameters() {
  return made([](v1::StateKey& k) { k.mutable_parameters(); });
}
RecordKey epochs() {
  return made([](v1::StateKey& k) { k.mutable_epochs(); });
}
RecordKey counters() {
  return made([](v1::StateKey& k) { k.mutable_counters(); });
}

RecordKey named(v1::StateKey::KindCase kind, std::string_view id) {
  const auto* field = v1::StateKey::descriptor()->FindFieldByNumber(kind);
  JINSHI_ASSERT(field != nullptr && field->type() == google::protobuf::FieldDescriptor::TYPE_STRING,
                "only a kind whose key is one string is named");
  return made([&](v1::StateKey& k) { k.GetReflection()->SetString(&k, field, std::string(id)); });
}

}  // namespace keys

RecordKey key_of(const v1::Record& record) {
  switch (record.kind_case()) {
    case v1::Record::kOrganisation: return keys::organisation(record.organisation().id());
    case v1::Record::kKey: return keys::key(record.key().key());
    case v1::Record::kCreditCode: return keys::credit_code(record.credit_code().code());
    case v1::Record::kAsset: return keys::asset(record.asset().id());
    case v1::Record::kCertificate: return keys::certificate(record.certificate().number());
    case v1::Record::kAssessment: return keys::assessment(record.assessment().id());
    case v1::Record::kAnonymisation: return keys::anonymisation(record.anonymisation().id());
    case v1::Record::kObjection: return keys::objection(record.objection().id());
    case v1::Record::kCertifiedContent: return keys::certified_content(record.certified_content().root());
    case v1::Record::kProposal: return keys::proposal(record.proposal().id());
    case v1::Record::kDue: return keys::due(record.due());
    case v1::Record::kFirst: return keys::first(record.first().organisation(), record.first().which());
    case v1::Record::kTotal: return keys::total(record.total().zone(), record.total().month());
    case v1::Record::kHeader: return keys::header(record.header().height());
    case v1::Record::kParameters: return keys::parameters();
    case v1::Record::kEpochs: return keys::epochs();
    case v1::Record::kCounters: return keys::counters();
    case v1::Record::KIND_NOT_SET: break;
  }
  return RecordKey(v1::StateKey());
}

v1::StateKey::KindCase kind_named(std::string_view name) {
  const auto* field = v1::StateKey::descriptor()->FindFieldByName(std::string(name));
  return field == nullptr ? v1::StateKey::KIND_NOT_SET : static_cast<v1::StateKey::KindCase>(field->number());
}

std::string_view name_of(v1::StateKey::KindCase kind) {
  const auto* field = v1::StateKey::descriptor()->FindFieldByNumber(kind);
  return field == nullptr ? std::string_view() : std::string_view(field->name());
}

}  // namespace jinshi::ledger
