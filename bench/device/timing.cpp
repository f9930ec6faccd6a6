#include "timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tensor/cuda/context.h"

namespace newbie::bench {

double median_ms(const Device& device, int repeats, const std::function<void()>& run, int warmups) {
  const cudaStream_t stream = cuda::stream_of(device);
  cudaEvent_t begin, end;
  cuda::require(cudaEventCreate(&begin), "making an event");
  cuda::require(cudaEventCreate(&end), "making an event");
  for (int i = 0; i < warmups; ++i) run();
  std::vector<float> times;
  for (int i = 0; i < repeats; ++i) {
    cuda::require(cudaEventRecord(begin, stream), "recording");
    run();
    cuda::require(cudaEventRecord(end, stream), "recording");
    cuda::require(cudaEventSynchronize(end), "waiting");
    float ms = 0;
    cuda::require(cudaEventElapsedTime(&ms, begin, end), "timing");
    times.push_back(ms);
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  std::ranges::nth_element(times, times.begin() + static_cast<int>(times.size() / 2));
  return times[times.size() / 2];
}

void report(std::string_view name, double value, std::string_view unit) {
  fmt::print("{}\t{:.4g}\t{}\n", name, value, unit);
  std::fflush(stdout);
}

double peak_mb(const Device& device, const std::function<void()>& run) {
  device.synchronize();
  device.allocator().reset_peaks();
  const uint64_t before = device.allocator().report().total.live;
  run();
  device.synchronize();
  return static_cast<double>(device.allocator().report().total.peak - before) / 1e6;
}

}  // namespace newbie::bench
