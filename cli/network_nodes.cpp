#include "cli/network_nodes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "proto/assert.h"

namespace jinshi::cli {
namespace {

constexpr const char* kOnlyNode = "node";

bool is_free(std::uint16_t port) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listening < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound = ::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(listening);
  return bound;
}

std::string quoted(const std::filesystem::path& path) { return "\"" + path.generic_string() + "\""; }

std::string path_from(const std::filesystem::path& path, const std::filesystem::path& to) {
  return quoted(path.lexically_relative(to));
}

}  // namespace

std::filesystem::path NodePlace::certificate(const NetworkFolder& folder) const {
  return name == kOnlyNode ? folder.tls_certificate() : home(folder) / "tls.pem";
}

std::filesystem::path NodePlace::key(const NetworkFolder& folder) const {
  return name == kOnlyNode ? folder.tls_key() : home(folder) / "tls.key";
}

std::vector<NodePlace> place_nodes(const std::vector<std::string>& validators, std::size_t audits,
                                   const std::string& auditor, std::span<const std::uint16_t> ports) {
  const std::size_t count = validators.size() + audits;
  JINSHI_ASSERT(ports.size() >= kPortsEach * count, "every node has four ports");
  std::vector<NodePlace> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = [&](std::size_t which) { return "127.0.0.1:" + std::to_string(ports[kPortsEach * i + which]); };
    NodePlace& node = nodes.emplace_back();
    node.name = count == 1 ? kOnlyNode : kOnlyNode + std::to_string(i + 1);
    node.audit = i >= validators.size();
    node.organisation = node.audit ? auditor : validators[i];
    node.address = at(0);
    node.admin = at(1);
    node.metrics = at(2);
    if (count > 1 && !node.audit) node.peer = at(3);
  }
  return nodes;
}

Outcome<std::vector<std::uint16_t>> free_ports(std::size_t count) {
  // Two networks that begin at once look in different places.
  constexpr std::uint16_t kLowest = 10'000, kHighest = 32'000;
  std::random_device random;
  std::vector<std::uint16_t> ports;
  std::uint16_t port = static_cast<std::uint16_t>(kLowest + random() % (kHighest - kLowest));
  for (int tried = 0; tried < kHighest - kLowest && ports.size() < count; ++tried) {
    if (is_free(port)) ports.push_back(port);
    port = port + 1 == kHighest ? kLowest : static_cast<std::uint16_t>(port + 1);
  }
  if (ports.size() == count) return ports;
  return failed(v1::REASON_CONFIGURATION, "no " + std::to_string(count) + " ports are free: choose some with --port");
}

std::string node_config(const NetworkFolder& folder, const NodePlace& node, std::span<const NodePlace> all,
                        std::string_view passphrase) {
  const auto home = node.home(folder);
  std::ostringstream text;
  text << "# Written by `jinshi`; `jinshid --check-config` explains every value.\n"
       << "[node]\n"
       << "data = \"data\"\n"
       << "genesis = " << path_from(folder.genesis(), home) << "\n"
       << "organisation = \"" << node.organisation << "\"\n";
  if (node.audit) {
    text << "role = \"audit\"\n";
  } else {
    text << "consensus_key = " << path_from(folder.keys() / node.organisation / "consensus.pem", home) << "\n"
         << passphrase << (passphrase.empty() ? "" : "\n");
  }
  text << "\n[client]\n"
       << "listen = \"" << node.address << "\"\n"
       << "certificate = " << path_from(node.certificate(folder), home) << "\n"
       << "key = " << path_from(node.key(folder), home) << "\n\n"
       << "[admin]\n"
       << "listen = \"" << node.admin << "\"\n\n"
       << "[metrics]\n"
       << "listen = \"" << node.metrics << "\"\n";
  if (!node.peer.empty()) text << "\n[peer]\nlisten = \"" << node.peer << "\"\n";
  for (const NodePlace& other : all) {
    if (other.name == node.name || other.peer.empty()) continue;
    text << "\n[[peers]]\n"
         << "organisation = \"" << other.organisation << "\"\n"
         << "address = \"" << other.peer << "\"\n";
  }
  return text.str();
}

Outcome<void> write_nodes(const NetworkFolder& folder, std::span<const NodePlace> nodes) {
  std::ostringstream text;
  text << "# The nodes of this network that run here. Tools talk to the first unless --node names another, and trust "
          "it\n"
       << "# by its certificate alone.\n";
  for (const NodePlace& node : nodes) {
    text << "\n[[nodes]]\n"
         << "name = \"" << node.name << "\"\n"
         << "organisation = \"" << node.organisation << "\"\n"
         << "role = \"" << (node.audit ? "audit" : "validator") << "\"\n"
         << "address = \"" << node.address << "\"\n"
         << "admin = \"" << node.admin << "\"\n"
         << "metrics = \"" << node.metrics << "\"\n"
         << "peer = \"" << node.peer << "\"\n"
         << "certificate = " << path_from(node.certificate(folder), folder.root()) << "\n";
  }
  return write_file(folder.config(), text.str());
}

Outcome<std::vector<NodePlace>> read_nodes(const NetworkFolder& folder) {
  const auto text = read_file(folder.config());
  if (!text) {
    return failed(v1::REASON_CONFIGURATION, "no network in " + folder.root().string() +
                                                ": make one with `jinshi devnet up`, or name another with --network");
  }
  std::vector<NodePlace> nodes;
  try {
    const toml::table config = toml::parse(*text);
    if (const auto* listed = config["nodes"].as_array()) {
      for (const auto& entry : *listed) {
        const auto* table = entry.as_table();
        if (table == nullptr) continue;
        const auto value = [&](const char* key) { return (*table)[key].value_or(std::string()); };
        nodes.push_back({.name = value("name"),
                         .organisation = value("organisation"),
                         .audit = value("role") == "audit",
                         .address = value("address"),
                         .admin = value("admin"),
                         .metrics = value("metrics"),
                         .peer = value("peer")});
      }
    }
  } catch (const toml::parse_error& error) {
    return failed(v1::REASON_CONFIGURATION, folder.config().string() + ": " + std::string(error.description()));
  }
  const auto whole = [](const NodePlace& node) { return !node.name.empty() && !node.address.empty(); };
  if (!nodes.empty() && std::ranges::all_of(nodes, whole)) return nodes;
  return failed(v1::REASON_CONFIGURATION,
                folder.config().string() +
                    " lists no nodes that run here, each with name and address: `jinshi devnet up` in another folder");
}

Outcome<NodePlace> node_named(const NetworkFolder& folder, std::string_view name) {
  const auto nodes = read_nodes(folder);
  if (!nodes) return std::unexpected(nodes.error());
  if (name.empty()) return nodes->front();
  const auto found = std::ranges::find(*nodes, name, &NodePlace::name);
  if (found != nodes->end()) return *found;
  std::string names;
  for (const NodePlace& node : *nodes) names += (names.empty() ? "" : ", ") + node.name;
  return failed(v1::REASON_CONFIGURATION,
                "no node '" + std::string(name) + "' in " + folder.config().string() + ": it lists " + names);
}

}  // namespace jinshi::cli
