#pragma once
/// What the device benchmarks share: buffers of random numbers, distances, times.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ops/cuda/libraries.h"

namespace newbie::bench {

using ops::cuda::Libraries;
using ops::cuda::Scratch;

/// Device memory with numbers in it. Results start as NaN, so that what nobody wrote shows.
class Buffer {
 public:
  Buffer() = default;
  Buffer(int64_t count, DType type);
  static Buffer random(int64_t count, DType type, uint64_t seed, float scale = 1.0f);

  void* data() const { return memory_.get(); }
  const float* floats() const { return static_cast<const float*>(memory_.get()); }
  int64_t count() const { return count_; }
  std::vector<double> numbers() const;

 private:
  std::shared_ptr<void> memory_;
  int64_t count_ = 0;
  DType type_ = DType::f32;
};

/// ||found - expected|| / ||expected||; infinity when anything is not finite.
double relative_l2(const std::vector<double>& found, const std::vector<double>& expected);

/// Median milliseconds of `body` on the stream, which is told the number of the run so that it can
/// rotate inputs.
double milliseconds(Libraries& libraries, const std::function<void(int)>& body, int runs = 20);

/// Prints one row and remembers whether all checks held.
class Report {
 public:
  void check(const std::string& what, double distance, double most);
  void time(const std::string& what, double ms, double tera_operations,
            const std::string& remark = {});
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

/// What a result of the type may lose (tests/conformance/ops_products/floors.h).
double floor_of(DType type);

void check_products(Libraries& libraries, Report& report);
void time_products(Libraries& libraries, Report& report);
void check_attention(Libraries& libraries, Report& report);
void time_attention(Libraries& libraries, Report& report);
void check_convolutions(Libraries& libraries, Report& report);
void time_convolutions(Libraries& libraries, Report& report);

}  // namespace newbie::bench
