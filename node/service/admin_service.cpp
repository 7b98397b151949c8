#include "node/service/admin_service.h"

#include <boost/asio/post.hpp>

#include "node/service/status.h"

namespace jinshi::node {

grpc::ServerUnaryReactor* AdminServiceImpl::GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
                                                      v1::GetStatusResponse* response) {
  auto* reactor = context->DefaultReactor();
  boost::asio::post(node_.runtime().workers(), [this, reactor, response] {
    *response = node_.status();
    node_.metrics().count_call("GetStatus", "OK");
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminServiceImpl::MoveClock(grpc::CallbackServerContext* context,
                                                      const v1::MoveClockRequest* request,
                                                      v1::MoveClockResponse* response) {
  auto* reactor = context->DefaultReactor();
  boost::asio::post(node_.runtime().workers(), [this, reactor, request, response] {
    const auto moved = node_.move_clock(request->to());
    if (moved) response->set_clock(*moved);
    const grpc::Status status =
        moved ? grpc::Status::OK : to_status(moved.error(), *v1::MoveClockRequest::descriptor());
    node_.metrics().count_call("MoveClock", code_name(status.error_code()));
    reactor->Finish(status);
  });
  return reactor;
}

}  // namespace jinshi::node
