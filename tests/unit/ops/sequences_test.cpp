// Batches of hundreds: what is moved at once is what would be moved one by one.

#include "ops/sequences.h"

#include <gtest/gtest.h>

#include <functional>

#include "ops/matmul.h"
#include "ops/matrices.h"
#include "ops/padded_attention.h"
#include "ops/rope.h"
#include "ops/shape.h"
#include "ops/training.h"
#include "support/tensors.h"
#include "tensor/gradient.h"
#include "tensor/rng_newbie.h"

namespace newbie::ops {
namespace {

const Device& host() {
  static const Device device = Device::cpu(2);
  return device;
}

Tensor some(const Shape& shape, uint64_t seed) {
  return test::random_tensor(shape, DType::f32, host(), seed);
}

TEST(Sequences, AreJoinedOneAfterAnother) {
  const Packing first = Packing::of_lengths({2, 0, 3}), second = Packing::of_lengths({1, 4, 2});
  const Tensor a = some({5, 3}, 1), b = some({7, 3}, 2);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < 3; ++i) {
    parts.push_back(a.slice(first.begin(i), first.end(i)));
    parts.push_back(b.slice(second.begin(i), second.end(i)));
  }
  const Tensor joined = join_sequences(a, first, b, second);
  EXPECT_EQ(joined.to_floats(), concat_rows(parts).to_floats());
  const JoinedParts back = part_sequences(joined, first, second);
  EXPECT_EQ(back.first.to_floats(), a.to_floats());
  EXPECT_EQ(back.second.to_floats(), b.to_floats());
}

TEST(Sequences, HeadsInBoxesHaveZerosAndMarksBehind) {
  const Packing rows = Packing::of_lengths({1, 2});
  const Tensor x = Tensor::from({1, 2, 3}, {3, 1, 1}, host());
  const Tensor y = pad_heads(x, rows, {.length = 2, .width = 3, .row = 5, .pad = -7});
  EXPECT_EQ(y.to_floats(), (std::vector<float>{1, 5, 0, 0, -7, 0, 2, 5, 0, 3, 5, 0}));
  EXPECT_EQ(unpad_heads(y, rows, 2, 1).to_floats(), x.to_floats());
}

struct AttentionRun {
  std::vector<float> out, dq, dk, dv;
};

template <class Run>
AttentionRun with_gradients(const Run& run) {
  const Tensor q = leaf(some({21, 4, 16}, 3)), k = leaf(some({21, 2, 16}, 4)),
               v = leaf(some({21, 2, 16}, 5));
  const Tensor y = run(q, k, v);
  const Tensor dy = some(y.shape(), 6);
  // One step back by hand: ops lie below grad.
  std::vector<std::shared_ptr<GradientNode>> order;
  AttentionRun result{y.to_floats(), {}, {}, {}};
  std::function<void(const std::shared_ptr<GradientNode>&, const Tensor&)> back =
      [&](const std::shared_ptr<GradientNode>& node, const Tensor& d) {
        const NoGradient quiet(host());
        if (node->leaf()) {
          (node == q.gradient_node()   ? result.dq
           : node == k.gradient_node() ? result.dk
                                       : result.dv) = d.to_floats();
          return;
        }
        const auto gradients = node->backward(d.view(node->shape));
        for (size_t i = 0; i < gradients.size(); ++i) {
          if (node->inputs[i].node) back(node->inputs[i].node, gradients[i]);
        }
      };
  back(y.gradient_node(), dy);
  return result;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 2e-5f) << i;
}

TEST(Sequences, AttentionInBoxesIsAttention) {
  const Packing rows = Packing::of_lengths({5, 1, 0, 9, 6});
  for (const bool causal : {false, true}) {
    const AttentionOptions options{.scale = 0.25f, .causal = causal, .window = causal ? 3 : 0};
    const auto plain = with_gradients([&](const Tensor& q, const Tensor& k, const Tensor& v) {
      return attention(q, k, v, rows, options);
    });
    const auto boxed = with_gradients([&](const Tensor& q, const Tensor& k, const Tensor& v) {
      return padded_attention(q, k, v, rows, options);
    });
    expect_near(boxed.out, plain.out);
    expect_near(boxed.dq, plain.dq);
    expect_near(boxed.dk, plain.dk);
    expect_near(boxed.dv, plain.dv);
  }
}

TEST(Sequences, AnglesOfManyRowsAreThoseOfFew) {
  std::vector<int32_t> positions;
  for (int32_t i = 0; i < 300; ++i) positions.insert(positions.end(), {i % 7, i % 5, i % 11});
  const std::vector<int64_t> axes{4, 6, 6};
  const RopeTable many = rope_axes(positions, axes, 10000.0, host());
  for (int64_t row = 0; row < 300; row += 37) {
    const std::span<const int32_t> one(positions.data() + 3 * row, 3);
    const RopeTable few = rope_axes(one, axes, 10000.0, host());
    EXPECT_EQ(many.cos.slice(row, row + 1).to_floats(), few.cos.to_floats());
    EXPECT_EQ(many.sin.slice(row, row + 1).to_floats(), few.sin.to_floats());
  }
}

TEST(Training, ProductsOfManyMatricesAreProducts) {
  const Tensor x = some({3, 4, 6}, 7), w = some({3, 5, 6}, 8);
  const Tensor y = matrix_products(x, w);
  const auto a = x.to_floats(), b = w.to_floats(), found = y.to_floats();
  for (size_t m = 0; m < 3; ++m) {
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = 0; j < 5; ++j) {
        double sum = 0;
        for (size_t k = 0; k < 6; ++k) {
          sum += static_cast<double>(a[(m * 4 + i) * 6 + k]) *
                 static_cast<double>(b[(m * 5 + j) * 6 + k]);
        }
        EXPECT_NEAR(static_cast<double>(found[(m * 4 + i) * 5 + j]), sum, 1e-5);
      }
    }
  }
}

TEST(Training, NoiseIsThatOfItsKeyForAnyNumberOfThreads) {
  const NoiseKey key{9, 2, 1};
  std::vector<float> wanted(70001);
  fill_normal(key, 0, wanted);
  EXPECT_EQ(normal_noise(key, {70001}, Device::cpu(1)).to_floats(), wanted);
  EXPECT_EQ(normal_noise(key, {70001}, Device::cpu(3)).to_floats(), wanted);
}

TEST(Training, RowsAreBlendedEachByItsOwn) {
  const Tensor x = Tensor::from({1, 2, 3, 4}, {2, 2}, host());
  const Tensor z = Tensor::from({10, 20, 30, 40}, {2, 2}, host());
  EXPECT_EQ(blend_rows(x, {1, 0.5f}, z, {0, 1}).to_floats(), (std::vector<float>{1, 2, 31.5f, 42}));
}

}  // namespace
}  // namespace newbie::ops
