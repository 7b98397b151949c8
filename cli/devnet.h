// A development network of one node on this machine: its folder, its process, its clock.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/network_folder.h"

namespace jinshi::cli {

// node/jinshid.toml, with paths relative to it. `passphrase` is the setting that opens an encrypted consensus key, such
// as `passphrase_variable = "JINSHI_PASSPHRASE"`; empty where the key is plain.
std::string node_config(std::string_view organisation, const Endpoints& endpoints, std::string_view metrics,
                        std::string_view passphrase = {});

// The daemon that node/jinshid.pid names, if it still runs and is this network's: 0 otherwise.
pid_t running_node(const NetworkFolder& folder);

// Runs to its end; DISK when the program can't be started, else its exit status. Output goes to the log.
Outcome<int> run_program(const std::vector<std::string>& command, const std::filesystem::path& log);
// In a session of its own, so that it outlives this command; its pid is in node/jinshid.pid before this returns.
Outcome<pid_t> start_node(const NetworkFolder& folder, const std::string& program);
// SIGTERM, then waits. Refused when the node has not ended after `patience_ms`.
Outcome<void> stop_node(const NetworkFolder& folder, std::int64_t patience_ms);

// A program of this project: beside the one that runs, in the build tree's place beside it, or in PATH.
std::string find_program(const std::string& started_as, const std::string& name);

// The end of the node's log, for when it doesn't start.
std::string log_tail(const NetworkFolder& folder, std::size_t lines);

}  // namespace jinshi::cli
