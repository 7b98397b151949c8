#include "node/sync/catch_up.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace jinshi::node {
namespace {

constexpr std::uint32_t kBytesAtOnce = 4 << 20;
constexpr std::chrono::milliseconds kPause{100};
constexpr std::size_t kSlowestPauses = 20;

}  // namespace

bool CatchUp::known(const std::string& peer) const {
  return std::ranges::find(parts_.peers, peer) != parts_.peers.end();
}

void CatchUp::need(Height above, const std::string& from) {
  if (running_ || stopped_ || parts_.links == nullptr || parts_.peers.empty()) return;
  running_ = true;
  above_ = above;
  target_ = above + 1;
  failures_ = 0;
  if (known(from)) from_ = from;
  if (!known(from_)) from_ = parts_.peers.front();
  ask();
}

void CatchUp::ask() {
  v1::FetchBlocksRequest request;
  request.set_from(above_ + 1);
  request.set_max_bytes(kBytesAtOnce);
  parts_.links->fetch_blocks(from_, request, [this, peer = from_](Result<v1::FetchBlocksResponse> answer) {
    boost::asio::post(parts_.runtime.strand(), [this, peer, answer = std::move(answer)]() mutable {
      answered(peer, std::move(answer));
    });
  });
}

void CatchUp::answered(const std::string& peer, Result<v1::FetchBlocksResponse> answer) {
  if (stopped_) return;
  if (!answer || answer->blocks().empty()) return another();
  boost::asio::post(parts_.runtime.workers(), [this, peer, first = above_ + 1, answer = std::move(*answer),
                                               epoch = parts_.epoch(), verifier = parts_.verifier()] {
    auto blocks = check_blocks(answer, first, epoch, parts_.chain_id, *verifier, kProtocolVersion);
    boost::asio::post(parts_.runtime.strand(),
                      [this, peer, theirs = answer.certified(), blocks = std::move(blocks)]() mutable {
                        checked(peer, theirs, std::move(blocks));
                      });
  });
}

void CatchUp::checked(const std::string& peer, Height theirs, Result<CheckedBlocks> blocks) {
  if (stopped_) return;
  if (!blocks) {
    if (blocks.error().reason != v1::REASON_HEIGHT_UNKNOWN) {
      parts_.log.warning("a peer's copy of the chain is refused", {{"peer", peer}, {"message", blocks.error().message}});
    }
    return another();
  }
  failures_ = 0;
  target_ = theirs;
  above_ = blocks->blocks.back().height;
  parts_.fetched(*blocks);
}

void CatchUp::executed(Height height) {
  if (!running_ || stopped_ || height < above_) return;
  if (above_ < target_) return ask();
  running_ = false;
}

void CatchUp::another() {
  const auto at = std::ranges::find(parts_.peers, from_);
  const auto next = at == parts_.peers.end() || at + 1 == parts_.peers.end() ? parts_.peers.begin() : at + 1;
  from_ = *next;
  // Whoever wanted the blocks says so again; until then this is over once everybody was asked.
  if (++failures_ >= parts_.peers.size()) {
    running_ = false;
    return;
  }
  pause_.expires_after(kPause * std::min(failures_, kSlowestPauses));
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) ask();
  });
}

void CatchUp::stop() {
  stopped_ = true;
  pause_.cancel();
}

}  // namespace jinshi::node
