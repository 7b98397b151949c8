#include "tests/ledger/chain/hasty_env.h"

#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <algorithm>

namespace jinshi::ledger::testing {
namespace {

class HastyClock final : public rocksdb::SystemClockWrapper {
 public:
  HastyClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "HastyClock"; }
  void SleepForMicroseconds(int duration) override { target_->SleepForMicroseconds(std::min(duration, 500)); }
};

class HastyEnv final : public rocksdb::EnvWrapper {
 public:
  explicit HastyEnv(const std::shared_ptr<rocksdb::FileSystem>& files) : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
    system_clock_ = std::make_shared<HastyClock>();
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> hasty_env(const std::shared_ptr<rocksdb::FileSystem>& files) {
  return std::make_unique<HastyEnv>(files);
}

}  // namespace jinshi::ledger::testing
