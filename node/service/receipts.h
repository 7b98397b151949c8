// What a proof file says of itself, for answers that name it.
#pragma once

#include "jinshi/v1/ledger_service.pb.h"
#include "ledger/ledger.h"
#include "proto/error.h"

namespace jinshi::node {

Result<v1::GetReceiptResponse> get_receipt(const ledger::Ledger& ledger, const v1::GetReceiptRequest& request,
                                           bool waits_in_pool);

// The file of a record's or a consistency's proof, with the height of the head that it stands on.
v1::ProveResponse prove_response(std::string file);

}  // namespace jinshi::node
