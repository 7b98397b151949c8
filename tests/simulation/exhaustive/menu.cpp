#include "tests/simulation/exhaustive/menu.h"

#include <algorithm>

namespace jinshi::exhaustive {
namespace {

class Menu {
 public:
  Menu(const TinyWorld& world, const Catalogue& catalogue, Byzantine& byzantine, const Local& local, const Said& said)
      : world_(world), catalogue_(catalogue), byzantine_(byzantine), local_(local), said_(said),
        view_(local.replica.ballot().view), active_(local.replica.active()) {}

  std::vector<Action> all() {
    proposals();
    prepares();
    commits();
    headers();
    joins();
    leads();
    new_views();
    timers();
    return std::move(actions_);
  }

 private:
  bool is_other(const Meaning& meaning) const { return meaning.sender != local_.validator; }
  void add(std::vector<MessageId> messages, bool timer = false) {
    actions_.push_back({std::move(messages), kNoValue, timer});
  }

  void proposals() {
    if (!active_) return;
    const std::size_t leader = TinyWorld::leader(view_);
    if (leader == local_.validator) return;
    if (!world_.is_honest(leader)) {
      add({byzantine_.pre_prepare(view_, TinyWorld::own(leader))});
      add({byzantine_.pre_prepare(view_, TinyWorld::kSecond)});
    }
    for (const MessageId id : said_) {
      const Meaning& meaning = catalogue_[id].meaning;
      if (meaning.kind == Kind::kPrePrepare && meaning.view == view_ && is_other(meaning)) add({id});
    }
  }

  // All that others said for each batch, and the Byzantine one's word as well: it says to each what serves.
  template <class IsOne, class OwnWord>
  void together(IsOne is_one, OwnWord own_word) {
    std::map<std::pair<std::uint8_t, Value>, std::vector<MessageId>> groups;
    for (const MessageId id : said_) {
      const Meaning& meaning = catalogue_[id].meaning;
      if (!is_one(meaning)) continue;
      auto& group = groups[{meaning.view, meaning.value}];
      if (is_other(meaning)) group.push_back(id);
    }
    for (auto& [place, group] : groups) {
      if (place.second != kNoValue) group.push_back(own_word(place.first, place.second));
      add(std::move(group));
    }
  }

  // Of views that were left as well: to refuse them is the core's part.
  void prepares() {
    together(
        [](const Meaning& meaning) { return meaning.kind == Kind::kPrepare || meaning.kind == Kind::kPrePrepare; },
        [&](consensus::View view, Value value) { return byzantine_.prepare(view, value); });
    // Whoever proposed, its PRE-PREPARE is heard as a proposal only.
    for (Action& action : actions_) {
      if (action.messages.size() < 2) continue;
      std::erase_if(action.messages,
                    [&](MessageId id) { return catalogue_[id].meaning.kind == Kind::kPrePrepare; });
    }
  }

  void commits() {
    if (local_.delivered != kNoValue) return;
    together([](const Meaning& meaning) { return meaning.kind == Kind::kCommit; },
             [&](consensus::View view, Value value) { return byzantine_.commit(view, value); });
  }

  void headers() {
    if (local_.replica.certified_height() >= kHeight) return;
    together([](const Meaning& meaning) { return meaning.kind == Kind::kHeader; },
             [&](consensus::View, Value value) { return byzantine_.header(value); });
    for (Value value = 0; value < world_.batches().size(); ++value) {
      if (byzantine_.certificate(value, said_)) actions_.push_back({{}, value, false});
    }
  }

  // The others' VIEW-CHANGEs for this view or a later one: of each the lowest.
  std::vector<MessageId> asked(consensus::View view) const {
    std::array<std::optional<MessageId>, kValidators> lowest;
    for (const MessageId id : said_) {
      const Meaning& meaning = catalogue_[id].meaning;
      if (meaning.kind != Kind::kViewChange || meaning.view < view || !is_other(meaning)) continue;
      auto& held = lowest[meaning.sender];
      if (!held || catalogue_[*held].meaning.view > meaning.view) held = id;
    }
    std::vector<MessageId> ids;
    for (const auto& id : lowest) {
      if (id) ids.push_back(*id);
    }
    return ids;
  }

  std::vector<MessageId> byzantine_view_changes(consensus::View view) {
    // Only who leads the view reads what they bring.
    if (TinyWorld::leader(view) == local_.validator) return byzantine_.view_changes(view, said_);
    return {byzantine_.empty_view_change(view)};
  }

  // It joins a view that f+1 others have reached.
  void joins() {
    for (consensus::View view = view_ + 1; view < world_.views(); ++view) {
      const auto others = asked(view);
      for (const MessageId other : others) {
        for (const MessageId own : byzantine_view_changes(view)) add({other, own});
      }
      if (others.size() == 2) add(others);
    }
  }

  // The view that it leads opens with the first quorum of view changes.
  void leads() {
    if (active_ || TinyWorld::leader(view_) != local_.validator) return;
    const auto others = asked(view_);
    for (const MessageId other : others) {
      if (catalogue_[other].meaning.view != view_) continue;
      for (const MessageId own : byzantine_view_changes(view_)) add({other, own});
    }
    if (others.size() == 2) add(others);
  }

  void new_views() {
    for (const MessageId id : said_) {
      const Meaning& meaning = catalogue_[id].meaning;
      if (meaning.kind != Kind::kNewView || !is_other(meaning)) continue;
      if (meaning.view > view_ || (meaning.view == view_ && !active_)) add({id});
    }
    for (consensus::View view = std::max<consensus::View>(active_ ? view_ + 1 : view_, 1); view < world_.views();
         ++view) {
      for (const MessageId id : byzantine_.new_views(view, said_)) add({id});
    }
  }

  void timers() {
    if (view_ + 1 >= world_.views()) return;
    if (active_) return add({}, true);
    // Without a quorum that asks for the view it has no timer.
    const auto others = asked(view_);
    for (const MessageId other : others) add({other, byzantine_.empty_view_change(view_)}, true);
    if (others.size() == 2) add(others, true);
  }

  const TinyWorld& world_;
  const Catalogue& catalogue_;
  Byzantine& byzantine_;
  const Local& local_;
  const Said& said_;
  consensus::View view_;
  bool active_;
  std::vector<Action> actions_;
};

}  // namespace

std::vector<Action> actions_of(const TinyWorld& world, const Catalogue& catalogue, Byzantine& byzantine,
                               const Local& local, const Said& said) {
  return Menu(world, catalogue, byzantine, local, said).all();
}

}  // namespace jinshi::exhaustive
