#include "harness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tensor/small_floats.h"

namespace newbie::bench {

using ops::cuda::check_cuda;

namespace {

/// Share of 763 TFLOP/s, what 8192^3 products of bf16 reach on an H100 (docs/performance.md).
constexpr double kMeasuredPeak = 763.0;

std::vector<std::byte> bytes_of(const std::vector<float>& values, DType type) {
  std::vector<std::byte> bytes(values.size() * size_of(type));
  for (size_t i = 0; i < values.size(); ++i) {
    std::byte* to = bytes.data() + i * size_of(type);
    if (type == DType::f32) {
      std::memcpy(to, &values[i], 4);
    } else {
      const uint16_t bits = type == DType::bf16 ? to_bf16(values[i]).bits : to_f16(values[i]).bits;
      std::memcpy(to, &bits, 2);
    }
  }
  return bytes;
}

}  // namespace

Buffer::Buffer(int64_t count, DType type) : count_(count), type_(type) {
  void* data = nullptr;
  const size_t bytes = static_cast<size_t>(std::max<int64_t>(count, 1)) * size_of(type);
  check_cuda(cudaMalloc(&data, bytes), "a buffer");
  memory_ = {data, [](void* memory) { cudaFree(memory); }};
  check_cuda(cudaMemset(data, 0xff, bytes), "a buffer");
  check_cuda(cudaDeviceSynchronize(), "a buffer");
}

Buffer Buffer::random(int64_t count, DType type, uint64_t seed, float scale) {
  // A long period of normal numbers, repeated: what is measured does not depend on more.
  const int64_t period = std::min<int64_t>(count, 4'000'037);
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(static_cast<size_t>(period));
  for (float& value : values) value = normal(engine);
  const std::vector<std::byte> bytes = bytes_of(values, type);
  Buffer made(count, type);
  for (int64_t at = 0; at < count; at += period) {
    const auto part = static_cast<size_t>(std::min(period, count - at)) * size_of(type);
    check_cuda(
        cudaMemcpy(static_cast<std::byte*>(made.data()) + static_cast<size_t>(at) * size_of(type),
                   bytes.data(), part, cudaMemcpyHostToDevice),
        "random numbers");
  }
  check_cuda(cudaDeviceSynchronize(), "random numbers");
  return made;
}

std::vector<double> Buffer::numbers() const {
  check_cuda(cudaDeviceSynchronize(), "waiting for results");
  std::vector<std::byte> bytes(static_cast<size_t>(count_) * size_of(type_));
  check_cuda(cudaMemcpy(bytes.data(), memory_.get(), bytes.size(), cudaMemcpyDeviceToHost),
             "reading results");
  std::vector<double> numbers(static_cast<size_t>(count_));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::byte* from = bytes.data() + i * size_of(type_);
    if (type_ == DType::f32) {
      float value;
      std::memcpy(&value, from, 4);
      numbers[i] = static_cast<double>(value);
    } else {
      uint16_t bits;
      std::memcpy(&bits, from, 2);
      numbers[i] = static_cast<double>(type_ == DType::bf16 ? to_float(BFloat16{bits})
                                                            : to_float(Float16{bits}));
    }
  }
  return numbers;
}

double relative_l2(const std::vector<double>& found, const std::vector<double>& expected) {
  double distance = 0, norm = 0;
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < found.size(); ++i) {
    distance += (found[i] - expected[i]) * (found[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  const double result = distance == 0 ? 0 : std::sqrt(distance / norm);
  return std::isfinite(result) ? result : std::numeric_limits<double>::infinity();
}

double milliseconds(Libraries& libraries, const std::function<void(int)>& body, int runs) {
  for (int i = 0; i < 3; ++i) body(i);
  std::vector<cudaEvent_t> marks(static_cast<size_t>(runs) + 1);
  for (cudaEvent_t& mark : marks) check_cuda(cudaEventCreate(&mark), "timing");
  check_cuda(cudaEventRecord(marks[0], libraries.stream()), "timing");
  for (int i = 0; i < runs; ++i) {
    body(i);
    check_cuda(cudaEventRecord(marks[static_cast<size_t>(i) + 1], libraries.stream()), "timing");
  }
  check_cuda(cudaEventSynchronize(marks.back()), "timing");
  std::vector<float> times(static_cast<size_t>(runs));
  for (size_t i = 0; i < times.size(); ++i) {
    check_cuda(cudaEventElapsedTime(&times[i], marks[i], marks[i + 1]), "timing");
  }
  for (cudaEvent_t mark : marks) cudaEventDestroy(mark);
  std::ranges::nth_element(times, times.begin() + runs / 2);
  return static_cast<double>(times[times.size() / 2]);
}

void Report::check(const std::string& what, double distance, double most) {
  const bool good = distance <= most;
  failures_ += good ? 0 : 1;
  fmt::print("{} {:<62} {:9.2e} (at most {:.1e})\n", good ? "ok  " : "FAIL", what, distance, most);
  std::fflush(stdout);
}

void Report::time(const std::string& what, double ms, double tera_operations,
                  const std::string& remark) {
  const double rate = tera_operations / (ms * 1e-3);
  fmt::print("time {:<50} {:9.4f} ms {:8.1f} TFLOP/s {:5.1f} % {}\n", what, ms, rate,
             100 * rate / kMeasuredPeak, remark);
  std::fflush(stdout);
}

double floor_of(DType type) {
  return type == DType::bf16 ? 3.3e-3 : type == DType::f16 ? 4.2e-4 : 2e-6;
}

}  // namespace newbie::bench
