// A new network: keys for its first organisations, the node's TLS identity, and the genesis that lists them.
#pragma once

#include <string>
#include <vector>

#include "cli/network_nodes.h"
#include "cli/wallet.h"
#include "jinshi/v1/block.pb.h"

namespace jinshi::cli {

struct GenesisPlan {
  std::string name;
  TimeMs time = 0;
  bool development = false;
  std::vector<v1::AdmitOrganisation> organisations;  // without keys
  std::vector<std::string> validators;               // among them, in order
  std::vector<NodePlace> nodes;  // whose TLS identities are made and listed; none: the first validator's one in tls/
  std::uint32_t notice_days = 5;
  std::size_t keys_each = 1;                                           // transaction keys of each organisation
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1"};  // of the nodes, in their TLS certificates
};

// The genesis's canonical bytes. Keys come from the folder, and are made there where they are missing: transaction keys
// for everyone, governance and consensus keys for whoever has the role VALIDATOR. An organisation's tls_keys list the
// certificates of its nodes. Checked as every node will check it.
Outcome<std::string> make_genesis(const NetworkFolder& folder, const Wallet& wallet, const GenesisPlan& plan);

// genesis.bin, and genesis.json for people. Refuses to replace one.
Outcome<void> write_genesis_files(const NetworkFolder& folder, ByteView genesis);

}  // namespace jinshi::cli
