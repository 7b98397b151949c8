// When the records on disk are not what a header commits to: which is the first that differs, and who wrote it.
#pragma once

#include <string>

#include "ledger/store/database.h"

namespace jinshi::ledger {

// Holds every record against the changes that transactions recorded, newest first. A sentence: the record, its digest
// and the one it should have, the transaction that wrote it.
std::string first_difference(const Database& database);

}  // namespace jinshi::ledger
