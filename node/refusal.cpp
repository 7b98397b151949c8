#include "node/refusal.h"

#include "jinshi/v1/transaction.pb.h"
#include "proto/descriptor_names.h"

namespace jinshi::node {

CanonicalCode canonical_code(v1::Reason reason) {
  // Without a default, so that a new reason doesn't compile until it has its code.
  switch (reason) {
    case v1::REASON_MALFORMED:
    case v1::REASON_UNKNOWN_FIELD:
    case v1::REASON_UNKNOWN_OPERATION:
    case v1::REASON_TOO_LARGE:
    case v1::REASON_TOO_MANY:
    case v1::REASON_MISSING_FIELD:
    case v1::REASON_BAD_ID:
    case v1::REASON_BAD_TEXT:
    case v1::REASON_BAD_VALUE:
    case v1::REASON_BAD_DATES:
    case v1::REASON_BAD_CREDIT_CODE:
    case v1::REASON_BAD_CERTIFICATE_NUMBER:
    case v1::REASON_BAD_COMMITMENT:
    case v1::REASON_BAD_PROOF:
      return CanonicalCode::kInvalidArgument;
    case v1::REASON_WRONG_CHAIN:
    case v1::REASON_WRONG_SUITE:
    case v1::REASON_EXPIRED:
    case v1::REASON_EXPIRY_TOO_FAR:
    case v1::REASON_WRONG_STATE:
    case v1::REASON_FROZEN:
    case v1::REASON_DISPUTED:
    case v1::REASON_OBJECTION_OPEN:
    case v1::REASON_PLEDGED:
    case v1::REASON_CERTIFICATE_NOT_VALID:
    case v1::REASON_TRADE_OPEN:
    case v1::REASON_CUSTODY_LOST:
    case v1::REASON_CUSTODY_REQUIRED:
    case v1::REASON_CUSTODY_UNANSWERED:
    case v1::REASON_NOTICE_RUNNING:
    case v1::REASON_TOO_EARLY:
    case v1::REASON_TOO_LATE:
    case v1::REASON_RECORD_EXPIRED:
    case v1::REASON_CORE_DATA_FORBIDDEN:
    case v1::REASON_RIGHTS_NOT_NAMED:
    case v1::REASON_RIGHT_CONFLICT:
    case v1::REASON_CONTENT_MISMATCH:
    case v1::REASON_CONTENT_ALREADY_CERTIFIED:
    case v1::REASON_PARENT_NOT_CERTIFIED:
    case v1::REASON_PARENT_NOT_LICENSED:
    case v1::REASON_ASSESSMENT_REQUIRED:
    case v1::REASON_ANONYMISATION_REQUIRED:
    case v1::REASON_LAWFUL_BASIS_REQUIRED:
    case v1::REASON_PERSONAL_INFORMATION:
    case v1::REASON_GRADE_LIMIT:
    case v1::REASON_SANDBOX_REQUIRED:
    case v1::REASON_PURPOSE_NOT_ALLOWED:
    case v1::REASON_REGION_NOT_ALLOWED:
    case v1::REASON_DERIVATION_NOT_ALLOWED:
    case v1::REASON_SAME_PARTY:
    case v1::REASON_SELLER_MISMATCH:
    case v1::REASON_ALREADY_CONFIRMED:
    case v1::REASON_AMOUNT_MISMATCH:
    case v1::REASON_PRICE_MISMATCH:
    case v1::REASON_ALREADY_BOOKED:
    case v1::REASON_ALREADY_PLEDGED:
    case v1::REASON_BASIS_NOT_ALLOWED:
    case v1::REASON_FILING_REQUIRED:
    case v1::REASON_CHALLENGE_UNKNOWN:
    case v1::REASON_ALREADY_ANSWERED:
    case v1::REASON_DIGEST_MISMATCH:
    case v1::REASON_LAST_KEY:
    case v1::REASON_PARAMETER_RANGE:
      return CanonicalCode::kFailedPrecondition;
    case v1::REASON_REPLAYED:
    case v1::REASON_ID_TAKEN:
    case v1::REASON_CREDIT_CODE_TAKEN:
    case v1::REASON_KEY_TAKEN:
      return CanonicalCode::kAlreadyExists;
    case v1::REASON_BAD_SIGNATURE:
    case v1::REASON_UNKNOWN_KEY:
    case v1::REASON_KEY_NOT_LIVE:
      return CanonicalCode::kUnauthenticated;
    case v1::REASON_UNKNOWN_ORGANISATION:
    case v1::REASON_UNKNOWN_ASSET:
    case v1::REASON_UNKNOWN_CERTIFICATE:
    case v1::REASON_UNKNOWN_RECORD:
      return CanonicalCode::kNotFound;
    case v1::REASON_KEY_NOT_ALLOWED:
    case v1::REASON_SECOND_KEY_MISSING:
    case v1::REASON_ORGANISATION_SUSPENDED:
    case v1::REASON_ROLE_MISSING:
    case v1::REASON_WRONG_REGISTRY:
    case v1::REASON_WRONG_EXCHANGE:
    case v1::REASON_NOT_HOLDER:
    case v1::REASON_NOT_PARTY:
    case v1::REASON_NOT_CUSTODIAN:
    case v1::REASON_NOT_ARBITRATOR:
    case v1::REASON_RIGHT_NOT_HELD:
    case v1::REASON_MISSING_COSIGNER:
    case v1::REASON_CONFLICT_OF_INTEREST:
    case v1::REASON_ASSESSOR_NOT_INDEPENDENT:
    case v1::REASON_STATE_OWNED_CONSENT:
    case v1::REASON_QUORUM_MISSING:
      return CanonicalCode::kPermissionDenied;
    case v1::REASON_LIMIT_EXCEEDED:
    case v1::REASON_HEIGHT_UNKNOWN:
      return CanonicalCode::kOutOfRange;
    case v1::REASON_POOL_FULL:
      return CanonicalCode::kResourceExhausted;
    case v1::REASON_NOT_WRITABLE:
    case v1::REASON_STOPPING:
    case v1::REASON_UNREACHABLE:
      return CanonicalCode::kUnavailable;
    case v1::REASON_NEEDS_NEWER_VERIFIER:
      return CanonicalCode::kUnimplemented;
    case v1::REASON_DAMAGED:
    case v1::REASON_DIVERGED:
      return CanonicalCode::kDataLoss;
    case v1::REASON_UNSPECIFIED:
    case v1::REASON_DISK:
    case v1::REASON_KEY_FILE:
    case v1::REASON_CONFIGURATION:
    case v1::Reason_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Reason_INT_MAX_SENTINEL_DO_NOT_USE_:
      return CanonicalCode::kInternal;
  }
  return CanonicalCode::kInternal;
}

std::string transaction_field_name(const FieldPath& path) {
  using Signed = v1::SignedTransaction;
  std::size_t prefix = path.size();
  const google::protobuf::Descriptor* inside = nullptr;
  if (!path.empty() && path[0] == Signed::kBodyFieldNumber) {
    prefix = 1;
    inside = v1::TransactionBody::descriptor();
  } else if (path.size() >= 2 && path[0] == Signed::kOperationsFieldNumber) {
    prefix = 2;
    inside = v1::Operation::descriptor();
  }
  const auto cut = path.begin() + static_cast<std::ptrdiff_t>(prefix);
  std::string name = field_name(*Signed::descriptor(), FieldPath(path.begin(), cut));
  if (inside == nullptr || cut == path.end()) return name;
  return name + "." + field_name(*inside, FieldPath(cut, path.end()));
}

namespace {

v1::Refusal refusal(const Error& error, std::string field_name, std::int64_t retry_after_ms) {
  v1::Refusal result;
  result.set_reason(error.reason);
  result.mutable_field()->Add(error.field.begin(), error.field.end());
  result.set_field_name(std::move(field_name));
  result.set_message(error.message);
  result.set_retry_after_ms(retry_after_ms);
  return result;
}

}  // namespace

v1::Refusal transaction_refusal(const Error& error, std::int64_t retry_after_ms) {
  return refusal(error, transaction_field_name(error.field), retry_after_ms);
}

v1::Refusal request_refusal(const Error& error, const google::protobuf::Descriptor& request,
                            std::int64_t retry_after_ms) {
  return refusal(error, error.field.empty() ? std::string() : field_name(request, error.field), retry_after_ms);
}

}  // namespace jinshi::node
