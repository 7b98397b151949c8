#include "node/config_settings.h"

#include "ledger/execution/transaction.h"

namespace jinshi::node {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::monostate kMustBeGiven{};
constexpr std::int64_t kMiB = 1 << 20, kTiB = kMiB << 20;
constexpr auto kLargestTransaction = static_cast<std::int64_t>(ledger::kMaxTransactionBytes);

// GCC 12 picks no alternative of a variant for a lambda by itself.
// clang-format off
#define JINSHI_TEXT(member) TextSlot{+[](Config& c) -> std::string& { return c.member; }}
#define JINSHI_PATH(member) PathSlot{+[](Config& c) -> std::filesystem::path& { return c.member; }}
#define JINSHI_NUMBER(member) NumberSlot{+[](Config& c) -> std::int64_t& { return c.member; }}
#define JINSHI_FLAG(member) FlagSlot{+[](Config& c) -> bool& { return c.member; }}

// A row a setting, as a table reads.
const Setting kSettings[] = {
    {"node", "data", JINSHI_PATH(node.data), kMustBeGiven, "the directory that holds the ledger"},
    {"node", "genesis", JINSHI_PATH(node.genesis), kMustBeGiven, "the network's genesis file"},
    {"node", "organisation", JINSHI_TEXT(node.organisation), kMustBeGiven, "whose node this is",
     {}, {}, Check::kName},
    {"node", "role", JINSHI_TEXT(node.role), "validator"sv, "what the node does",
     {}, {}, Check::kChoice, "validator audit"},
    {"node", "consensus_key", JINSHI_PATH(node.consensus_key), ""sv,
     "the key file that signs headers, of mode 0600; none for an audit node"},
    {"node", "vote_log", JINSHI_PATH(node.vote_log), ""sv,
     "the directory of the vote log, in no backup; empty = vote-log in node.data"},
    {"node", "passphrase_variable", JINSHI_TEXT(node.passphrase_variable), ""sv,
     "the environment variable that holds the key file's passphrase"},
    {"node", "passphrase_file", JINSHI_PATH(node.passphrase_file), ""sv,
     "or the file, of mode 0600, whose first line is the passphrase"},
    {"node", "threads", JINSHI_NUMBER(node.threads), std::int64_t{0},
     "threads that check signatures and answer reads; 0 = one for each processor", 0, 256},
    {"node", "undo_bytes", JINSHI_NUMBER(node.undo_bytes), 128 * kMiB,
     "disk for proofs at older heights", kMiB, kTiB},

    {"client", "listen", JINSHI_TEXT(client.listen), "127.0.0.1:7400"sv, "where clients connect, by TLS",
     {}, {}, Check::kAddress},
    {"client", "certificate", JINSHI_PATH(client.certificate), kMustBeGiven,
     "the TLS certificate in PEM; a new one is taken up within a second"},
    {"client", "key", JINSHI_PATH(client.key), kMustBeGiven, "its key in PEM, of mode 0600"},
    {"client", "open_reads", JINSHI_FLAG(client.open_reads), true,
     "whether clients without a registered TLS key may read"},
    {"client", "calls_per_connection", JINSHI_NUMBER(client.calls_per_connection), std::int64_t{256},
     "calls that one connection may have open", 1, 65'536},
    {"client", "stream_in_flight", JINSHI_NUMBER(client.stream_in_flight), std::int64_t{256},
     "transactions of one SubmitStream without an outcome; then the node reads no further", 1, 65'536},
    {"client", "memory_bytes", JINSHI_NUMBER(client.memory_bytes), 256 * kMiB,
     "memory for messages on the wire", 16 * kMiB, kTiB},

    {"admin", "listen", JINSHI_TEXT(admin.listen), "127.0.0.1:7401"sv,
     "where AdminService listens, without TLS: a loopback address", {}, {}, Check::kLoopback},

    {"peer", "listen", JINSHI_TEXT(peer.listen), ""sv,
     "where other nodes connect, by mutual TLS; empty = nowhere, for a network of one", {}, {}, Check::kOptionalAddress},
    {"peer", "certificate", JINSHI_PATH(peer.certificate), ""sv,
     "the TLS certificate in PEM whose key the ledger lists; empty = client.certificate"},
    {"peer", "key", JINSHI_PATH(peer.key), ""sv, "its key in PEM, of mode 0600; empty = client.key"},

    {"metrics", "listen", JINSHI_TEXT(metrics.listen), "127.0.0.1:7402"sv,
     "where /metrics and /healthz are served by HTTP; empty = nowhere", {}, {}, Check::kOptionalAddress},

    {"pool", "transactions", JINSHI_NUMBER(pool.transactions), std::int64_t{20'000},
     "transactions that may wait", 1, 10'000'000},
    {"pool", "bytes", JINSHI_NUMBER(pool.bytes), 64 * kMiB,
     "bytes that may wait", 2 * kLargestTransaction, kTiB},
    {"pool", "client_percent", JINSHI_NUMBER(pool.client_percent), std::int64_t{50},
     "the share of both that one client may fill", 1, 100},

    {"batch", "operations", JINSHI_NUMBER(batch.operations), std::int64_t{2'000},
     "operations a block at most, also bounded by the epoch's own limit", 1, 100'000},
    {"batch", "bytes", JINSHI_NUMBER(batch.bytes), 2 * kMiB,
     "bytes a block at most, likewise", kLargestTransaction, 64 * kMiB},

    {"log", "level", JINSHI_TEXT(log.level), "info"sv, "the least that is written",
     {}, {}, Check::kChoice, "debug info warning error"},
    {"log", "format", JINSHI_TEXT(log.format), "text"sv, "key=value lines, or one JSON object a line",
     {}, {}, Check::kChoice, "text json"},
};
// clang-format on

#undef JINSHI_TEXT
#undef JINSHI_PATH
#undef JINSHI_NUMBER
#undef JINSHI_FLAG

}  // namespace

std::span<const Setting> settings() { return kSettings; }

std::span<const PeerSetting> peer_settings() {
  static constexpr PeerSetting kPeerSettings[] = {
      {"organisation", &Config::PeerAddress::organisation, "whose node it is; its TLS keys are on the ledger",
       Check::kName},
      {"address", &Config::PeerAddress::address, "where it listens, its peer.listen as seen from here",
       Check::kDialled},
  };
  return kPeerSettings;
}

}  // namespace jinshi::node
