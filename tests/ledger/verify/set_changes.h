// Receipts of a chain whose validators change by SetValidators: executed block by block, as every node executes it.
#pragma once

#include "tests/ledger/verify/cases.h"

namespace jinshi::test {

// {A, B, C, D}, then {A, B, C, E}, the same with a new key of E, and back; the window is one.
void add_set_changes(Cases& cases);

}  // namespace jinshi::test
