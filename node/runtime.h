// The node's threads. Data is handed over between them, not shared: one strand orders, one thread executes blocks and
// waits for the disk, a pool checks signatures and answers reads, one keeps timers and speaks HTTP.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <thread>

#include "node/steady.h"

namespace jinshi::node {

class Runtime {
 public:
  // 0 workers = one for each processor.
  explicit Runtime(unsigned workers);
  ~Runtime();

  boost::asio::io_context& strand() { return strand_; }
  boost::asio::thread_pool& executor() { return executor_; }
  boost::asio::thread_pool& workers() { return workers_; }
  boost::asio::io_context& side() { return side_; }

  static SteadyMs steady_now();

  // Finishes what was handed over to workers and executor, drops what waits on timers, and joins every thread. Once;
  // not from one of them.
  void stop();

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  boost::asio::io_context strand_{1}, side_{1};
  Guard strand_work_, side_work_;
  boost::asio::thread_pool executor_{1};
  boost::asio::thread_pool workers_;
  std::thread strand_thread_, side_thread_;
};

}  // namespace jinshi::node
