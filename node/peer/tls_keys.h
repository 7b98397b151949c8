// Keeps the book of TLS keys as the ledger has them.
#pragma once

#include <span>

#include "ledger/ledger.h"
#include "node/peer/identity.h"

namespace jinshi::node {

// All of them, at the start.
Result<void> update_peer_book(PeerBook& book, const ledger::Ledger& ledger);
// Those that a certified block's transactions may have touched.
Result<void> update_peer_book(PeerBook& book, const ledger::Ledger& ledger,
                              std::span<const ledger::TransactionPtr> listed);

}  // namespace jinshi::node
