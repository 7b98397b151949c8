#include "cli/network_nodes.h"

#include <set>

#include "cli/genesis_maker.h"
#include "cli/sample_lines.h"
#include "ledger/crypto/tls_identity.h"
#include "ledger/execution/genesis.h"
#include "node/config.h"
#include "tests/cli/world.h"

namespace jinshi::cli {
namespace {

const std::vector<std::string> kFour = {"zone-office", "registry-public", "registry-social", "exchange"};
const std::vector<std::uint16_t> kPorts = {20000, 20001, 20002, 20003, 20004, 20005, 20006, 20007, 20008, 20009,
                                           20010, 20011, 20012, 20013, 20014, 20015, 20016, 20017, 20018, 20019};

std::vector<NodePlace> five() { return place_nodes(kFour, 1, "zone-office", kPorts); }

GenesisPlan plan_of(const std::vector<NodePlace>& nodes) {
  GenesisPlan plan;
  plan.name = "A test network";
  plan.time = 1795392000000;
  plan.development = true;
  const auto text = read_file(JINSHI_SOURCE_DIR "/samples/sample-day.jsonl");
  REQUIRE(text);
  const auto lines = parse_sample_lines(*text);
  REQUIRE(lines);
  std::string first;
  for (std::size_t i = 0; i < 4; ++i) first += boost::json::serialize((*lines)[i].args) + "\n";
  plan.organisations = *parse_organisations(first);
  plan.validators = kFour;
  plan.nodes = nodes;
  return plan;
}

}  // namespace

TEST_CASE("a network of one is as it was, one of several has a folder for each node") {
  const auto one = place_nodes({"zone-office"}, 0, "zone-office", kPorts);
  REQUIRE(one.size() == 1);
  CHECK(one.front().name == "node");
  CHECK(one.front().peer.empty());
  const NetworkFolder folder("/n");
  CHECK(one.front().certificate(folder) == "/n/tls/node.pem");

  const auto nodes = five();
  REQUIRE(nodes.size() == 5);
  CHECK(nodes[1].name == "node2");
  CHECK(nodes[1].organisation == "registry-public");
  CHECK(nodes[1].address == "127.0.0.1:20004");
  CHECK(nodes[1].peer == "127.0.0.1:20007");
  CHECK(nodes[1].certificate(folder) == "/n/node2/tls.pem");
  CHECK(nodes[4].name == "node5");
  CHECK(nodes[4].audit);
  CHECK(nodes[4].organisation == "zone-office");
  CHECK(nodes[4].peer.empty());
}

TEST_CASE("each node's configuration is one that jinshid accepts, with every other validator as its peer") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  const auto nodes = five();
  for (const NodePlace& node : nodes) {
    CAPTURE(node.name);
    const auto config = node::parse_config(node_config(folder, node, nodes), node.config(folder));
    INFO((config ? "" : config.error().message));
    REQUIRE(config);
    CHECK(config->node.organisation == node.organisation);
    CHECK(config->node.genesis == folder.genesis());
    CHECK(config->node.data == node.home(folder) / "data");
    CHECK(config->client.listen == node.address);
    CHECK(config->client.certificate == node.certificate(folder));
    CHECK(config->peer_key() == node.key(folder));
    CHECK(config->is_audit() == node.audit);
    CHECK(config->peers.size() == (node.audit ? 4 : 3));
    if (!node.audit) {
      CHECK(config->node.consensus_key == folder.keys() / node.organisation / "consensus.pem");
      CHECK(config->peer.listen == node.peer);
    }
  }
  const auto one = place_nodes({"zone-office"}, 0, "zone-office", kPorts);
  const std::string text = node_config(folder, one.front(), one, "passphrase_variable = \"SECRET\"");
  const auto config = node::parse_config(text, one.front().config(folder));
  REQUIRE(config);
  CHECK(config->node.passphrase_variable == "SECRET");
  CHECK(config->peers.empty());
}

TEST_CASE("nodes are read back as they were written, and tools find each by its name") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  CHECK(read_nodes(folder).error().reason == v1::REASON_CONFIGURATION);
  REQUIRE(write_nodes(folder, five()));
  const auto nodes = read_nodes(folder);
  REQUIRE(nodes);
  REQUIRE(nodes->size() == 5);
  CHECK((*nodes)[3].peer == five()[3].peer);
  CHECK((*nodes)[4].audit);
  CHECK(node_named(folder, "")->name == "node1");
  CHECK(node_named(folder, "node3")->organisation == "registry-social");
  CHECK(node_named(folder, "node9").error().message.find("node1, node2") != std::string::npos);
  CHECK(read_endpoints(folder)->address == five()[0].address);
  const auto third = read_endpoints(folder, "node3");
  REQUIRE(third);
  CHECK(third->address == five()[2].address);
  CHECK(third->admin == five()[2].admin);
  CHECK(third->certificate == folder.root() / "node3" / "tls.pem");
  CHECK(read_endpoints(folder, "node9").error().reason == v1::REASON_CONFIGURATION);
  // A folder whose node runs elsewhere names one, and none of several.
  REQUIRE(write_endpoints(folder, "127.0.0.1:7400", "127.0.0.1:7401"));
  CHECK(read_endpoints(folder)->address == "127.0.0.1:7400");
  CHECK_FALSE(read_endpoints(folder, "node1"));
  CHECK_FALSE(read_nodes(folder));
}

TEST_CASE("a genesis of four lists a TLS key for every node, at its own organisation") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  const auto nodes = five();
  const auto bytes = make_genesis(folder, Wallet(folder.keys(), ""), plan_of(nodes));
  REQUIRE(bytes);
  const auto genesis = ledger::read_genesis(*bytes);
  REQUIRE(genesis);
  CHECK(genesis->validators_size() == 4);
  REQUIRE(genesis->organisations_size() == 4);
  REQUIRE(genesis->organisations(0).tls_keys_size() == 2);
  CHECK(genesis->organisations(0).tls_keys(1).label() == "node5");
  for (std::size_t i = 0; i < kFour.size(); ++i) {
    const auto spki = crypto::spki_digest_of_pem_certificate(*read_file(nodes[i].certificate(folder)));
    REQUIRE(spki);
    CHECK(genesis->organisations(static_cast<int>(i)).tls_keys(0).spki_digest() == spki->view());
    CHECK(std::filesystem::exists(nodes[i].key(folder)));
  }
}

TEST_CASE("free ports differ and can be bound") {
  const auto ports = free_ports(20);
  REQUIRE(ports);
  CHECK(std::set<std::uint16_t>(ports->begin(), ports->end()).size() == 20);
}

}  // namespace jinshi::cli
