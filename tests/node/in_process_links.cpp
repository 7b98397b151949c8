#include "in_process_links.h"

#include <boost/asio/post.hpp>

namespace jinshi::node {

struct InProcessHub::Member {
  explicit Member(PeerHandler& to) : handler(&to) {}

  std::mutex mutex;  // guards both below
  std::condition_variable idle;
  PeerHandler* handler;  // null once it left
  int calls = 0;
};

class InProcessHub::Links final : public PeerLinks {
 public:
  Links(InProcessHub& hub, std::string organisation) : hub_(hub), organisation_(std::move(organisation)) {}
  ~Links() override { hub_.leave(organisation_); }

  void send(const std::string& to, std::shared_ptr<const std::string> message) override {
    if (message->size() > kMaxPeerMessageBytes) return;
    const Way way{organisation_, to};
    hub_.hand_over(way, [this_hub = &hub_, way, message = std::move(message)] {
      this_hub->with_handler(
          way, [&](PeerHandler& handler) { handler.received(way.first, *message, std::make_shared<int>(0)); });
    });
  }
  void fetch_blocks(const std::string& to, const v1::FetchBlocksRequest& request,
                    Done<v1::FetchBlocksResponse> done) override {
    ask<v1::FetchBlocksResponse>(to, std::move(done), [request](PeerHandler& peer) { return peer.blocks(request); });
  }
  void fetch_payload(const std::string& to, const v1::FetchPayloadRequest& request,
                     Done<v1::FetchPayloadResponse> done) override {
    ask<v1::FetchPayloadResponse>(to, std::move(done), [request](PeerHandler& peer) { return peer.payload(request); });
  }
  void get_head(const std::string& to, Done<v1::GetHeadResponse> done) override {
    ask<v1::GetHeadResponse>(to, std::move(done),
                             [](PeerHandler& peer) -> Result<v1::GetHeadResponse> { return peer.head(); });
  }
  bool connected(const std::string& to) const override { return hub_.stands({organisation_, to}); }

 private:
  template <class Response, class Question>
  void ask(const std::string& to, Done<Response> done, Question question) {
    const Way way{organisation_, to};
    if (!hub_.begins_to_ask(organisation_)) return done(fail(v1::REASON_STOPPING, organisation_ + " left"));
    hub_.hand_over(way, [hub = &hub_, way, question, done = std::move(done)] {
      Result<Response> answer = fail(v1::REASON_UNREACHABLE, way.second + " gives no answer");
      hub->with_handler(way, [&](PeerHandler& handler) { answer = question(handler); });
      done(std::move(answer));
      hub->was_answered(way.first);
    });
  }

  InProcessHub& hub_;
  const std::string organisation_;
};

InProcessHub::InProcessHub(std::size_t threads) : pool_(threads == 0 ? nullptr : std::make_unique<Pool>(threads)) {}

InProcessHub::~InProcessHub() {
  if (pool_ != nullptr) pool_->join();
  strands_.clear();  // they end before the pool that carries them
}

std::unique_ptr<PeerLinks> InProcessHub::join(const std::string& organisation, PeerHandler& handler) {
  serve(organisation, handler);
  return links(organisation);
}

std::unique_ptr<PeerLinks> InProcessHub::links(const std::string& organisation) {
  return std::make_unique<Links>(*this, organisation);
}

void InProcessHub::serve(const std::string& organisation, PeerHandler& handler) {
  const std::scoped_lock lock(mutex_);
  members_[organisation] = std::make_shared<Member>(handler);
}

void InProcessHub::leave(const std::string& organisation) {
  std::shared_ptr<Member> member;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = members_.find(organisation);
    if (found == members_.end()) return;
    member = found->second;
    members_.erase(found);
  }
  {
    std::unique_lock lock(member->mutex);
    member->handler = nullptr;
    member->idle.wait(lock, [&] { return member->calls == 0; });
  }
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return asking_[organisation] == 0; });
}

bool InProcessHub::begins_to_ask(const std::string& organisation) {
  const std::scoped_lock lock(mutex_);
  if (!members_.contains(organisation)) return false;
  ++asking_[organisation];
  return true;
}

void InProcessHub::was_answered(const std::string& organisation) {
  const std::scoped_lock lock(mutex_);
  if (--asking_[organisation] == 0) answered_.notify_all();
}

void InProcessHub::cut(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  cut_.insert({from, to});
}

void InProcessHub::mend(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  cut_.erase({from, to});
}

void InProcessHub::cut_off(const std::string& organisation) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [other, member] : members_) {
    if (other == organisation) continue;
    cut_.insert({organisation, other});
    cut_.insert({other, organisation});
  }
}

void InProcessHub::mend_all() {
  const std::scoped_lock lock(mutex_);
  cut_.clear();
}

void InProcessHub::hold(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  held_.try_emplace({from, to});
}

void InProcessHub::release(const std::string& from, const std::string& to) {
  std::deque<Task> tasks;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = held_.find({from, to});
    if (found == held_.end()) return;
    tasks = std::move(found->second);
    held_.erase(found);
  }
  for (auto& task : tasks) hand_over({from, to}, std::move(task));
}

void InProcessHub::settle() {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [this] { return under_way_ == 0; });
}

void InProcessHub::hand_over(const Way& way, Task task) {
  std::unique_lock lock(mutex_);
  if (const auto held = held_.find(way); held != held_.end()) {
    held->second.push_back(std::move(task));
    return;
  }
  ++under_way_;
  const auto run = [this, task = std::move(task)] {
    task();
    const std::scoped_lock again(mutex_);
    if (--under_way_ == 0) settled_.notify_all();
  };
  if (pool_ == nullptr) {
    lock.unlock();
    return run();
  }
  auto& strand = strands_.try_emplace(way, pool_->get_executor()).first->second;
  boost::asio::post(strand, run);
}

bool InProcessHub::with_handler(const Way& way, const std::function<void(PeerHandler&)>& call) {
  std::shared_ptr<Member> member;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = members_.find(way.second);
    if (cut_.contains(way) || found == members_.end()) return false;
    member = found->second;
  }
  PeerHandler* handler = nullptr;
  {
    const std::scoped_lock lock(member->mutex);
    handler = member->handler;
    if (handler == nullptr) return false;
    ++member->calls;
  }
  call(*handler);
  const std::scoped_lock lock(member->mutex);
  if (--member->calls == 0) member->idle.notify_all();
  return true;
}

bool InProcessHub::stands(const Way& way) const {
  const std::scoped_lock lock(mutex_);
  return members_.contains(way.second) && !cut_.contains(way);
}

}  // namespace jinshi::node
