// The folder in which tools find a network: its genesis, where its nodes are, whom to trust by TLS, keys and secrets.
//
//   config.toml        the nodes that tools talk to: address, admin and certificate of one, or a table [[nodes]] each
//   genesis.bin        canonical bytes; genesis.json is for people
//   keys/ORG/*.pem     transaction, transaction-2, ..., governance, consensus: of mode 0600
//   tls/node.pem       the node's certificate, which clients pin; tls/node.key beside it where the node runs here
//   node/              jinshid's configuration, data, log and pid where it runs here
//   node1/, node2/ ... the same of a network of several, each with its own tls.pem and tls.key
//   secrets.jsonl      what opens the commitments that these tools made, of mode 0600
#pragma once

#include <filesystem>
#include <string>

#include "cli/failure.h"
#include "proto/types.h"

namespace jinshi::cli {

class NetworkFolder {
 public:
  explicit NetworkFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path config() const { return root_ / "config.toml"; }
  std::filesystem::path genesis() const { return root_ / "genesis.bin"; }
  std::filesystem::path genesis_json() const { return root_ / "genesis.json"; }
  std::filesystem::path keys() const { return root_ / "keys"; }
  std::filesystem::path tls_certificate() const { return root_ / "tls" / "node.pem"; }
  std::filesystem::path tls_key() const { return root_ / "tls" / "node.key"; }
  std::filesystem::path secrets() const { return root_ / "secrets.jsonl"; }
  std::filesystem::path replay_record() const { return root_ / "replayed.jsonl"; }
  std::filesystem::path receipts() const { return root_ / "receipts"; }

  bool exists() const;

  // The genesis's bytes and what they digest to; checked whole.
  Outcome<std::string> read_genesis_bytes() const;
  Outcome<Digest> chain_id() const;

 private:
  std::filesystem::path root_;
};

// config.toml: where a node is. Paths in it are relative to the folder.
struct Endpoints {
  std::string address;  // LedgerService, by TLS
  std::string admin;    // AdminService, local and plain
  std::filesystem::path certificate;
};
// Of the node so named, else of the one that the file begins with.
Outcome<Endpoints> read_endpoints(const NetworkFolder& folder, std::string_view node = {});
Outcome<void> write_endpoints(const NetworkFolder& folder, const std::string& address, const std::string& admin);

// Whole files. DISK names the file and what the disk said. `write_file` makes the directory it is in, writes beside the
// file and renames.
Outcome<std::string> read_file(const std::filesystem::path& path);
Outcome<void> write_file(const std::filesystem::path& path, ByteView contents);

// Appends a line and syncs it; the file is made with mode 0600.
Outcome<void> append_line(const std::filesystem::path& path, std::string_view line);

}  // namespace jinshi::cli
