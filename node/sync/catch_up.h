// Fetches certified blocks of others while this node lacks them: one question at a time, another peer when one has no
// answer. On the strand.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "consensus/verifier.h"
#include "ledger/ledger.h"
#include "node/log.h"
#include "node/peer/links.h"
#include "node/runtime.h"
#include "node/sync/block_check.h"

namespace jinshi::node {

class CatchUp {
 public:
  struct Parts {
    Runtime& runtime;
    const Log& log;
    PeerLinks* links = nullptr;
    Digest chain_id;
    std::vector<std::string> peers;
    std::function<consensus::VerifierPtr()> verifier;
    std::function<consensus::EpochNumber()> epoch;  // that this node is in
    std::function<void(const CheckedBlocks&)> fetched;
  };

  explicit CatchUp(Parts parts) : parts_(std::move(parts)), pause_(parts_.runtime.strand()) {}

  // Blocks above this height are wanted; `from` has them (empty = somebody).
  void need(Height above, const std::string& from);
  // The fetched blocks are executed one by one; the next are fetched behind them.
  void executed(Height height);
  void stop();
  bool running() const { return running_; }

 private:
  void ask();
  void answered(const std::string& peer, Result<v1::FetchBlocksResponse> answer);
  void checked(const std::string& peer, Height theirs, Result<CheckedBlocks> blocks);
  void another();
  bool known(const std::string& peer) const;

  Parts parts_;
  boost::asio::steady_timer pause_;
  bool running_ = false;
  bool stopped_ = false;
  Height above_ = 0;   // have up to here, executed or on the way
  Height target_ = 0;  // somebody has up to here
  std::string from_;
  std::size_t failures_ = 0;
};

}  // namespace jinshi::node
