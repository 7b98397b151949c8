// From what people write to an Operation: an event's name and its fields as JSON, as the sample day has them. Fields
// named in `confidential` become salted commitments; what opens them is given back, to be kept before anything is sent.
#pragma once

#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "jinshi/v1/commitment.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "proto/error.h"

namespace jinshi::cli {

// A value that the ledger shall not see. `commitment` is what stands there instead.
struct Secret {
  std::string event;
  std::string name;  // as it was written: value_fen
  v1::CommitmentOpening opening;
  v1::Commitment commitment;
};

struct OperationInput {
  v1::Operation operation;  // salted
  std::vector<Secret> secrets;
};

// `args` are the event's fields by the JSON mapping. Besides them:
//   terms         an object of further fields, for people who keep what may be confidential together
//   confidential  a list of names in args or terms. value_fen becomes value_commitment: the oneof's other member, or
//                 the field of that name
// The opening's field is the number of the commitment's field in the record that the event creates. Errors' paths start
// at the event; UNKNOWN_OPERATION for an event that this program doesn't know.
Result<OperationInput> operation_from_json(std::string_view event, boost::json::object args);

// The event's message type; null for an unknown name.
const google::protobuf::FieldDescriptor* find_event(std::string_view name);

}  // namespace jinshi::cli
