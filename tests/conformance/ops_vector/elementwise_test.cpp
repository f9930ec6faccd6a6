#include "ops/elementwise.h"

#include <limits>

#include "harness.h"
#include "ops/cpu/vector/kernels.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

constexpr Activation kActivations[] = {Activation::none, Activation::silu, Activation::gelu_tanh,
                                       Activation::gelu_erf};

class Elementwise : public testing::TestWithParam<DType> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed, float deviation = 3.0f) {
    return random_tensor(shape, GetParam(), device_, seed, deviation);
  }
};

TEST_P(Elementwise, Activate) {
  for (Activation activation : kActivations) {
    for (const Shape& shape : matrix_shapes()) {
      expect_conforms(
          {"activate " + std::to_string(static_cast<int>(activation)),
           {random(shape, 1)},
           [&](const Tensors& in) { return activate(in[0], activation); },
           [&](Tensor& y, const Tensors& in) { reference::activate(y, in[0], activation); }});
    }
  }
}

TEST_P(Elementwise, Gated) {
  for (Activation activation : kActivations) {
    for (const Shape& shape : matrix_shapes()) {
      expect_conforms(
          {"gated " + std::to_string(static_cast<int>(activation)),
           {random(shape, 1), random(shape, 2)},
           [&](const Tensors& in) { return gated(in[0], in[1], activation); },
           [&](Tensor& y, const Tensors& in) { reference::gated(y, in[0], in[1], activation); }});
    }
  }
}

TEST_P(Elementwise, AddTensorOrRow) {
  for (const Shape& shape : matrix_shapes()) {
    for (const Shape& other : {shape, Shape{shape[-1]}}) {
      expect_conforms({"add " + other.str(),
                       {random(shape, 1), random(other, 2)},
                       [](const Tensors& in) { return add(in[0], in[1]); },
                       [](Tensor& y, const Tensors& in) { reference::add(y, in[0], in[1]); }});
    }
  }
}

TEST_P(Elementwise, AffineAndClamp) {
  for (const Shape& shape : matrix_shapes()) {
    expect_conforms(
        {"affine",
         {random(shape, 1)},
         [](const Tensors& in) { return affine(in[0], 0.3611f, 0.1159f); },
         [](Tensor& y, const Tensors& in) { reference::affine(y, in[0], 0.3611f, 0.1159f); }});
    expect_conforms(
        {"clamp",
         {random(shape, 2)},
         [](const Tensors& in) { return clamp(in[0], -1.5f, 2.0f); },
         [](Tensor& y, const Tensors& in) { reference::clamp(y, in[0], -1.5f, 2.0f); }});
  }
}

TEST_P(Elementwise, CombineAddsInOrder) {
  const auto terms = [](const Tensors& in) {
    return std::vector<std::pair<float, Tensor>>{{4.5f, in[0]}, {-3.5f, in[1]}, {0.25f, in[2]}};
  };
  for (const Shape& shape : matrix_shapes()) {
    expect_conforms({"combine",
                     {random(shape, 1), random(shape, 2), random(shape, 3)},
                     [&](const Tensors& in) { return combine(terms(in)); },
                     [&](Tensor& y, const Tensors& in) { reference::combine(y, terms(in)); }});
  }
}

TEST_P(Elementwise, CastsBetweenFloatingTypesExactlyAsScalars) {
  const Tensor x = random({37, 53}, 4, 100.0f);
  for (DType to : {DType::f32, DType::bf16, DType::f16, DType::f64, DType::f8_e4m3}) {
    if (to == x.dtype()) continue;
    Tensor expected = Tensor::empty(x.shape(), to, device_);
    reference::cast(expected, x, to);
    EXPECT_TRUE(test::same_bytes(cast(x, to), expected)) << name_of(to);
  }
  EXPECT_EQ(cast(x, x.dtype()).raw(), x.raw()) << "the right type already: no copy";
}

TEST_P(Elementwise, NotANumberAndInfinityGoThrough) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values{std::numeric_limits<float>::quiet_NaN(),
                                  kInfinity,
                                  -kInfinity,
                                  0.0f,
                                  -0.0f,
                                  60000.0f,
                                  -60000.0f};
  const Tensor x = test::tensor_of(values, {7}, GetParam(), device_);
  for (Activation activation : kActivations) {
    Tensor expected = Tensor::empty(x.shape(), x.dtype(), device_);
    reference::activate(expected, x, activation);
    EXPECT_EQ(test::max_ulps(activate(x, activation), expected), 0) << static_cast<int>(activation);
  }
  const std::vector<float> clamped = clamp(x, -1.0f, 1.0f).to_floats();
  EXPECT_TRUE(std::isnan(clamped[0]));
  EXPECT_EQ(clamped[1], 1.0f);
  EXPECT_EQ(clamped[2], -1.0f);
}

INSTANTIATE_TEST_SUITE_P(Types, Elementwise, testing::ValuesIn(kTypes),
                         [](const auto& test) { return std::string(name_of(test.param)); });

/// Every code of a small type, through the vector casts.
template <class Stored>
Tensor all_codes(DType dtype, const Device& device) {
  constexpr int64_t kCodes = int64_t{1} << (8 * sizeof(Stored));
  Tensor codes = Tensor::empty({kCodes}, dtype, device);
  auto* out = reinterpret_cast<Stored*>(codes.mutable_raw());
  for (int64_t i = 0; i < kCodes; ++i) out[i] = static_cast<Stored>(i);
  return codes;
}

TEST(Cast, EveryCodeOfTheSmallTypesBecomesItsValue) {
  const Device device = Device::cpu(2);
  for (DType type : {DType::bf16, DType::f16, DType::f8_e4m3, DType::f8_e5m2}) {
    const Tensor codes =
        size_of(type) == 2 ? all_codes<uint16_t>(type, device) : all_codes<uint8_t>(type, device);
    Tensor expected = Tensor::empty(codes.shape(), DType::f32, device);
    reference::cast(expected, codes, DType::f32);
    EXPECT_EQ(test::max_ulps(cast(codes, DType::f32), expected), 0) << name_of(type);
  }
}

TEST(Cast, RoundsToNearestEvenBetweenAllNeighbours) {
  // Below, at and above the middle of every pair of neighbours, subnormals and overflow included.
  const Device device = Device::cpu(1);
  for (DType type : {DType::bf16, DType::f16}) {
    const std::vector<float> values =
        cast(all_codes<uint16_t>(type, device), DType::f32).to_floats();
    std::vector<float> between;
    for (size_t i = 0; i + 1 < values.size(); ++i) {
      if (!std::isfinite(values[i]) || !std::isfinite(values[i + 1])) continue;
      const double wide = (static_cast<double>(values[i]) + static_cast<double>(values[i + 1])) / 2;
      const auto middle = static_cast<float>(wide);
      between.insert(between.end(),
                     {std::nextafter(middle, -std::numeric_limits<float>::infinity()), middle,
                      std::nextafter(middle, std::numeric_limits<float>::infinity())});
    }
    const Tensor x = Tensor::from(between, {static_cast<int64_t>(between.size())}, device);
    Tensor expected = Tensor::empty(x.shape(), type, device);
    reference::cast(expected, x, type);
    EXPECT_TRUE(test::same_bytes(cast(x, type), expected)) << name_of(type);
  }
}

TEST(Cast, TakesIntegers) {
  const Device device = Device::cpu(1);
  const std::vector<int64_t> values{0, -7, 1 << 20};
  const Tensor x = Tensor::from<int64_t>(std::span<const int64_t>(values), {3}, device);
  EXPECT_EQ(cast(x, DType::f32).to_floats(), (std::vector<float>{0, -7, 1 << 20}));
}

TEST(Activate, StaysWithinAFewUnitsInTheLastPlace) {
  // gelu_tanh's argument loses digits in f32 as |x| grows, so its tail for negative x is left out.
  struct Range {
    Activation activation;
    float low, high;
    int64_t ulps;
  };
  const Device device = Device::cpu(1);
  for (const Range& range :
       {Range{Activation::silu, -80.0f, 80.0f, 3}, Range{Activation::gelu_tanh, -1.0f, 20.0f, 3},
        Range{Activation::gelu_erf, -6.0f, 20.0f, 6}}) {
    std::vector<float> values;
    constexpr int kSteps = 200'000;
    for (int i = 0; i <= kSteps; ++i) {
      values.push_back(range.low + (range.high - range.low) * static_cast<float>(i) / kSteps);
    }
    const Tensor x = Tensor::from(values, {static_cast<int64_t>(values.size())}, device);
    Tensor expected = Tensor::empty(x.shape(), x.dtype(), device);
    reference::activate(expected, x, range.activation);
    const Tensor found = activate(x, range.activation);
    EXPECT_LE(test::max_ulps(found, expected), range.ulps)
        << static_cast<int>(range.activation) << ", " << test::worst_element(found, expected);
  }
}

TEST(Tanh, StaysWithinTwoUnitsInTheLastPlace) {
  std::vector<float> values;
  for (int i = -400'000; i <= 400'000; ++i) values.push_back(static_cast<float>(i) * 3e-5f);
  values.insert(values.end(), {1e-20f, -1e-40f, 100.0f, -100.0f, 3e38f});
  std::vector<float> found(values.size());
  cpu::kernels().tanh(values.data(), found.data(), static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto expected = static_cast<float>(std::tanh(static_cast<double>(values[i])));
    ASSERT_LE(test::ulps_between(DType::f32, found[i], expected), 2) << values[i];
  }
}

}  // namespace
}  // namespace newbie::ops
