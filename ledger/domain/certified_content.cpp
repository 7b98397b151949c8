#include "ledger/domain/certified_content.h"

#include <algorithm>

#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

// Ids have no commas, so a claimant of several is no single one.
std::string claimant_of(const v1::Asset& asset) {
  std::vector<std::string> holders = holders_of(asset);
  std::ranges::sort(holders);
  std::string claimant;
  for (const std::string& holder : holders) claimant += (claimant.empty() ? "" : ",") + holder;
  return claimant;
}

bool is_exclusive(const v1::Asset& asset) {
  return !asset.holders().empty() || std::ranges::any_of(asset.rights(), [](const v1::GrantedRight& right) {
    return right.right() == v1::RIGHT_HOLD && right.exclusive();
  });
}

v1::CertifiedContent& edit_content(Overlay& overlay, ByteView root) {
  return *overlay.edit(keys::certified_content(root)).mutable_certified_content();
}

}  // namespace

bool may_claim(const RecordView& records, ByteView root, const v1::Asset& asset) {
  const v1::CertifiedContent* content = records.certified_content(root);
  if (content == nullptr || content->holder() == claimant_of(asset)) return true;
  return content->exclusive() == 0 && !is_exclusive(asset);
}

void claim(Overlay& overlay, const v1::Asset& asset) {
  const std::string& root = asset.content().root();
  const std::string claimant = claimant_of(asset);
  const RecordKey key = keys::certified_content(root);
  const bool first = !overlay.contains(key);
  v1::CertifiedContent& content = *(first ? overlay.create(key) : overlay.edit(key)).mutable_certified_content();
  if (first) {
    content.set_root(root);
    content.set_holder(claimant);
  } else if (content.holder() != claimant) {
    content.clear_holder();
  }
  content.set_registrations(content.registrations() + 1);
  if (is_exclusive(asset)) content.set_exclusive(content.exclusive() + 1);
}

void release(Overlay& overlay, const v1::Asset& asset) {
  const std::string& root = asset.content().root();
  v1::CertifiedContent& content = edit_content(overlay, root);
  JINSHI_ASSERT(content.registrations() > 0, "a claim that is released was made");
  content.set_registrations(content.registrations() - 1);
  if (is_exclusive(asset)) content.set_exclusive(content.exclusive() - 1);
  if (content.registrations() > 0) return;
  JINSHI_ASSERT(content.in_force() == 0, "what is in force is certified");
  overlay.remove(keys::certified_content(root));
}

bool may_hand_over(const RecordView& records, const v1::Asset& asset) {
  const v1::CertifiedContent* content = records.certified_content(asset.content().root());
  JINSHI_ASSERT(content != nullptr, "a certified asset claims its content");
  return content->registrations() == claims_of(asset) || content->exclusive() == 0;
}

void hand_over(Overlay& overlay, const v1::Asset& asset, std::string_view to) {
  v1::CertifiedContent& content = edit_content(overlay, asset.content().root());
  if (content.registrations() == claims_of(asset)) {
    content.set_holder(std::string(to));
  } else {
    content.clear_holder();
  }
}

std::uint32_t claims_of(const v1::Asset& asset) {
  return static_cast<std::uint32_t>(
      std::ranges::count(asset.registrations(), v1::REGISTRATION_STATE_CERTIFIED, &v1::Registration::state));
}

}  // namespace jinshi::ledger
