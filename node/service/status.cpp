#include "node/service/status.h"

#include "node/refusal.h"

namespace jinshi::node {
namespace {

grpc::Status status_with(const v1::Refusal& refusal) {
  return {static_cast<grpc::StatusCode>(canonical_code(refusal.reason())), refusal.message(),
          refusal.SerializeAsString()};
}

}  // namespace

grpc::Status to_status(const Error& error, const google::protobuf::Descriptor& request) {
  return status_with(request_refusal(error, request));
}

grpc::Status to_transaction_status(const Error& error, std::int64_t retry_after_ms) {
  return status_with(transaction_refusal(error, error.reason == v1::REASON_POOL_FULL ? retry_after_ms : 0));
}

std::string_view code_name(grpc::StatusCode code) {
  constexpr std::string_view kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

}  // namespace jinshi::node
