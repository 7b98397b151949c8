// One SubmitStream to one node, kept full: sends while fewer than `in_flight` are without an outcome, and notes when
// each receipt came.
#pragma once

#include <grpcpp/client_context.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cli/network_nodes.h"
#include "jinshi/v1/ledger_service.grpc.pb.h"
#include "load_supply.h"

namespace jinshi::bench {

using Clock = std::chrono::steady_clock;

struct Receipt {
  Clock::time_point sent, received;
};

class LoadStream {
 public:
  struct Plan {
    std::string node;         // its name
    std::string address;
    std::string certificate;  // PEM, pinned
    std::size_t in_flight = 256;
    bool come_back = false;  // dial again when the node goes away, until told to end
  };
  // What came of all that was sent.
  struct Outcomes {
    std::vector<Receipt> receipts;     // of accepted ones
    std::vector<std::string> samples;  // a receipt's file in so many
    std::size_t others = 0;            // refused, not taken, expired, unknown
    std::string trouble;               // the first other outcome, or how the stream ended early
  };

  LoadStream(Plan plan, Supply& supply);
  ~LoadStream();

  // Sends nothing more; what was sent is awaited for so long, then cancelled. Once.
  Outcomes end(std::chrono::milliseconds patience);
  // Never waits.
  void send_nothing_more();

 private:
  using Stub = v1::LedgerService::Stub;
  using Stream = grpc::ClientReaderWriter<v1::SubmitRequest, v1::SubmitResponse>;

  void run();
  void talk();
  void write(Stream& stream);
  void read(Stream& stream);
  void note(const v1::SubmitResponse& response);
  bool wait_for_room();

  const Plan plan_;
  Supply& supply_;
  std::unique_ptr<Stub> stub_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unordered_map<Digest, Clock::time_point, DigestHash> sent_;
  std::size_t open_ = 0;
  bool broken_ = false;  // the stream under way
  bool ending_ = false, over_ = false;
  Outcomes outcomes_;
  std::thread thread_;
};

}  // namespace jinshi::bench
