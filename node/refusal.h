// How an Error goes out to clients: a canonical gRPC code by its reason, and a Refusal with the field's name readable.
// The table of codes is docs/protocol.md's, refusals. Knows no gRPC.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>

#include "jinshi/v1/ledger_service.pb.h"
#include "proto/error.h"

namespace jinshi::node {

// The numbers are gRPC's.
enum class CanonicalCode {
  kInvalidArgument = 3,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

CanonicalCode canonical_code(v1::Reason reason);

// A path in SignedTransaction, read on into the bytes of its body and operations: "operations[0].grant_right.holder".
std::string transaction_field_name(const FieldPath& path);

v1::Refusal transaction_refusal(const Error& error, std::int64_t retry_after_ms = 0);
// `request` is the message in which the error's field is a path.
v1::Refusal request_refusal(const Error& error, const google::protobuf::Descriptor& request,
                            std::int64_t retry_after_ms = 0);

}  // namespace jinshi::node
