#include "cli/devnet.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

extern char** environ;

namespace jinshi::cli {
namespace {

std::filesystem::path pid_file(const NetworkFolder& folder, const NodePlace& node) {
  return node.home(folder) / "jinshid.pid";
}

std::string absolute_config(const NetworkFolder& folder, const NodePlace& node) {
  std::error_code problem;
  return std::filesystem::absolute(node.config(folder), problem).lexically_normal().string();
}

Outcome<pid_t> spawn(const std::vector<std::string>& command, const std::filesystem::path& log, bool own_session) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (own_session) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int problem = posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (problem == 0) return pid;
  return failed(v1::REASON_CONFIGURATION,
                "can't start " + command[0] + ": " + std::strerror(problem) + ": put it beside jinshi, or into PATH");
}

// A process that is gone, or a zombie of ours: nothing to signal.
bool runs(pid_t pid, const std::string& config) {
  if (pid <= 0) return false;
  ::waitpid(pid, nullptr, WNOHANG);
  const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
  return command && command->find("jinshid") != std::string::npos && command->find(config) != std::string::npos;
}

// Whether it ended in time.
bool wait_for_end(pid_t pid, const std::string& config, std::chrono::steady_clock::time_point until) {
  while (runs(pid, config)) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace

pid_t running_node(const NetworkFolder& folder, const NodePlace& node) {
  if (!std::filesystem::exists(pid_file(folder, node))) return 0;
  const auto text = read_file(pid_file(folder, node));
  if (!text) return 0;
  const pid_t pid = static_cast<pid_t>(std::strtol(text->c_str(), nullptr, 10));
  return runs(pid, absolute_config(folder, node)) ? pid : 0;
}

Outcome<int> run_program(const std::vector<std::string>& command, const std::filesystem::path& log) {
  const auto pid = spawn(command, log, false);
  if (!pid) return std::unexpected(pid.error());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Outcome<pid_t> start_node(const NetworkFolder& folder, const NodePlace& node, const std::string& program) {
  const auto pid = spawn({program, "--config", absolute_config(folder, node)}, node.log(folder), true);
  if (!pid) return pid;
  if (auto written = write_file(pid_file(folder, node), std::to_string(*pid) + "\n"); !written) {
    ::kill(*pid, SIGTERM);
    return std::unexpected(written.error());
  }
  return pid;
}

Outcome<void> stop_nodes(const NetworkFolder& folder, std::span<const NodePlace> nodes, std::int64_t patience_ms) {
  for (const NodePlace& node : nodes) {
    if (const pid_t pid = running_node(folder, node); pid != 0) ::kill(pid, SIGTERM);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  Outcome<void> outcome;
  for (const NodePlace& node : nodes) {
    const pid_t pid = running_node(folder, node);
    if (pid != 0 && !wait_for_end(pid, absolute_config(folder, node), until)) {
      outcome = failed(v1::REASON_STOPPING, node.name + " (process " + std::to_string(pid) + ") has not ended after " +
                                                std::to_string(patience_ms) + " ms: see " + node.log(folder).string());
      continue;
    }
    std::error_code ignored;
    std::filesystem::remove(pid_file(folder, node), ignored);
  }
  return outcome;
}

Outcome<void> kill_node(const NetworkFolder& folder, const NodePlace& node) {
  const pid_t pid = running_node(folder, node);
  if (pid == 0)
    return failed(v1::REASON_WRONG_STATE, node.name + " does not run: `jinshi devnet status` shows who does");
  ::kill(pid, SIGKILL);
  wait_for_end(pid, absolute_config(folder, node), std::chrono::steady_clock::now() + std::chrono::seconds(10));
  std::error_code ignored;
  std::filesystem::remove(pid_file(folder, node), ignored);
  return {};
}

std::string find_program(const std::string& started_as, const std::string& name) {
  std::error_code problem;
  auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (problem) self = started_as;
  const auto beside = self.parent_path() / name;
  if (std::filesystem::exists(beside)) return beside.string();
  const auto in_build_tree = self.parent_path().parent_path() / "node" / name;
  if (std::filesystem::exists(in_build_tree)) return in_build_tree.string();
  return name;
}

std::string log_tail(const NetworkFolder& folder, const NodePlace& node, std::size_t lines) {
  const auto text = read_file(node.log(folder));
  if (!text) return {};
  std::size_t from = text->size();
  for (std::size_t i = 0; i <= lines && from != std::string::npos && from > 0; ++i) from = text->rfind('\n', from - 1);
  return from == std::string::npos ? *text : text->substr(from == 0 ? 0 : from + 1);
}

}  // namespace jinshi::cli
