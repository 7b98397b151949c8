// What an application and new content alike must keep about how content is laid out (docs/protocol.md, content).
#pragma once

#include <cstdint>

#include "jinshi/v1/registration.pb.h"
#include "proto/error.h"

namespace jinshi::ledger {

// A container is no smaller than its data, a chunk's size is a power of two, and there are as many chunks as the size
// makes. BAD_VALUE with the field's path after `path`, which is the content's own.
Result<void> check_content(const v1::Content& content, std::uint64_t size_bytes, FieldPath path);

}  // namespace jinshi::ledger
