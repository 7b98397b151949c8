// The table of transitions as a page for people: docs/transitions.md is its very text.
#pragma once

#include <string>

namespace jinshi::ledger {

std::string transitions_page();

}  // namespace jinshi::ledger
