#include "tests/simulation/hash_chain.h"

#include <algorithm>

#include "jinshi/v1/block.pb.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::simulation {
namespace {

Digest set_of(const v1::Epoch& epoch) { return crypto::digest(crypto::Tag::kSet, encode(epoch.set())); }

std::string header_of(const Digest& chain_id, Height height, const v1::Epochs& epochs, const Digest& parent,
                      const Digest& batch, const std::string& proposer, TimeMs time, const Digest& state) {
  v1::Header header;
  header.set_format(1);
  header.set_suite(1);
  header.set_chain_id(chain_id.string());
  header.set_height(height);
  header.set_epoch(epochs.current().number());
  header.set_parent(parent.string());
  header.set_batch(batch.string());
  header.set_proposer(proposer);
  header.set_time(time);
  header.set_state_root(state.string());
  header.set_set(set_of(epochs.current()).string());
  if (epochs.has_next()) {
    header.set_next_set(set_of(epochs.next()).string());
    header.set_next_set_height(epochs.next().first_height());
  }
  header.set_protocol_version(1);
  return encode(header);
}

}  // namespace

HashChain::HashChain(v1::Epoch first, TimeMs time, Governance governance) : governance_(std::move(governance)) {
  v1::Epochs epochs;
  *epochs.mutable_current() = std::move(first);
  chain_id_ = crypto::digest(crypto::Tag::kGenesis, encode(epochs));
  Stored block;
  block.block.header = header_of(chain_id_, 0, epochs, {}, {}, "", time, {});
  block.block.digest = genesis_ = crypto::digest(crypto::Tag::kHeader, block.block.header);
  block.executed.time = time;
  block.executed.epochs = std::make_shared<const v1::Epochs>(std::move(epochs));
  blocks_.push_back(std::move(block));
}

v1::Epochs HashChain::after_switch(const v1::Epochs& before, Height height) const {
  v1::Epochs epochs = before;
  if (!epochs.has_next() || epochs.next().first_height() != height) return epochs;
  *epochs.mutable_current() = epochs.next();
  epochs.clear_next();
  if (epochs.has_waiting()) {
    *epochs.mutable_next() = epochs.waiting();
    epochs.mutable_next()->set_first_height(height + epochs.current().ordering().window() + 1);
    epochs.clear_waiting();
  }
  return epochs;
}

consensus::BlockExecuted HashChain::execute(const std::string& batch, const std::vector<TransactionPtr>& transactions) {
  const Stored& parent = blocks_.back();
  Stored stored;
  const Height height = blocks_.size();
  v1::Batch read;
  JINSHI_ASSERT(read.ParseFromString(batch), "a decided batch was parsed before");
  const TimeMs time = batch.empty() ? parent.executed.time : std::max(parent.executed.time, read.time());
  v1::Epochs epochs = after_switch(*parent.executed.epochs, height);
  std::string state = parent.state.string() + batch;
  stored.due = parent.due;
  while (!stored.due.empty() && *stored.due.begin() <= time) {
    state += std::to_string(*stored.due.begin());
    stored.due.erase(stored.due.begin());
  }
  for (const auto& transaction : transactions) {
    stored.executed.listed.push_back(transaction->id);
    if (!listed_.try_emplace(transaction->id, height).second) continue;  // a replay
    state += transaction->id.string();
    if (transaction->text.starts_with("due ")) stored.due.insert(time + std::stol(transaction->text.substr(4)));
    if (!transaction->text.starts_with("set ")) continue;
    v1::Epoch next = epochs.has_waiting() ? epochs.waiting() : epochs.has_next() ? epochs.next() : epochs.current();
    governance_(transaction->text, next);
    if (epochs.has_next()) {
      next.set_number(epochs.next().number() + 1);
      *epochs.mutable_waiting() = next;
    } else {
      next.set_number(epochs.current().number() + 1);
      next.set_first_height(height + epochs.current().ordering().window() + 1);
      *epochs.mutable_next() = next;
    }
  }
  stored.state = crypto::digest(crypto::Tag::kRecord, state);
  Block& block = stored.block;
  block.height = height;
  block.batch = batch;
  block.batch_digest = consensus::batch_digest(batch);
  block.transactions = transactions;
  block.header = header_of(chain_id_, height, epochs, parent.block.digest, block.batch_digest, read.proposer(), time,
                           stored.state);
  block.digest = crypto::digest(crypto::Tag::kHeader, block.header);

  auto& executed = stored.executed;
  executed.height = height;
  executed.header = block.digest;
  executed.header_bytes = consensus::blob(block.header);
  executed.time = time;
  if (!stored.due.empty()) executed.next_due = *stored.due.begin();
  executed.epochs = std::make_shared<const v1::Epochs>(std::move(epochs));
  stored.written = ++writes_;
  blocks_.push_back(std::move(stored));
  return blocks_.back().executed;
}

void HashChain::certify(const consensus::CertifiedHeader& header) {
  JINSHI_ASSERT(header.height > certified_ && header.height < blocks_.size(), "certified heights ascend");
  JINSHI_ASSERT(blocks_[header.height].block.digest == header.digest, "what is certified was executed");
  blocks_[header.height].block.certificate = header.bytes.certificate();
  blocks_[header.height].certificate_written = ++writes_;
  certified_ = header.height;
}

consensus::Flushed HashChain::flush() {
  flushed_writes_ = writes_;
  return {executed(), certified_};
}

// What was written stands up to some write, in the order of writing.
void HashChain::crash(Random& random) {
  writes_ = flushed_writes_ + random.below(writes_ - flushed_writes_ + 1);
  while (blocks_.back().written > writes_) {
    for (const Digest& id : blocks_.back().executed.listed) {
      if (const auto at = listed_.find(id); at != listed_.end() && at->second == executed()) listed_.erase(at);
    }
    blocks_.pop_back();
  }
  certified_ = 0;
  for (Stored& stored : blocks_) {
    if (stored.certificate_written > writes_) stored.block.certificate.reset();
    if (stored.block.certificate) certified_ = stored.block.height;
  }
}

consensus::RestoredState HashChain::restored() const {
  consensus::RestoredState state;
  state.epochs = blocks_.back().executed.epochs;
  const Stored& head = blocks_[certified_];
  v1::CertifiedHeader certified;
  certified.set_header(head.block.header);
  if (head.block.certificate) *certified.mutable_certificate() = *head.block.certificate;
  state.certified = *consensus::from_wire(certified);
  state.certified_time = head.executed.time;
  for (Height height = certified_ + 1; height < blocks_.size(); ++height) {
    state.executed.push_back(blocks_[height].executed);
    state.executed_batches.push_back(blocks_[height].block.batch_digest);
  }
  state.next_due = blocks_.back().executed.next_due;
  return state;
}

std::vector<Block> HashChain::blocks(Height above, std::size_t limit) const {
  std::vector<Block> answer;
  std::size_t complete = 0;
  for (Height height = above + 1; height <= certified_; ++height) {
    answer.push_back(blocks_[height].block);
    if (!answer.back().certificate) continue;
    complete = answer.size();
    const auto& epochs = *blocks_[height].executed.epochs;
    const bool ends_epoch = epochs.has_next() && epochs.next().first_height() == height + 1;
    if (complete >= limit || ends_epoch) break;
  }
  answer.resize(complete);
  return answer;
}

std::vector<v1::Epoch> HashChain::epochs() const {
  std::vector<v1::Epoch> all;
  for (const auto& stored : blocks_) {
    const auto& current = stored.executed.epochs->current();
    if (all.empty() || all.back().number() != current.number()) all.push_back(current);
  }
  if (const auto& last = *blocks_.back().executed.epochs; last.has_next()) all.push_back(last.next());
  return all;
}

}  // namespace jinshi::simulation
