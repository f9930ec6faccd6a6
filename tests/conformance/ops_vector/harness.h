#pragma once
/// One way to ask every vector op the same questions: how far from the truth, the same bytes for
/// any number of threads, the same row whatever rows surround it. Accelerators are asked too: as
/// close to the truth, and the same bytes twice.
///
/// The truth is the reference run on f64 copies of the inputs. A fast kernel may be at most twice
/// as far from it as a naive loop in the same type. The naive loop's distance is that of the
/// reference run in the type, which rounds only where the op is documented to round; in f32 a loop
/// also rounds at each of its own steps, so that its distance is at least kRoundoff.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ops/packing.h"
#include "ops/reference/elementwise.h"
#include "ops/transfer.h"
#include "support/accelerators.h"
#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::ops {

inline constexpr double kRoundoff = 0x1p-24;

inline constexpr DType kTypes[] = {DType::f32, DType::bf16, DType::f16};

using Tensors = std::vector<Tensor>;

/// An op as a test sees it; both sides take the same inputs.
struct Question {
  std::string name;
  Tensors inputs;
  std::function<Tensor(const Tensors&)> fast;
  std::function<void(Tensor&, const Tensors&)> reference;
};

inline Tensor widened(const Tensor& x) {
  if (!x.defined()) return x;
  Tensor wide = Tensor::empty(x.shape(), DType::f64, x.device());
  reference::cast(wide, x, DType::f64);
  return wide;
}

inline Tensors on_device(const Tensors& inputs, const Device& device) {
  Tensors copies;
  for (const Tensor& x : inputs) copies.push_back(x.defined() ? test::copy_to(x, device) : x);
  return copies;
}

/// The answer of a device, in host memory.
inline Tensor answer_of(const Question& question, const Device& device) {
  return to_host(question.fast(on_device(question.inputs, device)));
}

inline void expect_close_to_truth(const Question& question, const Tensor& found) {
  Tensor plain = Tensor::empty(found.shape(), found.dtype(), found.device());
  question.reference(plain, question.inputs);
  Tensor truth = Tensor::empty(found.shape(), DType::f64, found.device());
  Tensors wide;
  for (const Tensor& x : question.inputs) wide.push_back(widened(x));
  question.reference(truth, wide);
  const double naive =
      std::max(test::relative_l2(plain, truth), found.dtype() == DType::f32 ? kRoundoff : 0.0);
  EXPECT_LE(test::relative_l2(found, truth), 2 * naive)
      << question.name << " -> " << found.str() << ", naive distance " << naive << "; "
      << test::worst_element(found, plain);
}

inline void expect_same_bytes_for_any_threads(const Question& question) {
  const Tensor one = question.fast(on_device(question.inputs, Device::cpu(1)));
  for (int threads : {2, 3}) {
    const Tensor many = question.fast(on_device(question.inputs, Device::cpu(threads)));
    EXPECT_TRUE(test::same_bytes(one, many)) << question.name << " with " << threads << " threads";
  }
}

inline void expect_conforms(const Question& question) {
  SCOPED_TRACE(question.name);
  expect_close_to_truth(question, question.fast(question.inputs));
  expect_same_bytes_for_any_threads(question);
  for (const Device& device : test::accelerators()) {
    SCOPED_TRACE(device.name());
    const Tensor found = answer_of(question, device);
    expect_close_to_truth(question, found);
    EXPECT_TRUE(test::same_bytes(found, answer_of(question, device))) << "two runs differ";
  }
}

/// Rows and widths: tails of every length, odd sizes, one row, none.
inline std::vector<Shape> matrix_shapes() {
  std::vector<Shape> shapes{{0, 8}, {1, 7}, {5, 2304}, {77, 96}, {130, 515}, {3, 4099}};
  for (int64_t width = 1; width <= 66; ++width) shapes.push_back({3, width});
  return shapes;
}

/// The rows of a matrix as two sequences of different lengths (one when there is a single row).
inline Packing two_sequences(int64_t rows) {
  return rows < 2 ? Packing::of_lengths({rows})
                  : Packing::of_lengths({rows / 3 + 1, rows - rows / 3 - 1});
}

}  // namespace newbie::ops
