#pragma once
/// Parallel loops over a fixed partition of the work: the pieces never depend on the number of
/// threads, so results are the same bytes for any thread count.

#include <cstdint>
#include <functional>
#include <type_traits>

namespace newbie {

/// Number of processors this process may use.
int hardware_threads();

namespace detail {
using ParallelBody = void (*)(const void* body, int64_t index);
void run_parallel(int threads, int64_t count, ParallelBody call, const void* body);
}  // namespace detail

/// Calls body(i) for every i in [0, count), on up to `threads` threads, in no particular order.
/// An exception of a body is rethrown here after all threads have stopped; the rest is skipped.
/// Nested calls run serially. Inside a body, libraries built on OpenMP (oneDNN) run
/// single-threaded.
template <class Body>
void parallel_for(int threads, int64_t count, const Body& body) {
  static_assert(std::is_invocable_v<const Body&, int64_t>);
  detail::run_parallel(
      threads, count, [](const void* b, int64_t index) { (*static_cast<const Body*>(b))(index); },
      &body);
}

/// Calls body(begin, end) for consecutive pieces of [0, count) of at most `grain` elements.
template <class Body>
void parallel_ranges(int threads, int64_t count, int64_t grain, const Body& body) {
  static_assert(std::is_invocable_v<const Body&, int64_t, int64_t>);
  const int64_t pieces = (count + grain - 1) / grain;
  parallel_for(threads, pieces, [&](int64_t piece) {
    const int64_t begin = piece * grain;
    body(begin, begin + grain < count ? begin + grain : count);
  });
}

}  // namespace newbie
