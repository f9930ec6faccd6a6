/// Layers of the network at 512 and 1024 pixels, those of nano, and one row (adaLN), which is bound
/// by reading the weights.
#include <fmt/format.h>

#include "measure.h"
#include "ops/matmul.h"
#include "ops/reference/matmul.h"
#include "support/tensors.h"

namespace newbie::bench {
namespace {

using ops::Activation;
using ops::LinearWeights;
using ops::Residency;

struct Layer {
  int64_t rows, out, in;
};

constexpr Layer kLayers[] = {{1280, 3840, 2304}, {1280, 2304, 2304}, {1280, 9216, 2304},
                             {1280, 2304, 9216}, {4400, 3840, 2304}, {4400, 2304, 2304},
                             {4400, 9216, 2304}, {4400, 2304, 9216}, {384, 1536, 512},
                             {384, 512, 1536},   {1, 4096, 1024},    {2, 9216, 1024}};

LinearWeights plain(const Tensor& weight, DType compute) {
  return LinearWeights(weight.dim(1), weight.dim(0), compute, weight, Tensor(), nullptr);
}

/// The first and the last row of `found` against the reference of those rows.
template <class Reference>
void check_rows(const Tensor& x, const Tensor& found, const Reference& reference) {
  for (const int64_t row : {int64_t{0}, x.dim(0) - 1}) {
    Tensor expected = Tensor::empty({1, found.dim(1)}, DType::f32, x.device());
    reference(expected, x.slice(row, row + 1));
    require_close(found.slice(row, row + 1), expected, tolerance_of(x.dtype()));
  }
}

Workload linear_workload(const Device& device, const Layer& layer, DType dtype,
                         Residency residency) {
  const Tensor x = test::random_tensor({layer.rows, layer.in}, dtype, device, 1);
  const Tensor weight = test::random_tensor({layer.out, layer.in}, dtype, device, 2, 0.02f);
  const LinearWeights weights = ops::prepare_linear(weight, {}, dtype, residency);
  check_rows(x, ops::linear(x, weights), [&](Tensor& out, const Tensor& rows) {
    ops::reference::linear(out, rows, plain(weight, dtype), Activation::none);
  });
  return {[=] { ops::linear(x, weights); },
          2.0 * static_cast<double>(layer.rows * layer.out * layer.in)};
}

Workload gated_workload(const Device& device, const Layer& layer, DType dtype) {
  const Tensor x = test::random_tensor({layer.rows, layer.in}, dtype, device, 1);
  const Tensor gate = test::random_tensor({layer.out, layer.in}, dtype, device, 2, 0.02f);
  const Tensor up = test::random_tensor({layer.out, layer.in}, dtype, device, 3, 0.02f);
  const LinearWeights gates = ops::prepare_linear(gate, {}, dtype, Residency::packed);
  const LinearWeights ups = ops::prepare_linear(up, {}, dtype, Residency::packed);
  check_rows(x, ops::gated_linear(x, gates, ups, Activation::silu),
             [&](Tensor& out, const Tensor& rows) {
               ops::reference::gated_linear(out, rows, plain(gate, dtype), plain(up, dtype),
                                            Activation::silu);
             });
  return {[=] { ops::gated_linear(x, gates, ups, Activation::silu); },
          4.0 * static_cast<double>(layer.rows * layer.out * layer.in)};
}

std::string name(std::string_view op, DType dtype, const Layer& layer) {
  return fmt::format("{}/{}/M{}/N{}/K{}", op, name_of(dtype), layer.rows, layer.out, layer.in);
}

}  // namespace

void add_linear() {
  for (const DType dtype : {DType::f32, DType::bf16}) {
    for (const Layer& layer : kLayers) {
      measure(name("linear", dtype, layer), dtype, [=](const Device& device) {
        return linear_workload(device, layer, dtype, Residency::packed);
      });
    }
    const Layer encoder{300, 10240, 2560};
    measure(name("linear_mapped", dtype, encoder), dtype, [=](const Device& device) {
      return linear_workload(device, encoder, dtype, Residency::mapped);
    });
    for (const Layer& layer : {Layer{1280, 9216, 2304}, Layer{4400, 9216, 2304}}) {
      measure(name("gated_linear", dtype, layer), dtype,
              [=](const Device& device) { return gated_workload(device, layer, dtype); });
    }
  }
}

}  // namespace newbie::bench
