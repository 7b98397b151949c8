// `jinshi genesis`: the first block of a new network, and what is in one.
#include <memory>

#include "cli/genesis_maker.h"
#include "cli/sample_lines.h"
#include "cli/session.h"
#include "cli/time_text.h"
#include "ledger/execution/genesis.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

struct GenesisFlags {
  GenesisPlan plan;
  std::string time, organisations, file;
  std::string address = "127.0.0.1:7400", admin = "127.0.0.1:7401";
};

// Where the nodes are: of several each has a folder with its configuration, on this machine until that is edited.
Outcome<void> write_where(const NetworkFolder& folder, const GenesisFlags& flags) {
  if (flags.plan.nodes.empty()) return write_endpoints(folder, flags.address, flags.admin);
  for (const NodePlace& node : flags.plan.nodes) {
    if (auto written = write_file(node.config(folder), node_config(folder, node, flags.plan.nodes)); !written) {
      return written;
    }
  }
  return write_nodes(folder, flags.plan.nodes);
}

Outcome<void> new_genesis(const Session& session, GenesisFlags& flags) {
  const auto text = read_file(flags.organisations);
  if (!text) return std::unexpected(text.error());
  auto organisations = parse_organisations(*text);
  if (!organisations) return std::unexpected(organisations.error());
  flags.plan.organisations = std::move(*organisations);
  flags.plan.time = system_now();
  if (!flags.time.empty()) {
    const auto time = parse_time(flags.time);
    if (!time) return misused("--time is a time with an offset, such as 2026-11-23T08:00+08:00");
    flags.plan.time = *time;
  }
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto folder = session.folder();
  if (flags.plan.validators.size() > 1) {
    const auto ports = free_ports(kPortsEach * flags.plan.validators.size());
    if (!ports) return std::unexpected(ports.error());
    flags.plan.nodes = place_nodes(flags.plan.validators, 0, {}, *ports);
  }
  const auto bytes = make_genesis(folder, *wallet, flags.plan);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto written = write_genesis_files(folder, *bytes); !written) return written;
  if (auto written = write_where(folder, flags); !written) return written;
  session.output.show(boost::json::object{{"genesis", session.folder().genesis().string()},
                                          {"chain_id", to_hex(ledger::chain_id_of(*bytes).view())}});
  return {};
}

Outcome<v1::Genesis> checked_genesis(const std::string& file, std::string& bytes) {
  auto read = read_file(file);
  if (!read) return std::unexpected(read.error());
  bytes = std::move(*read);
  auto genesis = ledger::read_genesis(bytes);
  if (!genesis) return failed(genesis.error(), v1::Genesis::descriptor());
  return std::move(*genesis);
}

Outcome<void> show_genesis(const Session& session, const GenesisFlags& flags, bool whole) {
  std::string bytes;
  const auto genesis = checked_genesis(flags.file.empty() ? session.folder().genesis().string() : flags.file, bytes);
  if (!genesis) return std::unexpected(genesis.error());
  boost::json::object json{{"chain_id", to_hex(ledger::chain_id_of(bytes).view())}};
  if (whole) {
    json["genesis"] = to_json(*genesis);
  } else {
    json["name"] = genesis->name();
    json["organisations"] = genesis->organisations_size();
    json["validators"] = genesis->validators_size();
    json["bytes"] = bytes.size();
  }
  session.output.show(json);
  return {};
}

}  // namespace

void add_genesis_commands(CLI::App& app, Session& session) {
  auto* genesis = app.add_subcommand("genesis", "make, show and check a network's genesis");
  genesis->require_subcommand(1);
  const auto flags = std::make_shared<GenesisFlags>();
  auto* made = genesis->add_subcommand("new", "keys, TLS identity and genesis of a new network, in the network folder");
  made->add_option("--name", flags->plan.name, "the network's name")->required();
  made->add_option("--time", flags->time, "block 0's time; else now")->type_name("TIME");
  made->add_flag("--development", flags->plan.development, "the clock may be moved forward");
  made->add_option("--organisations", flags->organisations,
                   "the first organisations: AdmitOrganisation's fields, a line each")
      ->required()
      ->type_name("FILE");
  made->add_option("--validators", flags->plan.validators, "who orders and certifies, in order")
      ->required()
      ->delimiter(',');
  made->add_option("--notice-days", flags->plan.notice_days, "working days of public notice; 5");
  made->add_option("--keys-each", flags->plan.keys_each, "transaction keys of each organisation; 1")
      ->check(CLI::Range(1, 16));
  made->add_option("--hosts", flags->plan.hosts, "names and addresses in the node's TLS certificate")->delimiter(',');
  made->add_option("--node-address", flags->address, "where the node's clients connect, in a network of one");
  made->add_option("--node-admin", flags->admin, "where its AdminService listens");
  made->callback([flags, &session] { session.finish(new_genesis(session, *flags)); });
  for (const bool whole : {true, false}) {
    auto* command =
        genesis->add_subcommand(whole ? "show" : "check", whole ? "all of it" : "that it is canonical and whole");
    command->add_option("file", flags->file, "the genesis; else the network folder's")->type_name("FILE");
    command->callback([flags, &session, whole] { session.finish(show_genesis(session, *flags, whole)); });
  }
}

}  // namespace jinshi::cli
