#include "cli/devnet_maker.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "cli/devnet.h"
#include "cli/genesis_maker.h"
#include "cli/sample_lines.h"
#include "cli/time_text.h"

namespace jinshi::cli {
namespace {

constexpr std::uint16_t kFirstPort = 7400;

using Nodes = std::vector<NodePlace>;

// The sample day beside the program or in the tree that it was built from.
std::string sample_day(const Session& session) {
  const std::filesystem::path program(find_program(session.program, "jinshi"));
  for (const std::filesystem::path& candidate :
       {std::filesystem::path("samples/sample-day.jsonl"), program.parent_path() / "../share/jinshi/sample-day.jsonl",
        std::filesystem::path(JINSHI_SAMPLES) / "sample-day.jsonl"}) {
    if (std::filesystem::exists(candidate)) return candidate.string();
  }
  return "samples/sample-day.jsonl";
}

// Those whom the zone begins with: the first admissions of one time.
Outcome<std::vector<v1::AdmitOrganisation>> founders(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  const auto lines = parse_sample_lines(*text);
  if (!lines) return parse_organisations(*text);
  std::string first_lines;
  constexpr std::size_t kFounders = 4;
  for (const auto& line : *lines) {
    if (line.number > kFounders || line.op != "AdmitOrganisation") break;
    first_lines += boost::json::serialize(line.args) + "\n";
  }
  return parse_organisations(first_lines);
}

// How the node opens its key: as this command would.
std::string passphrase_setting(const Session& session) {
  std::error_code problem;
  if (!session.passphrase_file.empty()) {
    return "passphrase_file = \"" + std::filesystem::absolute(session.passphrase_file, problem).string() + "\"";
  }
  return std::getenv("JINSHI_PASSPHRASE") == nullptr ? "" : "passphrase_variable = \"JINSHI_PASSPHRASE\"";
}

bool has_role(const v1::AdmitOrganisation& organisation, v1::Role role) {
  return std::ranges::find(organisation.roles(), role) != organisation.roles().end();
}

// The first of the founders that may be validators, or the one that is named.
Outcome<std::vector<std::string>> chosen_validators(const DevnetPlan& asked,
                                                    const std::vector<v1::AdmitOrganisation>& organisations) {
  if (asked.validators <= 1) return std::vector<std::string>{asked.validator};
  std::vector<std::string> chosen;
  for (const auto& organisation : organisations) {
    if (chosen.size() < asked.validators && has_role(organisation, v1::ROLE_VALIDATOR)) {
      chosen.push_back(organisation.org());
    }
  }
  if (chosen.size() == asked.validators) return chosen;
  return misused("--validators " + std::to_string(asked.validators) + ": only " + std::to_string(chosen.size()) +
                 " of the first organisations have the role VALIDATOR");
}

// An audit node is a regulator's, where one is among the first.
std::string chosen_auditor(const std::vector<v1::AdmitOrganisation>& organisations,
                           const std::vector<std::string>& validators) {
  const auto found = std::ranges::find_if(
      organisations, [](const auto& organisation) { return has_role(organisation, v1::ROLE_REGULATOR); });
  return found == organisations.end() ? validators.front() : found->org();
}

Outcome<std::vector<std::uint16_t>> chosen_ports(const DevnetPlan& asked, std::size_t nodes) {
  if (asked.port == 0 && nodes > 1) return free_ports(kPortsEach * nodes);
  std::vector<std::uint16_t> ports;
  const std::size_t first = asked.port == 0 ? kFirstPort : asked.port;
  for (std::size_t i = 0; i < kPortsEach * nodes; ++i) ports.push_back(static_cast<std::uint16_t>(first + i));
  if (first + ports.size() <= 65'536) return ports;
  return misused("--port " + std::to_string(first) + ": the network needs " + std::to_string(ports.size()) +
                 " ports from there");
}

// jinshid --init for one node; what it complains about is in its log.
Outcome<void> make_ledger(const Session& session, const NodePlace& node, std::optional<TimeMs> clock) {
  const auto folder = session.folder();
  std::vector<std::string> init{find_program(session.program, "jinshid"), "--config", node.config(folder).string(),
                                "--init"};
  if (clock) init.insert(init.end(), {"--clock", std::to_string(*clock)});
  const auto status = run_program(init, node.log(folder));
  if (!status) return std::unexpected(status.error());
  if (*status == 0) return {};
  return failed(v1::REASON_CONFIGURATION, node.name + " could not make its ledger:\n" + log_tail(folder, node, 5));
}

// All ledgers or none. Each clock begins as much later as its ledger is made later, so that all tell one time.
Outcome<void> make_ledgers(const Session& session, const Nodes& nodes, std::optional<TimeMs> clock_begins) {
  const auto began = std::chrono::steady_clock::now();
  for (const NodePlace& node : nodes) {
    const auto since =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
    const auto clock = clock_begins ? std::optional<TimeMs>(*clock_begins + since) : std::nullopt;
    auto made = make_ledger(session, node, clock);
    if (made) continue;
    std::error_code ignored;
    for (const NodePlace& one : nodes) std::filesystem::remove_all(one.home(session.folder()) / "data", ignored);
    std::filesystem::remove(session.folder().genesis(), ignored);
    return made;
  }
  return {};
}

}  // namespace

Outcome<void> make_devnet(const Session& session, const DevnetPlan& asked, std::optional<TimeMs> clock_begins) {
  const auto folder = session.folder();
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  auto organisations = founders(asked.organisations.empty() ? sample_day(session) : asked.organisations);
  if (!organisations) return std::unexpected(organisations.error());
  const auto validators = chosen_validators(asked, *organisations);
  if (!validators) return std::unexpected(validators.error());
  const auto ports = chosen_ports(asked, validators->size() + asked.audits);
  if (!ports) return std::unexpected(ports.error());
  GenesisPlan plan;
  plan.name = "Jinshi development network";
  plan.time = clock_begins.value_or(system_now());
  plan.development = true;
  plan.validators = *validators;
  plan.nodes = place_nodes(*validators, asked.audits, chosen_auditor(*organisations, *validators), *ports);
  plan.organisations = std::move(*organisations);
  plan.notice_days = 0;
  plan.keys_each = asked.keys_each;
  const auto bytes = make_genesis(folder, *wallet, plan);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto written = write_nodes(folder, plan.nodes); !written) return written;
  for (const NodePlace& node : plan.nodes) {
    const auto config = node_config(folder, node, plan.nodes, passphrase_setting(session));
    if (auto written = write_file(node.config(folder), config); !written) return written;
  }
  // Last, since a genesis that is there says that the folder is whole.
  if (auto written = write_genesis_files(folder, *bytes); !written) return written;
  return make_ledgers(session, plan.nodes, clock_begins);
}

}  // namespace jinshi::cli
