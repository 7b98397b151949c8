// The nodes of a network that run on this machine: their names, whose they are, where they listen. config.toml lists
// them, a table [[nodes]] each; tools talk to the first unless --node names another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/network_folder.h"

namespace jinshi::cli {

struct NodePlace {
  std::string name = {};  // its folder: "node" of a network of one, else node1, node2, ...
  std::string organisation = {};
  bool audit = false;
  // HOST:PORT each; `peer` is empty where nobody dials the node.
  std::string address = {}, admin = {}, metrics = {}, peer = {};

  std::filesystem::path home(const NetworkFolder& folder) const { return folder.root() / name; }
  std::filesystem::path config(const NetworkFolder& folder) const { return home(folder) / "jinshid.toml"; }
  std::filesystem::path log(const NetworkFolder& folder) const { return home(folder) / "jinshid.log"; }
  // Its TLS identity, for clients and peers. A network of one has it in tls/.
  std::filesystem::path certificate(const NetworkFolder& folder) const;
  std::filesystem::path key(const NetworkFolder& folder) const;
};

inline constexpr std::size_t kPortsEach = 4;

// One node a validator, in the genesis's order, then `audits` audit nodes of the organisation `auditor`. `ports` are
// four a node: clients, admin, metrics, peers. One validator without audit nodes is a network of one.
std::vector<NodePlace> place_nodes(const std::vector<std::string>& validators, std::size_t audits,
                                   const std::string& auditor, std::span<const std::uint16_t> ports);

// Loopback ports that nothing listens on now; below those that the system gives to clients.
Outcome<std::vector<std::uint16_t>> free_ports(std::size_t count);

// The node's jinshid.toml, with paths relative to it. `passphrase` is the setting that opens an encrypted consensus
// key, such as `passphrase_variable = "JINSHI_PASSPHRASE"`; empty where the key is plain.
std::string node_config(const NetworkFolder& folder, const NodePlace& node, std::span<const NodePlace> all,
                        std::string_view passphrase = {});

Outcome<void> write_nodes(const NetworkFolder& folder, std::span<const NodePlace> nodes);
// CONFIGURATION where config.toml lists none: its node runs elsewhere.
Outcome<std::vector<NodePlace>> read_nodes(const NetworkFolder& folder);

// The one of that name, the first without a name; CONFIGURATION names those that there are.
Outcome<NodePlace> node_named(const NetworkFolder& folder, std::string_view name);

}  // namespace jinshi::cli
