// `jinshi content digest|seal|open`: the content of a registration, from the files on the disk.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/output.h"

namespace jinshi::cli {

// The output must outlive the app. A failure is printed, and leaves by the parser's own way out, CLI::RuntimeError.
void add_content_commands(CLI::App& app, const Output& output);

}  // namespace jinshi::cli
