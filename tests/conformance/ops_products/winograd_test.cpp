/// Convolution 3x3 by Winograd's transforms against the direct sum: borders, tiles that stick out,
/// batches, residuals, and that it is chosen where it should be.
#include <gtest/gtest.h>

#include <algorithm>

#include "floors.h"
#include "ops/candidate_lists.h"
#include "ops/reference/conv.h"

namespace newbie::ops {
namespace {

using test::copy_to;
using test::random_tensor;
using test::relative_l2;
using test::same_bytes;
using test::truth;

/// The transforms multiply by up to 8 and take differences: 2e-6 more than the direct sum.
constexpr double kFloor = 4e-6;

const auto& winograd() {
  const auto list = conv2d_candidates();
  return *std::ranges::find(list, "winograd", [](const auto& c) { return c.name; });
}

struct Case {
  int64_t batch, height, width, in, out;
  ConvGeometry geometry;
  bool residual;
};

void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.batch << "x" << c.height << "x" << c.width << ", " << c.in << " to " << c.out;
}

class Winograd : public testing::TestWithParam<Case> {};

TEST_P(Winograd, AgreesWithReferenceForAnyNumberOfThreads) {
  const Case& c = GetParam();
  const Device device = Device::cpu(2);
  const Tensor x = random_tensor({c.batch, c.height, c.width, c.in}, DType::f32, device, 1);
  const Tensor weight = random_tensor({c.out, c.in, 3, 3}, DType::f32, device, 2, 0.1f);
  const Tensor bias = random_tensor({c.out}, DType::f32, device, 3);
  const ConvGeometry& g = c.geometry;
  const Shape shape{c.batch, c.height + g.top + g.bottom - 2, c.width + g.left + g.right - 2,
                    c.out};
  const Tensor residual = c.residual ? random_tensor(shape, DType::f32, device, 4) : Tensor();
  const ConvWeights weights = prepare_conv(weight, bias, DType::f32);
  ASSERT_EQ(winograd().declines(x, weights, g, residual), "");

  const Tensor expected = truth(shape, device, [&](Tensor& out) {
    reference::conv2d(out, x, ConvWeights(weight.shape(), DType::f32, weight, bias, nullptr), g,
                      residual);
  });
  const Tensor found = conv2d(x, weights, g, residual);
  EXPECT_LE(relative_l2(found, expected), kFloor) << test::worst_element(found, expected);
  for (const int threads : {1, 3, 7}) {
    EXPECT_TRUE(same_bytes(conv2d(copy_to(x, Device::cpu(threads)), weights, g, residual), found))
        << threads << " threads";
  }
  if (c.batch > 1) {
    const Tensor second = residual.defined() ? residual.slice(1, 2) : residual;
    EXPECT_TRUE(same_bytes(conv2d(x.slice(1, 2), weights, g, second), found.slice(1, 2)));
  }
}

constexpr ConvGeometry kSame{1, 1, 1, 1, 1};

INSTANTIATE_TEST_SUITE_P(Cases, Winograd,
                         testing::Values(Case{1, 8, 8, 64, 64, kSame, false},
                                         Case{2, 9, 7, 64, 80, kSame, true},
                                         Case{1, 1, 1, 65, 67, kSame, true},
                                         Case{1, 13, 30, 72, 100, kSame, false},
                                         Case{1, 6, 11, 64, 64, {1, 0, 2, 1, 0}, false},
                                         Case{1, 132, 132, 64, 64, kSame, false}));

TEST(WinogradChoice, IsLeftToOthersWhereItDoesNotFit) {
  const Device device = Device::cpu(2);
  const auto declines = [&](int64_t in, int64_t out, int64_t kernel, ConvGeometry geometry,
                            DType dtype) {
    const Tensor weight = Tensor::zeros({out, in, kernel, kernel}, DType::f32, device);
    const Tensor x = Tensor::zeros({1, 8, 8, in}, dtype, device);
    return !winograd().declines(x, prepare_conv(weight, {}, dtype), geometry, Tensor()).empty();
  };
  EXPECT_FALSE(declines(64, 64, 3, kSame, DType::f32));
  EXPECT_TRUE(declines(64, 64, 3, kSame, DType::bf16));
  EXPECT_TRUE(declines(64, 3, 3, kSame, DType::f32));
  EXPECT_TRUE(declines(16, 64, 3, kSame, DType::f32));
  EXPECT_TRUE(declines(64, 64, 1, {}, DType::f32));
  EXPECT_TRUE(declines(64, 64, 3, {2, 0, 0, 1, 1}, DType::f32));
}

}  // namespace
}  // namespace newbie::ops
