#include "node/refusal.h"

#include <catch2/catch.hpp>

namespace jinshi::node {

TEST_CASE("every reason has the gRPC code that the table of refusals gives it") {
  // By the ranges in which reasons are numbered.
  const auto expected = [](int number) {
    if (number == 0 || (number >= 202 && number <= 204)) return CanonicalCode::kInternal;
    if (number < 20) return CanonicalCode::kInvalidArgument;
    if (number < 30) return CanonicalCode::kFailedPrecondition;
    if (number < 40) return CanonicalCode::kAlreadyExists;
    if (number < 50) return CanonicalCode::kUnauthenticated;
    if (number < 60) return CanonicalCode::kNotFound;
    if (number < 90) return CanonicalCode::kPermissionDenied;
    if (number < 160) return CanonicalCode::kFailedPrecondition;
    if (number < 170) return CanonicalCode::kOutOfRange;
    if (number == 170) return CanonicalCode::kResourceExhausted;
    if (number == 180 || number == 205 || number == 207) return CanonicalCode::kUnavailable;
    if (number == 200) return CanonicalCode::kUnimplemented;
    return CanonicalCode::kDataLoss;
  };
  const auto* reasons = v1::Reason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    INFO(reasons->value(i)->name());
    const int number = reasons->value(i)->number();
    CHECK(canonical_code(static_cast<v1::Reason>(number)) == expected(number));
  }
}

TEST_CASE("a transaction's field is named through the bytes of its operation and its body") {
  using Op = v1::Operation;
  CHECK(transaction_field_name({2, 0, Op::kSetControlsFieldNumber, 1}) == "operations[0].set_controls.org");
  CHECK(transaction_field_name({2, 3}) == "operations[3]");
  CHECK(transaction_field_name({1, v1::TransactionBody::kSignersFieldNumber, 2}) == "body.signers[2]");
  CHECK(transaction_field_name({3, 1}) == "signatures[1]");
  CHECK(transaction_field_name({}).empty());
}

TEST_CASE("a refusal carries the reason, the field in numbers and in words, the sentence and the retry") {
  const auto refusal = transaction_refusal({v1::REASON_BAD_ID, {2, 0, 20, 1}, "mend it so"}, 70);
  CHECK(refusal.reason() == v1::REASON_BAD_ID);
  CHECK(refusal.field_size() == 4);
  CHECK(refusal.field_name() == "operations[0].set_controls.org");
  CHECK(refusal.message() == "mend it so");
  CHECK(refusal.retry_after_ms() == 70);
  CHECK(request_refusal({v1::REASON_BAD_VALUE, {3}, "x"}, *v1::ListRequest::descriptor()).field_name() == "page_size");
}

}  // namespace jinshi::node
