#include "node/config.h"

#include <catch2/catch.hpp>

#include "node/config_settings.h"

namespace jinshi::node {
namespace {

const std::string kMinimal =
    "[node]\ndata = 'data'\ngenesis = '../genesis.bin'\norganisation = 'centre-a'\nconsensus_key = "
    "'/keys/consensus.pem'\n"
    "[client]\ncertificate = 'tls.pem'\nkey = 'tls.key'\n";

std::string message_of(const std::string& text) {
  const auto config = parse_config(text, "/etc/jinshi/node.toml");
  REQUIRE_FALSE(config);
  CHECK(config.error().reason == v1::REASON_CONFIGURATION);
  return config.error().message;
}

std::string with(const std::string& more) { return kMinimal + more; }

std::string peer(const std::string& organisation, const std::string& address) {
  return "[[peers]]\norganisation = '" + organisation + "'\naddress = '" + address + "'\n\n";
}

}  // namespace

TEST_CASE("a configuration needs what only the operator knows, and nothing else") {
  const auto config = parse_config(kMinimal, "/etc/jinshi/node.toml");
  REQUIRE(config);
  CHECK(config->client.listen == "127.0.0.1:7400");
  CHECK(config->admin.listen == "127.0.0.1:7401");
  CHECK(config->metrics.listen == "127.0.0.1:7402");
  CHECK(config->client.open_reads);
  CHECK(config->batch.operations == 2000);
  CHECK(config->node.role == "validator");
}

TEST_CASE("paths are relative to the configuration's own folder") {
  const auto config = parse_config(kMinimal, "/etc/jinshi/node.toml");
  REQUIRE(config);
  CHECK(config->node.data == "/etc/jinshi/data");
  CHECK(config->node.genesis == "/etc/genesis.bin");
  CHECK(config->node.consensus_key == "/keys/consensus.pem");
  CHECK(config->node.passphrase_file.empty());
}

TEST_CASE("a mistake in the configuration is named with its key, its line and the mend") {
  struct Mistake {
    std::string text, key, line, mend;
  };
  const Mistake mistakes[] = {
      {with("[pol]\nbytes = 1\n"), "[pol]", "line 9", "remove it"},
      {with("[pool]\nbyte = 1\n"), "pool.byte", "line 10", "mend its spelling"},
      {with("[pool]\ntransactions = '5'\n"), "pool.transactions", "line 10", "must be a whole number"},
      {with("[pool]\ntransactions = 5.5\n"), "pool.transactions", "line 10", "must be a whole number"},
      {with("[pool]\ntransactions = 0\n"), "pool.transactions", "line 10", "give a number from 1"},
      {with("[pool]\nclient_percent = 101\n"), "pool.client_percent", "line 10", "from 1 to 100"},
      {with("[batch]\nbytes = 100\n"), "batch.bytes", "line 10", "give a number from 1048576"},
      {with("open_reads = 'yes'\n"), "client.open_reads", "line 9", "must be true or false"},
      {with("listen = 7400\n"), "client.listen", "line 9", "must be a text in quotes"},
      {with("listen = 'localhost'\n"), "client.listen", "line 9", "HOST:PORT"},
      {with("listen = 'localhost:70000'\n"), "client.listen", "line 9", "HOST:PORT"},
      {with("listen = '::1:7400'\n"), "client.listen", "line 9", "HOST:PORT"},
      {with("[admin]\nlisten = '0.0.0.0:7401'\n"), "admin.listen", "line 10", "give a loopback address"},
      {with("[admin]\nlisten = '127.example.cn:7401'\n"), "admin.listen", "line 10", "give a loopback address"},
      {with("[log]\nlevel = 'loud'\n"), "log.level", "line 10", "debug info warning error"},
      {with("[log]\nformat = 'text json'\n"), "log.format", "line 10", "choose one of"},
      {with("[peer]\nlisten = '7403'\n"), "peer.listen", "line 10", "HOST:PORT"},
      {with("[peer]\nport = 7403\n"), "peer.port", "line 10", "mend its spelling"},
      {with("[[peers]]\norganisation = 'b'\n"), "peers.address", "line 9", "is missing: give where it listens"},
      {with("[[peers]]\naddress = 'b:1'\n"), "peers.organisation", "line 9", "is missing: give whose node"},
      {with("[[peers]]\norganisation = 'b'\naddress = 'b'\n"), "peers.address", "line 11", "HOST:PORT"},
      {with("[[peers]]\norganisation = 'b'\naddress = 'b:0'\n"), "peers.address", "line 11", "give the port"},
      {with("[[peers]]\norganisation = 4\naddress = 'b:1'\n"), "peers.organisation", "line 10", "text in quotes"},
      {with("[[peers]]\norganisation = ''\naddress = 'b:1'\n"), "peers.organisation", "line 10", "organisation's id"},
      {with("[[peers]]\norganisation = 'b'\naddress = 'b:1'\nport = 1\n"), "peers.port", "line 12", "remove it"},
      {with(peer("b", "b:1") + peer("b", "c:1")), "peers.organisation", "line 14", "as at line 9: keep one"},
      {with(peer("b", "b:1") + peer("c", "b:1")), "peers.address", "line 15", "as at line 9: keep one"},
      {with(peer("centre-a", "b:1")), "[[peers]]", "line 9", "itself: remove it"},
      {with("[peers]\norganisation = 'b'\n"), "peers", "line 9", "begin each peer with [[peers]]"},
      {"peers = ['b:1']\n" + kMinimal, "peers", "line 1", "begin each peer with [[peers]]"},
      {"log = 3\n" + kMinimal, "log", "line 1", "write it as a section"},
      {with("[log\n"), "line 9", "line 9", "is not TOML"},
  };
  for (const auto& mistake : mistakes) {
    const std::string message = message_of(mistake.text);
    INFO(message);
    CHECK(message.find("/etc/jinshi/node.toml") == 0);
    CHECK(message.find(mistake.key) != std::string::npos);
    CHECK(message.find(mistake.line) != std::string::npos);
    CHECK(message.find(mistake.mend) != std::string::npos);
  }
}

TEST_CASE("every mistake of a configuration is named at once") {
  const std::string message = message_of("[node]\ndata = 3\n[log]\nlevel = 'loud'\n");
  for (const char* key : {"node.data", "node.genesis", "node.organisation", "node.consensus_key", "client.certificate",
                          "client.key", "log.level"}) {
    INFO(key);
    CHECK(message.find(key) != std::string::npos);
  }
}

TEST_CASE("two ways to a passphrase are one too many") {
  CHECK(
      message_of("[node]\npassphrase_variable = 'A'\npassphrase_file = 'b'\n" + kMinimal.substr(7)).find("keep one") !=
      std::string::npos);
}

TEST_CASE("a network of one has no peers and listens for none") {
  const auto config = parse_config(kMinimal, "/etc/jinshi/node.toml");
  REQUIRE(config);
  CHECK(config->peer.listen.empty());
  CHECK(config->peers.empty());
  CHECK(config->vote_log_directory() == "/etc/jinshi/data/vote-log");
  CHECK_FALSE(config->is_audit());
}

TEST_CASE("peers are listed with their addresses, and the explanation of them is itself a configuration") {
  const auto config =
      parse_config(with("[peer]\nlisten = '0.0.0.0:7403'\n" + peer("b", "node-b:7403") + peer("c", "[::1]:7403")),
                   "/etc/jinshi/node.toml");
  REQUIRE(config);
  const auto again = parse_config(explain_config(*config), "/elsewhere/node.toml");
  REQUIRE(again);
  for (const auto* read : {&*config, &*again}) {
    REQUIRE(read->peers.size() == 2);
    CHECK(read->peers[0].organisation == "b");
    CHECK(read->peers[0].address == "node-b:7403");
    CHECK(read->peers[1].organisation == "c");
    CHECK(read->peers[1].address == "[::1]:7403");
    CHECK(read->peer.listen == "0.0.0.0:7403");
    CHECK(read->peer_certificate() == "/etc/jinshi/tls.pem");
    CHECK(read->peer_key() == "/etc/jinshi/tls.key");
  }
  CHECK(config->peers[1].origin == "line 15");
}

TEST_CASE("peers may have a TLS key of their own, with its certificate") {
  const auto config = parse_config(with("[peer]\ncertificate = 'peer.pem'\nkey = 'peer.key'\n"), "/etc/node.toml");
  REQUIRE(config);
  CHECK(config->peer_certificate() == "/etc/peer.pem");
  CHECK(config->peer_key() == "/etc/peer.key");
  CHECK(message_of(with("[peer]\nkey = 'peer.key'\n")).find("give both, or neither") != std::string::npos);
}

TEST_CASE("a validator with peers listens for them") {
  CHECK(message_of(with(peer("b", "b:1"))).find("peer.listen is missing") != std::string::npos);
}

TEST_CASE("an audit node holds no consensus key, needs not listen, and may ask its own organisation's validator") {
  const std::string audit =
      "[node]\nrole = 'audit'\ndata = 'data'\ngenesis = 'genesis.bin'\norganisation = 'centre-a'\n"
      "[client]\ncertificate = 'tls.pem'\nkey = 'tls.key'\n";
  const auto config = parse_config(audit + peer("centre-a", "a:1"), "/etc/node.toml");
  REQUIRE(config);
  CHECK(config->is_audit());
  CHECK(config->node.consensus_key.empty());
  CHECK(message_of("[node]\nconsensus_key = 'k'\n" + audit.substr(7)).find("signs nothing: remove it") !=
        std::string::npos);
}

TEST_CASE("a loopback address is known by its numbers, not by how a name begins") {
  for (const char* text : {"127.0.0.1:1", "127.9.8.7:1", "[::1]:1", "localhost:1"}) {
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(is_loopback(*address));
  }
  for (const char* text : {"0.0.0.0:1", "192.168.0.1:1", "[::]:1", "127.example.cn:1", "localhost.example.cn:1"}) {
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK_FALSE(is_loopback(*address));
  }
}

TEST_CASE("the explanation names each value's origin and is itself a configuration with the same meaning") {
  const auto config = parse_config(with("open_reads = false\n"), "/etc/jinshi/node.toml");
  REQUIRE(config);
  const std::string text = explain_config(*config);
  CHECK(text.find("open_reads = false") != std::string::npos);
  CHECK(text.find("# line 9:") != std::string::npos);
  CHECK(text.find("# default:") != std::string::npos);
  const auto again = parse_config(text, "/elsewhere/node.toml");
  REQUIRE(again);
  CHECK(again->node.data == config->node.data);
  CHECK_FALSE(again->client.open_reads);
  CHECK(config->origins.size() == settings().size());
}

}  // namespace jinshi::node
