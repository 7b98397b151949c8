// The canonical form of a message (docs/protocol.md, forms), which binds what clients sign as well as what nodes hash,
// so that equal messages have equal bytes: fields in ascending order, singular ones once, repeated scalars packed,
// varints minimal, defaults and singular messages without content left out (but a chosen member of a oneof is always
// written), nothing unknown. Bytes are checked by one walk along the descriptor, before they are parsed; the bytes
// themselves are then hashed and signed, never a re-serialisation.
//
// Types that go through here have neither maps, `optional` scalars, floats nor groups; one that has is a broken
// invariant. All functions are safe on any thread.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

#include "proto/assert.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi {

inline constexpr std::uint32_t kProtocolVersion = 1;

// How many messages may stand inside one another, the outermost included: a proposal of an operation needs six, and the
// walk's stack stays small whatever comes.
inline constexpr int kMaxDepth = 16;

// Whether `bytes` are the canonical form of a message of that type in that protocol version, the active epoch's: fields
// of a later one are unknown. How long the bytes may be is the caller's to bound. The first violation is named:
//   MALFORMED      not protobuf, not this type, or not canonical
//   UNKNOWN_FIELD  a field, or the message itself, that this version doesn't have
//   BAD_VALUE      an enum's value that isn't known
//   TOO_LARGE      more than kMaxDepth messages deep, or 2 GiB and more
Result<void> check_canonical(const google::protobuf::Descriptor& descriptor, ByteView bytes,
                             std::uint32_t protocol_version = kProtocolVersion);

// The check, then the message.
template <class Message>
Result<Message> decode(ByteView bytes, std::uint32_t protocol_version = kProtocolVersion) {
  if (auto checked = check_canonical(*Message::descriptor(), bytes, protocol_version); !checked)
    return std::unexpected(std::move(checked.error()));
  Message message;
  JINSHI_ASSERT(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), "canonical bytes parse");
  return message;
}

// The canonical form of a message that was decoded, pruned, or built without a singular message that has no content; a
// debug build asserts that it is.
std::string encode(const google::protobuf::Message& message);

// Clears every singular message without content that isn't a chosen member of a oneof, all the way down: what building
// through mutable_x() leaves behind. For messages that a client makes, before `encode`.
void prune(google::protobuf::Message& message);

// Whether `bytes` are well-formed UTF-8 (Unicode table 3-7: no surrogates, no overlong forms).
bool is_utf8(ByteView bytes);

}  // namespace jinshi
