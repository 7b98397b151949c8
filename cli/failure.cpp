#include "cli/failure.h"

#include "proto/descriptor_names.h"

namespace jinshi::cli {

std::unexpected<Failure> failed(const Error& error, const google::protobuf::Descriptor* root) {
  Failure failure{.reason = error.reason, .message = error.message};
  if (root != nullptr) {
    failure.field = field_name(*root, error.field);
  } else {
    for (const std::uint32_t step : error.field)
      failure.field += (failure.field.empty() ? "" : ".") + std::to_string(step);
  }
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> failed(v1::Reason reason, std::string message) {
  return std::unexpected(Failure{.reason = reason, .message = std::move(message)});
}

std::unexpected<Failure> failed(const v1::Refusal& refusal) {
  return std::unexpected(Failure{.reason = refusal.reason(),
                                 .field = refusal.field_name(),
                                 .message = refusal.message(),
                                 .retry_after_ms = refusal.retry_after_ms()});
}

std::unexpected<Failure> misused(std::string message) {
  return std::unexpected(Failure{.message = std::move(message), .exit_status = kUsage});
}

std::string_view reason_name(v1::Reason reason) {
  const auto* value = v1::Reason_descriptor()->FindValueByNumber(reason);
  return value == nullptr ? "a reason that this program does not know" : value_name(*value);
}

std::string to_text(const Failure& failure) {
  std::string text;
  if (failure.reason != v1::REASON_UNSPECIFIED) text += reason_name(failure.reason);
  if (!failure.field.empty()) text += (text.empty() ? "" : " ") + failure.field;
  if (!failure.message.empty()) text += (text.empty() ? "" : ": ") + failure.message;
  if (failure.retry_after_ms > 0) text += " (try again in " + std::to_string(failure.retry_after_ms) + " ms)";
  return text;
}

}  // namespace jinshi::cli
