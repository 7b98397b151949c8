// One operation as it is judged: the event, who signed, the records it names, and the block it stands in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jinshi/v1/transaction.pb.h"
#include "ledger/domain/calendar.h"
#include "ledger/domain/record_view.h"
#include "proto/assert.h"
#include "proto/error.h"

namespace jinshi::ledger {

// What execution may know beside the records. Equal on every node.
struct BlockContext {
  Digest chain_id;
  Height height = 0;
  TimeMs time = 0;
  Date date() const { return date_of(time); }  // civil, UTC+8
};

// A key that signed the operation, in body order; `organisation` is empty until the signers stage found it.
struct SigningKey {
  std::string public_key;
  std::string organisation;
  v1::KeyPurpose purpose = v1::KEY_PURPOSE_UNSPECIFIED;
};

// The keys whose ranges cover one operation. *By* is the first one's organisation; the others are co-signers.
class Signers {
 public:
  Signers() = default;
  explicit Signers(std::vector<SigningKey> keys) : keys_(std::move(keys)) {}

  const std::vector<SigningKey>& keys() const { return keys_; }
  const std::string& by() const { return keys_.front().organisation; }
  bool has(std::string_view organisation) const;
  // How many different keys of the organisation signed.
  std::size_t keys_of(std::string_view organisation) const;
  // Of those, the ones that sign transactions: dual control counts these, and an organisation acts by these alone. Its
  // governance key is its vote, and no more.
  std::size_t transaction_keys_of(std::string_view organisation) const;
  // Each signing organisation once, `by` first.
  std::vector<std::string> organisations() const;

 private:
  std::vector<SigningKey> keys_;
};

struct Rule;

// Filled in stage by stage as the check walks (ledger/domain/check.cpp): a pointer that a rule's later stages need is
// there, because the reference stage refused the operation otherwise.
struct Case {
  const v1::Operation& operation;
  const Rule& rule;
  const RecordView& records;
  const BlockContext& block;
  Signers signers = {};
  // Carried by a proposal: what had to be fresh was checked when it was made.
  bool carried = false;

  // By reference, from the event's own fields and from what those records name.
  const v1::Organisation* organisation = nullptr;  // the field `org`
  const v1::Asset* asset = nullptr;
  const v1::Registration* registration = nullptr;  // of the kind in question
  const v1::Certificate* certificate = nullptr;    // of that registration, or named
  const v1::Objection* objection = nullptr;
  const v1::Assessment* assessment = nullptr;
  const v1::Proposal* proposal = nullptr;
  v1::CertificateKind certificate_kind = v1::CERTIFICATE_KIND_DATA_ASSET;

  // The event's message. The type must be the operation's.
  template <class Event>
  const Event& event() const {
    const auto& message = event_message();
    JINSHI_ASSERT(message.GetDescriptor() == Event::descriptor(), "a rule reads its own event");
    return static_cast<const Event&>(message);
  }
  const google::protobuf::Message& event_message() const;
  const std::string& by() const { return signers.by(); }
  const v1::Parameters& parameters() const { return records.parameters(); }
};

// The event inside an operation; the operation must have one.
const google::protobuf::Message& event_of(const v1::Operation& operation);

// A field of the event by name, for errors: {number}.
FieldPath field_of(const Case& at, std::string_view name);

// A refusal that names the event's field.
std::unexpected<Error> refuse(const Case& at, v1::Reason reason, std::string_view field, std::string message);

}  // namespace jinshi::ledger
