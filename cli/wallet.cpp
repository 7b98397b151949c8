#include "cli/wallet.h"

#include "ledger/crypto/digest.h"
#include "ledger/crypto/key_file.h"
#include "ledger/domain/text.h"
#include "proto/canonical.h"

namespace jinshi::cli {

std::string Wallet::transaction_name(std::size_t index) {
  return index == 0 ? "transaction" : "transaction-" + std::to_string(index + 1);
}

std::filesystem::path Wallet::file(std::string_view organisation, std::string_view name) const {
  return keys_ / std::string(organisation) / (std::string(name) + ".pem");
}

std::size_t Wallet::transaction_keys(std::string_view organisation) const {
  std::size_t count = 0;
  while (std::filesystem::exists(file(organisation, transaction_name(count)))) ++count;
  return count;
}

Outcome<SignerPtr> Wallet::signer(const std::filesystem::path& path) const {
  auto key = crypto::read_key_file(path, passphrase_);
  if (!key) return failed(key.error());
  return std::make_shared<const crypto::SoftwareSigner>(std::move(*key));
}

Outcome<std::vector<SignerPtr>> Wallet::transaction_signers(std::string_view organisation, std::size_t count) const {
  if (!ledger::is_valid_id(organisation)) return misused("'" + std::string(organisation) + "' is no organisation's id");
  const std::size_t here = transaction_keys(organisation);
  if (here < count) {
    return failed(v1::REASON_KEY_FILE, std::string(organisation) + " has " + std::to_string(here) +
                                           " transaction keys here, and " + std::to_string(count) +
                                           " are asked for: put them into " +
                                           file(organisation, "").parent_path().string());
  }
  std::vector<SignerPtr> signers;
  for (std::size_t i = 0; i < count; ++i) {
    auto one = signer(file(organisation, transaction_name(i)));
    if (!one) return std::unexpected(one.error());
    signers.push_back(std::move(*one));
  }
  return signers;
}

bool Wallet::has_governance_key(std::string_view organisation) const {
  return std::filesystem::exists(file(organisation, "governance"));
}

Outcome<SignerPtr> Wallet::governance_signer(std::string_view organisation) const {
  return signer(file(organisation, "governance"));
}

Outcome<std::string> Wallet::ensure_key(std::string_view organisation, std::string_view name) const {
  if (!ledger::is_valid_id(organisation) || organisation.find_first_not_of('.') == std::string_view::npos) {
    return misused("'" + std::string(organisation) + "' is no organisation's id");
  }
  const auto path = file(organisation, name);
  if (!std::filesystem::exists(path)) {
    std::error_code problem;
    std::filesystem::create_directories(path.parent_path(), problem);
    std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all, problem);
    if (auto made = new_file(path); !made) return std::unexpected(made.error());
  }
  const auto kept = signer(path);
  if (!kept) return std::unexpected(kept.error());
  return std::string((*kept)->public_key().encoded());
}

Outcome<void> Wallet::new_file(const std::filesystem::path& path) const {
  if (auto written = crypto::write_key_file(path, crypto::generate_key(), passphrase_); !written) {
    return failed(written.error());
  }
  return {};
}

Outcome<v1::KeyGrant> grant_of(const crypto::Signer& key, const Digest& chain_id, std::string_view organisation,
                               v1::KeyPurpose purpose, ByteView recent_header) {
  v1::KeyGrant grant;
  grant.set_public_key(std::string(key.public_key().encoded()));
  grant.set_recent_header(std::string(recent_header));
  v1::Possession possession;
  possession.set_chain_id(chain_id.string());
  possession.set_organisation(std::string(organisation));
  possession.set_purpose(purpose);
  possession.set_public_key(grant.public_key());
  possession.set_recent_header(grant.recent_header());
  auto signature = key.sign(crypto::signing_bytes(crypto::Tag::kPossession, encode(possession)));
  if (!signature) return failed(signature.error());
  grant.set_possession(std::move(*signature));
  return grant;
}

}  // namespace jinshi::cli
