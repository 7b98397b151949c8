#include "cli/replay.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "cli/event_flags.h"
#include "ledger/crypto/sha256.h"
#include "ledger/domain/rule.h"

namespace jinshi::cli {
namespace {

bool begins(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() &&
         std::ranges::equal(text.substr(0, beginning.size()), beginning,
                            [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool in_families(std::uint32_t event, const std::vector<std::string>& families) {
  if (families.empty()) return true;
  for (const auto& family : ledger::rule_families()) {
    if (std::ranges::find(family.rules, event, &ledger::Rule::event) == family.rules.end()) continue;
    return std::ranges::any_of(families, [&](const auto& wanted) { return begins(family.name, wanted); });
  }
  return false;
}

std::string text_in(const boost::json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool names_one_of(const boost::json::object& args, const std::vector<std::string>& assets) {
  return std::ranges::find(assets, text_in(args, "asset")) != assets.end();
}

}  // namespace

ReplayPlan plan_replay(const std::vector<SampleLine>& lines, const v1::Genesis& genesis, const ReplayChoice& choice) {
  ReplayPlan plan;
  for (const auto& line : lines) {
    const auto* event = find_event(line.op);
    const bool founder = line.op == "AdmitOrganisation" && line.expect.empty() &&
                         std::ranges::find(genesis.organisations(), text_in(line.args, "org"),
                                           &v1::AdmitOrganisation::org) != genesis.organisations().end();
    if (event == nullptr) {
      ++plan.not_known[line.op];
    } else if (founder) {
      ++plan.in_genesis;
    } else if (!in_families(static_cast<std::uint32_t>(event->number()), choice.families) ||
               names_one_of(line.args, choice.skip_assets)) {
      ++plan.not_chosen;
    } else {
      plan.play.push_back(line);
    }
  }
  return plan;
}

std::string ReplayRecord::key_of(const SampleLine& line) {
  std::string text = std::to_string(line.number) + " " + std::to_string(line.at) + " " + line.by + " " + line.op + " " +
                     boost::json::serialize(line.args);
  for (const auto& one : line.cosign) text += " " + one;
  return to_hex(crypto::sha256(text).view());
}

Outcome<ReplayRecord> ReplayRecord::open(const NetworkFolder& folder) {
  ReplayRecord record(folder.replay_record());
  if (!std::filesystem::exists(record.file_)) return record;
  const auto text = read_file(record.file_);
  if (!text) return std::unexpected(text.error());
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    boost::json::error_code problem;
    const auto json = boost::json::parse(line, problem);
    if (problem || !json.is_object()) continue;  // the last line of a run that was cut off
    const auto& entry = json.get_object();
    const std::string key = text_in(entry, "key");
    if (entry.contains("transaction")) {
      record.pending_[key] = from_hex(text_in(entry, "transaction")).value_or("");
    } else {
      record.done_.insert(key);
    }
  }
  return record;
}

std::string ReplayRecord::pending(const SampleLine& line) const {
  const auto found = pending_.find(key_of(line));
  return found == pending_.end() ? std::string() : found->second;
}

Outcome<void> ReplayRecord::begin(const SampleLine& line, const std::string& transaction) {
  pending_[key_of(line)] = transaction;
  return append_line(file_, boost::json::serialize(boost::json::object{
                                {"line", line.number}, {"key", key_of(line)}, {"transaction", to_hex(transaction)}}));
}

Outcome<void> ReplayRecord::finish(const SampleLine& line, std::string_view id) {
  done_.insert(key_of(line));
  return append_line(file_, boost::json::serialize(
                                boost::json::object{{"line", line.number}, {"key", key_of(line)}, {"id", to_hex(id)}}));
}

Outcome<void> bring_keys(v1::AdmitOrganisation& admission, const Wallet& wallet, const Digest& chain_id, ByteView head,
                         std::size_t keys_each) {
  const auto& org = admission.org();
  const auto grant = [&](const std::string& name, v1::KeyPurpose purpose,
                         ByteView recent_header) -> Outcome<v1::KeyGrant> {
    if (auto made = wallet.ensure_key(org, name); !made) return std::unexpected(made.error());
    const auto signer = wallet.signer(wallet.file(org, name));
    if (!signer) return std::unexpected(signer.error());
    return grant_of(**signer, chain_id, org, purpose, recent_header);
  };
  for (std::size_t i = 0; i < keys_each; ++i) {
    auto key = grant(Wallet::transaction_name(i), v1::KEY_PURPOSE_TRANSACTION, {});
    if (!key) return std::unexpected(key.error());
    *admission.add_keys() = std::move(*key);
  }
  if (std::ranges::find(admission.roles(), v1::ROLE_VALIDATOR) == admission.roles().end()) return {};
  auto governance = grant("governance", v1::KEY_PURPOSE_GOVERNANCE, {});
  if (!governance) return std::unexpected(governance.error());
  *admission.mutable_governance_key() = std::move(*governance);
  auto consensus = grant("consensus", v1::KEY_PURPOSE_CONSENSUS, head);
  if (!consensus) return std::unexpected(consensus.error());
  *admission.mutable_consensus_key() = std::move(*consensus);
  return {};
}

}  // namespace jinshi::cli
