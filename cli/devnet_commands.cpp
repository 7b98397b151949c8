// `jinshi devnet up | down | status`: a network of one node on this machine, for development and demonstrations.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "cli/devnet.h"
#include "cli/genesis_maker.h"
#include "cli/sample_lines.h"
#include "cli/session.h"
#include "cli/time_text.h"
#include "ledger/execution/genesis.h"
#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kStartPatienceMs = 20'000;
constexpr std::int64_t kStopPatienceMs = 10'000;

struct DevnetFlags {
  std::string time, organisations, validator = "zone-office";
  std::uint16_t port = 7400;
  std::size_t keys_each = 1;
  std::int64_t seconds = 0;
};

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

Outcome<std::optional<TimeMs>> wanted_time(const DevnetFlags& flags) {
  if (flags.time.empty()) return std::optional<TimeMs>();
  const auto time = parse_time(flags.time);
  if (!time) return misused("--time is a time with an offset, such as 2026-11-23T08:00+08:00");
  return std::optional(*time);
}

// How the node opens its key: as this command would.
std::string passphrase_setting(const Session& session) {
  std::error_code problem;
  if (!session.passphrase_file.empty()) {
    return "passphrase_file = \"" + std::filesystem::absolute(session.passphrase_file, problem).string() + "\"";
  }
  return std::getenv("JINSHI_PASSPHRASE") == nullptr ? "" : "passphrase_variable = \"JINSHI_PASSPHRASE\"";
}

Outcome<void> make_network(const Session& session, const DevnetFlags& flags, TimeMs time, bool clock_begins) {
  const auto folder = session.folder();
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  auto organisations = founders(flags.organisations.empty() ? sample_day(session) : flags.organisations);
  if (!organisations) return std::unexpected(organisations.error());
  GenesisPlan plan;
  plan.name = "Jinshi development network";
  plan.time = time;
  plan.development = true;
  plan.organisations = std::move(*organisations);
  plan.validators = {flags.validator};
  plan.notice_days = 0;
  plan.keys_each = flags.keys_each;
  const auto bytes = make_genesis(folder, *wallet, plan);
  if (!bytes) return std::unexpected(bytes.error());
  const auto at = [&](int offset) { return "127.0.0.1:" + std::to_string(flags.port + offset); };
  if (auto written = write_endpoints(folder, at(0), at(1)); !written) return written;
  const Endpoints endpoints{.address = at(0), .admin = at(1), .certificate = {}};
  const auto config = node_config(flags.validator, endpoints, at(2), passphrase_setting(session));
  if (auto written = write_file(folder.node() / "jinshid.toml", config); !written) return written;
  // Last, since a genesis that is there says that the folder is whole.
  if (auto written = write_genesis_files(folder, *bytes); !written) return written;
  std::vector<std::string> init{find_program(session.program, "jinshid"), "--config",
                                (folder.node() / "jinshid.toml").string(), "--init"};
  if (clock_begins) init.insert(init.end(), {"--clock", std::to_string(time)});
  const auto status = run_program(init, folder.node() / "jinshid.log");
  if (status && *status == 0) return {};
  std::error_code ignored;
  std::filesystem::remove(folder.genesis(), ignored);
  if (!status) return std::unexpected(status.error());
  return failed(v1::REASON_CONFIGURATION, "the node could not make its ledger:\n" + log_tail(folder, 5));
}

Outcome<void> wait_until_healthy(const Session& session, const Client& client) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartPatienceMs);
  while (true) {
    const auto healthy = client.health();
    if (healthy) return {};
    const bool gone = running_node(session.folder()) == 0;
    if (gone || std::chrono::steady_clock::now() > until) {
      return failed(v1::REASON_CONFIGURATION, (gone ? "the node ended" : healthy.error().message) +
                                                  "; its log says:\n" + log_tail(session.folder(), 8));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Outcome<void> show_network(const Session& session, const Client& client, pid_t pid) {
  const auto endpoints = session.endpoints();
  if (!endpoints) return std::unexpected(endpoints.error());
  const auto chain = client.chain();
  if (!chain) return std::unexpected(chain.error());
  session.output.show(boost::json::object{{"network", session.folder().root().string()},
                                          {"process", pid},
                                          {"address", endpoints->address},
                                          {"admin", endpoints->admin},
                                          {"certificate", endpoints->certificate.string()},
                                          {"chain_id", to_hex(chain->chain_id())},
                                          {"height", chain->height()},
                                          {"time", chain->time()},
                                          {"log", (session.folder().node() / "jinshid.log").string()}});
  return {};
}

Outcome<void> move_clock(const Session& session, const Client& client, TimeMs time) {
  const auto chain = client.chain();
  if (!chain) return std::unexpected(chain.error());
  if (!chain->development()) {
    return failed(v1::REASON_WRONG_STATE, "the clock moves only in a network whose genesis says development");
  }
  if (chain->time() >= time) {
    session.output.note("the network's clock is at " + format_time(chain->time()) + " already, and only moves forward");
    return {};
  }
  const auto moved = client.move_clock(time);
  if (!moved) return std::unexpected(moved.error());
  return {};
}

Outcome<bool> is_development(const NetworkFolder& folder) {
  const auto bytes = folder.read_genesis_bytes();
  if (!bytes) return std::unexpected(bytes.error());
  const auto genesis = decode<v1::Genesis>(*bytes);
  return genesis && genesis->development();
}

Outcome<void> up(const Session& session, const DevnetFlags& flags) {
  const auto folder = session.folder();
  const auto time = wanted_time(flags);
  if (!time) return std::unexpected(time.error());
  const bool fresh = !folder.exists();
  if (fresh) {
    if (auto made = make_network(session, flags, time->value_or(system_now()), time->has_value()); !made) return made;
  } else {
    const auto development = is_development(folder);
    if (!development) return std::unexpected(development.error());
    if (time->has_value() && !*development) {
      return failed(v1::REASON_WRONG_STATE, "--time is for networks whose genesis says development");
    }
  }
  pid_t pid = running_node(folder);
  if (pid == 0) {
    const auto started = start_node(folder, find_program(session.program, "jinshid"));
    if (!started) return std::unexpected(started.error());
    pid = *started;
  }
  const auto client = session.client(500);
  if (!client) return std::unexpected(client.error());
  if (auto healthy = wait_until_healthy(session, *client); !healthy) return healthy;
  if (!fresh && time->has_value()) {
    if (auto moved = move_clock(session, *client, **time); !moved) return moved;
  }
  if (auto shown = show_network(session, *client, pid); !shown) return shown;
  if (flags.seconds == 0) return {};
  session.output.note("stopping in " + std::to_string(flags.seconds) + " s");
  std::this_thread::sleep_for(std::chrono::seconds(flags.seconds));
  return stop_node(folder, kStopPatienceMs);
}

Outcome<void> down(const Session& session) {
  const pid_t pid = running_node(session.folder());
  if (auto stopped = stop_node(session.folder(), kStopPatienceMs); !stopped) return stopped;
  session.output.show(boost::json::object{{"network", session.folder().root().string()}, {"stopped", pid != 0}});
  return {};
}

Outcome<void> status(const Session& session) {
  const pid_t pid = running_node(session.folder());
  if (pid == 0) {
    session.output.show(boost::json::object{{"network", session.folder().root().string()}, {"running", false}});
    return failed(v1::REASON_NOT_WRITABLE, "no node of this network runs here: `jinshi devnet up`");
  }
  const auto client = session.client(2000);
  if (!client) return std::unexpected(client.error());
  return show_network(session, *client, pid);
}

}  // namespace

void add_devnet_commands(CLI::App& app, Session& session) {
  auto* devnet = app.add_subcommand("devnet", "a development network of one node on this machine");
  devnet->require_subcommand(1);
  const auto flags = std::make_shared<DevnetFlags>();
  auto* begin = devnet->add_subcommand("up", "make the network where there is none, and start its node");
  begin->add_option("--time", flags->time, "where the network's clock begins, or moves forward to")->type_name("TIME");
  begin
      ->add_option("--organisations", flags->organisations,
                   "whose first four admissions are the genesis; else the sample day")
      ->type_name("FILE");
  begin->add_option("--validator", flags->validator, "who orders and certifies");
  begin->add_option("--port", flags->port, "the client port; admin and metrics have the next two");
  begin->add_option("--keys-each", flags->keys_each, "transaction keys of each organisation; 1");
  begin->add_option("--seconds", flags->seconds, "stay, and stop the node after so long");
  begin->callback([flags, &session] { session.finish(up(session, *flags)); });
  devnet->add_subcommand("down", "stop the node")->callback([&session] { session.finish(down(session)); });
  devnet->add_subcommand("status", "whether it runs, and where")->callback([&session] {
    session.finish(status(session));
  });
}

}  // namespace jinshi::cli
