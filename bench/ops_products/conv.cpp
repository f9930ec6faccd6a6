/// The convolutions of the VAE, where its decoder spends its time.
#include "ops/conv.h"

#include <fmt/format.h>

#include "measure.h"
#include "ops/reference/conv.h"
#include "support/tensors.h"

namespace newbie::bench {
namespace {

struct Case {
  int64_t in, out, size, kernel;
};

constexpr Case kCases[] = {{16, 512, 64, 3},   {512, 512, 64, 3},  {512, 512, 128, 3},
                           {512, 256, 256, 3}, {256, 256, 256, 3}, {256, 128, 512, 3},
                           {128, 128, 512, 3}, {128, 3, 512, 3},   {512, 256, 256, 1}};

Workload conv_workload(const Device& device, const Case& c, DType dtype) {
  const Tensor x = test::random_tensor({1, c.size, c.size, c.in}, dtype, device, 1);
  const Tensor weight =
      test::random_tensor({c.out, c.in, c.kernel, c.kernel}, dtype, device, 2, 0.02f);
  const auto geometry = ops::ConvGeometry::same(c.kernel);
  const ops::ConvWeights weights = ops::prepare_conv(weight, {}, dtype);
  const Tensor found = ops::conv2d(x, weights, geometry);
  // The reference of the last row: the image's last rows with the same padding below.
  const int64_t tail = c.kernel;
  const Tensor bottom =
      x.view({c.size, c.size, c.in}).slice(c.size - tail, c.size).view({1, tail, c.size, c.in});
  ops::ConvGeometry last = geometry;
  last.top = 0;
  const int64_t rows = tail + last.bottom - c.kernel + 1;
  Tensor expected = Tensor::empty({1, rows, c.size, c.out}, DType::f32, device);
  ops::reference::conv2d(expected, bottom,
                         ops::ConvWeights(weight.shape(), dtype, weight, Tensor(), nullptr), last,
                         Tensor());
  require_close(found.view({c.size, c.size, c.out})
                    .slice(c.size - rows, c.size)
                    .view({1, rows, c.size, c.out}),
                expected, tolerance_of(dtype));
  const auto products = static_cast<double>(c.size * c.size * c.kernel * c.kernel * c.in * c.out);
  return {[=] { ops::conv2d(x, weights, geometry); }, 2.0 * products};
}

}  // namespace

void add_conv() {
  for (const DType dtype : {DType::f32, DType::bf16}) {
    for (const Case& c : kCases) {
      measure(fmt::format("conv/{}/{}-{}/{}px/{}x{}", name_of(dtype), c.in, c.out, c.size, c.kernel,
                          c.kernel),
              dtype, [=](const Device& device) { return conv_workload(device, c, dtype); });
    }
  }
}

}  // namespace newbie::bench
