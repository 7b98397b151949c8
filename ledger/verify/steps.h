// How the verifier says where a file failed, and how it tells 'invalid' from 'needs a newer verifier'.
#pragma once

#include <string>
#include <string_view>

#include "proto/canonical.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

// The steps of docs/protocol.md, verification. A refusal begins with one: "step 7, history path: ...".
enum class Step {
  kFile = 1,
  kLinks,
  kHead,
  kTransaction,
  kOperation,
  kResult,
  kHistory,
  kRecord = 4,
  kState,
  kAsset,
  kOldHead = 4,
  kConsistency,
};

struct Place {
  Step step;
  std::string name;  // "history path"
};

std::unexpected<Error> refuse(const Place& place, std::string message, v1::Reason reason = v1::REASON_BAD_PROOF);
std::unexpected<Error> refuse(const Place& place, Error error);
std::unexpected<Error> needs_newer(const Place& place, std::string what);

// Every versioned message has its format or suite as field 1, so that even bytes whose rest can't be read tell that
// they come from later: 08, then a number above 1.
bool begins_with_newer_number(ByteView bytes);

// What this program can't know from what nobody may write: a field or an enum's value of a later version asks for a
// newer verifier, all else is MALFORMED.
template <class Message>
Result<Message> read(const Place& place, ByteView bytes) {
  auto message = decode<Message>(bytes);
  if (message) return message;
  if (message.error().reason == v1::REASON_UNKNOWN_FIELD || message.error().reason == v1::REASON_BAD_VALUE) {
    return needs_newer(place, message.error().message);
  }
  return refuse(place, std::move(message.error()));
}

// The same for a message that begins with its format or suite, which must then be 1. What doesn't begin so is no such
// message of any version.
template <class Message>
Result<Message> read_versioned(const Place& place, ByteView bytes) {
  if (!bytes.starts_with('\x08'))
    return refuse(place, "it does not begin with its format or suite", v1::REASON_MALFORMED);
  if (begins_with_newer_number(bytes)) return needs_newer(place, "its format or suite is above 1");
  return read<Message>(place, bytes);
}

}  // namespace jinshi::ledger
