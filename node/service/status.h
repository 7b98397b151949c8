// Errors as gRPC carries them: the canonical code, the sentence, and a serialised Refusal in the binary details
// (grpc-status-details-bin).
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/support/status.h>

#include <string_view>

#include "proto/error.h"

namespace jinshi::node {

// `request` is the message that the error's field is a path in.
grpc::Status to_status(const Error& error, const google::protobuf::Descriptor& request);
// The error's field is a path in SignedTransaction.
grpc::Status to_transaction_status(const Error& error, std::int64_t retry_after_ms);

// "OK", "NOT_FOUND", for metrics.
std::string_view code_name(grpc::StatusCode code);

}  // namespace jinshi::node
