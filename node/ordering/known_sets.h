// The sets of validators whose signatures this node can judge now, from the ledger alone: of the certified head, of the
// last executed block, and the next.
#pragma once

#include "consensus/verifier.h"
#include "ledger/ledger.h"

namespace jinshi::node {

consensus::VerifierPtr make_verifier(const ledger::Ledger& ledger, const v1::Epochs& executed);

}  // namespace jinshi::node
