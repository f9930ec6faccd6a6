/// Attention: right for every type, grouping, mask and awkward size; memory that grows with the
/// length; the same bytes for any number of threads and any company in the packing.
#include "ops/attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "floors.h"
#include "ops/candidate_lists.h"
#include "ops/reference/attention.h"
#include "ops/transfer.h"
#include "support/accelerators.h"
#include "support/errors.h"

namespace newbie::ops {
namespace {

using test::copy_to;
using test::floor_of;
using test::random_tensor;
using test::relative_l2;
using test::same_bytes;
using test::truth;

struct Case {
  const char* name;
  int64_t heads, kv_heads, width;
  std::vector<int64_t> lengths;
  AttentionOptions options;
};

void PrintTo(const Case& c, std::ostream* stream) { *stream << c.name; }

struct Inputs {
  Tensor q, k, v;
  Packing sequences;
};

Inputs inputs_of(const Case& c, DType dtype, const Device& device) {
  const Packing sequences = Packing::of_lengths(c.lengths);
  const int64_t rows = sequences.rows();
  return {random_tensor({rows, c.heads, c.width}, dtype, device, 1, 1.5f),
          random_tensor({rows, c.kv_heads, c.width}, dtype, device, 2),
          random_tensor({rows, c.kv_heads, c.width}, dtype, device, 3), sequences};
}

/// A head start for some keys and none at all for others.
Tensor some_bias(int64_t rows, int64_t columns, const Device& device) {
  Tensor bias = random_tensor({rows, columns}, DType::f32, device, 9, 2.0f);
  float* values = bias.mutable_data<float>();
  for (int64_t i = 0; i < bias.numel(); i += 3) values[i] = -std::numeric_limits<float>::infinity();
  return bias;
}

const Device& device() {
  static const Device shared = Device::cpu(2);
  return shared;
}

/// Every device there is, the host last.
std::vector<Device> everywhere() {
  std::vector<Device> devices = test::accelerators();
  devices.push_back(device());
  return devices;
}

std::vector<Case> cases() {
  std::vector<Case> all{
      {"next_dit_grouped", 6, 2, 96, {120, 37}, {.scale = 0.1f}},
      {"gemma_causal", 4, 2, 256, {40}, {.scale = 0.0625f, .causal = true}},
      {"gemma_sliding", 2, 1, 16, {560, 40}, {.scale = 0.125f, .causal = true, .window = 33}},
      {"window_without_causal", 2, 1, 16, {130}, {.scale = 0.25f, .window = 7}},
      {"jina", 4, 4, 64, {33, 1, 0, 5}, {.scale = 0.125f}},
      {"vae", 1, 1, 512, {60}, {.scale = 0.0441941738f}},
      {"tiny_odd_width", 3, 3, 13, {21}, {.scale = 0.3f}},
      {"width_one", 2, 1, 1, {9}, {.scale = 1.0f}},
      {"tiny_width_12", 2, 2, 12, {40, 3}, {.scale = 0.3f}},
      {"tiny_width_48", 4, 2, 48, {113}, {.scale = 0.15f}},
      {"several_key_blocks", 1, 1, 8, {1100}, {.scale = 0.2f}},
      {"large_scores", 2, 2, 24, {90}, {.scale = 6.0f}},
      {"negative_scale", 2, 2, 24, {90}, {.scale = -0.5f}},
      {"zero_scale", 1, 1, 8, {40}, {.scale = 0.0f}},
  };
  // More lengths than devices take one by one: pictures with captions, and both text towers.
  const std::vector<int64_t> many{140, 1, 64, 0, 129, 33, 128, 90, 17, 65, 100, 127};
  all.push_back({"many_lengths_grouped", 4, 2, 64, many, {.scale = 0.125f}});
  all.push_back({"many_lengths_causal", 3, 1, 64, many, {.scale = 0.125f, .causal = true}});
  all.push_back({"many_lengths_width_48", 2, 2, 48, many, {.scale = 0.15f}});
  all.push_back({"many_lengths_width_96", 6, 2, 96, many, {.scale = 0.1f}});
  Case biased{"biased_corner", 4, 2, 48, {200, 65}, {.scale = 0.15f}};
  biased.options.bias = {some_bias(77, 150, device()), Tensor()};
  all.push_back(biased);
  biased.name = "biased_and_causal";
  biased.options.causal = true;
  all.push_back(biased);
  return all;
}

class Attention : public testing::TestWithParam<std::tuple<Case, DType>> {};

TEST_P(Attention, EveryCandidateAgreesWithReference) {
  const auto& [c, dtype] = GetParam();
  const Inputs in = inputs_of(c, dtype, device());
  const Shape shape{in.q.dim(0), c.heads * c.width};
  const Tensor expected = truth(shape, device(), [&](Tensor& out) {
    reference::attention(out, in.q, in.k, in.v, in.sequences, c.options);
  });
  for (const Device& there : everywhere()) {
    const Tensor q = copy_to(in.q, there), k = copy_to(in.k, there), v = copy_to(in.v, there);
    AttentionOptions options = c.options;
    for (Tensor& bias : options.bias) {
      if (bias.defined()) bias = copy_to(bias, there);
    }
    for (const auto& candidate : attention_candidates()) {
      if (candidate.device != there.kind()) continue;
      if (!passed_over("attention", candidate.name).empty()) continue;
      if (!candidate.declines(q, k, v, in.sequences, options, {}).empty()) continue;
      const auto run = [&, dtype = dtype] {
        Tensor out = Tensor::empty(shape, dtype, there);
        candidate.run(out, q, k, v, in.sequences, options, {});
        return to_host(out);
      };
      const Tensor found = run();
      EXPECT_LE(relative_l2(found, expected), floor_of(dtype))
          << there.name() << " " << candidate.name << ": " << test::worst_element(found, expected);
      EXPECT_TRUE(same_bytes(found, run())) << candidate.name << ": two runs differ";
    }
  }
}

TEST_P(Attention, BytesDoNotDependOnThreadsOrOtherSequences) {
  const auto& [c, dtype] = GetParam();
  const Inputs in = inputs_of(c, dtype, device());
  const Tensor whole = attention(in.q, in.k, in.v, in.sequences, c.options);
  for (const int threads : {1, 3, 7}) {
    const Device other = Device::cpu(threads);
    const Tensor found = attention(copy_to(in.q, other), copy_to(in.k, other), copy_to(in.v, other),
                                   in.sequences, c.options);
    EXPECT_TRUE(same_bytes(found, whole)) << threads << " threads";
  }
  for (int64_t b = 0; b < in.sequences.count(); ++b) {
    const int64_t begin = in.sequences.begin(b), end = in.sequences.end(b);
    AttentionOptions alone = c.options;
    if (!alone.bias.empty()) alone.bias = {c.options.bias[static_cast<size_t>(b)]};
    const Tensor found =
        attention(in.q.slice(begin, end), in.k.slice(begin, end), in.v.slice(begin, end),
                  Packing::of_lengths({end - begin}), alone);
    EXPECT_TRUE(same_bytes(found, whole.slice(begin, end))) << "sequence " << b;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Attention,
                         testing::Combine(testing::ValuesIn(cases()),
                                          testing::Values(DType::f32, DType::bf16, DType::f16)),
                         [](const auto& instance) {
                           return std::string(std::get<0>(instance.param).name) + "_" +
                                  std::string(name_of(std::get<1>(instance.param)));
                         });

TEST(AttentionOfManyLengths, IsTakenByDevicesAtOnce) {
  const Case nano{"nano", 4, 2, 64, {}, {.scale = 0.125f}};
  for (const Device& there : everywhere()) {
    for (const auto& candidate : attention_candidates()) {
      if (candidate.device != there.kind() || candidate.name != "ragged") continue;
      if (!passed_over("attention", candidate.name).empty()) continue;
      Case c = nano;
      for (int64_t length = 300; length < 312; ++length) c.lengths.push_back(length);
      const Inputs in = inputs_of(c, DType::bf16, device());
      const Tensor q = copy_to(in.q, there), k = copy_to(in.k, there), v = copy_to(in.v, there);
      EXPECT_EQ(candidate.declines(q, k, v, in.sequences, c.options, {}), "");
      c.lengths.resize(2);
      const Inputs few = inputs_of(c, DType::bf16, device());
      EXPECT_NE(candidate.declines(copy_to(few.q, there), copy_to(few.k, there),
                                   copy_to(few.v, there), few.sequences, c.options, {}),
                "");
    }
  }
}

TEST(AttentionRows, AQueryThatSeesNothingGetsZeros) {
  Tensor bias = Tensor::zeros({3, 4}, DType::f32, device());
  for (int64_t j = 0; j < 4; ++j) {
    bias.mutable_data<float>()[4 + j] = -std::numeric_limits<float>::infinity();
  }
  for (const Device& there : everywhere()) {
    for (const DType dtype : {DType::f32, DType::bf16}) {
      const Tensor x = copy_to(random_tensor({4, 1, 16}, dtype, device(), 1), there);
      const std::vector<float> y =
          to_host(attention(x, x, x, Packing::of_lengths({4}), {.bias = {copy_to(bias, there)}}))
              .to_floats();
      for (size_t i = 0; i < y.size(); ++i) {
        EXPECT_EQ(y[i] == 0.0f, i / 16 == 1) << there.name() << " " << i;
      }
    }
  }
}

TEST(AttentionRows, NotANumberStaysInItsSequenceAndHead) {
  std::vector<float> values(20 * 2 * 8, 0.5f);
  values[(5 * 2 + 1) * 8] = std::nanf("");
  for (const Device& there : everywhere()) {
    for (const DType dtype : {DType::f32, DType::bf16}) {
      const Tensor x = copy_to(test::tensor_of(values, {20, 2, 8}, dtype, device()), there);
      const std::vector<float> y =
          to_host(attention(x, x, x, Packing::of_lengths({10, 10}), {})).to_floats();
      for (size_t i = 0; i < y.size(); ++i) {
        EXPECT_EQ(std::isnan(y[i]), i / 16 < 10 && i / 8 % 2 == 1) << there.name() << " " << i;
      }
    }
  }
}

TEST(AttentionMemory, GrowsWithTheLengthAndNotWithItsSquare) {
  const auto workspace = [](int64_t rows) {
    const Device fresh = Device::cpu(2);
    const Tensor x = Tensor::zeros({rows, 1, 16}, DType::bf16, fresh);
    attention(x, x, x, Packing::of_lengths({rows}), {});
    return fresh.allocator().report().of(Component::other, MemoryUse::workspace).peak;
  };
  const uint64_t fixed = workspace(1);
  EXPECT_LE(workspace(4096) - fixed, 4096u * 16 * 2 * 4 + (2u << 20));
}

using test::code_of;

TEST(AttentionMisuse, IsNamed) {
  const auto zeros = [](Shape shape, DType dtype = DType::f32) {
    return Tensor::zeros(shape, dtype, device());
  };
  const Tensor q = zeros({6, 4, 8}), k = zeros({6, 2, 8});
  const Packing six = Packing::of_lengths({6});
  EXPECT_EQ(code_of([&] { attention(q, k, k, six, {}); }), "");
  EXPECT_EQ(code_of([&] {
              attention(q, zeros({6, 3, 8}), zeros({6, 3, 8}), six, {});
            }),
            "ops.shape");
  EXPECT_EQ(code_of([&] {
              attention(q, zeros({6, 2, 9}), zeros({6, 2, 9}), six, {});
            }),
            "ops.shape");
  EXPECT_EQ(code_of([&] {
              attention(q, zeros({5, 2, 8}), zeros({5, 2, 8}), six, {});
            }),
            "ops.shape");
  EXPECT_EQ(code_of([&] { attention(q, k, zeros({6, 4, 8}), six, {}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { attention(q, k, zeros({6, 2, 8}, DType::bf16), six, {}); }), "ops.dtype");
  EXPECT_EQ(code_of([&] { attention(q, k, k, Packing::of_lengths({5}), {}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { attention(q, k, k, six, {.window = -1}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { attention(q, k, k, six, {.bias = {zeros({7, 2})}}); }), "ops.shape");
  EXPECT_EQ(code_of([&] {
              attention(q, k, k, six, {.bias = {zeros({2, 2}, DType::bf16)}});
            }),
            "ops.dtype");
  EXPECT_EQ(code_of([&] { attention(q, k, k, six, {.bias = {Tensor(), Tensor()}}); }), "ops.shape");
  EXPECT_EQ(code_of([&] { attention(Tensor(), k, k, six, {}); }), "ops.shape");
}

}  // namespace
}  // namespace newbie::ops
