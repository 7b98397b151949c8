// Asks others for their certified heads, for a node that nobody tells: an audit node, or a validator outside the set.
// At least two are asked each time, so that one that withholds is not believed. On the strand.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "node/peer/links.h"
#include "node/runtime.h"

namespace jinshi::node {

class HeadPoller {
 public:
  struct Parts {
    Runtime& runtime;
    PeerLinks* links = nullptr;
    std::vector<std::string> peers;
    std::function<bool()> wanted;  // on the strand: whether this node needs to ask now
    std::function<void(const std::string& peer, const v1::CertifiedHeader&)> told;  // any thread
  };

  explicit HeadPoller(Parts parts) : parts_(std::move(parts)), timer_(parts_.runtime.strand()) {}
  void start();
  void stop();

 private:
  void ask();

  Parts parts_;
  boost::asio::steady_timer timer_;
  std::size_t next_ = 0;
  bool stopped_ = false;
};

}  // namespace jinshi::node
