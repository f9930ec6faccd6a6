/// Convolution: right for every type, kernel, stride and padding; the same bytes for any number of
/// threads and for an image alone or in a batch.
#include "ops/conv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "floors.h"
#include "ops/reference/conv.h"
#include "ops/transfer.h"
#include "support/accelerators.h"
#include "support/errors.h"

namespace newbie::ops {
namespace {

using test::copy_to;
using test::floor_of;
using test::random_tensor;
using test::relative_l2;
using test::same_bytes;
using test::truth;

struct Case {
  const char* name;
  int64_t batch, height, width, in, out, kernel;
  ConvGeometry geometry;
  bool bias, residual;
};

void PrintTo(const Case& c, std::ostream* stream) { *stream << c.name; }

constexpr ConvGeometry kSame{1, 1, 1, 1, 1};

const Case kCases[] = {
    {"same", 1, 13, 11, 8, 16, 3, kSame, true, false},
    {"residual", 2, 9, 20, 16, 16, 3, kSame, true, true},
    {"latent_in", 1, 8, 8, 16, 40, 3, kSame, true, false},
    {"colours_in", 1, 16, 24, 3, 32, 3, kSame, true, false},
    {"colours_out", 1, 24, 16, 32, 3, 3, kSame, true, false},
    {"halved", 1, 16, 14, 8, 12, 3, {2, 0, 0, 1, 1}, true, false},
    {"halved_odd", 1, 15, 9, 8, 12, 3, {2, 0, 0, 1, 1}, false, false},
    {"pointwise", 2, 7, 9, 24, 17, 1, {}, true, true},
    {"one_pixel", 1, 1, 1, 5, 7, 3, kSame, true, false},
    {"one_row", 1, 1, 40, 5, 7, 3, kSame, false, true},
    {"one_channel", 1, 6, 5, 1, 1, 3, kSame, true, false},
    {"wide_kernel", 1, 12, 12, 4, 6, 5, {1, 2, 1, 0, 3}, false, false},
    {"many_strips", 1, 33, 70, 12, 20, 3, kSame, true, true},
    {"wider_than_a_strip", 1, 5, 600, 4, 8, 3, kSame, true, false},
};

struct Inputs {
  Tensor x, weight, bias, residual;
};

Shape output_shape(const Case& c) {
  const ConvGeometry& g = c.geometry;
  return {c.batch, (c.height + g.top + g.bottom - c.kernel) / g.stride + 1,
          (c.width + g.left + g.right - c.kernel) / g.stride + 1, c.out};
}

class Conv : public testing::TestWithParam<std::tuple<Case, DType>> {
 protected:
  Inputs inputs() const {
    const auto& [c, dtype] = GetParam();
    Inputs in;
    in.x = random_tensor({c.batch, c.height, c.width, c.in}, dtype, device, 1);
    in.weight = random_tensor({c.out, c.in, c.kernel, c.kernel}, DType::bf16, device, 2, 0.2f);
    if (c.bias) in.bias = random_tensor({c.out}, DType::f32, device, 3);
    if (c.residual) in.residual = random_tensor(output_shape(c), dtype, device, 4);
    return in;
  }
  Tensor expected(const Inputs& in) const {
    const auto& [c, dtype] = GetParam();
    return truth(output_shape(c), device, [&, &c = c, dtype = dtype](Tensor& out) {
      const ConvWeights plain(in.weight.shape(), dtype, in.weight, in.bias, nullptr);
      reference::conv2d(out, in.x, plain, c.geometry, in.residual);
    });
  }
  static std::optional<Tensor> given(const Tensor& bias) {
    return bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  }

  const Device device = Device::cpu(2);
};

TEST_P(Conv, AgreesWithReference) {
  const auto& [c, dtype] = GetParam();
  const Inputs in = inputs();
  const Tensor truth = expected(in);
  const Tensor found =
      conv2d(in.x, prepare_conv(in.weight, given(in.bias), dtype), c.geometry, in.residual);
  EXPECT_EQ(found.dtype(), dtype);
  EXPECT_LE(relative_l2(found, truth), floor_of(dtype)) << test::worst_element(found, truth);
}

TEST_P(Conv, AcceleratorsAgreeWithReferenceTwice) {
  const auto& [c, dtype] = GetParam();
  const Inputs in = inputs();
  const Tensor truth = expected(in);
  for (const Device& there : test::accelerators()) {
    const auto over = [&](const Tensor& x) { return x.defined() ? copy_to(x, there) : x; };
    const ConvWeights weights = prepare_conv(over(in.weight), given(over(in.bias)), dtype);
    const auto run = [&, &c = c] {
      return to_host(conv2d(over(in.x), weights, c.geometry, over(in.residual)));
    };
    const Tensor found = run();
    EXPECT_LE(relative_l2(found, truth), floor_of(dtype)) << test::worst_element(found, truth);
    EXPECT_TRUE(same_bytes(found, run())) << "two runs differ";
  }
}

TEST_P(Conv, BytesDoNotDependOnThreadsOrOnTheBatch) {
  const auto& [c, dtype] = GetParam();
  const Inputs in = inputs();
  const ConvWeights weights = prepare_conv(in.weight, given(in.bias), dtype);
  const Tensor whole = conv2d(in.x, weights, c.geometry, in.residual);
  for (const int threads : {1, 3, 7}) {
    const Tensor found =
        conv2d(copy_to(in.x, Device::cpu(threads)), weights, c.geometry, in.residual);
    EXPECT_TRUE(same_bytes(found, whole)) << threads << " threads";
  }
  for (int64_t image = 0; image < c.batch; ++image) {
    const Tensor residual = c.residual ? in.residual.slice(image, image + 1) : Tensor();
    const Tensor found = conv2d(in.x.slice(image, image + 1), weights, c.geometry, residual);
    EXPECT_TRUE(same_bytes(found, whole.slice(image, image + 1))) << "image " << image;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Conv,
                         testing::Combine(testing::ValuesIn(kCases),
                                          testing::Values(DType::f32, DType::bf16)),
                         [](const auto& instance) {
                           return std::string(std::get<0>(instance.param).name) + "_" +
                                  std::string(name_of(std::get<1>(instance.param)));
                         });

TEST(ConvWeightsKept, ServeImagesOfAnySizeAndKeepOneCopy) {
  const Device device = Device::cpu(2);
  const Tensor weight = random_tensor({60, 60, 3, 3}, DType::f32, device, 1);
  const uint64_t before = device.allocator().report().of(Component::other, MemoryUse::weights).live;
  const ConvWeights weights = prepare_conv(weight, {}, DType::f32);
  for (const int64_t size : {8, 5, 16, 9}) {
    const Tensor x = random_tensor({1, size, size, 60}, DType::f32, device, 2);
    const Tensor expected = truth({1, size, size, 60}, device, [&](Tensor& out) {
      reference::conv2d(out, x, ConvWeights(weight.shape(), DType::f32, weight, Tensor(), nullptr),
                        kSame, Tensor());
    });
    EXPECT_LE(relative_l2(conv2d(x, weights, kSame), expected), floor_of(DType::f32));
  }
  const uint64_t after = device.allocator().report().of(Component::other, MemoryUse::weights).live;
  EXPECT_LE(after - before, 2 * weight.bytes() + (1u << 20)) << "at most two layouts";
}

using test::code_of;

TEST(ConvMisuse, IsNamed) {
  const Device device = Device::cpu(2);
  const auto zeros = [&](Shape shape, DType dtype = DType::f32) {
    return Tensor::zeros(shape, dtype, device);
  };
  const Tensor x = zeros({1, 4, 5, 3});
  const ConvWeights weights = prepare_conv(zeros({2, 3, 3, 3}), {}, DType::f32);
  EXPECT_EQ(code_of([&] { conv2d(x, weights, kSame); }), "");
  EXPECT_EQ(code_of([&] { conv2d(zeros({1, 4, 5, 4}), weights, kSame); }), "ops.shape");
  EXPECT_EQ(code_of([&] { conv2d(zeros({4, 5, 3}), weights, kSame); }), "ops.shape");
  EXPECT_EQ(code_of([&] { conv2d(zeros({1, 2, 5, 3}), weights, {}); }), "ops.shape");
  EXPECT_EQ(code_of([&] {
              conv2d(zeros({1, 4, 5, 3}, DType::bf16), weights, kSame);
            }),
            "ops.dtype");
  EXPECT_EQ(code_of([&] { conv2d(x, weights, {0, 1, 1, 1, 1}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { conv2d(x, weights, {1, -1, 1, 1, 1}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { conv2d(x, weights, {1, 3, 1, 1, 1}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { conv2d(x, weights, kSame, zeros({1, 4, 5, 3})); }), "ops.shape");
  EXPECT_EQ(code_of([&] {
              conv2d(x, weights, kSame, zeros({1, 4, 5, 2}, DType::bf16));
            }),
            "ops.dtype");
  EXPECT_EQ(code_of([&] { conv2d(x, ConvWeights(), kSame); }), "ops.shape");
  EXPECT_EQ(code_of([&] { prepare_conv(zeros({2, 3, 3}), {}, DType::f32); }), "ops.shape");
  EXPECT_EQ(code_of([&] { prepare_conv(zeros({2, 3, 3, 3}), {}, DType::f16); }), "ops.dtype");
  EXPECT_EQ(code_of([&] {
              prepare_conv(zeros({2, 3, 3, 3}), zeros({3}), DType::f32);
            }),
            "ops.shape");
  EXPECT_EQ(conv2d(zeros({0, 4, 5, 3}), weights, kSame).shape(), (Shape{0, 4, 5, 2}));
}

}  // namespace
}  // namespace newbie::ops
