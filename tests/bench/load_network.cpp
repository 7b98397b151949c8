#include "load_network.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "cli/devnet.h"
#include "cli/wallet.h"
#include "ledger/crypto/digest.h"

namespace jinshi::bench {
namespace {

constexpr std::int64_t kStatusPatienceMs = 1000;
constexpr Height kAFewBlocks = 64;

cli::Endpoints endpoints_of(const cli::NetworkFolder& folder, const cli::NodePlace& node) {
  return {node.address, node.admin, node.certificate(folder)};
}

}  // namespace

cli::Outcome<Network> Network::open(const cli::NetworkFolder& folder) {
  Network network(folder);
  auto nodes = cli::read_nodes(folder);
  if (!nodes) return std::unexpected(nodes.error());
  std::erase_if(*nodes, [](const auto& node) { return node.audit; });
  network.validators_ = std::move(*nodes);
  auto genesis = folder.read_genesis_bytes();
  if (!genesis) return std::unexpected(genesis.error());
  network.genesis_ = std::move(*genesis);
  network.chain_id_ = crypto::digest(crypto::Tag::kGenesis, network.genesis_);
  return network;
}

cli::Outcome<cli::SignerPtr> Network::signer() const {
  const auto signers = cli::Wallet(folder_.keys(), "").transaction_signers(signing_organisation());
  if (!signers) return std::unexpected(signers.error());
  return signers->front();
}

cli::Outcome<cli::Client> Network::client(const cli::NodePlace& node, std::int64_t patience_ms) const {
  return cli::Client::open(endpoints_of(folder_, node), patience_ms);
}

cli::Outcome<v1::GetStatusResponse> Network::status(const cli::NodePlace& node) const {
  auto one = client(node, kStatusPatienceMs);
  if (!one) return std::unexpected(one.error());
  return one->status();
}

cli::Outcome<cli::NodePlace> Network::leader() const {
  std::map<std::string, std::size_t> named;
  for (const auto& node : validators_) {
    if (const auto answer = status(node)) ++named[answer->leader()];
  }
  const auto most = std::ranges::max_element(named, {}, [](const auto& one) { return one.second; });
  if (most == named.end()) return cli::failed(v1::REASON_NOT_WRITABLE, "no node of the network answers");
  const auto leads = std::ranges::find(validators_, most->first, &cli::NodePlace::organisation);
  if (leads == validators_.end()) {
    return cli::failed(v1::REASON_WRONG_STATE, "no validator here is the leader '" + most->first + "'");
  }
  return *leads;
}

std::string Network::not_whole() const {
  Height highest = 0, lowest = ~Height{0};
  for (const auto& node : validators_) {
    const auto answer = status(node);
    if (!answer) return node.name + " does not say how it is: " + answer.error().message;
    if (answer->voting() != "voting") return node.name + " does not vote: " + answer->voting();
    for (const auto& peer : answer->peers()) {
      if (!peer.connected()) return node.name + " does not reach " + peer.organisation();
    }
    highest = std::max(highest, answer->height());
    lowest = std::min(lowest, answer->height());
  }
  if (highest <= lowest + kAFewBlocks) return {};
  return "one node is at height " + std::to_string(lowest) + ", another at " + std::to_string(highest);
}

cli::Outcome<std::vector<std::unique_ptr<LoadStream>>> Network::load(Supply& supply, std::size_t streams,
                                                                     std::size_t in_flight, bool come_back) const {
  std::vector<std::unique_ptr<LoadStream>> all;
  for (std::size_t i = 0; i < streams; ++i) {
    for (const auto& node : validators_) {
      const auto certificate = cli::read_file(node.certificate(folder_));
      if (!certificate) return std::unexpected(certificate.error());
      all.push_back(std::make_unique<LoadStream>(
          LoadStream::Plan{node.name, node.address, *certificate, in_flight, come_back}, supply));
    }
  }
  return all;
}

double Network::processor_seconds() const {
  double sum = 0;
  for (const auto& node : validators_) {
    if (const auto pid = cli::running_node(folder_, node); pid != 0) sum += processor_seconds_of(std::to_string(pid));
  }
  return sum;
}

double processor_seconds_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  // The name in parentheses may hold spaces; after it the state is field 3, user time 14, system time 15.
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace jinshi::bench
