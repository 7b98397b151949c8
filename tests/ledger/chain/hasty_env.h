// RocksDB over a file system of a test's, without the seconds that it sleeps after an error.
#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace jinshi::ledger::testing {

std::unique_ptr<rocksdb::Env> hasty_env(const std::shared_ptr<rocksdb::FileSystem>& files);

}  // namespace jinshi::ledger::testing
