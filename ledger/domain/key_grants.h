// Keys as operations bring them, in AdmitOrganisation and AddKey alike: complete, nobody's before, possessed, recorded.
#pragma once

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// A key belongs to one organisation and serves one purpose for ever; when the list of an organisation's keys is full,
// the one revoked longest ago leaves it, and only its KEY record stays.
inline constexpr std::size_t kMaxListedKeys = 16;

// MISSING_FIELD or BAD_VALUE: a possession, of consensus keys alone a recent header; what a transaction key alone may
// have, such as an allowance.
extern const NamedCheck kGrantsComplete;
// KEY_TAKEN: no key of the ledger, nor twice in this operation.
extern const NamedCheck kGrantsFree;
// DIGEST_MISMATCH: a consensus key's header is one of the last 1,024. Of a change that a proposal carries, when it is
// proposed.
extern const NamedCheck kRecentHeader;
// BAD_SIGNATURE.
extern const NamedCheck kGrantsPossessed;

// Whether no more keys fit: as many as are listed are not revoked.
bool key_list_is_full(const v1::Organisation& organisation);
bool tls_key_list_is_full(const v1::Organisation& organisation);

// Lists the key in the organisation, which is being edited, and writes its KEY record. There must be room.
void add_key(Overlay& overlay, v1::Organisation& organisation, v1::KeyPurpose purpose, const v1::KeyGrant& grant);
void add_tls_key(Overlay& overlay, v1::Organisation& organisation, const v1::TlsKeyGrant& grant);

}  // namespace jinshi::ledger
