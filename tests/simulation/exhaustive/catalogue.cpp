#include "tests/simulation/exhaustive/catalogue.h"

namespace jinshi::exhaustive {

std::string name_of(Value value) {
  if (value == kNoValue) return "nothing";
  if (value == TinyWorld::kSecond) return "the second batch";
  return TinyWorld::organisation(value) + "'s batch";
}

std::string describe(const Brought& brought) {
  if (brought.value == kNoValue) return "nothing prepared";
  if (brought.certified) return name_of(brought.value) + " certified";
  return name_of(brought.value) + " prepared in view " + std::to_string(brought.view);
}

std::optional<MessageId> Catalogue::add(std::size_t sender, const consensus::Message& message) {
  const auto meaning = meaning_of(sender, message);
  if (!meaning) return std::nullopt;
  const auto [at, added] = by_meaning_.try_emplace(*meaning, static_cast<MessageId>(entries_.size()));
  if (added) entries_.push_back({*meaning, message, world_.verifier().check(message).has_value()});
  return at->second;
}

std::optional<MessageId> Catalogue::find(const Meaning& meaning) const {
  const auto found = by_meaning_.find(meaning);
  return found == by_meaning_.end() ? std::nullopt : std::optional(found->second);
}

Brought Catalogue::brought_by(const consensus::ViewChange& view_change) const {
  if (view_change.certified->height > 0) {
    return {world_.value_of_header(view_change.certified->digest), 0, true};
  }
  if (view_change.prepared.empty()) return {};
  const auto& certificate = *view_change.prepared.front();
  return {world_.value_of(certificate.digest), static_cast<std::uint8_t>(certificate.at.view), false};
}

std::optional<Meaning> Catalogue::meaning_of(std::size_t sender, const consensus::Message& message) const {
  Meaning meaning;
  meaning.sender = static_cast<std::uint8_t>(sender);
  const auto vote = [&](Kind kind, const auto& of) -> std::optional<Meaning> {
    if (of.height != kHeight) return std::nullopt;
    meaning.kind = kind;
    meaning.view = static_cast<std::uint8_t>(of.at.view);
    meaning.value = world_.value_of(of.digest);
    return meaning;
  };
  if (const auto* of = std::get_if<consensus::Proposal>(&message)) return vote(Kind::kPrePrepare, *of);
  if (const auto* of = std::get_if<consensus::PrepareVote>(&message)) return vote(Kind::kPrepare, *of);
  if (const auto* of = std::get_if<consensus::CommitVote>(&message)) return vote(Kind::kCommit, *of);
  if (const auto* of = std::get_if<consensus::HeaderVote>(&message)) {
    if (of->height != kHeight) return std::nullopt;
    meaning.kind = Kind::kHeader;
    meaning.value = world_.value_of_header(of->header);
    return meaning;
  }
  if (const auto* of = std::get_if<consensus::ViewChangePtr>(&message)) {
    meaning.kind = Kind::kViewChange;
    meaning.view = static_cast<std::uint8_t>((*of)->at.view);
    meaning.brought = {brought_by(**of)};
    return meaning;
  }
  if (const auto* of = std::get_if<consensus::NewViewPtr>(&message)) {
    meaning.kind = Kind::kNewView;
    meaning.view = static_cast<std::uint8_t>((*of)->at.view);
    for (const auto& view_change : (*of)->view_changes) meaning.brought.insert(brought_by(*view_change));
    return meaning;
  }
  return std::nullopt;
}

std::string Catalogue::describe(MessageId id) const {
  static const char* const kNames[] = {"PRE-PREPARE", "PREPARE", "COMMIT", "header signature", "VIEW-CHANGE",
                                       "NEW-VIEW"};
  const Meaning& meaning = entries_[id].meaning;
  std::string text = TinyWorld::organisation(meaning.sender) + ": " + kNames[static_cast<std::size_t>(meaning.kind)];
  if (meaning.kind != Kind::kHeader) text += " of view " + std::to_string(meaning.view);
  if (meaning.kind < Kind::kViewChange) return text + " for " + name_of(meaning.value);
  for (const Brought& brought : meaning.brought) text += ", " + exhaustive::describe(brought);
  return text;
}

}  // namespace jinshi::exhaustive
