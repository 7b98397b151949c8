#include "endpoints.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "ledger/crypto/secret_file.h"
#include "ledger/crypto/tls_identity.h"

namespace jinshi::node {
namespace {

constexpr std::chrono::seconds kPatience{10};

TimeMs now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "jinshi-peer-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Inbox::received(const std::string& organisation, std::string message, Hold hold) {
  const std::scoped_lock lock(mutex_);
  messages_.push_back({organisation, std::move(message)});
  if (keep_) holds_.push_back(std::move(hold));
  came_.notify_all();
}

Result<v1::FetchBlocksResponse> Inbox::blocks(const v1::FetchBlocksRequest& request) {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return !fetches_wait_; });
  v1::FetchBlocksResponse response;
  response.set_certified(request.from());
  if (request.max_bytes() > 0) response.add_blocks()->set_header(std::string(request.max_bytes(), 'h'));
  return response;
}

Result<v1::FetchPayloadResponse> Inbox::payload(const v1::FetchPayloadRequest&) {
  return fail(v1::REASON_UNKNOWN_RECORD, "this node doesn't hold the batch");
}

void Inbox::keep_holds(bool keep) {
  std::vector<Hold> let_go;  // after the lock: letting go reads on
  const std::scoped_lock lock(mutex_);
  keep_ = keep;
  if (!keep) let_go.swap(holds_);
}

void Inbox::hold_fetches(bool hold) {
  const std::scoped_lock lock(mutex_);
  fetches_wait_ = hold;
  came_.notify_all();
}

std::size_t Inbox::count() const {
  const std::scoped_lock lock(mutex_);
  return messages_.size();
}

std::vector<Inbox::Message> Inbox::messages() const {
  const std::scoped_lock lock(mutex_);
  return messages_;
}

bool Inbox::wait_for(std::size_t messages) const {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, kPatience, [&] { return messages_.size() >= messages; });
}

bool Inbox::wait_for(const std::string& text) const {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, kPatience, [&] {
    return std::ranges::any_of(messages_, [&](const Message& message) { return message.text == text; });
  });
}

Endpoint::Endpoint(const Folder& folder, const std::string& name, int valid_days, TimeMs made)
    : organisation(name),
      log_(LogLevel::kInfo, LogFormat::kText, std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true)) {
  const auto identity =
      crypto::generate_tls_identity({name, {"localhost"}, {"127.0.0.1"}}, made == 0 ? now() : made, valid_days);
  REQUIRE(identity);
  static int number = 0;
  const std::string stem = name + "-" + std::to_string(++number);
  std::ofstream(folder / (stem + ".pem")) << identity->certificate_pem;
  REQUIRE(crypto::write_secret_file(folder / (stem + ".key"), identity->key_pem.view()));
  auto opened = PeerTls::open(folder / (stem + ".pem"), folder / (stem + ".key"), book, log_);
  if (!opened) FAIL(opened.error().message);
  tls = std::move(*opened);
}

Endpoint::~Endpoint() { stop(); }

void Endpoint::listen(const IntakeLimits& limits, int port) {
  auto started =
      PeerServer::start("127.0.0.1:" + std::to_string(port), {*tls, book, inbox, workers_.get_executor(), log_,
                                                              [this](const std::string& other) {
                                                                if (links != nullptr) links->dialled_by(other);
                                                              },
                                                              limits});
  if (!started) FAIL(started.error().message);
  server = std::move(*started);
  port_ = server->port();
}

void Endpoint::link_to(const std::vector<Endpoint*>& others, const LinkLimits& limits) {
  std::vector<Config::PeerAddress> addresses;
  for (const auto* other : others) addresses.push_back(other->address());
  links = std::make_unique<GrpcLinks>(addresses, *tls, book, log_, limits);
}

void Endpoint::stop_server() {
  if (server != nullptr) server->stop(std::chrono::milliseconds(500));
  server.reset();
}

void Endpoint::stop() {
  inbox.hold_fetches(false);
  stop_server();
  if (links != nullptr) links->stop();
  inbox.keep_holds(false);
  workers_.join();
}

v1::Key Endpoint::key(TimeMs revoked_at) const {
  v1::Key key;
  key.set_key(tls->spki().string());
  key.set_organisation(organisation);
  key.set_purpose(v1::KEY_PURPOSE_TLS);
  key.set_revoked_at(revoked_at);
  return key;
}

Config::PeerAddress Endpoint::address(int port) const {
  return {organisation, "127.0.0.1:" + std::to_string(port == 0 ? port_ : port), "line 1"};
}

void introduce(const std::vector<Endpoint*>& all, const std::vector<std::string>& validators) {
  std::vector<v1::Key> keys;
  for (const auto* endpoint : all) keys.push_back(endpoint->key());
  v1::Epochs epochs;
  for (const auto& validator : validators) {
    epochs.mutable_current()->mutable_set()->add_validators()->set_organisation(validator);
  }
  for (auto* endpoint : all) endpoint->book.update(keys, epochs);
}

PeerBytes text_message(const std::string& text) { return std::make_shared<const std::string>(text); }

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace jinshi::node
