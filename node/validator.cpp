#include "node/validator.h"

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <fmt/format.h>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/secret_file.h"
#include "ledger/domain/record_key.h"
#include "node/durable_file.h"
#include "node/peer/tls_keys.h"
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

// Null for an audit node, which signs nothing.
Result<std::unique_ptr<crypto::Signer>> open_signer(const Config& config) {
  if (config.is_audit()) return nullptr;
  const auto words = passphrase(config);
  if (!words) return std::unexpected(words.error());
  auto key = crypto::read_key_file(config.node.consensus_key, *words);
  if (!key) return std::unexpected(key.error());
  return std::make_unique<crypto::SoftwareSigner>(std::move(*key));
}

Pool::Limits pool_limits(const Config& config) {
  return {.transactions = static_cast<std::size_t>(config.pool.transactions),
          .bytes = static_cast<std::size_t>(config.pool.bytes),
          .client_percent = static_cast<std::size_t>(config.pool.client_percent)};
}

// What this node signed is in its vote log, and whatever else a power cut takes others have.
ledger::Ledger::Options ledger_options(const Config& config) {
  return {config.ledger_directory(), nullptr, static_cast<std::size_t>(config.node.undo_bytes), false};
}

VoteLog::Owner owner_of(const Digest& chain_id, const crypto::Signer& signer) {
  return {chain_id, std::string(signer.public_key().encoded())};
}

// A key that the ledger doesn't list yet may be one that will be: who holds it follows until then.
Result<void> check_key(const Config& config, const ledger::Ledger& ledger, const crypto::Signer& signer) {
  const auto found = ledger.get(ledger::keys::key(signer.public_key().encoded()).key());
  if (!found) return std::unexpected(found.error());
  if (!found->record) return {};
  const auto& key = found->record->key();
  if (key.organisation() != config.node.organisation) {
    return fail(v1::REASON_CONFIGURATION, config.node.consensus_key.string() + " is a key of " + key.organisation() +
                                              ", but node.organisation is " + config.node.organisation +
                                              ": mend node.organisation or node.consensus_key");
  }
  if (key.purpose() != v1::KEY_PURPOSE_CONSENSUS) {
    return fail(v1::REASON_CONFIGURATION, config.node.consensus_key.string() +
                                              " is on the ledger for another purpose than consensus: mend "
                                              "node.consensus_key");
  }
  return {};
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
  const auto signer = open_signer(config);
  if (!signer) return std::unexpected(signer.error());
  std::error_code error;
  std::filesystem::create_directories(config.node.data, error);
  if (error) {
    return fail(v1::REASON_DISK, config.node.data.string() + " can't be made: " + error.message());
  }
  // The log first: whoever finds a ledger finds a log that was there before anything was signed.
  if (*signer != nullptr) {
    auto files = log_files_on_disk(config.vote_log_directory());
    if (!files) return std::unexpected(files.error());
    const Digest chain_id = crypto::digest(crypto::Tag::kGenesis, *genesis);
    if (auto made = VoteLog::create(**files, owner_of(chain_id, **signer)); !made) return made;
  }
  const auto ledger = ledger::Ledger::create(ledger_options(config), *genesis);
  if (!ledger) return std::unexpected(ledger.error());
  if (clock_begins) return NetworkClock::begin_at(config.clock_file(), *clock_begins);
  return {};
}

Result<std::unique_ptr<Validator>> Validator::open(const Config& config, const Log& log, const MakeLinks& make_links) {
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
  if (*signer != nullptr) {
    if (auto fits = check_key(config, **ledger, **signer); !fits) return std::unexpected(fits.error());
  }
  auto clock = NetworkClock::open(config.clock_file(), (*ledger)->genesis().development());
  if (!clock) return std::unexpected(clock.error());
  std::unique_ptr<Validator> node(
      new Validator(config, log, std::move(*ledger), std::move(*clock), std::move(*signer)));
  if (auto connected = node->connect(make_links); !connected) return std::unexpected(connected.error());
  return node;
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
      runtime_(std::make_unique<Runtime>(static_cast<unsigned>(config_.node.threads))),
      dissemination_timer_(runtime_->side()) {}

Result<void> Validator::connect(const MakeLinks& make_links) {
  if (auto read = update_peer_book(peer_book_, *ledger_); !read) return read;
  if (!config_.peers.empty() && make_links) {
    auto links = make_links(config_, peer_book_, log_);
    if (!links) return std::unexpected(links.error());
    links_ = std::move(*links);
  }
  if (links_ != nullptr && !config_.is_audit()) {
    dissemination_ = std::make_unique<Dissemination>(Dissemination::Parts{
        pool_, *links_, ledger_->chain_id(),
        [this](const Digest& id) {
          const auto found = ledger_->find_transaction(id);
          return found && found->has_value();
        },
        [this](std::function<void()> check) { boost::asio::post(runtime_->workers(), std::move(check)); },
        [] {},  // the pool's events say so
        [this](SteadyMs when) { wake_dissemination_at(when); }, [] { return Runtime::steady_now(); }});
  }
  submissions_ = std::make_unique<Submissions>(Submissions::Parts{
      *runtime_, *ledger_, pool_, *clock_, metrics_, log_,
      [this](const ledger::TransactionPtr& transaction) {
        if (dissemination_) dissemination_->accepted(transaction, Runtime::steady_now());
      },
      !config_.is_audit()});
  driver_ = std::make_unique<OrderingDriver>(OrderingDriver::Parts{
      *runtime_, *ledger_, pool_, signer_.get(), links_.get(), *clock_, metrics_, log_, config_.node.organisation,
      peers(),
      Pool::BatchLimits{static_cast<std::size_t>(config_.batch.operations),
                        static_cast<std::size_t>(config_.batch.bytes)},
      config_.node.data / "evidence",
      [this](const auto& block, const auto& batch, const auto& listed) { certified(block, batch, listed); },
      [this] {
        if (dissemination_) dissemination_->pass_on_all(Runtime::steady_now());
      },
      [this](const v1::Epochs& epochs) { epochs_changed(epochs); },
      [this](const Error& error) {
        if (on_failure_) on_failure_(error);
      }});
  std::optional<VoteLog::Opened> votes;
  if (signer_ != nullptr) {
    auto files = log_files_on_disk(config_.vote_log_directory());
    if (!files) return std::unexpected(files.error());
    log_files_ = std::move(*files);
    auto opened = VoteLog::open(*log_files_, owner_of(ledger_->chain_id(), *signer_));
    if (opened) {
      if (const auto& cut = opened->restored.cut) {
        log_.warning("the vote log ended in a write that a stop cut short: it is gone, and nothing rested on it",
                     {{"file", cut->file}, {"offset", cut->offset}, {"bytes", cut->bytes}});
      }
      votes = std::move(*opened);
    } else if (opened.error().reason == v1::REASON_WRONG_STATE) {
      log_.error("this validator has no vote log, so it does not vote", {{"message", opened.error().message}});
    } else {
      return std::unexpected(opened.error());
    }
  }
  if (auto restored = driver_->restore(std::move(votes)); !restored) return restored;
  pool_.on_events([this] { driver_->pool_changed(); });
  metrics_.levels_from([this] { return levels(); });
  head_poller_ = std::make_unique<HeadPoller>(HeadPoller::Parts{
      *runtime_, links_.get(), peers(), [this] { return driver_->is_outside_the_set(); },
      [this](const std::string& peer, const v1::CertifiedHeader& head) { driver_->head_of(peer, head); }});
  return {};
}

Validator::~Validator() { stop(); }

void Validator::on_head(std::function<void(const ledger::Head&)> callback) { on_head_ = std::move(callback); }
void Validator::on_failure(std::function<void(const Error&)> callback) { on_failure_ = std::move(callback); }

void Validator::start() {
  if (on_head_) ledger_->on_certified(on_head_);
  driver_->start();
  head_poller_->start();
}

void Validator::stop_taking() { submissions_->stop(); }

bool Validator::stop() {
  if (std::exchange(stopped_, true)) return true;
  bool in_time = true;
  if (submissions_) submissions_->stop();
  if (head_poller_) head_poller_->stop();
  if (driver_) in_time = driver_->stop(kBlockPatience);
  links_stopped_ = true;
  runtime_->stop();
  return in_time;
}

std::vector<std::string> Validator::peers() const {
  std::vector<std::string> names;
  for (const auto& peer : config_.peers) {
    if (peer.organisation != config_.node.organisation || config_.is_audit()) names.push_back(peer.organisation);
  }
  return names;
}

// --- what others ask and say ---

void Validator::received(const std::string& organisation, std::string bytes, Hold hold) {
  v1::PeerMessage message;
  if (!message.ParseFromString(bytes)) {
    log_.debug("a peer's message does not parse", {{"peer", organisation}});
    return;
  }
  if (!message.has_transactions()) return driver_->received(organisation, message, std::move(hold));
  if (dissemination_) dissemination_->received(organisation, message.transactions());
}

Result<v1::FetchBlocksResponse> Validator::blocks(const v1::FetchBlocksRequest& request) {
  return ledger_->blocks(request);
}

Result<v1::FetchPayloadResponse> Validator::payload(const v1::FetchPayloadRequest& request) {
  return driver_->payload(request);
}

v1::GetHeadResponse Validator::head() {
  const auto head = ledger_->head();
  v1::GetHeadResponse response;
  response.mutable_head()->set_header(head.header);
  if (head.height > 0) *response.mutable_head()->mutable_certificate() = head.certificate;
  return response;
}

// --- what happens ---

void Validator::certified(const ledger::ExecutedBlock& block, const Digest& batch,
                          const std::vector<ledger::TransactionPtr>& listed) {
  pool_.certified(block.height, batch, listed);
  submissions_->certified(listed, pool_.expire(block.time), block.epochs->current().protocol_version());
  if (auto updated = update_peer_book(peer_book_, *ledger_, listed); !updated) {
    log_.warning("the peers' keys can't be read again", {{"message", updated.error().message}});
  }
}

void Validator::epochs_changed(const v1::Epochs& epochs) {
  peer_book_.update({}, epochs);
  if (!dissemination_) return;
  std::vector<std::string> others;
  for (const auto* set : {&epochs.current().set(), &epochs.next().set()}) {
    for (const auto& validator : set->validators()) {
      if (validator.organisation() == config_.node.organisation) continue;
      if (std::ranges::find(others, validator.organisation()) == others.end()) {
        others.push_back(validator.organisation());
      }
    }
  }
  dissemination_->set_validators(std::move(others));
  dissemination_->set_protocol_version(epochs.current().protocol_version());
}

void Validator::wake_dissemination_at(SteadyMs when) {
  boost::asio::post(runtime_->side(), [this, when] {
    dissemination_timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(when)));
    dissemination_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error && !links_stopped_) dissemination_->tick(Runtime::steady_now());
    });
  });
}

// --- what people see ---

Diagnosis Validator::diagnosis() const {
  return diagnose({driver_->status(), Runtime::steady_now(), clock_->now(), pool_.sizes().waiting});
}

v1::GetStatusResponse Validator::status() const {
  const auto head = ledger_->head();
  const auto sizes = pool_.sizes();
  const auto ordering = driver_->status();
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
  status.set_last_block_ms_ago(now - ordering.last_block);
  status.set_executed(ledger_->executed_height());
  status.set_epoch(ordering.replica.at.epoch);
  status.set_view(ordering.replica.at.view);
  status.set_leader(ordering.replica.leader);
  status.set_voting(voting(ordering));
  for (auto& file : driver_->evidence_files()) status.add_evidence(std::move(file));
  for (const auto& peer : peers()) {
    auto& one = *status.add_peers();
    one.set_organisation(peer);
    one.set_connected(links_ != nullptr && links_->connected(peer));
    one.set_last_heard_ms_ago(-1);
    if (const auto told = ordering.replica.peers.find(peer); told != ordering.replica.peers.end()) {
      one.set_last_heard_ms_ago(now - told->second.heard);
      one.set_epoch(told->second.status.at.epoch);
      one.set_view(told->second.status.at.view);
      one.set_certified(told->second.status.certified);
      one.set_executed(told->second.status.executed);
    }
    for (const auto& lacking : ordering.replica.lacking) {
      if (std::ranges::find(lacking.organisations, peer) == lacking.organisations.end()) continue;
      one.add_lacking(fmt::format("{} for {} ms", lacking.what, std::max<SteadyMs>(0, now - lacking.since)));
    }
  }
  return status;
}

std::string Validator::voting(const OrderingStatus& ordering) const {
  if (config_.is_audit()) return "audit: checks and re-executes what others certify, and signs nothing";
  if (!ordering.replica.follows_because.empty()) return "following: " + ordering.replica.follows_because;
  if (!ordering.replica.is_validator) return "following: this key is in no set in force";
  if (ordering.replica.recovering) return "asking peers what this key has signed";
  return "voting";
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
