/// What each kernel of a process took: a library that the driver loads into any program, without a
/// change to it.
///
///     g++ -std=c++20 -O1 -shared -fPIC kernel_times.cpp -I CUDA/include -L CUDA/lib64 -lcupti -o
///     kernel_times.so CUDA_INJECTION64_PATH=$PWD/kernel_times.so KERNEL_TIMES=times.tsv program
///
/// At the end of the process KERNEL_TIMES gets a line for each name, the longest first:
/// milliseconds, calls, name. Its first lines say how long the device was busy in all, and how long
/// it was from the first kernel to the last.
#include <cupti.h>
#include <cxxabi.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

struct Total {
  uint64_t nanoseconds = 0, calls = 0;
};

struct Seen {
  std::mutex mutex;
  std::map<std::string, Total> totals;
  uint64_t first = UINT64_MAX, last = 0;

  void add(const std::string& name, uint64_t start, uint64_t end) {
    const std::lock_guard lock(mutex);
    Total& total = totals[name];
    total.nanoseconds += end - start;
    ++total.calls;
    first = std::min(first, start);
    last = std::max(last, end);
  }
};

/// Never destroyed: CUPTI's own threads outlive main.
Seen& seen() {
  static Seen* const all = new Seen;
  return *all;
}

std::string demangled(const char* name) {
  int status = 0;
  char* plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  const std::string text = status == 0 ? plain : name;
  std::free(plain);
  return text;
}

void CUPTIAPI lend_buffer(uint8_t** buffer, size_t* size, size_t* records) {
  *size = 8 << 20;
  *buffer = static_cast<uint8_t*>(std::aligned_alloc(64, *size));
  *records = 0;
}

void CUPTIAPI take_buffer(CUcontext, uint32_t, uint8_t* buffer, size_t, size_t used) {
  CUpti_Activity* record = nullptr;
  while (cuptiActivityGetNextRecord(buffer, used, &record) == CUPTI_SUCCESS) {
    if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) {
      const auto* kernel = reinterpret_cast<const CUpti_ActivityKernel10*>(record);
      seen().add(demangled(kernel->name), kernel->start, kernel->end);
    } else if (record->kind == CUPTI_ACTIVITY_KIND_MEMCPY) {
      const auto* copy = reinterpret_cast<const CUpti_ActivityMemcpy6*>(record);
      seen().add("a copy", copy->start, copy->end);
    } else if (record->kind == CUPTI_ACTIVITY_KIND_MEMSET) {
      const auto* fill = reinterpret_cast<const CUpti_ActivityMemset4*>(record);
      seen().add("a fill", fill->start, fill->end);
    }
  }
  std::free(buffer);
}

void write_down() {
  cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
  const char* path = std::getenv("KERNEL_TIMES");
  std::FILE* file = path ? std::fopen(path, "w") : stderr;
  if (!file) return;
  const std::lock_guard lock(seen().mutex);
  std::vector<std::pair<std::string, Total>> sorted(seen().totals.begin(), seen().totals.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second.nanoseconds > b.second.nanoseconds;
  });
  uint64_t busy = 0;
  for (const auto& [name, total] : sorted) busy += total.nanoseconds;
  const auto ms = [](uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; };
  std::fprintf(file, "%.3f\t\tbusy\n%.3f\t\tfrom the first to the last\n", ms(busy),
               seen().totals.empty() ? 0.0 : ms(seen().last - seen().first));
  for (const auto& [name, total] : sorted) {
    std::fprintf(file, "%.3f\t%llu\t%s\n", ms(total.nanoseconds),
                 static_cast<unsigned long long>(total.calls), name.c_str());
  }
  if (path) std::fclose(file);
}

}  // namespace

/// The driver calls it once it has been loaded.
extern "C" int InitializeInjection(void) {
  if (cuptiActivityRegisterCallbacks(lend_buffer, take_buffer) != CUPTI_SUCCESS) return 0;
  for (const CUpti_ActivityKind kind : {CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL,
                                        CUPTI_ACTIVITY_KIND_MEMCPY, CUPTI_ACTIVITY_KIND_MEMSET}) {
    if (cuptiActivityEnable(kind) != CUPTI_SUCCESS) return 0;
  }
  std::atexit(write_down);
  return 1;
}
