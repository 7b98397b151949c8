// AdminService, for the operator on the node's own machine.
#pragma once

#include "jinshi/v1/admin_service.grpc.pb.h"
#include "node/validator.h"

namespace jinshi::node {

class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  explicit AdminServiceImpl(Validator& node) : node_(node) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext*, const v1::GetStatusRequest*,
                                      v1::GetStatusResponse*) override;
  grpc::ServerUnaryReactor* MoveClock(grpc::CallbackServerContext*, const v1::MoveClockRequest*,
                                      v1::MoveClockResponse*) override;

 private:
  Validator& node_;
};

}  // namespace jinshi::node
