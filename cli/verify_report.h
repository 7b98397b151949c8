// A verified file in words: what was proved, and the date that each claim rests on.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "ledger/verify/verify.h"

namespace jinshi::cli {

// Plain sentences, a line each, fit for a terminal.
std::string to_text(const ledger::VerifiedReport& report);

boost::json::object to_json(const ledger::VerifiedReport& report);

}  // namespace jinshi::cli
