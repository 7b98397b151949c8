// `jinshi keys`: key files of organisations, what is public of them, and the possession that brings one to the ledger.
#include <cstdio>
#include <memory>

#include "cli/session.h"
#include "jinshi/v1/organisation.pb.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/signer.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

struct KeyFlags {
  std::string file, organisation, name = "transaction", purpose = "TRANSACTION", recent_header, chain_id;
};

// --file, or the organisation's key of that name.
Outcome<std::filesystem::path> key_path(const Wallet& wallet, const KeyFlags& flags) {
  if (!flags.file.empty()) return std::filesystem::path(flags.file);
  if (flags.organisation.empty()) return misused("name a key: --file FILE, or --org ORG [--name transaction-2]");
  return wallet.file(flags.organisation, flags.name);
}

void show_public(const Output& output, const std::filesystem::path& path, const crypto::PublicKey& key) {
  const std::string pem = crypto::public_key_to_pem(key);
  Table table;
  table.row({"file", path.string()});
  table.row({"public_key", to_hex(key.encoded())});
  if (output.json()) {
    output.show(boost::json::object{{"file", path.string()}, {"public_key", to_hex(key.encoded())}, {"pem", pem}});
    return;
  }
  output.show(table, {});
  output.line(pem);
}

Outcome<void> new_key(const Session& session, const KeyFlags& flags) {
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto path = key_path(*wallet, flags);
  if (!path) return std::unexpected(path.error());
  if (std::filesystem::exists(*path)) {
    return failed(v1::REASON_KEY_FILE, path->string() + " exists, and keys are never overwritten: choose another name");
  }
  if (flags.file.empty()) {
    if (auto made = wallet->ensure_key(flags.organisation, flags.name); !made) return std::unexpected(made.error());
  } else if (auto made = wallet->new_file(*path); !made) {
    return made;
  }
  const auto signer = wallet->signer(*path);
  if (!signer) return std::unexpected(signer.error());
  show_public(session.output, *path, (*signer)->public_key());
  return {};
}

Outcome<void> show_key(const Session& session, const KeyFlags& flags) {
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto path = key_path(*wallet, flags);
  if (!path) return std::unexpected(path.error());
  const auto signer = wallet->signer(*path);
  if (!signer) return std::unexpected(signer.error());
  show_public(session.output, *path, (*signer)->public_key());
  return {};
}

Outcome<Digest> chain_of(const Session& session, const KeyFlags& flags) {
  if (flags.chain_id.empty()) return session.folder().chain_id();
  const auto bytes = from_hex(flags.chain_id);
  const auto digest = bytes ? Digest::from(*bytes) : std::nullopt;
  if (!digest) return misused("--chain is 64 hex digits");
  return *digest;
}

Outcome<void> show_possession(const Session& session, const KeyFlags& flags) {
  const auto* purpose = find_value(*v1::KeyPurpose_descriptor(), flags.purpose);
  if (purpose == nullptr || purpose->number() == v1::KEY_PURPOSE_TLS) {
    return misused("--purpose is TRANSACTION, GOVERNANCE or CONSENSUS");
  }
  if (flags.organisation.empty()) return misused("say whose key it is to be: --org ORG");
  const auto recent = from_hex(flags.recent_header);
  if (!recent) return misused("--recent-header is 64 hex digits");
  const auto chain = chain_of(session, flags);
  if (!chain) return std::unexpected(chain.error());
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto path = key_path(*wallet, flags);
  if (!path) return std::unexpected(path.error());
  const auto signer = wallet->signer(*path);
  if (!signer) return std::unexpected(signer.error());
  const auto grant =
      grant_of(**signer, *chain, flags.organisation, static_cast<v1::KeyPurpose>(purpose->number()), *recent);
  if (!grant) return std::unexpected(grant.error());
  // One line of JSON either way: it goes into --key or --keys of the event.
  std::puts(boost::json::serialize(to_json(*grant)).c_str());
  return {};
}

void add_key_flags(CLI::App& command, KeyFlags& flags) {
  command.add_option("--file", flags.file, "a key file anywhere")->type_name("FILE");
  command.add_option("--org", flags.organisation, "the organisation, whose keys are in the network folder")
      ->type_name("ORG");
  command.add_option("--name", flags.name, "which of its keys: transaction, transaction-2, governance, consensus");
}

}  // namespace

void add_key_commands(CLI::App& app, Session& session) {
  auto* keys = app.add_subcommand("keys", "key files, public keys and possessions");
  keys->require_subcommand(1);
  const auto flags = std::make_shared<KeyFlags>();
  auto* made = keys->add_subcommand("new", "make a key file of mode 0600, encrypted where a passphrase is given");
  add_key_flags(*made, *flags);
  made->callback([flags, &session] { session.finish(new_key(session, *flags)); });
  auto* show = keys->add_subcommand("show", "the public key, as the ledger writes it and in PEM");
  add_key_flags(*show, *flags);
  show->callback([flags, &session] { session.finish(show_key(session, *flags)); });
  auto* possession =
      keys->add_subcommand("possession", "the key with its possession signature, as AddKey --key takes it");
  add_key_flags(*possession, *flags);
  possession->add_option("--purpose", flags->purpose, "TRANSACTION, GOVERNANCE or CONSENSUS");
  possession->add_option("--recent-header", flags->recent_header, "of a consensus key: a recent header's digest")
      ->type_name("HEX");
  possession->add_option("--chain", flags->chain_id, "the chain's id; else the network folder's")->type_name("HEX");
  possession->callback([flags, &session] { session.finish(show_possession(session, *flags)); });
}

}  // namespace jinshi::cli
