// `jinshi devnet up | down | status | start | stop | kill`: a network on this machine, for development and
// demonstrations.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include "cli/devnet.h"
#include "cli/devnet_maker.h"
#include "cli/network_clocks.h"
#include "cli/session.h"
#include "cli/time_text.h"
#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kStartPatienceMs = 20'000;
constexpr std::int64_t kStopPatienceMs = 10'000;

struct DevnetFlags {
  DevnetPlan plan;
  std::string time, node;
  std::int64_t seconds = 0;
};

using Nodes = std::vector<NodePlace>;

Outcome<std::optional<TimeMs>> wanted_time(const DevnetFlags& flags) {
  if (flags.time.empty()) return std::optional<TimeMs>();
  const auto time = parse_time(flags.time);
  if (!time) return misused("--time is a time with an offset, such as 2026-11-23T08:00+08:00");
  return std::optional(*time);
}

Outcome<Client> client_of(const Session& session, const NodePlace& node, std::int64_t patience_ms) {
  const auto endpoints = read_endpoints(session.folder(), node.name);
  if (!endpoints) return std::unexpected(endpoints.error());
  return Client::open(*endpoints, patience_ms);
}

// Why it ended, in its own words: the reason that its log names last, and the log's end.
Failure why_it_ended(const NetworkFolder& folder, const NodePlace& node, const std::string& what) {
  constexpr std::string_view kMark = "reason=";
  const std::string tail = log_tail(folder, node, 8);
  v1::Reason reason = v1::REASON_CONFIGURATION;
  if (const auto at = tail.rfind(kMark); at != std::string::npos) {
    const auto from = at + kMark.size();
    v1::Reason named = v1::REASON_UNSPECIFIED;
    if (v1::Reason_Parse(tail.substr(from, tail.find_first_of(" \n", from) - from), &named)) reason = named;
  }
  return failed(reason, node.name + " " + what + "; its log says:\n" + tail).error();
}

Outcome<void> wait_until_healthy(const Session& session, const Nodes& nodes) {
  const auto folder = session.folder();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartPatienceMs);
  for (const NodePlace& node : nodes) {
    const auto client = client_of(session, node, 500);
    if (!client) return std::unexpected(client.error());
    while (!client->health()) {
      // One that ends early tells more than one that waits for it.
      for (const NodePlace& one : nodes) {
        if (running_node(folder, one) == 0) return std::unexpected(why_it_ended(folder, one, "ended"));
      }
      if (std::chrono::steady_clock::now() > until) {
        return std::unexpected(why_it_ended(folder, node, "is not healthy"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  return {};
}

// Starts those that don't run, and waits until all are healthy; else none of those is left running.
Outcome<void> start_nodes(const Session& session, const Nodes& nodes) {
  const auto folder = session.folder();
  Nodes started;
  Outcome<void> outcome;
  for (const NodePlace& node : nodes) {
    if (running_node(folder, node) != 0) continue;
    if (const auto pid = start_node(folder, node, find_program(session.program, "jinshid")); !pid) {
      outcome = std::unexpected(pid.error());
      break;
    }
    started.push_back(node);
  }
  if (outcome) outcome = wait_until_healthy(session, nodes);
  if (outcome) return {};
  if (!stop_nodes(folder, started, kStopPatienceMs)) {
    for (const NodePlace& node : started) (void)kill_node(folder, node);
  }
  return outcome;
}

boost::json::object state_of_node(const Session& session, const NodePlace& node, std::int64_t patience_ms) {
  const auto folder = session.folder();
  const pid_t pid = running_node(folder, node);
  boost::json::object json{{"name", node.name},
                           {"organisation", node.organisation},
                           {"role", node.audit ? "audit" : "validator"},
                           {"running", pid != 0},
                           {"process", pid},
                           {"address", node.address},
                           {"admin", node.admin},
                           {"certificate", node.certificate(folder).string()},
                           {"log", node.log(folder).string()}};
  if (pid == 0) return json;
  const auto client = client_of(session, node, patience_ms);
  if (!client) return json;
  if (const auto status = client->status(); status) {
    json["height"] = status->height();
    json["head"] = to_hex(status->head());
    json["epoch"] = status->epoch();
    json["view"] = status->view();
    json["condition"] = status->condition();
  } else {
    json["condition"] = status.error().message;
  }
  return json;
}

// One node as it always was; several as a table.
Outcome<void> show_network(const Session& session, const Nodes& nodes) {
  const auto folder = session.folder();
  const auto chain_id = folder.chain_id();
  if (!chain_id) return std::unexpected(chain_id.error());
  boost::json::array states;
  for (const NodePlace& node : nodes) states.push_back(state_of_node(session, node, 2000));
  if (nodes.size() == 1) {
    const auto client = client_of(session, nodes.front(), 2000);
    if (!client) return std::unexpected(client.error());
    const auto chain = client->chain();
    if (!chain) return std::unexpected(chain.error());
    const auto& state = states.front().as_object();
    session.output.show(boost::json::object{{"network", folder.root().string()},
                                            {"process", state.at("process")},
                                            {"address", state.at("address")},
                                            {"admin", state.at("admin")},
                                            {"certificate", state.at("certificate")},
                                            {"chain_id", to_hex(chain_id->view())},
                                            {"height", chain->height()},
                                            {"time", chain->time()},
                                            {"log", state.at("log")}});
    return {};
  }
  Table table({"node", "organisation", "role", "process", "address", "height", "head", "condition"});
  for (const auto& value : states) {
    const auto& state = value.as_object();
    const auto text = [&](const char* member) {
      const auto* found = state.if_contains(member);
      if (found == nullptr) return std::string();
      return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
    };
    table.row({text("name"), text("organisation"), text("role"), state.at("running").as_bool() ? text("process") : "-",
               text("address"), text("height"), text("head").substr(0, 12), text("condition")});
  }
  session.output.show(table, boost::json::object{{"network", folder.root().string()},
                                                 {"chain_id", to_hex(chain_id->view())},
                                                 {"nodes", std::move(states)}});
  return {};
}

Outcome<void> move_clocks(const Session& session, TimeMs time) {
  const auto before = NetworkClocks(session.folder()).move_to(time);
  if (!before) return std::unexpected(before.error());
  if (*before > time) {
    session.output.note("the network's clock is at " + format_time(*before) + " already, and only moves forward");
  }
  return {};
}

Outcome<bool> is_development(const NetworkFolder& folder) {
  const auto bytes = folder.read_genesis_bytes();
  if (!bytes) return std::unexpected(bytes.error());
  const auto genesis = decode<v1::Genesis>(*bytes);
  return genesis && genesis->development();
}

// An older network's folder: what the flags ask of a new one must be what it is.
Outcome<void> check_same(const DevnetFlags& flags, const Nodes& nodes) {
  const auto audits = static_cast<std::size_t>(std::ranges::count(nodes, true, &NodePlace::audit));
  const std::size_t validators = nodes.size() - audits;
  const bool same = (flags.plan.validators == 0 || flags.plan.validators == validators) &&
                    (flags.plan.audits == 0 || flags.plan.audits == audits);
  if (same) return {};
  return failed(v1::REASON_CONFIGURATION, "this network has " + std::to_string(validators) + " validators and " +
                                              std::to_string(audits) +
                                              " audit nodes here: start it as it is, or choose another folder");
}

Outcome<void> up(const Session& session, const DevnetFlags& flags) {
  const auto folder = session.folder();
  const auto time = wanted_time(flags);
  if (!time) return std::unexpected(time.error());
  const bool fresh = !folder.exists();
  if (fresh) {
    if (auto made = make_devnet(session, flags.plan, *time); !made) return made;
  }
  const auto nodes = read_nodes(folder);
  if (!nodes) return std::unexpected(nodes.error());
  if (!fresh) {
    if (auto same = check_same(flags, *nodes); !same) return same;
    const auto development = is_development(folder);
    if (!development) return std::unexpected(development.error());
    if (time->has_value() && !*development) {
      return failed(v1::REASON_WRONG_STATE, "--time is for networks whose genesis says development");
    }
  }
  if (auto started = start_nodes(session, *nodes); !started) return started;
  if (!fresh && time->has_value()) {
    if (auto moved = move_clocks(session, **time); !moved) return moved;
  }
  if (auto shown = show_network(session, *nodes); !shown) return shown;
  if (flags.seconds == 0) return {};
  session.output.note("stopping in " + std::to_string(flags.seconds) + " s");
  std::this_thread::sleep_for(std::chrono::seconds(flags.seconds));
  return stop_nodes(folder, *nodes, kStopPatienceMs);
}

bool any_runs(const NetworkFolder& folder, const Nodes& nodes) {
  return std::ranges::any_of(nodes, [&](const NodePlace& node) { return running_node(folder, node) != 0; });
}

Outcome<void> down(const Session& session) {
  const auto folder = session.folder();
  const auto nodes = read_nodes(folder);
  if (!nodes) return std::unexpected(nodes.error());
  const bool ran = any_runs(folder, *nodes);
  if (auto stopped = stop_nodes(folder, *nodes, kStopPatienceMs); !stopped) return stopped;
  session.output.show(boost::json::object{{"network", folder.root().string()}, {"stopped", ran}});
  return {};
}

Outcome<void> status(const Session& session) {
  const auto nodes = read_nodes(session.folder());
  if (!nodes) return std::unexpected(nodes.error());
  if (!any_runs(session.folder(), *nodes)) {
    session.output.show(boost::json::object{{"network", session.folder().root().string()}, {"running", false}});
    return failed(v1::REASON_NOT_WRITABLE, "no node of this network runs here: `jinshi devnet up`");
  }
  return show_network(session, *nodes);
}

// --- one of the nodes ---

Outcome<void> show_node(const Session& session, const NodePlace& node) {
  session.output.show(state_of_node(session, node, 2000));
  return {};
}

Outcome<void> start_one(const Session& session, const DevnetFlags& flags) {
  const auto node = node_named(session.folder(), flags.node);
  if (!node) return std::unexpected(node.error());
  if (auto started = start_nodes(session, {*node}); !started) return started;
  const auto development = is_development(session.folder());
  if (!development) return std::unexpected(development.error());
  // The others' clocks may have been moved while it was away.
  if (*development) {
    if (const auto moved = NetworkClocks(session.folder()).move_to(std::nullopt); !moved) {
      return std::unexpected(moved.error());
    }
  }
  return show_node(session, *node);
}

Outcome<void> stop_one(const Session& session, const DevnetFlags& flags) {
  const auto node = node_named(session.folder(), flags.node);
  if (!node) return std::unexpected(node.error());
  if (auto stopped = stop_nodes(session.folder(), std::span(&*node, 1), kStopPatienceMs); !stopped) return stopped;
  return show_node(session, *node);
}

Outcome<void> kill_one(const Session& session, const DevnetFlags& flags) {
  const auto node = node_named(session.folder(), flags.node);
  if (!node) return std::unexpected(node.error());
  if (auto killed = kill_node(session.folder(), *node); !killed) return killed;
  return show_node(session, *node);
}

}  // namespace

void add_devnet_commands(CLI::App& app, Session& session) {
  auto* devnet = app.add_subcommand("devnet", "a development network on this machine");
  devnet->require_subcommand(1);
  const auto flags = std::make_shared<DevnetFlags>();
  auto* begin = devnet->add_subcommand("up", "make the network where there is none, and start its nodes");
  begin
      ->add_option("--validators", flags->plan.validators,
                   "how many: the first organisations with the role VALIDATOR; 1")
      ->check(CLI::Range(1, 100));
  begin->add_option("--audit", flags->plan.audits, "audit nodes beside them; none")->check(CLI::Range(0, 12));
  begin->add_option("--time", flags->time, "where the network's clock begins, or moves forward to")->type_name("TIME");
  begin
      ->add_option("--organisations", flags->plan.organisations,
                   "whose first four admissions are the genesis; else the sample day")
      ->type_name("FILE");
  begin->add_option("--validator", flags->plan.validator, "who orders and certifies a network of one; zone-office");
  begin->add_option("--port", flags->plan.port,
                    "the first of four ports a node: clients, admin, metrics, peers; else 7400 for one node, and "
                    "whatever is free for several");
  begin->add_option("--keys-each", flags->plan.keys_each, "transaction keys of each organisation; 1");
  begin->add_option("--seconds", flags->seconds, "stay, and stop the nodes after so long");
  begin->callback([flags, &session] { session.finish(up(session, *flags)); });
  devnet->add_subcommand("down", "stop the nodes")->callback([&session] { session.finish(down(session)); });
  devnet->add_subcommand("status", "which of them run, where, and how they are")->callback([&session] {
    session.finish(status(session));
  });
  const auto of_one = [&](const char* name, const char* about,
                          Outcome<void> (*run)(const Session&, const DevnetFlags&)) {
    auto* command = devnet->add_subcommand(name, about);
    command->add_option("node", flags->node, "its name, such as node2")->required()->type_name("NODE");
    command->callback([flags, &session, run] { session.finish(run(session, *flags)); });
  };
  of_one("start", "start one node", start_one);
  of_one("stop", "stop one node as an operator would", stop_one);
  of_one("kill", "end one node at once, as a power cut would", kill_one);
}

}  // namespace jinshi::cli
