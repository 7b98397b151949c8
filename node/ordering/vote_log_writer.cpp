#include "node/ordering/vote_log_writer.h"

#include <iterator>
#include <utility>

#include "proto/canonical.h"

namespace jinshi::node {

VoteLogWriter::VoteLogWriter(std::unique_ptr<VoteLog> log, std::function<void(const Error&)> failed)
    : log_(std::move(log)), failed_(std::move(failed)), thread_([this] { run(); }) {}

VoteLogWriter::~VoteLogWriter() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  something_waits_.notify_one();
  thread_.join();
}

void VoteLogWriter::append(std::vector<std::string> entries, std::function<void()> durable) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.entries.insert(waiting_.entries.end(), std::make_move_iterator(entries.begin()),
                            std::make_move_iterator(entries.end()));
    waiting_.told.push_back(std::move(durable));
    wanted_ = true;
  }
  something_waits_.notify_one();
}

void VoteLogWriter::trim(std::uint64_t epoch, Height height) {
  v1::LogEntry entry;
  entry.mutable_trim()->set_epoch(epoch);
  entry.mutable_trim()->set_height(height);
  const std::scoped_lock lock(mutex_);
  waiting_.entries.push_back(encode(entry));
}

void VoteLogWriter::run() {
  for (bool working = true; working;) {
    Waiting group;
    {
      std::unique_lock lock(mutex_);
      something_waits_.wait(lock, [this] { return wanted_ || stopping_; });
      group = std::exchange(waiting_, {});
      wanted_ = false;
      working = !stopping_;
    }
    if (auto written = log_->write(group.entries); !written) {
      failed_(written.error());
      return;
    }
    for (const auto& durable : group.told) durable();
  }
}

}  // namespace jinshi::node
