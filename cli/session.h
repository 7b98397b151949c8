// What every command shares: where the network is, who opens its keys, how results are shown.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "cli/client.h"
#include "cli/network_folder.h"
#include "cli/output.h"
#include "cli/wallet.h"

namespace jinshi::cli {

struct Session {
  std::filesystem::path network = "network";
  std::string passphrase_file;
  std::string node;     // which of config.toml's; empty = the first
  std::string address;  // over what config.toml says
  Output output;
  std::string program;  // as it was started: jinshid is looked for beside it

  NetworkFolder folder() const { return NetworkFolder(network); }
  Outcome<Endpoints> endpoints() const;
  Outcome<Client> client(std::int64_t patience_ms = 5000) const;
  Outcome<Wallet> wallet() const;

  // Ends a command: prints a failure, and leaves with its exit status by the parser's own way out.
  void finish(const Outcome<void>& outcome) const;
};

// --network, --output, --passphrase-file, --node, --address. The session must outlive the app.
void add_global_options(CLI::App& app, Session& session);

// One for each command group.
void add_key_commands(CLI::App& app, Session& session);
void add_genesis_commands(CLI::App& app, Session& session);
void add_submit_command(CLI::App& app, Session& session);
void add_tx_commands(CLI::App& app, Session& session);
void add_query_commands(CLI::App& app, Session& session);
void add_proof_commands(CLI::App& app, Session& session);
void add_watch_command(CLI::App& app, Session& session);
void add_replay_command(CLI::App& app, Session& session);
void add_devnet_commands(CLI::App& app, Session& session);

}  // namespace jinshi::cli
