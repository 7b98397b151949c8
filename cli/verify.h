// `jinshi verify FILE`: a receipt, a record proof or a consistency proof, checked with the genesis alone. It asks
// nobody.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/output.h"

namespace jinshi::cli {

// Exit statuses of `jinshi verify` (docs/protocol.md, verification).
enum VerifyStatus : int {
  kVerified = 0,
  kInvalid = 1,      // the message names the failing step
  kVerifyUsage = 2,  // the command line, the genesis, or a missing --absent
  kNeedsNewer = 3,   // not a word on whether it is valid
};

struct VerifyOptions {
  std::string file = {};
  std::string genesis = {};
  std::string trusted = {};              // a Link, as a start later than the genesis
  std::vector<std::string> absent = {};  // nothing, or kind and id as record_names.h takes them
};

// Prints to `output`, and gives the exit status.
int run_verify(const VerifyOptions& options, const Output& output);

// The output must outlive the app. A status other than 0 leaves by the parser's own way out, CLI::RuntimeError.
void add_verify_command(CLI::App& app, const Output& output);

}  // namespace jinshi::cli
