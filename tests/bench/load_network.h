// The network under load: its nodes' processes and streams to the validators.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/network_nodes.h"
#include "load_stream.h"

namespace jinshi::bench {

class Network {
 public:
  static cli::Outcome<Network> open(const cli::NetworkFolder& folder);

  const cli::NetworkFolder& folder() const { return folder_; }
  const std::vector<cli::NodePlace>& validators() const { return validators_; }
  const std::string& genesis() const { return genesis_; }
  const Digest& chain_id() const { return chain_id_; }
  cli::Outcome<cli::SignerPtr> signer() const;
  const std::string& signing_organisation() const { return validators_.front().organisation; }

  cli::Outcome<v1::GetStatusResponse> status(const cli::NodePlace& node) const;
  cli::Outcome<cli::Client> client(const cli::NodePlace& node, std::int64_t patience_ms) const;
  // The running node whose organisation proposes the next height, as most nodes say.
  cli::Outcome<cli::NodePlace> leader() const;
  // Every validator votes, reaches every other, and is at most a few blocks behind the highest.
  // Empty when so, else what is not.
  std::string not_whole() const;

  // `streams` to each validator.
  cli::Outcome<std::vector<std::unique_ptr<LoadStream>>> load(Supply& supply, std::size_t streams,
                                                              std::size_t in_flight, bool come_back) const;

  // Seconds of processor time that the validators' processes have used.
  double processor_seconds() const;

 private:
  explicit Network(cli::NetworkFolder folder) : folder_(std::move(folder)) {}

  cli::NetworkFolder folder_;
  std::vector<cli::NodePlace> validators_;
  std::string genesis_;
  Digest chain_id_;
};

// Of one process, this one for "self".
double processor_seconds_of(const std::string& process);

}  // namespace jinshi::bench
