// Keys of the state tree. A kind of record has one field number, the same in StateKey and in Record.
#pragma once

#include <string>
#include <string_view>

#include "jinshi/v1/state.pb.h"
#include "proto/types.h"

namespace jinshi::ledger {

// A state key with its digest, digest("state-key", canonical bytes): computed once, looked up often.
class RecordKey {
 public:
  explicit RecordKey(v1::StateKey key);

  const v1::StateKey& key() const { return key_; }
  const Digest& digest() const { return digest_; }
  v1::StateKey::KindCase kind() const { return key_.kind_case(); }

 private:
  v1::StateKey key_;
  Digest digest_;
};

namespace keys {
RecordKey organisation(std::string_view id);
RecordKey key(ByteView public_key);
RecordKey credit_code(std::string_view code);
RecordKey asset(std::string_view id);
RecordKey certificate(std::string_view number);
RecordKey assessment(std::string_view id);
RecordKey anonymisation(std::string_view id);
RecordKey objection(std::string_view id);
RecordKey certified_content(ByteView root);
RecordKey proposal(std::string_view id);
RecordKey due(const v1::Due& due);
RecordKey first(std::string_view organisation, v1::FirstKind which);
RecordKey total(std::string_view zone, std::string_view month);
RecordKey header(Height height);
RecordKey parameters();
RecordKey epochs();
RecordKey counters();

// Of a kind whose key is one string: "asset", "certificate". The kind must be such a one.
RecordKey named(v1::StateKey::KindCase kind, std::string_view id);
}  // namespace keys

// The key under which a record stands; every record holds what makes it.
RecordKey key_of(const v1::Record& record);

// "asset" <-> kAsset, by StateKey's field names; KIND_NOT_SET for an unknown name.
v1::StateKey::KindCase kind_named(std::string_view name);
std::string_view name_of(v1::StateKey::KindCase kind);

}  // namespace jinshi::ledger
