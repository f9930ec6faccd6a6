#pragma once
/// Measuring one op against the peak of the processor.

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

#include "peak.h"
#include "tensor/tensor.h"

namespace newbie::bench {

struct Elapsed {
  double wall, cpu;  ///< seconds
};

class Stopwatch {
 public:
  Stopwatch();
  Elapsed elapsed() const;

 private:
  double wall_, cpu_;
};

/// Makes the compiler believe that the memory is read.
void keep(const void* memory);

/// One line of the table. Everything is made when the line is measured, so that a filter skips it.
struct Workload {
  /// What it does once; throws when a sample of the result is wrong.
  std::function<void()> run;
  double operations;
};

/// Registers `name`; `make` builds the inputs, compares a sample with the reference and returns
/// what to measure.
void measure(const std::string& name, DType dtype, std::function<Workload(const Device&)> make);

/// Throws unless the rows agree to `tolerance` in relative L2.
void require_close(const Tensor& found, const Tensor& expected, double tolerance);
/// What results of this type may lose.
double tolerance_of(DType dtype);

int threads();
void set_threads(int threads);

void add_linear();
void add_attention();
void add_conv();

}  // namespace newbie::bench
