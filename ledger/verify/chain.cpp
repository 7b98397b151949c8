#include "ledger/verify/chain.h"

#include <algorithm>

#include "jinshi/v1/block.pb.h"
#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/digest.h"

namespace jinshi::ledger {
namespace {

using crypto::Tag;

Digest hash_of(const v1::ValidatorSet& set) { return crypto::digest(Tag::kSet, encode(set)); }

std::unexpected<Error> no_start(std::string message) { return fail(v1::REASON_CONFIGURATION, std::move(message)); }

// Later formats ask for a newer program; what is no genesis at all is the caller's mistake, not the file's.
std::unexpected<Error> no_start(const Error& error) {
  if (error.reason == v1::REASON_NEEDS_NEWER_VERIFIER) return std::unexpected(error);
  return no_start(error.message);
}

Result<v1::ValidatorSet> set_of(const v1::Genesis& genesis) {
  v1::ValidatorSet set;
  for (const auto& id : genesis.validators()) {
    const auto found = std::ranges::find(genesis.organisations(), id, &v1::AdmitOrganisation::org);
    if (found == genesis.organisations().end()) return no_start("the genesis has no organisation '" + id + "'");
    auto& validator = *set.add_validators();
    validator.set_organisation(id);
    validator.set_consensus_key(found->consensus_key().public_key());
    validator.set_governance_key(found->governance_key().public_key());
  }
  return set;
}

}  // namespace

Result<Chain::Reign> Chain::reign_of(const Place& place, const v1::ValidatorSet& set, Height from) {
  if (set.validators().empty()) return refuse(place, "a set without validators certifies nothing");
  Reign reign{{}, hash_of(set), from};
  for (const auto& validator : set.validators()) {
    if (!validator.consensus_key().empty() && !crypto::known_scheme(validator.consensus_key())) {
      return needs_newer(place, "the key of '" + validator.organisation() + "' is of a scheme above 1");
    }
    const auto key = crypto::PublicKey::parse(validator.consensus_key());
    if (!key) return refuse(place, "the key of '" + validator.organisation() + "': " + key.error().message);
    reign.keys.push_back(*key);
  }
  return reign;
}

Result<Chain> Chain::from_genesis(ByteView bytes) {
  const Place place{Step::kLinks, "genesis"};
  const auto genesis = read_versioned<v1::Genesis>(place, bytes);
  if (!genesis) return no_start(genesis.error());
  if (genesis->suite() > 1 || genesis->protocol_version() > 1) {
    return needs_newer(place, "its suite or protocol version is above 1");
  }
  const auto set = set_of(*genesis);
  if (!set) return std::unexpected(set.error());
  auto reign = reign_of(place, *set, 1);
  if (!reign) return no_start(reign.error());
  Chain chain;
  chain.chain_id_ = crypto::digest(Tag::kGenesis, bytes);
  chain.steps_.push_back({ChainStep::Kind::kGenesis, 0, genesis->time(), reign->keys.size(), 0});
  chain.reigns_.push_back(std::move(*reign));
  return chain;
}

Result<Chain> Chain::from_trusted(ByteView bytes) {
  const Place place{Step::kLinks, "trusted header"};
  const auto link = read<v1::Link>(place, bytes);
  if (!link) return no_start(link.error());
  auto header = read_versioned<v1::Header>(place, link->last().header());
  if (!header) return no_start(header.error());
  const auto chain_id = Digest::from(header->chain_id());
  if (!chain_id) return no_start("the trusted header names no chain");
  Chain chain;
  chain.chain_id_ = *chain_id;
  if (auto read_again = chain.read_header(place, link->last().header()); !read_again) {
    return no_start(read_again.error());
  }
  const Digest hash = hash_of(link->next_set());
  const bool own = header->set() == hash.view();
  if (!own && (header->next_set() != hash.view() || header->next_set_height() != header->height() + 1)) {
    return no_start("the trusted header names another set than the one beside it");
  }
  auto reign = reign_of(place, link->next_set(), own ? header->height() : header->height() + 1);
  if (!reign) return no_start(reign.error());
  if (own) {
    if (auto checked = chain.check_certified(place, *header, link->last(), *reign); !checked) {
      return no_start(checked.error());
    }
  }
  chain.trusted_ = link->last();
  chain.steps_.push_back({ChainStep::Kind::kTrustedHeader, header->height(), header->time(), reign->keys.size(), 0});
  chain.reigns_.push_back(std::move(*reign));
  return chain;
}

Result<v1::Header> Chain::read_header(const Place& place, ByteView bytes) const {
  auto header = read_versioned<v1::Header>(place, bytes);
  if (!header) return header;
  if (header->suite() > 1 || header->protocol_version() > 1) {
    return needs_newer(place, "the header's suite or protocol version is above 1");
  }
  if (header->suite() != 1 || header->protocol_version() != 1) {
    return refuse(place, "the header's suite or protocol version is missing");
  }
  if (header->extension_root().size() != Digest::kSize) return refuse(place, "the extension root is not 32 bytes long");
  if (header->extension_root() != Digest{}.view()) return needs_newer(place, "the header has an extension");
  if (header->chain_id() != chain_id_.view()) {
    return refuse(place, "the header is of another chain than " + to_hex(chain_id_.view()), v1::REASON_WRONG_CHAIN);
  }
  if (header->height() == 0) return refuse(place, "block 0 has no certificate: the genesis itself vouches for it");
  return header;
}

Result<void> Chain::check_certified(const Place& place, const v1::Header& header, const v1::CertifiedHeader& certified,
                                    const Reign& reign) const {
  if (header.set() != reign.set.view()) {
    return refuse(place, "the header of height " + std::to_string(header.height()) +
                             " names another set than the one in force there");
  }
  std::vector<crypto::IndexedSignature> signatures;
  for (const auto& signature : certified.certificate().signatures()) {
    signatures.push_back({signature.validator(), signature.signature()});
  }
  const Digest digest = crypto::digest(Tag::kHeader, certified.header());
  if (auto checked = crypto::check_certificate(reign.keys, digest, signatures); !checked) {
    return refuse(place, checked.error());
  }
  return {};
}

Result<void> Chain::follow(const google::protobuf::RepeatedPtrField<v1::Link>& links) {
  for (int i = 0; i < links.size(); ++i) {
    const Place place{Step::kLinks, "link " + std::to_string(i + 1)};
    const v1::Link& link = links[i];
    auto header = read_header(place, link.last().header());
    if (!header) return std::unexpected(header.error());
    const Height first = reigns_.back().from;
    if (trusted_ && reigns_.size() == 1 && header->height() < first) {
      ++skipped_;
      continue;
    }
    if (header->height() < first) {
      return refuse(place, "heights must rise: its header is of height " + std::to_string(header->height()) +
                               ", and its set certifies from " + std::to_string(first));
    }
    if (auto checked = check_certified(place, *header, link.last(), reigns_.back()); !checked) return checked;
    auto next = reign_of(place, link.next_set(), header->height() + 1);
    if (!next) return std::unexpected(next.error());
    if (header->next_set() != next->set.view()) return refuse(place, "the header announces another next set");
    if (header->next_set_height() != next->from) {
      return refuse(place, "the header is not its set's last: the next certifies from height " +
                               std::to_string(header->next_set_height()));
    }
    if (next->set == reigns_.back().set) return refuse(place, "the set stays the same, and only changes make links");
    steps_.push_back({ChainStep::Kind::kLink, header->height(), header->time(), next->keys.size(),
                      static_cast<std::size_t>(link.last().certificate().signatures_size())});
    reigns_.push_back(std::move(*next));
  }
  return {};
}

Result<v1::Header> Chain::head(const v1::CertifiedHeader& certified) {
  const Place place{Step::kHead, "head"};
  auto checked = header(certified, place);
  if (!checked) return checked;
  if (reigns_.size() > 1 && checked->height() < reigns_.back().from) {
    return refuse(place, "the head is older than the last link: leave that link out");
  }
  steps_.push_back({ChainStep::Kind::kHead, checked->height(), checked->time(), reigns_.back().keys.size(),
                    static_cast<std::size_t>(certified.certificate().signatures_size())});
  return checked;
}

Result<v1::Header> Chain::header(const v1::CertifiedHeader& certified, const Place& place) const {
  auto read = read_header(place, certified.header());
  if (!read) return read;
  const auto after = std::ranges::upper_bound(reigns_, read->height(), {}, &Reign::from);
  if (after == reigns_.begin()) {
    return refuse(place, "the header of height " + std::to_string(read->height()) +
                             " is older than the trusted start: verify from the genesis");
  }
  if (auto checked = check_certified(place, *read, certified, *std::prev(after)); !checked) {
    return std::unexpected(checked.error());
  }
  if (trusted_ && steps_.front().height == read->height() && trusted_->header() != certified.header()) {
    return refuse(place, "the trusted header is another one of the same height: show both to a regulator");
  }
  return read;
}

}  // namespace jinshi::ledger
