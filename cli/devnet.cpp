#include "cli/devnet.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>

extern char** environ;

namespace jinshi::cli {
namespace {

std::filesystem::path config_of(const NetworkFolder& folder) { return folder.node() / "jinshid.toml"; }
std::filesystem::path pid_file(const NetworkFolder& folder) { return folder.node() / "jinshid.pid"; }
std::filesystem::path log_file(const NetworkFolder& folder) { return folder.node() / "jinshid.log"; }

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
bool runs(pid_t pid, const NetworkFolder& folder) {
  if (pid <= 0) return false;
  ::waitpid(pid, nullptr, WNOHANG);
  const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
  std::error_code problem;
  const auto config = std::filesystem::absolute(config_of(folder), problem).lexically_normal();
  return command && command->find("jinshid") != std::string::npos &&
         command->find(config.string()) != std::string::npos;
}

}  // namespace

std::string node_config(std::string_view organisation, const Endpoints& endpoints, std::string_view metrics,
                        std::string_view passphrase) {
  std::ostringstream text;
  text << "# Written by `jinshi devnet up`; `jinshid --check-config` explains every value.\n"
       << "[node]\n"
       << "data = \"data\"\n"
       << "genesis = \"../genesis.bin\"\n"
       << "organisation = \"" << organisation << "\"\n"
       << "consensus_key = \"../keys/" << organisation << "/consensus.pem\"\n"
       << passphrase << (passphrase.empty() ? "\n" : "\n\n") << "[client]\n"
       << "listen = \"" << endpoints.address << "\"\n"
       << "certificate = \"../tls/node.pem\"\n"
       << "key = \"../tls/node.key\"\n\n"
       << "[admin]\n"
       << "listen = \"" << endpoints.admin << "\"\n\n"
       << "[metrics]\n"
       << "listen = \"" << metrics << "\"\n";
  return text.str();
}

pid_t running_node(const NetworkFolder& folder) {
  if (!std::filesystem::exists(pid_file(folder))) return 0;
  const auto text = read_file(pid_file(folder));
  if (!text) return 0;
  const pid_t pid = static_cast<pid_t>(std::strtol(text->c_str(), nullptr, 10));
  return runs(pid, folder) ? pid : 0;
}

Outcome<int> run_program(const std::vector<std::string>& command, const std::filesystem::path& log) {
  const auto pid = spawn(command, log, false);
  if (!pid) return std::unexpected(pid.error());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Outcome<pid_t> start_node(const NetworkFolder& folder, const std::string& program) {
  std::error_code problem;
  const auto config = std::filesystem::absolute(config_of(folder), problem).lexically_normal();
  const auto pid = spawn({program, "--config", config.string()}, log_file(folder), true);
  if (!pid) return pid;
  if (auto written = write_file(pid_file(folder), std::to_string(*pid) + "\n"); !written) {
    ::kill(*pid, SIGTERM);
    return std::unexpected(written.error());
  }
  return pid;
}

Outcome<void> stop_node(const NetworkFolder& folder, std::int64_t patience_ms) {
  const pid_t pid = running_node(folder);
  std::error_code ignored;
  if (pid != 0) {
    ::kill(pid, SIGTERM);
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (runs(pid, folder)) {
      if (std::chrono::steady_clock::now() > until) {
        return failed(v1::REASON_STOPPING, "the node (process " + std::to_string(pid) + ") has not ended after " +
                                               std::to_string(patience_ms) + " ms: see " + log_file(folder).string());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  std::filesystem::remove(pid_file(folder), ignored);
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

std::string log_tail(const NetworkFolder& folder, std::size_t lines) {
  const auto text = read_file(log_file(folder));
  if (!text) return {};
  std::size_t from = text->size();
  for (std::size_t i = 0; i <= lines && from != std::string::npos && from > 0; ++i) from = text->rfind('\n', from - 1);
  return from == std::string::npos ? *text : text->substr(from == 0 ? 0 : from + 1);
}

}  // namespace jinshi::cli
