// What ThreadSanitizer can't see: RocksDB's package is not instrumented, so its own hand-overs look like races.
#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so\n"; }
#endif
