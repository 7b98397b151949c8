// jinshid: reads a configuration, builds the parts, connects them, runs until it is told to stop.
#include <grpc/support/log.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "node/clock_text.h"
#include "node/config.h"
#include "node/deadline.h"
#include "node/metrics_server.h"
#include "node/peer/peer_network.h"
#include "node/service/servers.h"
#include "node/validator.h"

namespace jinshi::node {
namespace {

// docs/operators.md lists them.
constexpr int kStoppedCleanly = 0, kCutShort = 1, kCantStart = 2, kFailed = 3;

constexpr std::chrono::milliseconds kServicesPatience{1500}, kPeersPatience{500};
constexpr std::chrono::milliseconds kStopDeadline{4900};

LogLevel level_of(const Config& config) {
  if (config.log.level == "debug") return LogLevel::kDebug;
  if (config.log.level == "warning") return LogLevel::kWarning;
  return config.log.level == "error" ? LogLevel::kError : LogLevel::kInfo;
}

Log log_of(const Config& config) {
  return Log(level_of(config), config.log.format == "json" ? LogFormat::kJson : LogFormat::kText);
}

int cant_start(const Log& log, const Error& error) {
  log.fatal("can't start", {{"reason", v1::Reason_Name(error.reason)}, {"message", error.message}});
  const bool damaged = error.reason == v1::REASON_DAMAGED || error.reason == v1::REASON_DISK;
  return damaged ? kFailed : kCantStart;
}

Result<std::unique_ptr<MetricsServer>> start_metrics(Validator& node) {
  const auto& listen = node.config().metrics.listen;
  if (listen.empty()) return nullptr;
  const auto address = parse_address(listen);
  if (!address) return std::unexpected(address.error());
  return MetricsServer::start(node.runtime().side(), *address,
                              {[&node] { return node.metrics().text(); },
                               [&node] {
                                 const auto diagnosis = node.diagnosis();
                                 return MetricsServer::Page{!diagnosis.stalled, diagnosis.text};
                               }});
}

int run(const Config& config) {
  const Log log = log_of(config);
  log.info("start", {{"version", JINSHI_VERSION},
                     {"organisation", config.node.organisation},
                     {"role", config.node.role},
                     {"data", config.node.data.string()},
                     {"open_reads", config.client.open_reads}});
  PeerNetwork* network = nullptr;
  auto opened = Validator::open(config, log, [&](const Config& peers, PeerBook& book, const Log& to) {
    auto made = PeerNetwork::open(peers, book, to);
    if (!made) return Result<std::unique_ptr<PeerLinks>>(std::unexpected(made.error()));
    network = made->get();
    return Result<std::unique_ptr<PeerLinks>>(std::move(*made));
  });
  if (!opened) return cant_start(log, opened.error());
  Validator& node = **opened;
  const auto head = node.ledger().head();
  log.info("ledger", {{"chain_id", node.ledger().chain_id()},
                      {"network", node.ledger().genesis().name()},
                      {"height", head.height},
                      {"head", head.digest},
                      {"development", node.ledger().genesis().development()}});

  boost::asio::io_context main_context;
  boost::asio::signal_set signals(main_context, SIGTERM, SIGINT);
  int exit_code = kStoppedCleanly;
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (!error) log.info("stopping", {{"signal", signal}});
  });
  node.on_failure([&](const Error& error) {
    log.fatal("the node stops, and everything that it answered is on disk",
              {{"reason", v1::Reason_Name(error.reason)}, {"message", error.message}});
    boost::asio::post(main_context, [&] {
      exit_code = kFailed;
      signals.cancel();
    });
  });

  auto metrics = start_metrics(node);
  if (!metrics) return cant_start(log, metrics.error());
  auto servers = Servers::start(node);
  if (!servers) return cant_start(log, servers.error());
  if (network != nullptr) {
    if (auto started = network->start(node, node.runtime().workers().get_executor()); !started) {
      return cant_start(log, started.error());
    }
  }
  node.start();
  log.info("listening", {{"client", (*servers)->client_port()},
                         {"admin", (*servers)->admin_port()},
                         {"peers", network == nullptr ? 0 : network->port()},
                         {"metrics", *metrics ? (*metrics)->port() : 0}});

  main_context.run();

  const Deadline deadline(kStopDeadline, [&log] {
    log.fatal("the stop took too long and is cut short; everything that was answered is on disk");
    std::_Exit(kCutShort);
  });
  node.stop_taking();
  (*servers)->stop(kServicesPatience);
  log.info("services stopped");
  if (network != nullptr) network->stop(kPeersPatience);
  if (*metrics) (*metrics)->stop();
  const bool in_time = node.stop();
  log.info("stopped", {{"height", node.ledger().head().height}, {"last_block_in_time", in_time}});
  return exit_code;
}

int initialise_from(const Config& config, const std::string& clock) {
  std::optional<TimeMs> begins;
  if (!clock.empty()) {
    const auto time = parse_time(clock);
    if (!time) {
      std::fprintf(stderr, "jinshid: --clock %s: %s\n", clock.c_str(), time.error().message.c_str());
      return kCantStart;
    }
    begins = *time;
  }
  if (const auto made = initialise(config, begins); !made) {
    std::fprintf(stderr, "jinshid: %s\n", made.error().message.c_str());
    return kCantStart;
  }
  std::printf("made the ledger in %s; start it with jinshid --config FILE\n", config.ledger_directory().c_str());
  return kStoppedCleanly;
}

int main(int argc, char** argv) {
  CLI::App app{"jinshid: a node of a Jinshi network"};
  std::string file, clock;
  bool check = false, init = false;
  app.set_version_flag("--version", std::string("jinshid ") + JINSHI_VERSION);
  app.add_option("--config", file, "the configuration file, in TOML")->required();
  auto* check_flag =
      app.add_flag("--check-config", check, "say what the configuration means, and where each value is from");
  auto* init_flag =
      app.add_flag("--init", init, "make the data directory and block 0 from the genesis file")->excludes(check_flag);
  app.add_option(
         "--clock", clock,
         "with --init in a development network: when its clock begins, in ms UTC or as 2026-11-23T08:00:00+08:00")
      ->needs(init_flag);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kStoppedCleanly : kCantStart;
  }
  const auto config = load_config(file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return kCantStart;
  }
  if (check) {
    std::fputs(explain_config(*config).c_str(), stdout);
    return kStoppedCleanly;
  }
  return init ? initialise_from(*config, clock) : run(*config);
}

}  // namespace
}  // namespace jinshi::node

int main(int argc, char** argv) {
  // Both come back as errors where they happen, with the file or the peer at hand.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // gRPC's own log is for its authors, and any client's mistake fills it: shown when asked for.
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
  return jinshi::node::main(argc, argv);
}
