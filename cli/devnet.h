// A development network's processes on this machine: started, watched, ended.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/network_nodes.h"

namespace jinshi::cli {

// The daemon that the node's jinshid.pid names, if it still runs and is this node's: 0 otherwise.
pid_t running_node(const NetworkFolder& folder, const NodePlace& node);

// Runs to its end; DISK when the program can't be started, else its exit status. Output goes to the log.
Outcome<int> run_program(const std::vector<std::string>& command, const std::filesystem::path& log);
// In a session of its own, so that it outlives this command; its pid is in jinshid.pid before this returns.
Outcome<pid_t> start_node(const NetworkFolder& folder, const NodePlace& node, const std::string& program);

// SIGTERM to all at once, then waits. Refused when one has not ended after `patience_ms`; it is named.
Outcome<void> stop_nodes(const NetworkFolder& folder, std::span<const NodePlace> nodes, std::int64_t patience_ms);
// SIGKILL, and gone before this returns. WRONG_STATE when it doesn't run.
Outcome<void> kill_node(const NetworkFolder& folder, const NodePlace& node);

// A program of this project: beside the one that runs, in the build tree's place beside it, or in PATH.
std::string find_program(const std::string& started_as, const std::string& name);

// The end of the node's log, for when it doesn't start.
std::string log_tail(const NetworkFolder& folder, const NodePlace& node, std::size_t lines);

}  // namespace jinshi::cli
