// Claims on content roots: the same bytes are not certified against an exclusive holder. Each certified registration of
// an asset is one claim of its holders on the asset's root, until the registration ends. Holders in common are one
// claimant, and exclusive as such.
#pragma once

#include <string_view>

#include "ledger/domain/case.h"

namespace jinshi::ledger {

// Whether the asset's holders may claim this root: false where another has it and one of the two is exclusive.
bool may_claim(const RecordView& records, ByteView root, const v1::Asset& asset);

// One certified registration more of the asset's root, or one fewer; the last one to go removes the record.
void claim(Overlay& overlay, const v1::Asset& asset);
void release(Overlay& overlay, const v1::Asset& asset);

// A transfer to one new holder, exclusive or not as the old one is, takes all the asset's claims along: false where the
// old holder keeps others on the same root and one is exclusive.
bool may_hand_over(const RecordView& records, const v1::Asset& asset);
void hand_over(Overlay& overlay, const v1::Asset& asset, std::string_view to);

// How many of the asset's registrations are certified.
std::uint32_t claims_of(const v1::Asset& asset);

}  // namespace jinshi::ledger
