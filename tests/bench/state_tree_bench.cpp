// What the state tree costs: `state_tree_bench [entities]`, 10 million unless told. Fills a tree in blocks of 2,000
// operations, then changes it, proves from it, writes and reads its leaf file. The figures stand in
// docs/decisions/0001-state-tree-in-memory.md.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <random>
#include <vector>

#include "ledger/merkle/state_file.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/merkle/state_undo.h"

namespace jinshi::merkle {
namespace {

constexpr std::size_t kBlock = 2'000;

// Of the processor, all threads together, so that a busy machine doesn't weigh on the figures.
double now_us() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

// The n-th key, uniform as digests are, without a list of them to weigh on the figures.
Digest key_of(std::uint64_t n) {
  Digest key;
  std::uint64_t x = n;
  for (std::size_t i = 0; i < Digest::kSize; i += 8) {
    x += 0x9e3779b97f4a7c15;
    std::uint64_t z = x;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    std::memcpy(key.bytes.data() + i, &z, 8);
  }
  return key;
}

struct Timing {
  double prepare_us = 0;
  double commit_us = 0;
  double slowest_us = 0;
  std::size_t operations = 0;

  void print(const char* what) const {
    const auto n = static_cast<double>(operations);
    std::printf("%-28s %6.2f us/operation (prepare %.2f, commit %.2f), slowest block %.1f ms\n", what,
                (prepare_us + commit_us) / n, prepare_us / n, commit_us / n, slowest_us / 1000);
  }
};

void run_block(StateTree& tree, const std::vector<StateChange>& changes, Timing& timing) {
  const double start = now_us();
  auto update = tree.prepare(changes);
  const double prepared = now_us();
  tree.commit(std::move(update));
  const double committed = now_us();
  timing.prepare_us += prepared - start;
  timing.commit_us += committed - prepared;
  timing.slowest_us = std::max(timing.slowest_us, committed - start);
  timing.operations += changes.size();
}

int run(std::uint64_t entities) {
  std::mt19937_64 random(1);
  const double resident_before = resident_bytes();
  StateTree tree;

  std::vector<StateChange> changes;
  Timing filling;
  Timing last_tenth;
  for (std::uint64_t n = 0; n < entities;) {
    changes.clear();
    for (std::size_t i = 0; i < kBlock && n < entities; ++i, ++n)
      changes.push_back({key_of(n), StateValue{key_of(~n), n}});
    run_block(tree, changes, n > entities / 10 * 9 ? last_tenth : filling);
  }
  filling.print("inserts, first nine tenths");
  last_tenth.print("inserts, last tenth");
  const double resident = resident_bytes() - resident_before;
  std::printf("%-28s %6.1f bytes an entity\n", "resident memory", resident / static_cast<double>(entities));

  Timing mixed;
  ValuesThen then;
  for (int block = 0; block < 200; ++block) {
    changes.clear();
    for (std::size_t i = 0; i < kBlock / 2; ++i) {
      const Digest key = key_of(random() % entities);
      if (i == 0 || std::ranges::find(changes, key, &StateChange::key) == changes.end()) {
        changes.push_back({key, StateValue{key_of(random()), i}});
      }
    }
    while (changes.size() < kBlock) changes.push_back({key_of(random() | std::uint64_t{1} << 63), StateValue{{}, 1}});
    if (block >= 150) {
      for (const auto& change : changes) {
        const auto value = tree.find(change.key);
        then.try_emplace(change.key, value ? std::optional(value->record) : std::nullopt);
      }
    }
    run_block(tree, changes, mixed);
  }
  mixed.print("half updates, half inserts");

  constexpr int kProofs = 200'000;
  std::size_t proof_bytes = 0;
  std::vector<StateProof> proofs;
  proofs.reserve(64);
  const double proving = now_us();
  for (int i = 0; i < kProofs; ++i) {
    const StateProof proof = tree.prove(key_of(random() % entities));
    proof_bytes += 2 + proof.siblings.size() * Digest::kSize;
  }
  std::printf("%-28s %6.2f us, %.0f bytes\n", "proof of presence", (now_us() - proving) / kProofs,
              static_cast<double>(proof_bytes) / kProofs);

  const double undoing = now_us();
  constexpr int kOldProofs = 10;
  std::size_t verified = 0;
  for (int i = 0; i < kOldProofs; ++i) {
    const Digest key = key_of(random() % entities);
    const ProofThen old = prove_then(tree, then, key);
    verified += old.proof.verify(old.root, key, old.record) ? 1 : 0;
  }
  std::printf("%-28s %6.2f ms\n", "proof 50 full blocks back", (now_us() - undoing) / 1000 / kOldProofs);
  if (verified != kOldProofs) return EXIT_FAILURE;

  const char* const path = "state_tree_bench.leaves";
  const Digest root = tree.root();
  const double writing = now_us();
  {
    std::ofstream out(path, std::ios::binary);
    if (!write_state_file(out, tree, 1)) return EXIT_FAILURE;
  }
  std::printf("%-28s %6.2f s\n", "leaf file written", (now_us() - writing) / 1e6);
  tree = StateTree();
  const double reading = now_us();
  std::ifstream in(path, std::ios::binary);
  auto file = read_state_file(in);
  if (!file || file->tree.root() != root) return EXIT_FAILURE;
  std::printf("%-28s %6.2f s\n", "tree rebuilt from leaf file", (now_us() - reading) / 1e6);
  std::remove(path);

  file->tree = StateTree();
  const double building = now_us();
  StateTree::Builder builder(entities);
  for (std::uint64_t n = 0; n < entities; ++n) builder.add({key_of(n), key_of(~n), n});
  const auto built = builder.finish();
  if (!built) return EXIT_FAILURE;
  std::printf("%-28s %6.2f s\n", "tree built, leaves unsorted", (now_us() - building) / 1e6);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace jinshi::merkle

int main(int argc, char** argv) {
  return jinshi::merkle::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000);
}
