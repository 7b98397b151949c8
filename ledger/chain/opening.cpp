// Making a ledger, and opening one: the trees are rebuilt and held against the last header, the newest certificate
// against the set in force at its height, and readers see that height, whatever was executed above it.
#include "ledger/chain/impl.h"
#include "ledger/chain/leaf_file.h"
#include "ledger/crypto/digest.h"
#include "ledger/execution/genesis.h"
#include "ledger/store/damage.h"

namespace jinshi::ledger {
namespace {

constexpr const char* kLeafFile = "state.leaves";
constexpr const char* kDatabaseFolder = "ledger";
constexpr const char* kUnfinishedFolder = "ledger.new";
constexpr std::string_view kLinkRows = "link/";

}  // namespace

std::string link_row(Height last) { return DiskKey().raw(kLinkRows).u64(last).str(); }
std::filesystem::path Ledger::Impl::leaf_file() const { return options.directory / kLeafFile; }

Result<std::unique_ptr<Ledger>> Ledger::create(Options options, ByteView genesis_bytes) {
  auto genesis = read_genesis(genesis_bytes);
  if (!genesis) return std::unexpected(genesis.error());
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  if (failed) {
    return fail(v1::REASON_DISK, "can't make the folder " + options.directory.string() + ": " + failed.message());
  }
  if (std::filesystem::exists(options.directory / kDatabaseFolder)) {
    return fail(v1::REASON_CONFIGURATION,
                options.directory.string() + " holds a ledger already: start the node without creating it anew");
  }
  // Made beside its place and moved there whole, so that a cut in between leaves room for another try.
  const std::filesystem::path unfinished = options.directory / kUnfinishedFolder;
  std::filesystem::remove_all(unfinished, failed);
  auto database = Database::open(unfinished, options.env, true);
  if (!database) return std::unexpected(database.error());
  const Digest chain_id = chain_id_of(genesis_bytes);
  const PreparedBlock block = prepare_block(ChainState(), execute_genesis(*genesis, chain_id));
  WriteBatch batch;
  write_block(block, {}, {}, batch);
  batch.put(Family::kMeta, kFormatKey, kFormat);
  batch.put(Family::kMeta, kGenesisKey, genesis_bytes);
  if (auto written = (*database)->write(batch, true); !written) return std::unexpected(written.error());
  database->reset();
  if (auto moved = Database::move(unfinished, options.directory / kDatabaseFolder, options.env); !moved) {
    return std::unexpected(moved.error());
  }
  return open(std::move(options));
}

Result<std::unique_ptr<Ledger>> Ledger::open(Options options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  const auto tail = impl->options.sync_blocks ? Database::Tail::kSynced : Database::Tail::kUnsynced;
  auto database = Database::open(impl->options.directory / kDatabaseFolder, impl->options.env, false, tail);
  if (!database) return std::unexpected(database.error());
  impl->database = std::move(*database);
  if (auto started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ledger::~Ledger() {
  // A hint for the next start; without it the records are read.
  (void)save_leaf_file(impl_->state.state, impl_->executed.height(), impl_->leaf_file());
  impl_->publish(nullptr);
  impl_->waiting.clear();
  impl_->restored.reset();
}

Result<void> Ledger::Impl::start() {
  const auto format = database->get(Family::kMeta, kFormatKey);
  if (!format) return std::unexpected(format.error());
  if (*format != std::optional<std::string>(kFormat)) {
    return fail(v1::REASON_NEEDS_NEWER_VERIFIER, "the data directory has another format: use the program that wrote it");
  }
  const auto bytes = database->get(Family::kMeta, kGenesisKey);
  if (!bytes) return std::unexpected(bytes.error());
  auto read = read_genesis(bytes->value_or(""));
  if (!read) return damaged("the genesis", "can't be read (" + read.error().message + ")");
  genesis_bytes = **bytes;
  genesis = std::move(*read);
  chain_id = chain_id_of(genesis_bytes);
  if (auto loaded = load_chain(); !loaded) return loaded;
  if (auto loaded = load_undo_sizes(); !loaded) return loaded;
  return publish_last_certified();
}

Result<void> Ledger::Impl::load_chain() {
  const auto last = database->last_key(Family::kBlocks);
  if (!last) return std::unexpected(last.error());
  if (!*last) return damaged("block 0", "is missing");
  auto head = head_at(read_u64(**last));
  if (!head) return std::unexpected(head.error());
  executed.ParseFromString(head->header);
  executed_digest = head->digest;
  auto loaded = restore_state(*database, executed, leaf_file());
  if (!loaded) return std::unexpected(loaded.error());
  state = std::move(*loaded);
  executed_snapshot = database->snapshot();
  records = std::make_unique<StoredRecords>(*database, state.state);
  try {
    epochs = std::make_shared<const v1::Epochs>(records->epochs());
  } catch (const UnreadableRecord& unreadable) {
    return std::unexpected(unreadable.error);
  }
  const auto scanned = database->scan(Family::kDue, {}, {}, [&](ByteView key, ByteView value) {
    v1::Due due;
    due.ParseFromArray(value.data(), static_cast<int>(value.size()));
    first_due = {std::string(key), due.time()};
    return false;
  });
  if (!scanned) return scanned;
  auto counted = load_counts();
  if (!counted) return std::unexpected(counted.error());
  counts = std::move(*counted);
  return {};
}

Result<void> Ledger::Impl::load_undo_sizes() {
  return database->scan(Family::kUndo, {}, {}, [&](ByteView key, ByteView value) {
    undo_sizes.emplace_back(read_u64(key), value.size());
    undo_total += value.size();
    return true;
  });
}

Result<std::vector<ChainLink>> Ledger::Impl::load_links() const {
  std::vector<ChainLink> links;
  bool parses = true;
  const auto scanned = database->scan(Family::kMeta, kLinkRows, {}, [&](ByteView key, ByteView value) {
    ChainLink& link = links.emplace_back();
    parses = key.size() == kLinkRows.size() + sizeof(Height) &&
             link.link.ParseFromArray(value.data(), static_cast<int>(value.size()));
    if (parses) link.last = read_u64(key.substr(kLinkRows.size()));
    return parses;
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (!parses) return damaged("a link between two sets of validators", "does not parse");
  return links;
}

Result<void> Ledger::Impl::publish_last_certified() {
  const auto certified = database->last_key(Family::kCertificates);
  if (!certified) return std::unexpected(certified.error());
  const Height height = *certified ? read_u64(**certified) : 0;
  if (height > executed.height()) return damaged("block " + std::to_string(height), "is missing beside its certificate");
  auto head = head_at(height);
  if (!head) return std::unexpected(head.error());
  const auto epochs_then = epochs_since(height);
  if (!epochs_then) return std::unexpected(epochs_then.error());
  if (height > 0) {
    const auto set = consensus_keys(epochs_then->front()->current().set());
    if (!set) return std::unexpected(set.error());
    if (!crypto::check_certificate(*set, head->digest, signatures_of(head->certificate))) {
      return damaged("block " + std::to_string(height), "is not what its certificate signs");
    }
  }
  auto above = restored_above(height);
  if (!above) return std::unexpected(above.error());
  restored = std::move(*above);
  auto readable = readable_at(height);
  if (!readable) return std::unexpected(readable.error());
  auto links = load_links();
  if (!links) return std::unexpected(links.error());
  publish(std::make_shared<const Published>(
      Published{std::move(*head), std::move(*readable),
                std::make_shared<const std::vector<ChainLink>>(std::move(*links))}));
  for (Height waits = height + 1; waits <= executed.height(); ++waits) {
    const auto row = read_block(*database, chain_id, waits);
    if (!row) return std::unexpected(row.error());
    const auto listed = listed_transactions(*database, *row);
    if (!listed) return std::unexpected(listed.error());
    ExecutedBlock block{waits, row->stored.header(), crypto::digest(crypto::Tag::kHeader, row->stored.header()),
                        row->header.time(), {}, {}, epochs_then->at(waits - height)};
    for (const std::string& bytes : *listed) {
      v1::SignedTransaction transaction;
      transaction.ParseFromString(bytes);
      block.listed.push_back(transaction_id(transaction.body()));
    }
    if (first_due) block.next_due = first_due->time;
    waiting.push_back({std::move(block), row->header.history_size(), std::nullopt});
  }
  if (waiting.empty()) restored.reset();
  return {};
}

// The epochs as they stood after the certified height and after each above it.
Result<std::vector<std::shared_ptr<const v1::Epochs>>> Ledger::Impl::epochs_since(Height certified) const {
  std::vector<std::shared_ptr<const v1::Epochs>> since(executed.height() - certified + 1);
  since.back() = epochs;
  const Digest key = keys::epochs().digest();
  for (Height height = executed.height(); height > certified; --height) {
    std::shared_ptr<const v1::Epochs> before = since[height - certified];
    bool parses = true;
    const auto walked = each_undo(*database, nullptr, height, [&](const Digest& touched, ByteView bytes) {
      if (touched != key) return touched < key;
      v1::Record record;
      parses = record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && record.has_epochs();
      before = std::make_shared<const v1::Epochs>(record.epochs());
      return false;
    });
    if (!walked) return std::unexpected(walked.error());
    if (!parses) return damaged("the undo list of height " + std::to_string(height), "does not parse");
    since[height - certified - 1] = std::move(before);
  }
  return since;
}

Result<Restored> Ledger::Impl::restored_above(Height certified) const {
  Restored found{executed.height(), {executed_snapshot, counts}, {}};
  StateThen then(certified);
  if (auto reached = then.reach(*database, executed_snapshot, executed.height()); !reached) {
    return std::unexpected(reached.error());
  }
  for (const auto& [key, ignored] : then.values()) {
    auto& record = found.records[key];
    const auto value = state.state.find(key);
    if (!value) continue;
    auto bytes = read_record(*database, *value, executed_snapshot);
    if (!bytes) return std::unexpected(bytes.error());
    record = std::move(*bytes);
  }
  return found;
}

// A height that was executed before the start: the disk as it was found, with the blocks above undone.
Result<ReadableHeight> Ledger::Impl::readable_at(Height height) const {
  if (height == restored->executed) return restored->readable;
  StateThen then(height);
  if (auto reached = then.reach(*database, restored->readable.snapshot, restored->executed); !reached) {
    return std::unexpected(reached.error());
  }
  WriteBatch undone;
  KindCounts counted = *restored->readable.counts;
  const auto count = [&](const std::optional<std::string>& bytes, std::uint64_t difference) {
    v1::Record record;
    if (!bytes) return true;
    if (!record.ParseFromString(*bytes)) return false;
    counted[std::string(name_of(static_cast<v1::StateKey::KindCase>(record.kind_case())))] += difference;
    return true;
  };
  for (const auto& [key, ignored] : then.values()) {
    const std::optional<std::string>& now = restored->records.at(key);
    const std::optional<std::string> before = then.record(key);
    if (!count(now, ~std::uint64_t{0}) || !count(before, 1)) {
      return damaged("an undo list above height " + std::to_string(height), "does not parse");
    }
    write_record(now, before, undone);
  }
  return ReadableHeight{Database::with(restored->readable.snapshot, undone),
                        std::make_shared<const KindCounts>(std::move(counted))};
}

Result<Head> Ledger::Impl::head_at(Height height) const {
  const auto row = read_block(*database, chain_id, height);
  if (!row) return std::unexpected(row.error());
  Head head{height,
            row->header.time(),
            crypto::digest(crypto::Tag::kHeader, row->stored.header()),
            row->stored.header(),
            {},
            row->header.history_size()};
  const auto certificate = database->get(Family::kCertificates, DiskKey().u64(height).str());
  if (!certificate) return std::unexpected(certificate.error());
  if (*certificate && !head.certificate.ParseFromString(**certificate)) {
    return damaged("the certificate of height " + std::to_string(height), "does not parse");
  }
  return head;
}

}  // namespace jinshi::ledger
