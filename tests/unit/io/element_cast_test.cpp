#include "io/element_cast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tensor/small_floats.h"

namespace newbie::io {
namespace {

std::vector<std::byte> cast(DType from, const std::vector<std::byte>& source, DType to) {
  std::vector<std::byte> out(source.size() / size_of(from) * size_of(to));
  cast_elements(from, source, to, out, 3);
  return out;
}

/// Every pattern of a small type survives the way through f32.
class SmallTypes : public testing::TestWithParam<DType> {};

TEST_P(SmallTypes, EveryValueSurvivesF32) {
  const DType type = GetParam();
  const size_t count = size_t{1} << (8 * size_of(type));
  std::vector<std::byte> all(count * size_of(type));
  for (size_t i = 0; i < count; ++i) std::memcpy(&all[i * size_of(type)], &i, size_of(type));
  const auto floats = cast(type, all, DType::f32);
  const auto back = cast(DType::f32, floats, type);
  for (size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, &floats[i * 4], 4);
    // f8 saturates: its infinities come back as the largest value.
    const bool saturates = size_of(type) == 1 && !std::isfinite(value);
    if (std::isnan(value) || saturates) continue;
    EXPECT_EQ(0, std::memcmp(&back[i * size_of(type)], &all[i * size_of(type)], size_of(type)))
        << name_of(type) << " pattern " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, SmallTypes,
                         testing::Values(DType::bf16, DType::f16, DType::f8_e4m3, DType::f8_e5m2),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(CastElements, RoundsToNearestEven) {
  const std::vector<float> values{1.00390625f, 1.01171875f, -3.5f};
  std::vector<std::byte> source(values.size() * 4), out(values.size() * 2);
  std::memcpy(source.data(), values.data(), source.size());
  cast_elements(DType::f32, source, DType::bf16, out, 1);
  std::vector<BFloat16> got(3);
  std::memcpy(got.data(), out.data(), out.size());
  EXPECT_EQ(to_float(got[0]), 1.0f);
  EXPECT_EQ(to_float(got[1]), 1.015625f);
  EXPECT_EQ(to_float(got[2]), -3.5f);
}

}  // namespace
}  // namespace newbie::io
