#include "node/runtime.h"

#include <algorithm>
#include <chrono>

namespace jinshi::node {
namespace {

unsigned worker_count(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(2U, std::thread::hardware_concurrency());
}

}  // namespace

Runtime::Runtime(unsigned workers)
    : strand_work_(strand_.get_executor()),
      side_work_(side_.get_executor()),
      workers_(worker_count(workers)),
      strand_thread_([this] { strand_.run(); }),
      side_thread_([this] { side_.run(); }) {}

Runtime::~Runtime() { stop(); }

SteadyMs Runtime::steady_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Runtime::stop() {
  workers_.join();
  executor_.join();
  strand_.stop();
  side_.stop();
  if (strand_thread_.joinable()) strand_thread_.join();
  if (side_thread_.joinable()) side_thread_.join();
}

}  // namespace jinshi::node
