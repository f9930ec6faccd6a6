// Every op's gradient against finite differences: the fronts record, the reference computes in f64.

#include "ops/attention.h"
#include "ops/conv.h"
#include "ops/elementwise.h"
#include "ops/embedding.h"
#include "ops/loss.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/rope.h"
#include "ops/shape.h"
#include "support/gradient_check.h"

namespace newbie::ops {
namespace {

using test::expect_gradients;
using Tensors = std::vector<Tensor>;

const Device kDevice = Device::cpu(1);
constexpr float kEps = 1e-5f;
constexpr Activation kActivations[] = {Activation::none, Activation::silu, Activation::gelu_tanh,
                                       Activation::gelu_erf};

Tensor random(Shape shape, uint32_t seed, float deviation = 1.0f, float mean = 0.0f) {
  return test::random_tensor(shape, DType::f64, kDevice, seed, deviation, mean);
}

Packing two(int64_t first, int64_t second) { return Packing::of_lengths({first, second}); }

/// One tensor of several results, so that all of them count.
Tensor joined(const Tensors& parts) {
  Tensors flat;
  for (const Tensor& part : parts) flat.push_back(part.view({part.numel()}));
  return concat_rows(flat);
}

TEST(Difference, Elementwise) {
  const Tensor x = random({3, 5}, 1), y = random({3, 5}, 2);
  for (Activation activation : kActivations) {
    expect_gradients("activate", [&](const Tensors& in) { return activate(in[0], activation); },
                     {x});
    expect_gradients("gated", [&](const Tensors& in) { return gated(in[0], in[1], activation); },
                     {x, y});
  }
  expect_gradients("add", [](const Tensors& in) { return add(in[0], in[1]); }, {x, y});
  expect_gradients("add a row", [](const Tensors& in) { return add(in[0], in[1]); },
                   {x, random({5}, 3)});
  expect_gradients("add to itself", [](const Tensors& in) { return add(in[0], in[0]); }, {x});
  expect_gradients("combine",
                   [](const Tensors& in) {
                     return combine({{0.5f, in[0]}, {-2.0f, in[1]}, {3.0f, in[0]}});
                   },
                   {x, y});
  expect_gradients("affine", [](const Tensors& in) { return affine(in[0], 1.5f, 0.25f); }, {x});
  expect_gradients("clamp", [](const Tensors& in) { return clamp(in[0], -0.5f, 0.75f); }, {x});
}

LinearWeights weights_of(const Tensor& weight, const Tensor& bias) {
  return prepare_linear(weight, bias.defined() ? std::optional(bias) : std::nullopt, DType::f64,
                        Residency::mapped);
}

TEST(Difference, Linear) {
  const Tensor x = random({2, 3, 5}, 1), weight = random({4, 5}, 2), bias = random({4}, 3);
  for (Activation activation : kActivations) {
    expect_gradients(
        "linear",
        [&](const Tensors& in) { return linear(in[0], weights_of(in[1], in[2]), activation); },
        {x, weight, bias});
    expect_gradients("gated_linear",
                     [&](const Tensors& in) {
                       return gated_linear(in[0], weights_of(in[1], {}), weights_of(in[2], {}),
                                           activation);
                     },
                     {x, weight, random({4, 5}, 4)});
  }
}

TEST(Difference, FrozenWeightsPassGradientsOn) {
  const LinearWeights weights = weights_of(random({4, 5}, 2), random({4}, 3));
  expect_gradients("linear", [&](const Tensors& in) { return linear(in[0], weights); },
                   {random({3, 5}, 1)});
}

TEST(Difference, RowNorms) {
  const Tensor x = random({7, 6}, 1, 2.0f, 0.5f), y = random({7, 6}, 2);
  const Tensor weight = random({6}, 3, 0.3f, 1.0f), bias = random({6}, 4);
  const Tensor modulation = random({2, 6}, 5);
  const Packing sequences = two(3, 4);
  for (RmsWeight kind : {RmsWeight::plain, RmsWeight::one_plus}) {
    expect_gradients("rms_norm",
                     [&](const Tensors& in) { return rms_norm(in[0], in[1], kEps, kind); },
                     {x, weight});
    expect_gradients(
        "add_rms_norm",
        [&](const Tensors& in) { return add_rms_norm(in[0], in[1], in[2], kEps, kind); },
        {x, y, weight});
  }
  expect_gradients(
      "rms_norm_modulate",
      [&](const Tensors& in) { return rms_norm_modulate(in[0], in[1], kEps, in[2], sequences); },
      {x, weight, modulation});
  expect_gradients("add_gated_rms_norm",
                   [&](const Tensors& in) {
                     return add_gated_rms_norm(in[0], in[1], in[2], kEps, in[3], sequences);
                   },
                   {x, y, weight, modulation});
  expect_gradients("add_gated_rms_norm_modulate",
                   [&](const Tensors& in) {
                     const auto [sum, normed] = add_gated_rms_norm_modulate(
                         in[0], in[1], {in[2], kEps, in[3]}, {in[4], kEps, in[5]}, sequences,
                         RowFormat::plain);
                     return joined({sum, normed.values()});
                   },
                   {x, y, weight, modulation, random({6}, 6), random({2, 6}, 7)});
  expect_gradients("layer_norm",
                   [&](const Tensors& in) { return layer_norm(in[0], in[1], in[2], kEps); },
                   {x, weight, bias});
  expect_gradients(
      "layer_norm_modulate",
      [&](const Tensors& in) { return layer_norm_modulate(in[0], kEps, in[1], sequences); },
      {x, modulation});
}

TEST(Difference, GroupNorm) {
  for (Activation activation : kActivations) {
    expect_gradients(
        "group_norm",
        [&](const Tensors& in) { return group_norm(in[0], 3, in[1], in[2], kEps, activation); },
        {random({2, 3, 2, 6}, 1, 2.0f, 1.0f), random({6}, 2, 0.3f, 1.0f), random({6}, 3)});
  }
}

TEST(Difference, Rope) {
  const std::vector<int32_t> positions{0, 3, 1, 2, 7};
  for (RopeLayout layout : {RopeLayout::interleaved, RopeLayout::half_split}) {
    const RopeTable table = rope_line(positions, 6, 100.0f, 1.0f, kDevice);
    const Tensor x = random({5, 2, 6}, 1), weight = random({6}, 2, 0.3f, 1.0f);
    expect_gradients("rope", [&](const Tensors& in) { return rope(in[0], table, layout); }, {x});
    for (RmsWeight kind : {RmsWeight::plain, RmsWeight::one_plus}) {
      expect_gradients(
          "rms_norm_rope",
          [&](const Tensors& in) { return rms_norm_rope(in[0], in[1], kEps, kind, table, layout); },
          {x, weight});
    }
    expect_gradients("split_heads_norm_rope",
                     [&](const Tensors& in) {
                       const Heads h =
                           split_heads_norm_rope(in[0], 4, 2, in[1], in[2], kEps, table, layout);
                       return joined({h.q, h.k, h.v});
                     },
                     {random({5, 8 * 6}, 3), weight, random({6}, 4, 0.3f, 1.0f)});
  }
  expect_gradients("split_heads",
                   [](const Tensors& in) {
                     const Heads h = split_heads(in[0], 4, 2);
                     return joined({h.k, h.v});  // nothing asks for the gradient of q
                   },
                   {random({5, 8 * 3}, 5)});
}

TEST(Difference, Attention) {
  const Tensor q = random({7, 4, 3}, 1), k = random({7, 2, 3}, 2), v = random({7, 2, 3}, 3);
  Tensor bias = Tensor::zeros({2, 3}, DType::f32, kDevice);
  bias.mutable_data<float>()[1] = 0.7f;
  bias.mutable_data<float>()[5] = -std::numeric_limits<float>::infinity();
  const std::vector<AttentionOptions> all{{.scale = 0.6f},
                                          {.scale = 0.6f, .causal = true},
                                          {.scale = 0.6f, .causal = true, .window = 2},
                                          {.scale = 0.6f, .bias = {bias, {}}}};
  for (const AttentionOptions& options : all) {
    expect_gradients(
        "attention",
        [&](const Tensors& in) { return attention(in[0], in[1], in[2], two(3, 4), options); },
        {q, k, v});
  }
}

TEST(Difference, Convolution) {
  const ConvGeometry geometries[] = {ConvGeometry::same(3),
                                     {.stride = 2, .bottom = 1, .right = 1},
                                     {.stride = 2, .top = 1, .left = 1}};
  for (const ConvGeometry& geometry : geometries) {
    const Tensor x = random({2, 5, 6, 2}, 1), weight = random({3, 2, 3, 3}, 2);
    const auto convolve = [&](const Tensors& in) {
      return conv2d(in[0], prepare_conv(in[1], in[2], DType::f64), geometry,
                    in.size() > 3 ? in[3] : Tensor());
    };
    const Tensor bias = random({3}, 3);
    const Shape result = convolve({x, weight, bias}).shape();
    expect_gradients("conv2d", convolve, {x, weight, bias});
    expect_gradients("conv2d with residual", convolve, {x, weight, bias, random(result, 4)});
  }
}

TEST(Difference, Shapes) {
  const Tensor a = random({2, 3}, 1), b = random({4, 3}, 2), image = random({2, 4, 6, 3}, 3);
  const auto both = Tensors{a, b};
  expect_gradients(
      "concat_rows", [](const Tensors& in) { return concat_rows(in); }, both);
  expect_gradients("concat_rows of slices",
                   [](const Tensors& in) {
                     return concat_rows({in[0].slice(1, 3), in[0].slice(0, 2)});
                   },
                   {b});
  expect_gradients("concat_columns", [](const Tensors& in) { return concat_columns(in); },
                   {a, random({2, 5}, 4)});
  expect_gradients("split_columns",
                   [](const Tensors& in) {
                     const auto parts = split_columns(in[0], {2, 3, 1});
                     return joined({parts[2], parts[0]});
                   },
                   {random({3, 6}, 5)});
  expect_gradients("take_rows", [](const Tensors& in) { return take_rows(in[0], {2, 0, 2}); }, {b});
  expect_gradients("to_channels_last", [](const Tensors& in) { return to_channels_last(in[0]); },
                   {image});
  expect_gradients("to_channels_first", [](const Tensors& in) { return to_channels_first(in[0]); },
                   {image});
  expect_gradients("crop", [](const Tensors& in) { return crop(in[0], 1, 2, 2, 3); }, {image});
  expect_gradients("place", [](const Tensors& in) { return place(in[0], 1, 2, 6, 9); }, {image});
  expect_gradients("upsample_nearest_2x",
                   [](const Tensors& in) { return upsample_nearest_2x(in[0]); }, {image});
  expect_gradients("average_2x2", [](const Tensors& in) { return average_2x2(in[0]); }, {image});
  expect_gradients("mean_rows", [](const Tensors& in) { return mean_rows(in[0], two(1, 3)); }, {b});
  expect_gradients("patchify", [](const Tensors& in) { return patchify(in[0], 2); },
                   {random({3, 4, 6}, 6)});
  expect_gradients("unpatchify", [](const Tensors& in) { return unpatchify(in[0], 2, 3, 4, 6); },
                   {random({6, 12}, 7)});
  const std::vector<int32_t> ids{1, 3, 1, 0};
  expect_gradients("embedding",
                   [&](const Tensors& in) { return embedding(in[0], ids, 1.5f, DType::f64); },
                   {random({5, 3}, 8)});
}

TEST(Difference, Losses) {
  const Tensor x = random({4, 5}, 1, 2.0f), y = random({4, 5}, 2, 2.0f);
  for (Distance distance : {Distance::squared, Distance::absolute, Distance::huber}) {
    expect_gradients("mean_distance",
                     [&](const Tensors& in) { return mean_distance(in[0], in[1], distance, 0.8f); },
                     {x, y});
  }
  const std::vector<int32_t> labels{3, -1, 0, 4};
  expect_gradients("cross_entropy", [&](const Tensors& in) { return cross_entropy(in[0], labels); },
                   {x});
  expect_gradients("normal_divergence",
                   [](const Tensors& in) { return normal_divergence(in[0], in[1]); }, {x, y});
  const Tensor noise = random({4, 5}, 3);
  expect_gradients("sample_normal",
                   [&](const Tensors& in) { return sample_normal(in[0], in[1], noise); }, {x, y});
}

}  // namespace
}  // namespace newbie::ops
