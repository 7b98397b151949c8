// Calls to a node: LedgerService over TLS, trusting the certificate of the network folder and no other, and
// AdminService on its local address. One client may be used from several threads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/failure.h"
#include "cli/network_folder.h"
#include "jinshi/v1/admin_service.pb.h"
#include "jinshi/v1/ledger_service.pb.h"

namespace jinshi::cli {

class Client {
 public:
  // Connects lazily: a node that is not there fails the first call, after `patience_ms` of trying.
  static Outcome<Client> open(const Endpoints& endpoints, std::int64_t patience_ms = 5000);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  Outcome<v1::GetChainResponse> chain() const;
  Outcome<v1::SubmitResponse> submit(const std::string& transaction) const;
  // Until it is final or `wait_ms` have passed; a lost connection is retried with the same bytes, which is safe.
  Outcome<v1::SubmitResponse> submit_and_wait(const std::string& transaction, std::int64_t wait_ms) const;
  Outcome<v1::GetReceiptResponse> receipt(const v1::GetReceiptRequest& request) const;
  Outcome<v1::GetResponse> get(const v1::GetRequest& request) const;
  Outcome<v1::ListResponse> list(const v1::ListRequest& request) const;
  Outcome<v1::HistoryResponse> history(const v1::HistoryRequest& request) const;
  Outcome<v1::ProveResponse> prove(const v1::ProveRequest& request) const;
  Outcome<v1::ProveResponse> prove_consistency(const v1::ProveConsistencyRequest& request) const;
  Outcome<v1::GetHeaderResponse> header(const v1::GetHeaderRequest& request) const;
  Outcome<v1::StatisticsResponse> statistics() const;

  // Calls `each` with what comes until it returns false, which is no failure, or the stream ends, which is one.
  Outcome<void> watch(const v1::WatchRequest& request, const std::function<bool(const v1::WatchResponse&)>& each) const;

  Outcome<v1::GetStatusResponse> status() const;
  Outcome<v1::MoveClockResponse> move_clock(TimeMs to) const;
  // The standard health service, on the client port.
  Outcome<void> health() const;

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether the call may succeed later with the same bytes: the node was away, or its pool full.
bool may_be_retried(const Failure& failure);

}  // namespace jinshi::cli
