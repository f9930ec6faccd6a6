/// Attention mass: shares of groups against scalar loops, on every device, for more groups than a
/// head is wide.
#include "ops/attention_mass.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "floors.h"
#include "ops/transfer.h"
#include "support/accelerators.h"

namespace newbie::ops {
namespace {

using test::copy_to;
using test::random_tensor;

/// Groups 0, 1, ... of every key: some keys in none, some in several.
Tensor membership(int64_t rows, int64_t groups, DType dtype) {
  std::vector<float> members(static_cast<size_t>(rows * groups));
  for (int64_t j = 0; j < rows; ++j) {
    members[static_cast<size_t>(j * groups + j % groups)] = j % 5 == 4 ? 0.0f : 1.0f;
    if (j % 3 == 0) members[static_cast<size_t>(j * groups)] = 1.0f;
  }
  return test::tensor_of(members, {rows, groups}, dtype, Device::cpu());
}

/// The definition, in double.
std::vector<double> expected_mass(const Tensor& q, const Tensor& k, const Tensor& groups,
                                  const Packing& sequences, const AttentionOptions& options) {
  const auto qs = q.to_floats(), ks = k.to_floats(), members = groups.to_floats();
  const int64_t heads = q.dim(1), kv = k.dim(1), width = q.dim(2), count = groups.dim(1);
  std::vector<double> mass(static_cast<size_t>(q.dim(0) * count));
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const Tensor bias = options.bias.empty() ? Tensor() : options.bias[static_cast<size_t>(b)];
    const auto extra = bias.defined() ? bias.to_floats() : std::vector<float>();
    for (int64_t i = sequences.begin(b); i < sequences.end(b); ++i) {
      for (int64_t h = 0; h < heads; ++h) {
        std::vector<double> weights;
        double total = 0;
        for (int64_t j = sequences.begin(b); j < sequences.end(b); ++j) {
          double score = 0;
          for (int64_t e = 0; e < width; ++e) {
            score += double{qs[static_cast<size_t>((i * heads + h) * width + e)]} *
                     ks[static_cast<size_t>((j * kv + h * kv / heads) * width + e)];
          }
          const int64_t row = i - sequences.begin(b), column = j - sequences.begin(b);
          score *= double{options.scale};
          if (bias.defined() && row < bias.dim(0) && column < bias.dim(1)) {
            score += extra[static_cast<size_t>(row * bias.dim(1) + column)];
          }
          weights.push_back(std::exp(score));
          total += weights.back();
        }
        for (int64_t j = sequences.begin(b); j < sequences.end(b); ++j) {
          for (int64_t g = 0; g < count; ++g) {
            mass[static_cast<size_t>(i * count + g)] +=
                weights[static_cast<size_t>(j - sequences.begin(b))] / total *
                members[static_cast<size_t>(j * count + g)] / static_cast<double>(heads);
          }
        }
      }
    }
  }
  return mass;
}

class AttentionMass : public testing::TestWithParam<std::tuple<int64_t, DType>> {};

TEST_P(AttentionMass, IsTheSoftmaxSummedOverGroups) {
  const auto& [count, dtype] = GetParam();
  const Packing sequences = Packing::of_lengths({70, 33});
  const Tensor q = random_tensor({103, 6, 24}, dtype, Device::cpu(), 1, 1.5f);
  const Tensor k = random_tensor({103, 2, 24}, dtype, Device::cpu(), 2);
  const Tensor groups = membership(103, count, dtype);
  AttentionOptions options{.scale = 0.2f};
  options.bias = {random_tensor({70, 20}, DType::f32, Device::cpu(), 3), Tensor()};
  const auto expected = expected_mass(q, k, groups, sequences, options);
  std::vector<Device> devices = test::accelerators();
  devices.push_back(Device::cpu(2));
  for (const Device& there : devices) {
    AttentionOptions moved = options;
    moved.bias[0] = copy_to(options.bias[0], there);
    const Tensor mass = to_host(attention_mass(copy_to(q, there), copy_to(k, there),
                                               copy_to(groups, there), sequences, moved));
    ASSERT_EQ(mass.shape(), (Shape{103, count}));
    ASSERT_EQ(mass.dtype(), DType::f32);
    const auto found = mass.to_floats();
    // Shares lie in 0..1; a half type rounds each head's.
    const double limit = dtype == DType::f32 ? 2e-6 : 4e-3;
    for (size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], expected[i], limit) << there.name() << " at " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Groups, AttentionMass,
                         testing::Combine(testing::Values(1, 7, 24, 61),
                                          testing::Values(DType::f32, DType::bf16)));

TEST(AttentionMassMisuse, GroupsMustBeOfTheKeys) {
  const Tensor q = Tensor::zeros({4, 2, 8}, DType::f32, Device::cpu());
  const Packing one = Packing::of_lengths({4});
  const auto refused = [&](Shape shape, DType dtype) {
    try {
      attention_mass(q, q, Tensor::zeros(shape, dtype, Device::cpu()), one, {});
    } catch (const Error& error) {
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(refused({3, 2}, DType::f32), "ops.shape");
  EXPECT_EQ(refused({4, 0}, DType::f32), "ops.shape");
  EXPECT_EQ(refused({4, 2}, DType::bf16), "ops.dtype");
}

}  // namespace
}  // namespace newbie::ops
