// The way back: what is gathered, in which type, what is forgotten, and what is refused.

#include "grad/backward.h"

#include <gtest/gtest.h>

#include "grad/parameter.h"
#include "grad/recompute.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/shape.h"
#include "support/compare.h"
#include "support/errors.h"
#include "support/tensors.h"

namespace newbie::grad {
namespace {

const Device kDevice = Device::cpu(2);

Tensor vector(const std::vector<float>& values) {
  return Tensor::from(values, Shape{static_cast<int64_t>(values.size())}, kDevice);
}
std::vector<float> gradient(const Tensor& leaf) {
  return leaf.gradient_node()->gradient.to_floats();
}
using Floats = std::vector<float>;

using test::code_of;

TEST(Backward, NothingIsRememberedWithoutLeaves) {
  const Tensor y = ops::affine(vector({1, 2}), 2, 0);
  EXPECT_FALSE(y.requires_gradient());
  EXPECT_EQ(code_of([&] { backward(y, y); }), "grad.not_recorded");
}

TEST(Backward, PathsThatMeetAddUp) {
  const Tensor x = leaf(vector({1, 2, 3}));
  const Tensor a = ops::affine(x, 2, 0), b = ops::affine(a, 5, 1);
  backward(ops::add(ops::add(a, b), x), vector({1, 10, 100}));
  EXPECT_EQ(gradient(x), (Floats{13, 130, 1300}));
}

TEST(Backward, LossesAddUpUntilCleared) {
  const Parameter p("p", vector({1, 2}));
  for (int i = 0; i < 3; ++i) backward(ops::affine(p.tensor(), 2, 0), vector({1, 1}));
  EXPECT_EQ(p.gradient().to_floats(), (Floats{6, 6}));
  p.clear_gradient();
  EXPECT_FALSE(p.gradient().defined());
}

TEST(Backward, ViewsAndSlicesShareTheNodeOfTheirWhole) {
  const Tensor x = leaf(vector({1, 2, 3, 4, 5, 6}));
  const Tensor rows = x.view({3, 2});
  backward(ops::concat_rows({rows.slice(2, 3), rows.slice(0, 1), rows.slice(2, 3)}),
           Tensor::from({1, 2, 3, 4, 5, 6}, {3, 2}, kDevice));
  EXPECT_EQ(gradient(x), (Floats{3, 4, 0, 0, 6, 8}));
}

TEST(Backward, SeveralViewsOfOneResultMeetInIt) {
  const Tensor x = leaf(Tensor::from({1, 2, 3, 4, 5, 6}, {2, 3}, kDevice));
  const auto parts = ops::split_columns(x, {1, 2});
  const Tensor y = ops::add(parts[1], ops::concat_columns({parts[0], parts[0]}));
  backward(y, Tensor::from({1, 2, 3, 4}, {2, 2}, kDevice));
  EXPECT_EQ(gradient(x), (Floats{3, 1, 2, 7, 3, 4}));
}

TEST(Backward, GradientsOfNarrowLeavesAreGatheredInF32) {
  const Tensor x = leaf(ops::cast(vector({1, 1}), DType::bf16));
  // 257 is not a bf16; the sum of two gradients that are is.
  backward(ops::cast(x, DType::f32), vector({256, 256}));
  backward(ops::cast(x, DType::f32), vector({1, 1}));
  EXPECT_EQ(x.gradient_node()->gradient.dtype(), DType::f32);
  EXPECT_EQ(gradient(x), (Floats{257, 257}));
}

TEST(Backward, LearnedWeightsInF32GetTheirGradientUnrounded) {
  const Tensor weight = leaf(Tensor::from({1, 2}, {1, 2}, kDevice));
  const Tensor x = ops::cast(Tensor::from({1, 256}, {1, 2}, kDevice), DType::bf16);
  const Tensor used = ops::cast(weight, DType::bf16);
  const auto prepared =
      ops::prepare_linear(used, std::nullopt, DType::bf16, ops::Residency::packed);
  const Tensor y = ops::linear(ops::concat_rows({x, ops::affine(x, 1.0f / 256, 0)}), prepared);
  backward(y, ops::cast(Tensor::from({1, 1}, {2, 1}, kDevice), DType::bf16));
  EXPECT_EQ(gradient(weight), (Floats{1 + 1.0f / 256, 257}));
}

TEST(Backward, ALossIsGoneThroughOnce) {
  const Tensor x = leaf(vector({1, 2}));
  const Tensor y = ops::activate(x, ops::Activation::silu);
  backward(y, vector({1, 1}));
  EXPECT_EQ(code_of([&] { backward(y, vector({1, 1})); }), "grad.freed");
}

TEST(Backward, WhatWasRememberedIsForgottenOnTheWay) {
  const Tensor x = leaf(Tensor::zeros({1 << 16}, DType::f32, kDevice));
  const auto live = [] { return kDevice.allocator().report().total.live; };
  const auto before = live();
  Tensor y = x;
  for (int i = 0; i < 10; ++i) y = ops::activate(y, ops::Activation::silu);
  EXPECT_GE(live() - before, 10u << 18);
  backward(y, Tensor::zeros({1 << 16}, DType::f32, kDevice));
  y = {};
  EXPECT_LE(live() - before, 1u << 18);  // the gradient of x
}

TEST(Backward, NoGradientRemembersNothing) {
  const Tensor x = leaf(vector({1, 2}));
  {
    const NoGradient scope(kDevice);
    EXPECT_FALSE(ops::affine(x, 2, 0).requires_gradient());
    const RecordingScope again(kDevice, true);
    EXPECT_TRUE(ops::affine(x, 2, 0).requires_gradient());
  }
  EXPECT_TRUE(ops::affine(x, 2, 0).requires_gradient());
}

TEST(Backward, AnOpWithoutGradientSaysSo) {
  const Tensor x = leaf(Tensor::zeros({2, 16}, DType::f32, kDevice));
  EXPECT_EQ(code_of([&] { ops::quantize_rows(x); }), "grad.unsupported");
  ops::quantize_rows(x.detached());
}

TEST(Backward, FrozenWeightsPassGradientsOnHoweverTheyAreKept) {
  const Tensor weight = test::random_tensor({48, 32}, DType::f32, kDevice, 1);
  const Tensor dy = test::random_tensor({5, 48}, DType::f32, kDevice, 2);
  const auto gradient_through = [&](ops::Residency residency, ops::LinearStorage storage) {
    const Tensor x = leaf(test::random_tensor({5, 32}, DType::f32, kDevice, 3));
    backward(
        ops::linear(x, ops::prepare_linear(weight, std::nullopt, DType::f32, residency, storage)),
        dy);
    return x.gradient_node()->gradient;
  };
  const Tensor plain = gradient_through(ops::Residency::mapped, ops::LinearStorage::compute);
  EXPECT_TRUE(test::same_bytes(
      plain, gradient_through(ops::Residency::packed, ops::LinearStorage::compute)));
  const Tensor f8 = gradient_through(ops::Residency::packed, ops::LinearStorage::f8);
  EXPECT_LT(test::relative_l2(f8, plain), 0.05);
}

/// Two products with what stands between them, and leaves for everything.
struct Part {
  Tensor x = leaf(test::random_tensor({6, 8}, DType::f32, kDevice, 1));
  Tensor c = leaf(test::random_tensor({6, 8}, DType::f32, kDevice, 2));
  Tensor weight = leaf(test::random_tensor({8, 8}, DType::f32, kDevice, 3));

  Tensor operator()(const Tensor& in, const Tensor& other) const {
    const auto w = ops::prepare_linear(weight, std::nullopt, DType::f32, ops::Residency::mapped);
    const Tensor h = ops::gated(ops::linear(in, w), other, ops::Activation::silu);
    return ops::add(ops::linear(h, w), in);
  }
  std::vector<Tensor> gradients() const {
    return {x.gradient_node()->gradient, c.gradient_node()->gradient,
            weight.gradient_node()->gradient};
  }
};

TEST(Recompute, GivesTheBytesOfTheWholeWay) {
  const Tensor dy = test::random_tensor({6, 8}, DType::f32, kDevice, 9);
  Part plain, again;
  // Inputs that are results themselves, and twice in a row.
  const auto twice = [&](const Part& part, const auto& run) {
    const Tensor c = ops::affine(part.c, 0.5f, 0);
    backward(run(run(ops::affine(part.x, 2, 0), c), c), dy);
  };
  twice(plain, [&](const Tensor& x, const Tensor& c) { return plain(x, c); });
  twice(again, [&](const Tensor& x, const Tensor& c) {
    return recompute([&](const std::vector<Tensor>& in) { return again(in[0], in[1]); }, {x, c});
  });
  const auto expected = plain.gradients(), found = again.gradients();
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LT(test::relative_l2(found[i], expected[i]), 1e-6) << i;
  }
}

TEST(Recompute, KeepsTheInputsAlone) {
  const Tensor x = leaf(Tensor::zeros({1 << 16}, DType::f32, kDevice));
  const auto live = [] { return kDevice.allocator().report().total.live; };
  const auto before = live();
  const Tensor y = recompute(
      [](const std::vector<Tensor>& in) {
        Tensor h = in[0];
        for (int i = 0; i < 10; ++i) h = ops::activate(h, ops::Activation::silu);
        return h;
      },
      {x});
  EXPECT_LE(live() - before, 1u << 18);
}

TEST(Recompute, LearnsParametersOfAPartWhoseInputsLearnNothing) {
  Part part;
  const Tensor x = part.x.detached(), c = part.c.detached();
  backward(recompute([&](const std::vector<Tensor>& in) { return part(in[0], in[1]); }, {x, c}),
           Tensor::from(std::vector<float>(48, 1.0f), {6, 8}, kDevice));
  EXPECT_TRUE(part.weight.gradient_node()->gradient.defined());
}

TEST(Recompute, RefusesATensorThatCameInByAnotherWay) {
  Part part;
  const Tensor c = ops::affine(part.c, 2, 0);
  const Tensor y =
      recompute([&](const std::vector<Tensor>& in) { return part(in[0], c); }, {part.x});
  EXPECT_EQ(code_of([&] { backward(y, y.detached()); }), "grad.recompute");
}

TEST(Recompute, IsThePartItselfWithoutRecording) {
  const NoGradient scope(kDevice);
  Part part;
  int runs = 0;
  const Tensor y = recompute(
      [&](const std::vector<Tensor>& in) {
        ++runs;
        return part(in[0], in[1]);
      },
      {part.x, part.c});
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(y.requires_gradient());
}

TEST(Parameters, NormAndClippingOfAllGradients) {
  const Parameter a("a", vector({0, 0})), b("b", vector({0})), without("c", vector({1}));
  backward(a.tensor(), vector({3, 0}));
  backward(b.tensor(), vector({4}));
  const double norm = gradient_norm({a, b, without});
  EXPECT_DOUBLE_EQ(norm, 5);
  EXPECT_FLOAT_EQ(clipping(norm, 2), 0.4f);
  EXPECT_FLOAT_EQ(clipping(norm, 0), 1);
  EXPECT_FLOAT_EQ(clipping(norm, 6), 1);
}

}  // namespace
}  // namespace newbie::grad
