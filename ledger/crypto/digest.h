// Tagged digests (docs/protocol.md, digests): digest(tag, x) = H('jinshi/1/' + tag + one zero byte + x), where x is the
// canonical bytes of one message, so that bytes of one meaning never pass for another's. What is signed is the same
// string before H: a stock 'sign with SHA-256' call of any library or HSM over it makes a signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/types.h"

namespace jinshi::crypto {

// The tags of protocol version 1, each with what x is. New ones are added at the end; none is reused.
enum class Tag : std::uint8_t {
  kGenesis,          // the genesis; its digest is the chain id
  kBody,             // a transaction's body; its digest is the transaction's id
  kEnvelope,         // an id and every signature
  kBatch,            // what a proposal orders
  kHeader,           // a block's header
  kChanges,          // what one operation changed
  kDue,              // the due entries that ran in a block
  kStateKey,         // a key of the state tree
  kRecord,           // a record of the state tree
  kLiveIds,          // the live hours of a block
  kSet,              // a set of validators
  kCommitment,       // one salted value
  kPossession,       // what a key that is added signs
  kDraw,             // which sectors a challenge asks for
  kEvidenceCode,     // the kind and facts of an evidence
  kContentManifest,  // the paths and sizes of an asset's files
  kTransaction,      // what the signers of a transaction sign
  kHeaderSignature,  // what validators sign of a header: its 32-byte digest
  kPrePrepare,       // a proposal's vote
  kPrepare,
  kViewChange,
  kNewView,
  kPage,            // the request that a page token belongs to
  kDisclosure,      // an opened set of committed terms
  kViewChangeBody,  // what a VIEW-CHANGE says; its digest is what the vote signs
  kNewViewBody,
};
inline constexpr std::size_t kTagCount = static_cast<std::size_t>(Tag::kNewViewBody) + 1;

// The tag as it is hashed, for example "header-signature".
std::string_view name(Tag tag);

Digest digest(Tag tag, ByteView canonical);

// The string whose SHA-256 is digest(tag, canonical): what is signed.
std::string signing_bytes(Tag tag, ByteView canonical);

}  // namespace jinshi::crypto
