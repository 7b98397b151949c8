#include "ledger/verify/steps.h"

namespace jinshi::ledger {

std::unexpected<Error> refuse(const Place& place, std::string message, v1::Reason reason) {
  return refuse(place, Error{reason, {}, std::move(message)});
}

std::unexpected<Error> refuse(const Place& place, Error error) {
  error.message = "step " + std::to_string(static_cast<int>(place.step)) + ", " + place.name + ": " + error.message;
  return std::unexpected(std::move(error));
}

std::unexpected<Error> needs_newer(const Place& place, std::string what) {
  return refuse(place, what + "; this needs a newer verifier", v1::REASON_NEEDS_NEWER_VERIFIER);
}

bool begins_with_newer_number(ByteView bytes) {
  if (bytes.size() < 2 || bytes[0] != '\x08') return false;
  const auto first = static_cast<unsigned char>(bytes[1]);
  return first > 1;
}

}  // namespace jinshi::ledger
