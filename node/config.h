// The node's one configuration file, in TOML. Every value has a default that works, except what only the operator can
// know. Relative paths are relative to the file. docs/operators.md lists every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"

namespace jinshi::node {

struct Address {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};

// "127.0.0.1:7400", "[::1]:7400", "node1.example.cn:7400".
Result<Address> parse_address(std::string_view text);
// The same again, as the system's resolver and gRPC take it.
std::string to_string(const Address& address);
// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(const Address& address);

struct Config {
  struct Node {
    std::filesystem::path data;     // the directory that holds the ledger
    std::filesystem::path genesis;  // canonical bytes of the network's Genesis
    std::string organisation;
    std::string role;
    std::filesystem::path consensus_key;    // empty for an audit node, which signs nothing
    std::filesystem::path vote_log;         // empty = beside the ledger
    std::string passphrase_variable;        // of the environment; empty = none
    std::filesystem::path passphrase_file;  // empty = none
    std::int64_t threads = 0;               // for checks and reads; 0 = one a processor
    std::int64_t undo_bytes = 0;
  } node;
  struct Client {
    std::string listen;
    std::filesystem::path certificate;
    std::filesystem::path key;
    bool open_reads = true;
    std::int64_t calls_per_connection = 0;
    std::int64_t stream_in_flight = 0;
    std::int64_t memory_bytes = 0;
  } client;
  struct Admin {
    std::string listen;
  } admin;
  struct Peer {
    std::string listen;                 // empty = none: nobody dials this node
    std::filesystem::path certificate;  // with its key; both empty = the client port's
    std::filesystem::path key;
  } peer;
  // Whom this node dials, as the file lists them.
  struct PeerAddress {
    std::string organisation;
    std::string address;
    std::string origin;  // "line 12"
  };
  std::vector<PeerAddress> peers;
  struct Metrics {
    std::string listen;  // empty = none
  } metrics;
  struct Pool {
    std::int64_t transactions = 0;
    std::int64_t bytes = 0;
    std::int64_t client_percent = 0;
  } pool;
  struct Batch {
    std::int64_t operations = 0;
    std::int64_t bytes = 0;
  } batch;
  struct Log {
    std::string level;
    std::string format;
  } log;

  // Where each of the settings came from, in the table's order: "default", or "line 12".
  std::vector<std::string> origins;

  std::filesystem::path ledger_directory() const { return node.data / "ledger"; }
  std::filesystem::path clock_file() const { return node.data / "clock"; }
  std::filesystem::path vote_log_directory() const {
    return node.vote_log.empty() ? node.data / "vote-log" : node.vote_log;
  }
  const std::filesystem::path& peer_certificate() const {
    return peer.certificate.empty() ? client.certificate : peer.certificate;
  }
  const std::filesystem::path& peer_key() const { return peer.key.empty() ? client.key : peer.key; }
  bool is_audit() const { return node.role == "audit"; }
};

// CONFIGURATION; the message has a line for everything that is wrong, each with the key, its line and the mend.
// `file` is where the text came from: names it in messages, and is what relative paths are relative to.
Result<Config> parse_config(std::string_view text, const std::filesystem::path& file);
Result<Config> load_config(const std::filesystem::path& file);

// The effective configuration, a line for each value with its origin and what it means; itself a valid file.
std::string explain_config(const Config& config);

}  // namespace jinshi::node
