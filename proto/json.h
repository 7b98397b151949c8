// The one mapping between messages and JSON: a view for people, never what is signed or hashed (docs/protocol.md,
// forms). Fields have their snake_case names in the order of their numbers, and what has its default value is left out;
// bytes are lowercase hex, those that hold a message too; enums have their values' names without prefix
// ("PUBLIC_DATA"); integers beyond 2^53, which JavaScript can't hold, are strings; events are named (FORMAT_EVENT:
// "IssueCertificate"); a oneof is flat. Protobuf's own mapping is not used: it takes 64 hex digits for base64.
#pragma once

#include <google/protobuf/message.h>

#include <boost/json.hpp>

#include "proto/error.h"

namespace jinshi {

boost::json::value to_json(const google::protobuf::Message& message);

// Replaces the contents of `message`, which are then fit for `encode`. Integers and events may be numbers or strings.
// Anything that doesn't fit is refused with its field and the mend, and leaves `message` unspecified:
//   UNKNOWN_FIELD  the message has no such field; the closest name is suggested
//   BAD_VALUE      a value of the wrong type, out of range, not hex, not one of the enum's; two choices of one oneof
//   TOO_LARGE      messages nested deeper than any canonical one
Result<void> from_json(const boost::json::value& json, google::protobuf::Message& message);

// As text: `to_json` with two spaces of indent and a final newline.
std::string to_json_text(const google::protobuf::Message& message);
// Parses `text` first; MALFORMED when it isn't JSON.
Result<void> from_json_text(std::string_view text, google::protobuf::Message& message);

}  // namespace jinshi
