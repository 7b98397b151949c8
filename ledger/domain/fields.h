// The *fields* stage of judging an operation (docs/protocol.md, refusals): what an event's fields must look like, from
// its bytes alone, as the FieldRule options beside them say (jinshi/v1/options.proto). Deterministic, no state read.
#pragma once

#include <google/protobuf/message.h>

#include "proto/error.h"

namespace jinshi::ledger {

// Walks the fields of `event`, a decoded message, in the order of their numbers and into its sub-messages, and stops at
// the first that breaks its rule, named by its path from `event`:
//   MISSING_FIELD  a field that is not `optional` is absent: text, bytes or a list empty, an enum unspecified, a
//   message not
//                  there, no member of a oneof chosen; or a list has such an element. Numbers and booleans, whose zero
//                  can't be told from absence, are never missing
//   TOO_MANY       a list is longer than max_count
//   TOO_LARGE      bytes of no particular format are longer than max_bytes
//   BAD_VALUE      a number outside min and max, a value twice in a list of unique ones, and formats without a
//                  code of their own; BAD_ID, BAD_TEXT, BAD_DATES, BAD_CREDIT_CODE, BAD_CERTIFICATE_NUMBER as Format
//                  says; BAD_COMMITMENT for a commitment of no known scheme or of another length than its scheme's
// Text without a format is judged as FORMAT_TEXT. A number that carries a rule is not negative unless `min` says so;
// zero in an optional one is absence. An Operation inside an event is not entered: its own rule judges it.
Result<void> check_fields(const google::protobuf::Message& event);

}  // namespace jinshi::ledger
