#include "ops/rope.h"

#include <numeric>

#include "harness.h"
#include "ops/reference/norm.h"
#include "ops/reference/rope.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

constexpr RopeLayout kLayouts[] = {RopeLayout::interleaved, RopeLayout::half_split};

std::vector<int32_t> counting(int64_t rows) {
  std::vector<int32_t> positions(static_cast<size_t>(rows));
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

class Rope : public testing::TestWithParam<DType> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed) {
    return random_tensor(shape, GetParam(), device_, seed, 2.0f);
  }
  RopeTable table(int64_t rows, int64_t width) {
    return rope_line(counting(rows), width, 10000.0f, 1.0f, device_);
  }
};

/// The angles where x lies.
RopeTable beside(const Tensor& x, const RopeTable& angles) {
  return {to_device(angles.cos, x.device()), to_device(angles.sin, x.device())};
}

std::vector<Shape> head_shapes() {
  std::vector<Shape> shapes{{0, 2, 8}, {1, 1, 2}, {9, 24, 96}, {5, 4, 256}, {70, 3, 64}};
  for (int64_t width = 2; width <= 66; width += 2) shapes.push_back({3, 2, width});
  return shapes;
}

TEST_P(Rope, Rotates) {
  for (const Shape& shape : head_shapes()) {
    const RopeTable angles = table(shape[0], shape[2]);
    for (RopeLayout layout : kLayouts) {
      expect_conforms(
          {"rope " + shape.str(),
           {random(shape, 1)},
           [&](const Tensors& in) { return rope(in[0], beside(in[0], angles), layout); },
           [&](Tensor& y, const Tensors& in) { reference::rope(y, in[0], angles, layout); }});
    }
  }
}

TEST_P(Rope, RmsNormRope) {
  for (const Shape& shape : head_shapes()) {
    const RopeTable angles = table(shape[0], shape[2]);
    for (RopeLayout layout : kLayouts) {
      for (RmsWeight kind : {RmsWeight::plain, RmsWeight::one_plus}) {
        expect_conforms({"rms_norm_rope " + shape.str(),
                         {random(shape, 1), random({shape[2]}, 2)},
                         [&](const Tensors& in) {
                           return rms_norm_rope(in[0], in[1], 1e-6f, kind, beside(in[0], angles),
                                                layout);
                         },
                         [&](Tensor& y, const Tensors& in) {
                           reference::rms_norm_rope(y, in[0], in[1], 1e-6f, kind, angles, layout);
                         }});
      }
    }
  }
}

TEST_P(Rope, SplitHeadsNormRopeIsItsParts) {
  const int64_t heads = 6, kv_heads = 2, width = 24, rows = 41;
  const Tensor qkv = random({rows, (heads + 2 * kv_heads) * width}, 1);
  const Tensor q_weight = random({width}, 2), k_weight = random({width}, 3);
  const RopeTable angles = table(rows, width);
  for (RopeLayout layout : kLayouts) {
    const Heads plain = split_heads(qkv, heads, kv_heads);
    const Heads fused =
        split_heads_norm_rope(qkv, heads, kv_heads, q_weight, k_weight, 1e-6f, angles, layout);
    const auto normed = [&](const Tensor& x, const Tensor& w) {
      return rms_norm_rope(x, w, 1e-6f, RmsWeight::plain, angles, layout);
    };
    EXPECT_TRUE(test::same_bytes(fused.q, normed(plain.q, q_weight)));
    EXPECT_TRUE(test::same_bytes(fused.k, normed(plain.k, k_weight)));
    EXPECT_TRUE(test::same_bytes(fused.v, plain.v));

    Tensor all = Tensor::empty({qkv.numel()}, qkv.dtype(), device_);
    reference::split_heads_norm_rope(all, qkv, heads, kv_heads, q_weight, k_weight, 1e-6f, angles,
                                     layout);
    const int64_t k_begin = rows * heads * width, v_begin = k_begin + rows * kv_heads * width;
    const double step = GetParam() == DType::f32 ? 2e-7 : 1e-3;
    EXPECT_LE(test::relative_l2(fused.q, all.slice(0, k_begin).view(fused.q.shape())), step);
    EXPECT_LE(test::relative_l2(fused.k, all.slice(k_begin, v_begin).view(fused.k.shape())), step);
    EXPECT_TRUE(test::same_bytes(fused.v, all.slice(v_begin, all.numel()).view(fused.v.shape())));
  }
}

TEST_P(Rope, WiderHeadsFallBackToTheReference) {
  const Tensor x = random({2, 1, 2048}, 1);
  const RopeTable angles = table(2, 2048);
  Tensor expected = Tensor::empty(x.shape(), x.dtype(), device_);
  reference::rope(expected, x, angles, RopeLayout::interleaved);
  EXPECT_TRUE(test::same_bytes(rope(x, angles, RopeLayout::interleaved), expected));
}

INSTANTIATE_TEST_SUITE_P(Types, Rope, testing::ValuesIn(kTypes),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(RopeTables, AxesTurnTheirOwnPairs) {
  // Two rows on three axes; the angle of pair j of an axis is position * theta^(-2j/width).
  const Device device = Device::cpu(1);
  const std::vector<int32_t> positions{3, 5, 7, 300, 0, 511};
  const std::vector<int64_t> widths{4, 2, 6};
  const RopeTable table = rope_axes(positions, widths, 10000.0, device);
  ASSERT_EQ(table.cos.shape(), (Shape{2, 6}));
  const std::vector<float> cos = table.cos.to_floats(), sin = table.sin.to_floats();
  size_t i = 0;
  for (size_t row = 0; row < 2; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      for (int64_t j = 0; j < widths[axis] / 2; ++j) {
        const double frequency =
            std::pow(10000.0, -2.0 * static_cast<double>(j) / static_cast<double>(widths[axis]));
        const auto angle = static_cast<float>(positions[row * 3 + axis] * frequency);
        EXPECT_NEAR(cos[i], std::cos(static_cast<double>(angle)), 6e-8) << i;
        EXPECT_NEAR(sin[i], std::sin(static_cast<double>(angle)), 6e-8) << i;
        ++i;
      }
    }
  }
}

TEST(RopeTables, LineDividesFrequenciesByTheFactor) {
  const Device device = Device::cpu(1);
  const std::vector<int32_t> positions{0, 1, 1000};
  const RopeTable table = rope_line(positions, 4, 10000.0f, 8.0f, device);
  ASSERT_EQ(table.sin.shape(), (Shape{3, 2}));
  const std::vector<float> sin = table.sin.to_floats();
  const double expected[] = {
      0, 0, std::sin(1.0 / 8), std::sin(0.01 / 8), std::sin(125.0), std::sin(1.25)};
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(sin[i], expected[i], 1e-6) << i;
}

TEST(RopeTables, RotationKeepsLengthAndDependsOnDistanceAlone) {
  const Device device = Device::cpu(2);
  const std::vector<int32_t> positions{11, 4, 27, 20};
  const RopeTable table = rope_line(positions, 64, 10000.0f, 1.0f, device);
  const Tensor q = random_tensor({1, 1, 64}, DType::f32, device, 1);
  const Tensor k = random_tensor({1, 1, 64}, DType::f32, device, 2);
  for (RopeLayout layout : kLayouts) {
    const auto at = [&](const Tensor& x, int64_t row) {
      return rope(x, {table.cos.slice(row, row + 1), table.sin.slice(row, row + 1)}, layout)
          .to_floats();
    };
    const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
      return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    };
    EXPECT_NEAR(dot(at(q, 0), at(q, 0)), dot(q.to_floats(), q.to_floats()), 1e-4);
    EXPECT_NEAR(dot(at(q, 0), at(k, 1)), dot(at(q, 2), at(k, 3)), 1e-4);
  }
}

}  // namespace
}  // namespace newbie::ops
