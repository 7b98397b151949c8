// PeerLinks without gRPC: handlers of one process, connected by their organisations' names. Links can be cut, and held
// so that what is sent waits until they are released.
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "node/peer/links.h"

namespace jinshi::node {

class InProcessHub {
 public:
  // 0 threads: handed over on the sender's own, before `send` returns; else on a pool, each link in order.
  explicit InProcessHub(std::size_t threads);
  ~InProcessHub();

  // The member leaves when its links are destroyed; then its handler is called no more. The hub outlives them.
  std::unique_ptr<PeerLinks> join(const std::string& organisation, PeerHandler& handler);
  // In two steps, for a handler that is given its links.
  std::unique_ptr<PeerLinks> links(const std::string& organisation);
  void serve(const std::string& organisation, PeerHandler& handler);
  // Its handler is called no more, and all that it asked is answered. With threads only from outside of them.
  void leave(const std::string& organisation);

  // One way each. A cut link loses what is sent and answers UNREACHABLE.
  void cut(const std::string& from, const std::string& to);
  void mend(const std::string& from, const std::string& to);
  void cut_off(const std::string& organisation);  // from everyone, both ways
  void mend_all();
  // What is sent waits; `release` hands it over in order.
  void hold(const std::string& from, const std::string& to);
  void release(const std::string& from, const std::string& to);
  // Until everything that was sent is handed over, but for what is held. With threads only from outside of them.
  void settle();

 private:
  struct Member;
  class Links;
  using Way = std::pair<std::string, std::string>;
  using Pool = boost::asio::thread_pool;
  using Task = std::function<void()>;

  bool begins_to_ask(const std::string& organisation);
  void was_answered(const std::string& organisation);
  void hand_over(const Way& way, Task task);
  // Calls with the handler, unless there is none or the link is cut; whether it did.
  bool with_handler(const Way& way, const std::function<void(PeerHandler&)>& call);
  bool stands(const Way& way) const;

  mutable std::mutex mutex_;  // guards all below but the pool
  std::map<std::string, std::shared_ptr<Member>> members_;
  std::set<Way> cut_;
  std::map<Way, std::deque<Task>> held_;
  std::map<Way, boost::asio::strand<Pool::executor_type>> strands_;
  std::map<std::string, std::size_t> asking_;
  std::condition_variable answered_;
  std::size_t under_way_ = 0;
  std::condition_variable settled_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace jinshi::node
