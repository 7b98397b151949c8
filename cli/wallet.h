// The keys in a network folder: keys/ORG/transaction.pem, transaction-2.pem, ..., governance.pem, consensus.pem.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/network_folder.h"
#include "cli/transaction_builder.h"
#include "jinshi/v1/organisation.pb.h"

namespace jinshi::cli {

class Wallet {
 public:
  // `passphrase` opens encrypted keys, and encrypts new ones where it is not empty.
  Wallet(std::filesystem::path keys, std::string passphrase)
      : keys_(std::move(keys)), passphrase_(std::move(passphrase)) {}

  // How many transaction keys of the organisation are here.
  std::size_t transaction_keys(std::string_view organisation) const;
  // The first `count` of them. KEY_FILE when there are fewer.
  Outcome<std::vector<SignerPtr>> transaction_signers(std::string_view organisation, std::size_t count = 1) const;
  bool has_governance_key(std::string_view organisation) const;
  Outcome<SignerPtr> governance_signer(std::string_view organisation) const;
  // Any key file, such as one on a stick.
  Outcome<SignerPtr> signer(const std::filesystem::path& file) const;

  // The public key of one file of the organisation's ("transaction", "governance"), made when it isn't there yet.
  Outcome<std::string> ensure_key(std::string_view organisation, std::string_view name) const;
  // A new key file anywhere; KEY_FILE where there is one.
  Outcome<void> new_file(const std::filesystem::path& file) const;
  std::filesystem::path file(std::string_view organisation, std::string_view name) const;

  // "transaction", "transaction-2", ...
  static std::string transaction_name(std::size_t index);

 private:
  std::filesystem::path keys_;
  std::string passphrase_;
};

// The key with its possession signature, as AddKey and AdmitOrganisation carry it. `recent_header` is asked of
// consensus keys alone: the digest of one of the last 1,024 headers.
Outcome<v1::KeyGrant> grant_of(const crypto::Signer& key, const Digest& chain_id, std::string_view organisation,
                               v1::KeyPurpose purpose, ByteView recent_header = {});

}  // namespace jinshi::cli
