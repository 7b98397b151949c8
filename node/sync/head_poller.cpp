#include "node/sync/head_poller.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace jinshi::node {
namespace {

constexpr std::chrono::milliseconds kInterval{250};
constexpr std::size_t kAskedAtOnce = 2;

}  // namespace

void HeadPoller::start() {
  if (parts_.links == nullptr || parts_.peers.empty()) return;
  boost::asio::post(parts_.runtime.strand(), [this] { ask(); });
}

void HeadPoller::ask() {
  if (stopped_) return;
  if (parts_.wanted()) {
    for (std::size_t i = 0; i < std::min(kAskedAtOnce, parts_.peers.size()); ++i) {
      const std::string& peer = parts_.peers[next_++ % parts_.peers.size()];
      parts_.links->get_head(peer, [this, peer](const Result<v1::GetHeadResponse>& answer) {
        if (answer) parts_.told(peer, answer->head());
      });
    }
  }
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) ask();
  });
}

void HeadPoller::stop() {
  boost::asio::post(parts_.runtime.strand(), [this] {
    stopped_ = true;
    timer_.cancel();
  });
}

}  // namespace jinshi::node
