// Training steps change tensors in place: hand-computed numbers first, then every implementation
// against the reference.

#include "ops/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ops/reference/optimizer.h"
#include "ops/transfer.h"
#include "support/accelerators.h"
#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

/// All devices that the step must run on, the host with one and several threads among them.
std::vector<Device> devices() {
  std::vector<Device> all{Device::cpu(1), Device::cpu(3)};
  for (const Device& device : test::accelerators()) all.push_back(device);
  return all;
}

struct Parameter {
  Tensor value, gradient;
  AdamWState state;
};

Parameter parameter(const Shape& shape, DType value, DType gradient, const Device& device) {
  const Device host = Device::cpu();
  Parameter out;
  out.value = test::copy_to(random_tensor(shape, value, host, 1), device);
  out.gradient = test::copy_to(random_tensor(shape, gradient, host, 2), device);
  out.state.first = test::copy_to(random_tensor(shape, DType::f32, host, 3, 0.1f), device);
  const Tensor raw = random_tensor(shape, DType::f32, host, 4, 0.1f);
  Tensor second = test::copy_to(raw, host);
  for (int64_t i = 0; i < second.numel(); ++i) {
    second.mutable_data<float>()[i] = std::fabs(second.data<float>()[i]);
  }
  out.state.second = test::copy_to(second, device);
  if (value != DType::f32) {
    Tensor master = Tensor::empty(shape, DType::f32, host);
    const std::vector<float> values = random_tensor(shape, value, host, 1).to_floats();
    std::copy(values.begin(), values.end(), master.mutable_data<float>());
    out.state.master = test::copy_to(master, device);
  }
  return out;
}

constexpr AdamWStep kStep{.learning_rate = 0.01,
                          .beta1 = 0.9,
                          .beta2 = 0.98,
                          .epsilon = 1e-8,
                          .weight_decay = 0.1,
                          .gradient_scale = 0.5,
                          .step = 3};

TEST(AdamWStep, FirstStepByHand) {
  // m = 0.1 * 2, v = 0.001 * 4; bias corrected 2 and 4: the direction is 2 / (2 + eps) = 1, so
  // w = 1 * (1 - 0.1 * 0.5) - 0.1 * 1 = 0.85.
  const Device device = Device::cpu();
  Tensor w = Tensor::from({1.0f}, {1}, device);
  AdamWState state{
      Tensor::zeros({1}, DType::f32, device), Tensor::zeros({1}, DType::f32, device), {}};
  adamw_step(w, state, Tensor::from({2.0f}, {1}, device),
             {.learning_rate = 0.1, .weight_decay = 0.5});
  EXPECT_FLOAT_EQ(state.first.data<float>()[0], 0.2f);
  EXPECT_FLOAT_EQ(state.second.data<float>()[0], 0.004f);
  EXPECT_NEAR(w.data<float>()[0], 0.85f, 1e-6f);
  // Second step with gradient -1: m = 0.18 - 0.1 = 0.08, v = 0.003996 + 0.001 = 0.004996;
  // corrected 0.08 / 0.19 = 0.421053 and 0.004996 / 0.001999 = 2.499250, root 1.580902.
  adamw_step(w, state, Tensor::from({-1.0f}, {1}, device), {.learning_rate = 0.1, .step = 2});
  EXPECT_NEAR(w.data<float>()[0], 0.85f - 0.1f * 0.421053f / 1.580902f, 1e-6f);
}

TEST(AdamWStep, MasterKeepsWhatBf16CannotHold) {
  const Device device = Device::cpu();
  Tensor w = Tensor::from<BFloat16>(std::vector<BFloat16>{to_bf16(1.0f)}, {1}, device);
  Tensor none;
  Tensor master = Tensor::from({1.0f}, {1}, device);
  const Tensor direction = Tensor::from({1.0f}, {1}, device);
  for (int i = 0; i < 8; ++i) update_step(w, master, direction, 0, -0.001f);
  EXPECT_NEAR(master.data<float>()[0], 0.992f, 1e-6f);
  EXPECT_EQ(w.to_floats()[0], to_float(to_bf16(0.992f)));  // 1 - 0.001 alone rounds back to 1
}

TEST(AdamWStep, EveryDeviceAgreesWithTheReference) {
  for (const Device& device : devices()) {
    for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{70000}}) {
      for (const DType value : {DType::f32, DType::bf16}) {
        for (const DType gradient : {DType::f32, DType::bf16}) {
          Parameter plain = parameter(shape, value, gradient, Device::cpu());
          Parameter fast = parameter(shape, value, gradient, device);
          reference::adamw_step(plain.value, plain.state, plain.gradient, kStep);
          adamw_step(fast.value, fast.state, fast.gradient, kStep);
          const auto close = [&](const Tensor& a, const Tensor& b, double limit) {
            if (!b.defined()) return;
            EXPECT_LT(test::relative_l2(to_host(a), b), limit) << device.name();
          };
          close(fast.value, plain.value, value == DType::f32 ? 1e-6 : 1e-4);
          close(fast.state.first, plain.state.first, 1e-6);
          close(fast.state.second, plain.state.second, 1e-6);
          close(fast.state.master, plain.state.master, 1e-6);
        }
      }
    }
  }
}

TEST(UpdateStep, EveryDeviceAgreesWithTheReference) {
  for (const Device& device : devices()) {
    for (const DType value : {DType::f32, DType::bf16}) {
      Parameter plain = parameter({3, 1001}, value, DType::f32, Device::cpu());
      Parameter fast = parameter({3, 1001}, value, DType::f32, device);
      reference::update_step(plain.value, plain.state.master, plain.gradient, 0.25f, -0.5f);
      update_step(fast.value, fast.state.master, fast.gradient, 0.25f, -0.5f);
      EXPECT_LT(test::relative_l2(to_host(fast.value), plain.value), 1e-3) << device.name();
      if (value == DType::bf16) {
        EXPECT_LT(test::relative_l2(to_host(fast.state.master), plain.state.master), 1e-6);
      }
    }
  }
}

TEST(AverageAndAccumulate, EveryDeviceAgreesWithTheReference) {
  for (const Device& device : devices()) {
    for (const DType type : {DType::f32, DType::bf16}) {
      const Tensor x = random_tensor({77, 1001}, type, Device::cpu(), 5);
      const Tensor start = random_tensor({77, 1001}, DType::f32, Device::cpu(), 6);
      Tensor plain = test::copy_to(start, Device::cpu()), fast = test::copy_to(start, device);
      reference::average_step(plain, x, 0.01f);
      average_step(fast, to_device(x, device), 0.01f);
      EXPECT_LT(test::relative_l2(to_host(fast), plain), 1e-6) << device.name();
      reference::accumulate_step(plain, x, 0.25f);
      accumulate_step(fast, to_device(x, device), 0.25f);
      EXPECT_LT(test::relative_l2(to_host(fast), plain), 1e-6) << device.name();
    }
  }
}

TEST(AverageStep, ByHand) {
  const Device device = Device::cpu();
  Tensor average = Tensor::from({1.0f, -2.0f}, {2}, device);
  average_step(average, Tensor::from({3.0f, 2.0f}, {2}, device), 0.25f);
  EXPECT_EQ(average.to_floats(), (std::vector<float>{1.5f, -1.0f}));
  accumulate_step(average, Tensor::from({2.0f, 4.0f}, {2}, device), 0.5f);
  EXPECT_EQ(average.to_floats(), (std::vector<float>{2.5f, 1.0f}));
}

TEST(SumOfSquares, AddsAllTensorsAndShowsWhatIsNotFinite) {
  for (const Device& device : devices()) {
    const auto on = [&](std::vector<float> values) {
      const auto count = static_cast<int64_t>(values.size());
      return Tensor::from(values, {count}, device);
    };
    EXPECT_EQ(sum_of_squares({on({3, 4}), on({12})}), 169.0) << device.name();
    EXPECT_EQ(sum_of_squares({}), 0.0);
    EXPECT_EQ(sum_of_squares({on(std::vector<float>(100000, 2.0f)), on({1e30f})}),
              400000.0 + static_cast<double>(1e30f) * static_cast<double>(1e30f));
    EXPECT_FALSE(std::isfinite(sum_of_squares({on({1}), on({NAN})})));
    EXPECT_FALSE(std::isfinite(sum_of_squares({on({1}), on({INFINITY})})));
  }
}

TEST(AdamWStep, SameBytesForAnyNumberOfThreads) {
  Parameter one = parameter({200000}, DType::f32, DType::f32, Device::cpu(1));
  Parameter four = parameter({200000}, DType::f32, DType::f32, Device::cpu(4));
  adamw_step(one.value, one.state, one.gradient, kStep);
  adamw_step(four.value, four.state, four.gradient, kStep);
  EXPECT_TRUE(test::same_bytes(one.value, four.value));
}

TEST(AdamWStep, RefusesWhatDoesNotFit) {
  const Device device = Device::cpu();
  Parameter p = parameter({4}, DType::f32, DType::f32, device);
  const auto code = [](const auto& body) {
    try {
      body();
    } catch (const Error& error) {
      return error.code();
    }
    return std::string();
  };
  const Tensor three = Tensor::zeros({3}, DType::f32, device);
  EXPECT_EQ(code([&] { adamw_step(p.value, p.state, three, kStep); }), "ops.shape");
  EXPECT_EQ(code([&] { average_step(p.value, three, 1); }), "ops.shape");
  Tensor half = Tensor::zeros({4}, DType::f16, device), none;
  EXPECT_EQ(code([&] { update_step(half, none, p.gradient, 0, 1); }), "ops.dtype");
  Tensor bf16 = Tensor::zeros({4}, DType::bf16, device);
  EXPECT_EQ(code([&] { update_step(bf16, none, p.gradient, 0, 1); }), "ops.shape")
      << "bf16 needs a master";
}

}  // namespace
}  // namespace newbie::ops
