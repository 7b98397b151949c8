#include "node/validator.h"

#include <cstdlib>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/secret_file.h"
#include "node/durable_file.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

constexpr std::size_t kMaxGenesisBytes = 16 << 20;

// A block in flight is on disk within this, or the disk is no longer to be waited for.
constexpr std::chrono::milliseconds kBlockPatience{2500};

Result<std::string> passphrase(const Config& config) {
  if (!config.node.passphrase_variable.empty()) {
    const char* value = std::getenv(config.node.passphrase_variable.c_str());
    if (value == nullptr) {
      return fail(v1::REASON_CONFIGURATION, "the environment has no " + config.node.passphrase_variable +
                                                ", which node.passphrase_variable names: set it");
    }
    return std::string(value);
  }
  if (!config.node.passphrase_file.empty()) {
    const auto contents = crypto::read_secret_file(config.node.passphrase_file);
    if (!contents) return std::unexpected(contents.error());
    const auto text = contents->view();
    return std::string(text.substr(0, text.find_first_of("\r\n")));
  }
  return std::string();
}

Result<std::unique_ptr<crypto::Signer>> open_signer(const Config& config) {
  const auto words = passphrase(config);
  if (!words) return std::unexpected(words.error());
  auto key = crypto::read_key_file(config.node.consensus_key, *words);
  if (!key) return std::unexpected(key.error());
  return std::make_unique<crypto::SoftwareSigner>(std::move(*key));
}

Pool::Limits pool_limits(const Config& config) {
  return {static_cast<std::size_t>(config.pool.transactions), static_cast<std::size_t>(config.pool.bytes),
          static_cast<std::size_t>(config.pool.client_percent)};
}

ledger::Ledger::Options ledger_options(const Config& config) {
  return {config.ledger_directory(), nullptr, static_cast<std::size_t>(config.node.undo_bytes)};
}

}  // namespace

Result<void> initialise(const Config& config, std::optional<TimeMs> clock_begins) {
  const auto genesis = read_file(config.node.genesis, kMaxGenesisBytes);
  if (!genesis) return std::unexpected(genesis.error());
  if (clock_begins) {
    const auto decoded = decode<v1::Genesis>(*genesis);
    if (!decoded) {
      return fail(v1::REASON_CONFIGURATION,
                  config.node.genesis.string() + " is no genesis: " + decoded.error().message);
    }
    if (!decoded->development()) {
      return fail(v1::REASON_WRONG_STATE,
                  "only a network whose genesis says `development` may choose its time: leave --clock away");
    }
  }
  std::error_code error;
  std::filesystem::create_directories(config.node.data, error);
  if (error) {
    return fail(v1::REASON_DISK, config.node.data.string() + " can't be made: " + error.message());
  }
  const auto ledger = ledger::Ledger::create(ledger_options(config), *genesis);
  if (!ledger) return std::unexpected(ledger.error());
  if (clock_begins) return NetworkClock::begin_at(config.clock_file(), *clock_begins);
  return {};
}

Result<std::unique_ptr<Validator>> Validator::open(const Config& config, const Log& log) {
  const auto genesis = read_file(config.node.genesis, kMaxGenesisBytes);
  if (!genesis) return std::unexpected(genesis.error());
  auto signer = open_signer(config);
  if (!signer) return std::unexpected(signer.error());
  std::error_code ignored;
  if (!std::filesystem::exists(config.ledger_directory(), ignored)) {
    return fail(v1::REASON_CONFIGURATION,
                config.ledger_directory().string() +
                    " holds no ledger yet: make it once with jinshid --init --config FILE, or mend node.data");
  }
  auto ledger = ledger::Ledger::open(ledger_options(config));
  if (!ledger) return std::unexpected(ledger.error());
  const Digest chain_id = crypto::digest(crypto::Tag::kGenesis, *genesis);
  if ((*ledger)->chain_id() != chain_id) {
    return fail(v1::REASON_WRONG_CHAIN, config.ledger_directory().string() + " holds chain " +
                                            to_hex((*ledger)->chain_id().view()) + ", but " +
                                            config.node.genesis.string() + " is the genesis of " +
                                            to_hex(chain_id.view()) + ": mend node.genesis or node.data");
  }
  if (auto fits =
          OrderingDriver::check_validator((*ledger)->epochs(), config.node.organisation, (*signer)->public_key());
      !fits) {
    return std::unexpected(fits.error());
  }
  auto clock = NetworkClock::open(config.clock_file(), (*ledger)->genesis().development());
  if (!clock) return std::unexpected(clock.error());
  return std::unique_ptr<Validator>(
      new Validator(config, log, std::move(*ledger), std::move(*clock), std::move(*signer)));
}

Validator::Validator(Config config, const Log& log, std::unique_ptr<ledger::Ledger> ledger,
                     std::unique_ptr<NetworkClock> clock, std::unique_ptr<crypto::Signer> signer)
    : config_(std::move(config)),
      log_(log),
      started_(Runtime::steady_now()),
      ledger_(std::move(ledger)),
      clock_(std::move(clock)),
      signer_(std::move(signer)),
      metrics_(JINSHI_VERSION, to_hex(ledger_->chain_id().view())),
      pool_(pool_limits(config_)),
      runtime_(std::make_unique<Runtime>(static_cast<unsigned>(config_.node.threads))) {
  submissions_ = std::make_unique<Submissions>(Submissions::Parts{*runtime_, *ledger_, pool_, *clock_, metrics_, log_,
                                                                  [this] { driver_->transactions_wait(); }});
  driver_ = std::make_unique<OrderingDriver>(OrderingDriver::Parts{
      *runtime_, *ledger_, pool_, source_, *signer_, *clock_, metrics_, log_, config_.node.organisation,
      Pool::BatchLimits{static_cast<std::size_t>(config_.batch.operations),
                        static_cast<std::size_t>(config_.batch.bytes)},
      [this](const auto& block, const auto& listed) { certified(block, listed); },
      [this](const Error& error) {
        if (on_failure_) on_failure_(error);
      }});
  metrics_.levels_from([this] { return levels(); });
}

Validator::~Validator() { stop(); }

void Validator::on_head(std::function<void(const ledger::Head&)> callback) { on_head_ = std::move(callback); }
void Validator::on_failure(std::function<void(const Error&)> callback) { on_failure_ = std::move(callback); }

void Validator::start() {
  if (on_head_) ledger_->on_certified(on_head_);
  driver_->start();
}

void Validator::stop_taking() { submissions_->stop(); }

bool Validator::stop() {
  if (std::exchange(stopped_, true)) return true;
  submissions_->stop();
  const bool in_time = driver_->stop(kBlockPatience);
  runtime_->stop();
  return in_time;
}

void Validator::certified(const ledger::ExecutedBlock& block, const std::vector<ledger::TransactionPtr>& listed) {
  pool_.certified(listed);
  submissions_->certified(listed, pool_.expire(block.time), ledger_->epochs().current().protocol_version());
}

Diagnosis Validator::diagnosis() const {
  return diagnose({driver_->status(), Runtime::steady_now(), clock_->now(), pool_.sizes().waiting});
}

v1::GetStatusResponse Validator::status() const {
  const auto head = ledger_->head();
  const auto sizes = pool_.sizes();
  const SteadyMs now = Runtime::steady_now();
  v1::GetStatusResponse status;
  status.set_version(JINSHI_VERSION);
  status.set_chain_id(ledger_->chain_id().string());
  status.set_organisation(config_.node.organisation);
  status.set_role(config_.node.role);
  status.set_height(head.height);
  status.set_head(head.digest.string());
  status.set_head_time(head.time);
  status.set_clock(clock_->now());
  status.set_pool_transactions(sizes.transactions);
  status.set_pool_bytes(sizes.bytes);
  status.set_condition(diagnosis().text);
  status.set_uptime_ms(now - started_);
  status.set_last_block_ms_ago(now - driver_->status().last_block);
  return status;
}

Metrics::Levels Validator::levels() const {
  const auto head = ledger_->head();
  const auto sizes = pool_.sizes();
  const TimeMs now = clock_->now();
  return {head.height,        now - head.time, sizes.transactions,
          sizes.bytes,        sizes.waiting,   now - NetworkClock::system_now(),
          diagnosis().stalled};
}

Result<TimeMs> Validator::move_clock(TimeMs to) {
  auto moved = clock_->move_to(to);
  if (!moved) return moved;
  log_.info("clock moved", {{"to", *moved}});
  driver_->clock_moved();
  return moved;
}

}  // namespace jinshi::node
