// `jinshi`: the command line of a Jinshi network. Each command group is a file of this folder.
#include <CLI/CLI.hpp>

#include "cli/content.h"
#include "cli/session.h"
#include "cli/verify.h"

int main(int argc, char** argv) {
  jinshi::cli::Session session;
  session.program = argv[0];
  CLI::App app("jinshi: keys, events, records and proofs of a Jinshi network", "jinshi");
  app.set_version_flag("--version", std::string("jinshi ") + JINSHI_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(34);
  jinshi::cli::add_global_options(app, session);
  jinshi::cli::add_devnet_commands(app, session);
  jinshi::cli::add_submit_command(app, session);
  jinshi::cli::add_query_commands(app, session);
  jinshi::cli::add_proof_commands(app, session);
  jinshi::cli::add_verify_command(app, session.output);
  jinshi::cli::add_watch_command(app, session);
  jinshi::cli::add_tx_commands(app, session);
  jinshi::cli::add_replay_command(app, session);
  jinshi::cli::add_key_commands(app, session);
  jinshi::cli::add_genesis_commands(app, session);
  jinshi::cli::add_content_commands(app, session.output);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& ended) {
    return ended.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : jinshi::cli::kUsage;
  }
  return 0;
}
