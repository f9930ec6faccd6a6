// The scalar conversions, over every code of every small type.

#include "tensor/small_floats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace newbie {
namespace {

/// A small type as these tests see it: its codes, and what comes out for values past the largest.
struct Small {
  const char* name;
  int bits;
  float (*decode)(uint32_t);
  uint32_t (*encode)(float);
  uint32_t largest;   ///< code of the largest finite magnitude
  uint32_t overflow;  ///< code of what lies beyond it
};

const Small kTypes[] = {
    {"bf16", 16, [](uint32_t c) { return to_float(BFloat16{static_cast<uint16_t>(c)}); },
     [](float v) { return uint32_t{to_bf16(v).bits}; }, 0x7F7F, 0x7F80},
    {"f16", 16, [](uint32_t c) { return to_float(Float16{static_cast<uint16_t>(c)}); },
     [](float v) { return uint32_t{to_f16(v).bits}; }, 0x7BFF, 0x7C00},
    {"f8_e4m3", 8, [](uint32_t c) { return f8_e4m3_to_float(static_cast<uint8_t>(c)); },
     [](float v) { return uint32_t{to_f8_e4m3(v)}; }, 0x7E, 0x7E},
    {"f8_e5m2", 8, [](uint32_t c) { return f8_e5m2_to_float(static_cast<uint8_t>(c)); },
     [](float v) { return uint32_t{to_f8_e5m2(v)}; }, 0x7B, 0x7B}};

class SmallFloats : public testing::TestWithParam<Small> {
 protected:
  const Small& type_ = GetParam();
  uint32_t sign_ = 1u << (GetParam().bits - 1);
};

TEST_P(SmallFloats, EveryCodeSurvivesTheRoundTrip) {
  for (uint32_t code = 0; code < 1u << type_.bits; ++code) {
    const float value = type_.decode(code);
    const uint32_t back = type_.encode(value);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(type_.decode(back))) << code;
    } else if (std::isfinite(value)) {
      EXPECT_EQ(back, code);
    } else {
      EXPECT_EQ(back & ~sign_, type_.overflow) << code;
    }
  }
}

TEST_P(SmallFloats, CodesAreInTheOrderOfTheirValues) {
  for (uint32_t code = 0; code < type_.largest; ++code) {
    EXPECT_LT(type_.decode(code), type_.decode(code + 1)) << code;
    EXPECT_EQ(type_.decode(code | sign_), -type_.decode(code));
  }
}

TEST_P(SmallFloats, TiesGoToTheEvenCodeAndOthersToTheNearest) {
  for (uint32_t code = 0; code < type_.largest; ++code) {
    const auto below = static_cast<double>(type_.decode(code));
    const auto above = static_cast<double>(type_.decode(code + 1));
    const auto middle = static_cast<float>((below + above) / 2);
    ASSERT_EQ(static_cast<double>(middle), (below + above) / 2) << "exact in f32";
    EXPECT_EQ(type_.encode(middle), code % 2 == 0 ? code : code + 1);
    EXPECT_EQ(type_.encode(std::nextafter(middle, 0.0f)), code);
    EXPECT_EQ(type_.encode(std::nextafter(middle, std::numeric_limits<float>::infinity())),
              code + 1);
    EXPECT_EQ(type_.encode(-middle), (code % 2 == 0 ? code : code + 1) | sign_);
  }
}

TEST_P(SmallFloats, ValuesBeyondTheLargest) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(type_.encode(infinity), type_.overflow);
  EXPECT_EQ(type_.encode(-infinity), type_.overflow | sign_);
  EXPECT_EQ(type_.encode(std::numeric_limits<float>::max()), type_.overflow);
  EXPECT_TRUE(std::isnan(type_.decode(type_.encode(std::nanf("")))));
  EXPECT_EQ(type_.encode(-0.0f), sign_);
}

INSTANTIATE_TEST_SUITE_P(Types, SmallFloats, testing::ValuesIn(kTypes),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SmallFloats, KnownValues) {
  EXPECT_EQ(to_bf16(3.14159265f).bits, 0x4049);
  EXPECT_EQ(to_f16(3.14159265f).bits, 0x4248);
  EXPECT_EQ(to_f16(65504.0f).bits, 0x7BFF);
  EXPECT_EQ(to_f16(65519.99f).bits, 0x7BFF);
  EXPECT_EQ(to_f16(65520.0f).bits, 0x7C00);
  EXPECT_EQ(to_float(Float16{1}), 0x1p-24f);
  EXPECT_EQ(f8_e4m3_to_float(0x7E), 448.0f);
  EXPECT_EQ(f8_e4m3_to_float(0x01), 0x1p-9f);
  EXPECT_EQ(f8_e5m2_to_float(0x7B), 57344.0f);
}

TEST(SmallFloats, EveryNaNOfF32StaysOne) {
  // Payloads whose upper or lower half alone would round to infinity or to zero.
  for (uint32_t bits : {0x7F800001u, 0x7FFFFFFFu, 0xFF80FFFFu, 0xFFFFFFFFu, 0x7FC00000u}) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    EXPECT_TRUE(std::isnan(to_float(to_bf16(value)))) << std::hex << bits;
    EXPECT_TRUE(std::isnan(to_float(to_f16(value)))) << std::hex << bits;
  }
}

}  // namespace
}  // namespace newbie
