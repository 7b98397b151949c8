#include "node/service/ledger_service.h"

#include <boost/asio/post.hpp>

#include "ledger/domain/effective_state.h"
#include "node/service/receipts.h"
#include "node/service/status.h"
#include "node/service/submit_calls.h"
#include "node/service/watch.h"

namespace jinshi::node {
namespace {

// A stream that is refused before it begins.
template <class Reactor>
class RefusedStream final : public Reactor {
 public:
  explicit RefusedStream(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

template <class Request>
grpc::Status LedgerServiceImpl::refusal(const Context& context, const Request& request, Access access) const {
  if (request.ByteSizeLong() > kMaxRequestBytes) {
    return to_status(Error{v1::REASON_TOO_LARGE, {}, "a request has at most 16 KiB"}, *Request::descriptor());
  }
  if (access == Access::kReaders) {
    if (const auto allowed = callers_.may_read(context); !allowed) {
      return to_status(allowed.error(), *Request::descriptor());
    }
  }
  return grpc::Status::OK;
}

template <class Request, class Answer>
LedgerServiceImpl::Unary* LedgerServiceImpl::respond(Context* context, const Request* request, std::string_view method,
                                                     Access access, Answer answer) {
  auto* reactor = context->DefaultReactor();
  boost::asio::post(node_.runtime().workers(),
                    [this, context, request, method, access, reactor, answer = std::move(answer)] {
                      grpc::Status status = refusal(*context, *request, access);
                      if (status.ok()) {
                        if (const Result<void> answered = answer(); !answered) {
                          status = to_status(answered.error(), *Request::descriptor());
                        }
                      }
                      node_.metrics().count_call(method, code_name(status.error_code()));
                      reactor->Finish(status);
                    });
  return reactor;
}

namespace {

// A value into a response, or the error on.
template <class Value, class Fill>
Result<void> take(Result<Value> result, Fill fill) {
  if (!result) return std::unexpected(std::move(result.error()));
  fill(std::move(*result));
  return {};
}

}  // namespace

LedgerServiceImpl::Unary* LedgerServiceImpl::GetChain(Context* context, const v1::GetChainRequest* request,
                                                      v1::GetChainResponse* response) {
  // Open to all: who may only write still needs the chain and its time.
  return respond(context, request, "GetChain", Access::kAnyone, [this, response]() -> Result<void> {
    const auto& ledger = node_.ledger();
    const auto head = ledger.head();
    response->set_chain_id(ledger.chain_id().string());
    response->set_genesis(ledger.genesis_bytes());
    response->set_height(head.height);
    response->set_head(head.digest.string());
    response->set_time(node_.clock().now());
    response->set_development(ledger.genesis().development());
    response->set_version(JINSHI_VERSION);
    return {};
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::Submit(Context* context, const v1::SubmitRequest* request,
                                                    v1::SubmitResponse* response) {
  auto* reactor = context->DefaultReactor();
  node_.submissions().submit(request->transaction(), callers_.share_of(*context), Submissions::Until::kQueued,
                             [this, reactor, response](Submissions::Answer answer) {
                               grpc::Status status;
                               if (answer) {
                                 *response = std::move(*answer);
                               } else {
                                 status = to_transaction_status(answer.error(), node_.pool().retry_after_ms());
                               }
                               node_.metrics().count_call("Submit", code_name(status.error_code()));
                               reactor->Finish(status);
                             });
  return reactor;
}

LedgerServiceImpl::Unary* LedgerServiceImpl::SubmitAndWait(Context* context, const v1::SubmitAndWaitRequest* request,
                                                           v1::SubmitResponse* response) {
  if (request->wait_ms() < 0 || request->wait_ms() > kMaxWaitMs) {
    auto* reactor = context->DefaultReactor();
    const Error error{v1::REASON_BAD_VALUE,
                      {v1::SubmitAndWaitRequest::kWaitMsFieldNumber},
                      "wait_ms is 0 to 60,000; 0 stands for 10,000"};
    reactor->Finish(to_status(error, *v1::SubmitAndWaitRequest::descriptor()));
    return reactor;
  }
  return SubmitAndWaitCall::start(node_, callers_.share_of(*context), request->transaction(),
                                  request->wait_ms() == 0 ? kDefaultWaitMs : request->wait_ms(), response);
}

grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>* LedgerServiceImpl::SubmitStream(Context* context) {
  return SubmitStreamCall::start(node_, open_calls_, callers_.share_of(*context));
}

LedgerServiceImpl::Unary* LedgerServiceImpl::GetReceipt(Context* context, const v1::GetReceiptRequest* request,
                                                        v1::GetReceiptResponse* response) {
  return respond(context, request, "GetReceipt", Access::kReaders, [this, request, response] {
    const auto id = Digest::from(request->id());
    const bool waits = id && node_.pool().find(*id);
    return take(get_receipt(node_.ledger(), *request, waits),
                [response](v1::GetReceiptResponse&& receipt) { *response = std::move(receipt); });
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::Get(Context* context, const v1::GetRequest* request,
                                                 v1::GetResponse* response) {
  return respond(context, request, "Get", Access::kReaders, [this, request, response]() -> Result<void> {
    auto answer = node_.ledger().get(request->key(), request->height());
    if (!answer) return std::unexpected(answer.error());
    response->set_height(answer->height);
    response->set_time(answer->time);
    if (!answer->record) {
      return fail(v1::REASON_UNKNOWN_RECORD,
                  "no record stands under this key at height " + std::to_string(answer->height),
                  {v1::GetRequest::kKeyFieldNumber});
    }
    // As of time zero nothing has ended: that is the record's own state.
    const std::string now = ledger::effective_state_name(*answer->record, answer->time);
    if (now != ledger::effective_state_name(*answer->record, 0)) response->set_effective_state(now);
    *response->mutable_record() = std::move(*answer->record);
    return {};
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::List(Context* context, const v1::ListRequest* request,
                                                  v1::ListResponse* response) {
  return respond(context, request, "List", Access::kReaders, [this, request, response] {
    return take(node_.ledger().list(*request), [response](v1::ListResponse&& page) { *response = std::move(page); });
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::History(Context* context, const v1::HistoryRequest* request,
                                                     v1::HistoryResponse* response) {
  return respond(context, request, "History", Access::kReaders, [this, request, response] {
    return take(node_.ledger().history(*request),
                [response](v1::HistoryResponse&& page) { *response = std::move(page); });
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::Prove(Context* context, const v1::ProveRequest* request,
                                                   v1::ProveResponse* response) {
  return respond(context, request, "Prove", Access::kReaders, [this, request, response] {
    return take(node_.ledger().prove(request->key(), request->height()),
                [response](std::string&& file) { *response = prove_response(std::move(file)); });
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::ProveConsistency(Context* context,
                                                              const v1::ProveConsistencyRequest* request,
                                                              v1::ProveResponse* response) {
  return respond(context, request, "ProveConsistency", Access::kReaders, [this, request, response] {
    return take(node_.ledger().prove_consistency(request->old_height(), request->new_height()),
                [response](std::string&& file) { *response = prove_response(std::move(file)); });
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::GetHeader(Context* context, const v1::GetHeaderRequest* request,
                                                       v1::GetHeaderResponse* response) {
  return respond(context, request, "GetHeader", Access::kReaders, [this, request, response] {
    const Height height = request->block_zero()    ? 0
                          : request->height() == 0 ? node_.ledger().head().height
                                                   : request->height();
    return take(node_.ledger().header(height),
                [response](v1::CertifiedHeader&& header) { *response->mutable_header() = std::move(header); });
  });
}

LedgerServiceImpl::Unary* LedgerServiceImpl::Statistics(Context* context, const v1::StatisticsRequest* request,
                                                        v1::StatisticsResponse* response) {
  return respond(context, request, "Statistics", Access::kReaders, [this, response] {
    return take(node_.ledger().statistics(),
                [response](v1::StatisticsResponse&& statistics) { *response = std::move(statistics); });
  });
}

grpc::ServerWriteReactor<v1::WatchResponse>* LedgerServiceImpl::Watch(Context* context,
                                                                      const v1::WatchRequest* request) {
  grpc::Status status = refusal(*context, *request, Access::kReaders);
  if (status.ok()) {
    if (const auto numbers = event_numbers(*request); !numbers) {
      status = to_status(numbers.error(), *v1::WatchRequest::descriptor());
    }
  }
  if (!status.ok()) return new RefusedStream<grpc::ServerWriteReactor<v1::WatchResponse>>(status);
  return WatchCall::start(node_, open_calls_, *request);
}

}  // namespace jinshi::node
