// Claims on content roots: the same bytes are not certified against an exclusive holder.
#pragma once

#include <string_view>

#include "ledger/domain/case.h"

namespace jinshi::ledger {

// CONTENT_ALREADY_CERTIFIED where another holder has this root and one of the two is exclusive.
bool may_claim(const RecordView& records, ByteView root, std::string_view holder, bool exclusive);

// One certified registration more, or one fewer; the last one to go removes the record.
void claim(Overlay& overlay, ByteView root, std::string_view holder, bool exclusive);
void release(Overlay& overlay, ByteView root);

}  // namespace jinshi::ledger
