// jinshi_load: loads a network whose nodes run on this machine, and measures it. scripts/bench starts one and calls it.
#include <CLI/CLI.hpp>

#include "load_quick.h"

namespace {

namespace bench = jinshi::bench;
namespace cli = jinshi::cli;

int ended(const cli::Outcome<void>& outcome, const cli::Output& output) {
  if (outcome) return cli::kDone;
  output.failure(outcome.error());
  return outcome.error().exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Loads a network on this machine, and measures it", "jinshi_load");
  std::string folder = "network", format = "table";
  bench::QuickPlan quick;
  bench::FailoverPlan failover;
  app.add_option("--network", folder, "the network's folder");
  app.add_option("--output", format, "table or json")->check(CLI::IsMember({"table", "json"}));
  app.require_subcommand(1);
  app.fallthrough();
  auto* one = app.add_subcommand("quick", "transactions committed a second, and what the machine could check");
  one->add_option("--windows", quick.windows, "measured one after another; the median counts")->check(CLI::Range(1, 99));
  one->add_option("--seconds", quick.window_seconds, "of each window");
  one->add_option("--streams", quick.streams, "to each node")->check(CLI::Range(1, 64));
  one->add_option("--in-flight", quick.in_flight, "transactions of one stream without a receipt");
  auto* two = app.add_subcommand("failover", "kills the leader under load, again and again");
  two->add_option("--kills", failover.kills, "of the leader");
  two->add_option("--in-flight", failover.in_flight, "transactions of one stream without a receipt");
  two->add_option("--daemon", failover.daemon, "jinshid, to start a node again")->required();
  CLI11_PARSE(app, argc, argv);

  cli::Output output;
  if (format == "json") output.format = cli::OutputFormat::kJson;
  const auto network = bench::Network::open(cli::NetworkFolder(folder));
  if (!network) return ended(std::unexpected(network.error()), output);
  return ended(one->parsed() ? bench::quick(*network, quick, output) : bench::failover(*network, failover, output),
               output);
}
