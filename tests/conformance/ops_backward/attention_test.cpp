// Every way back through attention that a device has, at the shapes that training meets. The truth
// is the reference in f64, or, for whole batches, the way by products.

#include "ops/backward/attention.h"

#include <cmath>

#include "conformance/ops_training/batches.h"
#include "ops/backward/candidates.h"
#include "ops/candidate_lists.h"

namespace newbie::ops {
namespace {

/// The host, then every accelerator.
std::vector<Device> devices() {
  std::vector<Device> all{Device::cpu(2)};
  for (const Device& device : test::accelerators()) all.push_back(device);
  return all;
}

struct AttentionCase {
  const char* name;
  std::vector<int64_t> lengths;
  int64_t heads, kv_heads, width;
  bool causal = false;
  /// Every score is about this much lower: their exponentials are less than f32 can hold.
  float low = 0.0f;
};

AttentionOptions options_of(const AttentionCase& c) {
  AttentionOptions options;
  options.scale = 1.0f / std::sqrt(static_cast<float>(c.width));
  options.causal = c.causal;
  return options;
}

/// dy, q, k, v.
Tensors inputs_of(const AttentionCase& c, DType dtype) {
  const int64_t rows = Packing::of_lengths(c.lengths).rows();
  Tensors made{repeating({rows, c.heads * c.width}, dtype, 1),
               repeating({rows, c.heads, c.width}, dtype, 2),
               repeating({rows, c.kv_heads, c.width}, dtype, 3),
               repeating({rows, c.kv_heads, c.width}, dtype, 4)};
  if (c.low == 0.0f) return made;
  // The first column of every query and key is theirs alone.
  for (const auto& [which, value] :
       {std::pair<size_t, float>{1, 8.0f}, {2, -c.low / 8.0f / options_of(c).scale}}) {
    std::vector<float> values = made[which].to_floats();
    for (size_t i = 0; i < values.size(); i += static_cast<size_t>(c.width)) values[i] = value;
    made[which] = test::tensor_of(values, made[which].shape(), dtype, made[which].device());
  }
  return made;
}

using BackwardCandidate = Candidate<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Packing,
                                    AttentionOptions, KeptAttention>;

/// What the way there of that name keeps; nothing where there is none, or where it declines.
KeptAttention kept_by(std::string_view name, const Tensors& in, const AttentionCase& c) {
  const Packing sequences = Packing::of_lengths(c.lengths);
  KeptAttention kept;
  for (const auto& candidate : attention_candidates()) {
    if (candidate.device != in[0].device().kind() || candidate.name != name) continue;
    if (!passed_over("attention", name).empty()) continue;
    const KeepAttention keep{&kept};
    if (!candidate.declines(in[1], in[2], in[3], sequences, options_of(c), keep).empty()) continue;
    Tensor out = Tensor::empty(in[0].shape(), in[0].dtype(), in[0].device());
    candidate.run(out, in[1], in[2], in[3], sequences, options_of(c), keep);
  }
  return kept;
}

/// dq, dk, dv; nothing where the candidate declines.
Tensors gradients(const BackwardCandidate& candidate, const Tensors& in, const AttentionCase& c,
                  const KeptAttention& kept = {}) {
  const Packing sequences = Packing::of_lengths(c.lengths);
  const AttentionOptions options = options_of(c);
  Tensors d;
  for (size_t i = 1; i < 4; ++i) {
    d.push_back(Tensor::empty(in[i].shape(), in[i].dtype(), in[i].device()));
  }
  const std::string why =
      candidate.declines(d[1], d[2], in[0], in[1], in[2], in[3], sequences, options, kept);
  if (!why.empty()) return {};
  candidate.run(d[0], d[1], d[2], in[0], in[1], in[2], in[3], sequences, options, kept);
  for (Tensor& x : d) x = to_host(x);
  return d;
}

/// Calls visit(candidate) for those of a device that are not passed over.
template <class Visit>
void each_candidate(const Device& device, const Visit& visit) {
  for (const auto& candidate : attention_backward_candidates()) {
    if (candidate.device != device.kind()) continue;
    if (passed_over("attention_backward", candidate.name).empty()) visit(candidate);
  }
}

/// Calls visit(kept) with nothing, and, if that was taken, with what the way there of that name
/// keeps, if anything. The reference, which is slow, is asked about that on small cases alone.
template <class Visit>
void each_kept(std::string_view name, const Tensors& in, const AttentionCase& c,
               const Visit& visit) {
  if (!visit(KeptAttention{}) || name == "reference") return;
  const KeptAttention kept = kept_by(name, in, c);
  SCOPED_TRACE("kept on the way there");
  if (!kept.log_sums.empty()) visit(kept);
}

/// The slopes of a column that is the same in all rows add up to nothing but their roundings.
Tensor without_first_column(const Tensor& x) {
  std::vector<float> values = x.to_floats();
  for (size_t i = 0; i < values.size(); i += static_cast<size_t>(x.dim(2))) values[i] = 0;
  return test::tensor_of(values, x.shape(), DType::f32, x.device());
}

void expect_gradients(const Tensors& found, const Tensors& truth, double limit) {
  constexpr std::string_view kNames = "qkv";
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_LE(test::relative_l2(found[i], truth[i]), limit) << "of " << kNames[i];
  }
}

/// More of them than devices take one by one, and some that end with a tile of keys.
const std::vector<int64_t> kPictures{257, 30, 128, 64, 129, 33, 90, 5, 40, 1};
const std::vector<int64_t> kCaptions{60, 77, 1, 130, 128, 27, 0, 64, 31, 11, 45};
const std::vector<int64_t> kFewRows{20, 3, 17, 5, 0, 31, 2, 9, 1, 14, 6};

class AttentionBackward : public testing::TestWithParam<DType> {};

TEST_P(AttentionBackward, EveryCandidateIsRight) {
  for (const AttentionCase& c : {AttentionCase{"nano", kPictures, 4, 2, 64},
                                 {"gemma", kCaptions, 3, 1, 64, true},
                                 {"jina", kCaptions, 2, 2, 48},
                                 {"whole tiles", {256, 256}, 4, 2, 64},
                                 {"half a tile more", {192}, 6, 2, 96},
                                 {"some of a tile more", {130, 130, 130}, 6, 2, 96, true},
                                 {"few rows", {2, 3}, 2, 1, 64},
                                 {"one row", {1, 1, 1, 40}, 2, 1, 64},
                                 {"low scores", {192}, 2, 1, 64, false, 100.0f},
                                 {"low scores, causal", {75, 192}, 2, 2, 64, true, 100.0f},
                                 {"low scores of many", kCaptions, 2, 1, 64, false, 100.0f}}) {
    SCOPED_TRACE(c.name);
    const Tensors inputs = inputs_of(c, GetParam());
    Tensors wide;
    for (const Tensor& x : inputs) wide.push_back(widened(x));
    const auto truth = attention_backward(wide[0], wide[1], wide[2], wide[3],
                                          Packing::of_lengths(c.lengths), options_of(c));
    for (const Device& device : devices()) {
      const Tensors there = on_device(inputs, device);
      each_candidate(device, [&](const BackwardCandidate& candidate) {
        SCOPED_TRACE(testing::Message() << device.name() << " " << candidate.name);
        each_kept(candidate.name, there, c, [&](const KeptAttention& kept) {
          const Tensors found = gradients(candidate, there, c, kept);
          if (found.empty()) return false;
          Tensors close = found, expected{truth.q, truth.k, truth.v};
          if (c.low != 0.0f) {
            for (Tensors* all : {&close, &expected}) {
              for (Tensor& x : *all) x = without_first_column(x);
            }
          }
          // Scores are rounded at their size.
          expect_gradients(close, expected, std::max(limit_of(GetParam()), 1e-6 * c.low));
          const Tensors again = gradients(candidate, there, c, kept);
          for (size_t i = 0; i < found.size(); ++i) {
            EXPECT_TRUE(test::same_bytes(found[i], again[i])) << "two runs differ in result " << i;
          }
          return true;
        });
      });
    }
  }
}

TEST(AttentionBackwardOfBatches, IsRightByEveryCandidate) {
  // Hundreds of sequences, and as many rows as a whole picture has: on the host a few of them.
  for (const Device& device : devices()) {
    const bool fast = device.kind() != DeviceKind::cpu;
    const auto lengths = [&](int64_t least, int64_t most, uint32_t seed) {
      return fast ? mixed_lengths(512, least, most, seed)
                  : mixed_lengths(10, least / 10, most / 10, seed);
    };
    const int64_t picture = fast ? 4352 : 40;
    for (const AttentionCase& c : {AttentionCase{"nano", lengths(316, 386, 1), 4, 2, 64},
                                   {"nano, late", lengths(636, 706, 2), 4, 2, 64},
                                   {"gemma", lengths(20, 130, 3), 3, 1, 64, true},
                                   {"jina", lengths(20, 130, 4), 2, 2, 48},
                                   {"a picture", {picture}, 24, 8, 96},
                                   {"a picture with a caption", {picture + 77}, 24, 8, 96}}) {
      const Tensors inputs = on_device(inputs_of(c, DType::bf16), device);
      Tensors expected;
      each_candidate(device, [&](const BackwardCandidate& candidate) {
        if (candidate.name == "products" || candidate.name == "cpu") {
          expected = gradients(candidate, inputs, c);
        }
      });
      ASSERT_EQ(expected.size(), 3u);
      each_candidate(device, [&](const BackwardCandidate& candidate) {
        SCOPED_TRACE(testing::Message()
                     << device.name() << " " << candidate.name << ": " << c.name);
        each_kept(candidate.name, inputs, c, [&](const KeptAttention& kept) {
          const Tensors found = gradients(candidate, inputs, c, kept);
          expect_gradients(found, expected, 2 * limit_of(DType::bf16));
          return !found.empty();
        });
      });
    }
  }
}

TEST(AttentionBackwardOfManyLengths, IsTakenByDevicesAtOnce) {
  for (const Device& device : devices()) {
    each_candidate(device, [&](const BackwardCandidate& candidate) {
      if (candidate.name != "ragged") return;
      const AttentionCase c{"nano", mixed_lengths(40, 316, 386, 1), 4, 2, 64};
      const Tensors in = on_device(inputs_of(c, DType::bf16), device);
      EXPECT_EQ(candidate.declines(in[2], in[3], in[0], in[1], in[2], in[3],
                                   Packing::of_lengths(c.lengths), options_of(c), {}),
                "");
    });
  }
}

/// The logarithms of a case, as `like` lays them out; NaN behind the end of a sequence.
std::vector<double> log_sums_of(const Tensors& in, const AttentionCase& c, const Tensor& like) {
  const std::vector<float> q = in[1].to_floats(), k = in[2].to_floats();
  const int64_t heads = like.dim(1), longest = like.dim(2);
  std::vector<double> all(static_cast<size_t>(like.numel()), std::nan(""));
  const auto element = [](const std::vector<float>& x, int64_t at) {
    return static_cast<double>(x[static_cast<size_t>(at)]);
  };
  int64_t place = 0, begin = 0;
  for (const int64_t length : c.lengths) {
    for (int64_t i = 0; i < length * heads; ++i) {
      const int64_t row = i / heads, head = i % heads;
      double sum = 0;
      for (int64_t j = 0; j <= (c.causal ? row : length - 1); ++j) {
        const int64_t query = ((begin + row) * heads + head) * c.width;
        const int64_t key = ((begin + j) * c.kv_heads + head * c.kv_heads / heads) * c.width;
        double score = 0;
        for (int64_t e = 0; e < c.width; ++e) score += element(q, query + e) * element(k, key + e);
        sum += std::exp(score * static_cast<double>(options_of(c).scale));
      }
      all[static_cast<size_t>((place * heads + head) * longest + row)] = std::log(sum);
    }
    place += length > 0 ? 1 : 0;
    begin += length;
  }
  return all;
}

TEST_P(AttentionBackward, RowsAreKeptAsNaturalLogarithms) {
  for (const AttentionCase& c : {AttentionCase{"one length", {130, 130}, 4, 2, 48},
                                 {"many lengths", kFewRows, 3, 1, 64, true}}) {
    SCOPED_TRACE(c.name);
    const Tensors inputs = inputs_of(c, GetParam());
    for (const Device& device : devices()) {
      const Tensors there = on_device(inputs, device);
      each_candidate(device, [&](const BackwardCandidate& candidate) {
        SCOPED_TRACE(testing::Message() << device.name() << " " << candidate.name);
        if (gradients(candidate, there, c).empty()) return;
        const KeptAttention kept = kept_by(candidate.name, there, c);
        const bool keeps = candidate.name != "cpu" && candidate.name != "products" &&
                           passed_over("attention", candidate.name).empty();
        ASSERT_EQ(kept.log_sums.size(), keeps ? 1u : 0u);
        if (!keeps) return;
        const std::vector<float> found = to_host(kept.log_sums[0]).to_floats();
        const std::vector<double> truth = log_sums_of(inputs, c, kept.log_sums[0]);
        int wrong = 0;
        for (size_t i = 0; i < truth.size(); ++i) {
          if (std::isnan(truth[i])) continue;
          wrong += std::abs(static_cast<double>(found[i]) - truth[i]) < 1e-4 ? 0 : 1;
        }
        EXPECT_EQ(wrong, 0);
      });
    }
  }
}

TEST_P(AttentionBackward, WhatWasKeptIsNotComputedAgain) {
  // With the sums of the exponentials twice as large, all weights are half as large.
  for (const AttentionCase& c :
       {AttentionCase{"one length", {40, 40}, 4, 2, 64}, {"many lengths", kFewRows, 4, 2, 64}}) {
    SCOPED_TRACE(c.name);
    for (const Device& device : devices()) {
      const Tensors inputs = on_device(inputs_of(c, GetParam()), device);
      each_candidate(device, [&](const BackwardCandidate& candidate) {
        SCOPED_TRACE(testing::Message() << device.name() << " " << candidate.name);
        const Tensors anew = gradients(candidate, inputs, c);
        if (anew.empty()) return;
        KeptAttention kept = kept_by(candidate.name, inputs, c);
        if (kept.log_sums.empty()) return;
        const Tensors right = gradients(candidate, inputs, c, kept);
        expect_gradients(right, anew, limit_of(GetParam()));
        for (Tensor& part : kept.log_sums) part = affine(part, 1.0f, std::log(2.0f));
        const Tensors halved = gradients(candidate, inputs, c, kept);
        EXPECT_LE(test::relative_l2(affine(halved[2], 2.0f, 0.0f), right[2]), limit_of(GetParam()));
      });
    }
  }
}

TEST(KeptAttention, IsFoundBySequence) {
  const Device host = Device::cpu(1);
  const KeptAttention kept{
      {}, {Tensor::zeros({2, 3, 5}, DType::f32, host), Tensor::zeros({4, 3, 7}, DType::f32, host)}};
  EXPECT_EQ(kept.log_sums_of(0, 2).shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(kept.log_sums_of(3, 2).raw(), kept.log_sums[1].slice(1, 3).raw());
  EXPECT_EQ(kept.log_sums_of(3, 2).shape(), (Shape{2, 3, 7}));
  EXPECT_FALSE(kept.log_sums_of(1, 2).defined()) << "of two tensors";
  EXPECT_FALSE(kept.log_sums_of(5, 2).defined()) << "more than there are";
  EXPECT_FALSE(KeptAttention{}.log_sums_of(0, 1).defined());
}

// f16 is asked about in backward_test.cpp: here it would cost devices a plan for every shape again.
INSTANTIATE_TEST_SUITE_P(Types, AttentionBackward, testing::Values(DType::f32, DType::bf16),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::ops
