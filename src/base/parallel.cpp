#include "base/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace newbie {

int hardware_threads() { return std::max(1, omp_get_num_procs()); }

namespace detail {
namespace {
thread_local bool inside_parallel = false;

/// Marks this thread as inside a loop, with OpenMP libraries held to one thread.
class SerialLibraries {
 public:
  SerialLibraries() : threads_(omp_get_max_threads()) {
    omp_set_num_threads(1);
    inside_parallel = true;
  }
  ~SerialLibraries() {
    inside_parallel = false;
    omp_set_num_threads(threads_);
  }

 private:
  int threads_;
};
}  // namespace

void run_parallel(int threads, int64_t count, ParallelBody call, const void* body) {
  if (count <= 0) return;
  if (inside_parallel) {
    for (int64_t i = 0; i < count; ++i) call(body, i);
    return;
  }
  const int used = static_cast<int>(std::clamp<int64_t>(threads, 1, count));
  if (used == 1) {
    SerialLibraries serial;
    for (int64_t i = 0; i < count; ++i) call(body, i);
    return;
  }
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error;
#pragma omp parallel num_threads(used)
  {
    SerialLibraries serial;
    for (int64_t i; !failed.load(std::memory_order_relaxed) &&
                    (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
      try {
        call(body, i);
      } catch (...) {
        if (!failed.exchange(true)) error = std::current_exception();
      }
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace detail
}  // namespace newbie
