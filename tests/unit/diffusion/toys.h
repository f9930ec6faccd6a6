#pragma once
/// Small fields and tensors for the tests of sampling.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "diffusion/sample.h"
#include "support/errors.h"

namespace newbie::diffusion {

inline const Device& cpu() {
  static const Device device = Device::cpu(1);
  return device;
}

/// One image with one row of values. Shapes: [1,1,1,n].
inline Tensor image(const std::vector<float>& values) {
  return Tensor::from(values, Shape{1, 1, 1, static_cast<int64_t>(values.size())}, cpu());
}

/// First values of the input "x" of the model specification, A.1.
inline Tensor specification_x() {
  return image({-0.6299755573f, -0.4547121525f, -0.0995689631f, 0.9864593744f});
}

/// A velocity computed value by value from (x, sigma), in double.
inline Velocity pointwise(std::function<double(double x, double sigma)> field) {
  return [field = std::move(field)](const Tensor& x, const FlowPoint& at) {
    std::vector<float> values = x.to_floats();
    for (float& value : values) value = static_cast<float>(field(value, at.sigma));
    return Tensor::from(values, x.shape(), x.device());
  };
}

inline SampleSettings settings_for(Schedule schedule, std::string_view sampler) {
  SamplerNoise noise;
  noise.seeds = {1};
  return {std::move(schedule), sampler, {}, noise, {}};
}

inline void expect_values(const std::vector<float>& got, const std::vector<double>& want,
                          double tolerance, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[i], want[i], tolerance) << what << ", value " << i;
  }
}

using test::code_of;

}  // namespace newbie::diffusion
