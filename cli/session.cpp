#include "cli/session.h"

#include <cstdlib>

#include "ledger/crypto/secret_file.h"

namespace jinshi::cli {

Outcome<Endpoints> Session::endpoints() const {
  auto endpoints = read_endpoints(folder(), node);
  if (endpoints && !address.empty()) endpoints->address = address;
  return endpoints;
}

Outcome<Client> Session::client(std::int64_t patience_ms) const {
  const auto where = endpoints();
  if (!where) return std::unexpected(where.error());
  return Client::open(*where, patience_ms);
}

Outcome<Wallet> Session::wallet() const {
  std::string passphrase;
  if (!passphrase_file.empty()) {
    const auto text = crypto::read_secret_file(passphrase_file);
    if (!text) return failed(text.error());
    passphrase = text->view().substr(0, text->view().find_first_of("\r\n"));
  } else if (const char* variable = std::getenv("JINSHI_PASSPHRASE")) {
    passphrase = variable;
  }
  return Wallet(folder().keys(), std::move(passphrase));
}

void Session::finish(const Outcome<void>& outcome) const {
  if (outcome) return;
  output.failure(outcome.error());
  throw CLI::RuntimeError(outcome.error().exit_status);
}

void add_global_options(CLI::App& app, Session& session) {
  if (const char* variable = std::getenv("JINSHI_NETWORK")) session.network = variable;
  app.add_option("--network", session.network, "the network folder; else $JINSHI_NETWORK, else ./network")
      ->type_name("DIR");
  app.add_option("--output", session.output.format, "table for people, json for programs")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, OutputFormat>{{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}}))
      ->type_name("table|json");
  app.add_option("--passphrase-file", session.passphrase_file,
                 "a file of mode 0600 whose first line opens the keys; else $JINSHI_PASSPHRASE")
      ->type_name("FILE");
  app.add_option("--node", session.node, "which node of the network to talk to; else the first")->type_name("NODE");
  app.add_option("--address", session.address, "the node's client address, over the network folder's")
      ->type_name("HOST:PORT");
}

}  // namespace jinshi::cli
