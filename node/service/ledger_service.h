// LedgerService over gRPC's callback interface: bounds and access first, then the ledger on a worker thread.
#pragma once

#include <string_view>

#include "jinshi/v1/ledger_service.grpc.pb.h"
#include "node/service/callers.h"
#include "node/service/open_calls.h"
#include "node/validator.h"

namespace jinshi::node {

// Of every request but a submit.
inline constexpr std::size_t kMaxRequestBytes = 16 * 1024;

class LedgerServiceImpl final : public v1::LedgerService::CallbackService {
 public:
  explicit LedgerServiceImpl(Validator& node) : node_(node), callers_(node.ledger(), node.config().client.open_reads) {}

  OpenCalls& open_calls() { return open_calls_; }

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* GetChain(Context*, const v1::GetChainRequest*, v1::GetChainResponse*) override;
  Unary* Submit(Context*, const v1::SubmitRequest*, v1::SubmitResponse*) override;
  Unary* SubmitAndWait(Context*, const v1::SubmitAndWaitRequest*, v1::SubmitResponse*) override;
  grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>* SubmitStream(Context*) override;
  Unary* GetReceipt(Context*, const v1::GetReceiptRequest*, v1::GetReceiptResponse*) override;
  Unary* Get(Context*, const v1::GetRequest*, v1::GetResponse*) override;
  Unary* List(Context*, const v1::ListRequest*, v1::ListResponse*) override;
  Unary* History(Context*, const v1::HistoryRequest*, v1::HistoryResponse*) override;
  Unary* Prove(Context*, const v1::ProveRequest*, v1::ProveResponse*) override;
  Unary* ProveConsistency(Context*, const v1::ProveConsistencyRequest*, v1::ProveResponse*) override;
  Unary* GetHeader(Context*, const v1::GetHeaderRequest*, v1::GetHeaderResponse*) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(Context*, const v1::WatchRequest*) override;
  Unary* Statistics(Context*, const v1::StatisticsRequest*, v1::StatisticsResponse*) override;

 private:
  enum class Access { kAnyone, kReaders };
  // `answer` fills the response on a worker thread.
  template <class Request, class Answer>
  Unary* respond(Context* context, const Request* request, std::string_view method, Access access, Answer answer);
  template <class Request>
  grpc::Status refusal(const Context& context, const Request& request, Access access) const;

  Validator& node_;
  const Callers callers_;
  OpenCalls open_calls_;
};

}  // namespace jinshi::node
