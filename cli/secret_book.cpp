#include "cli/secret_book.h"

#include <sstream>

#include "cli/event_flags.h"
#include "ledger/crypto/secret_file.h"
#include "proto/json.h"

namespace jinshi::cli {

Outcome<void> keep_secrets(const NetworkFolder& folder, const std::vector<Secret>& secrets) {
  for (const Secret& secret : secrets) {
    const boost::json::object line{{"event", secret.event},
                                   {"name", secret.name},
                                   {"opening", to_json(secret.opening)},
                                   {"commitment", to_json(secret.commitment)}};
    if (auto kept = append_line(folder.secrets(), boost::json::serialize(line)); !kept) return kept;
  }
  return {};
}

Outcome<std::vector<Secret>> read_secrets(const NetworkFolder& folder, std::string_view record_id) {
  std::vector<Secret> secrets;
  if (!std::filesystem::exists(folder.secrets())) return secrets;
  const auto text = read_file(folder.secrets());
  if (!text) return std::unexpected(text.error());
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = parse_json(line, folder.secrets().string());
    if (!json) return std::unexpected(json.error());
    Secret secret;
    const auto* entry = json->if_object();
    const auto* opening = entry == nullptr ? nullptr : entry->if_contains("opening");
    const auto* commitment = entry == nullptr ? nullptr : entry->if_contains("commitment");
    if (opening == nullptr || commitment == nullptr || !from_json(*opening, secret.opening) ||
        !from_json(*commitment, secret.commitment)) {
      return failed(v1::REASON_DAMAGED, folder.secrets().string() + " holds a line that is no opening: restore it");
    }
    if (const auto* name = entry->if_contains("name"); name != nullptr && name->is_string())
      secret.name = name->get_string();
    if (const auto* event = entry->if_contains("event"); event != nullptr && event->is_string())
      secret.event = event->get_string();
    if (record_id.empty() || secret.opening.record_id() == record_id) secrets.push_back(std::move(secret));
  }
  return secrets;
}

}  // namespace jinshi::cli
