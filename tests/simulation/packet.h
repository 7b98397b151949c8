// What travels between simulated nodes.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "consensus/effect.h"
#include "consensus/message.h"
#include "tests/simulation/machine.h"

namespace jinshi::simulation {

struct PassedOn {
  std::vector<TransactionPtr> transactions;
};
struct PayloadRequest {
  Digest batch;
  std::vector<Digest> envelopes;  // none = the batch's bytes and all of it
};
struct PayloadAnswer {
  Digest digest;
  consensus::Blob batch;  // may be null
  std::vector<TransactionPtr> transactions;
};
struct BlocksRequest {
  Height above = 0;
};
struct BlocksAnswer {
  std::vector<Block> blocks;
  Height certified = 0;
};

using Packet = std::variant<consensus::Message, PassedOn, PayloadRequest, PayloadAnswer, BlocksRequest, BlocksAnswer>;

// For traces: one short line.
std::string describe(const Packet& packet);
std::string describe(const consensus::Message& message);
std::string describe(const consensus::Effect& effect);
std::string short_hex(const Digest& digest);

}  // namespace jinshi::simulation
