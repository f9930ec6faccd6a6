// Ops that are several at once give the bytes of their parts, on every device; so do those that
// keep numbers on the device which the host once asked for.

#include <cmath>
#include <limits>

#include "harness.h"
#include "ops/embedding.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/reference/embedding.h"
#include "ops/reference/reduce.h"

namespace newbie::ops {
namespace {

using test::random_tensor;
using test::same_bytes;

std::vector<Device> devices() {
  std::vector<Device> all{Device::cpu(2)};
  for (const Device& device : test::accelerators()) all.push_back(device);
  return all;
}

/// The sums of a row may be taken in another order: a number here and there rounds the other way.
double distance(const Tensor& a, const Tensor& b) {
  return test::relative_l2(to_host(a), to_host(b));
}

bool same(const Tensor& a, const Tensor& b) { return same_bytes(to_host(a), to_host(b)); }

struct Rows {
  int64_t rows, width;
};

class Fused : public testing::TestWithParam<DType> {
 protected:
  Tensor random(Shape shape, uint32_t seed, const Device& device, float scale = 1.0f) const {
    return test::copy_to(random_tensor(shape, GetParam(), Device::cpu(2), seed, scale, 0.2f),
                         device);
  }
};

TEST_P(Fused, SumAndNormAreTheirParts) {
  for (const Device& device : devices()) {
    SCOPED_TRACE(device.name());
    for (const Rows& s :
         {Rows{1, 16}, Rows{7, 96}, Rows{70, 2304}, Rows{33, 515}, Rows{5, 4096}, Rows{0, 64}}) {
      const Packing sequences = two_sequences(s.rows);
      const Tensor x = random({s.rows, s.width}, 1, device);
      const Tensor branch = random({s.rows, s.width}, 2, device, 3.0f);
      const Tensor w = random({s.width}, 3, device), next_w = random({s.width}, 4, device);
      const Tensor gate = random({sequences.count(), s.width}, 5, device);
      const Tensor scale = random({sequences.count(), s.width}, 6, device);
      const Tensor sum = add_gated_rms_norm(x, branch, w, 1e-5f, gate, sequences);
      const Tensor normed = rms_norm_modulate(sum, next_w, 1e-6f, scale, sequences);
      const auto found = [&](RowFormat format) {
        return add_gated_rms_norm_modulate(x, branch, {w, 1e-5f, gate}, {next_w, 1e-6f, scale},
                                           sequences, format);
      };
      const double step = GetParam() == DType::f32 ? 1e-7 : GetParam() == DType::f16 ? 5e-5 : 4e-4;
      const SumAndNorm plain = found(RowFormat::plain);
      EXPECT_LE(distance(plain.sum, sum), step) << s.rows << "x" << s.width;
      EXPECT_LE(distance(plain.normed.values(), normed), step) << s.rows << "x" << s.width;
      EXPECT_TRUE(same(plain.normed.values(), found(RowFormat::plain).normed.values()));
      // Codes are those of the very numbers that the plain form gives.
      const LinearInput codes = quantize_rows(plain.normed.values());
      const SumAndNorm in_codes = found(RowFormat::f8);
      EXPECT_TRUE(same(in_codes.sum, plain.sum));
      EXPECT_TRUE(same(in_codes.normed.values(), codes.values())) << s.rows << "x" << s.width;
      EXPECT_TRUE(same(in_codes.normed.scales(), codes.scales()));
      const LinearInput alone =
          rms_norm_modulate(plain.sum, next_w, 1e-6f, scale, sequences, RowFormat::f8);
      EXPECT_TRUE(same(alone.values(), codes.values())) << s.rows << "x" << s.width;
      EXPECT_TRUE(same(alone.scales(), codes.scales()));
    }
  }
}

TEST_P(Fused, MatchNormsIsItsDefinition) {
  for (const NormMatch kind : {NormMatch::at_most, NormMatch::equal, NormMatch::spread}) {
    for (const Shape& shape : {Shape{1, 16, 33, 47}, Shape{3, 5}, Shape{2048, 128}, Shape{2, 1}}) {
      for (const float amount : {0.5f, 1.0f}) {
        const Device host = Device::cpu(2);
        const Tensor y = random(shape, 1, host, 2.0f), reference = random(shape, 2, host);
        Tensor expected = Tensor::empty(shape, GetParam(), host);
        reference::match_norms(expected, y, reference, kind, amount);
        for (const Device& device : devices()) {
          const Tensor found =
              match_norms(test::copy_to(y, device), test::copy_to(reference, device), kind, amount);
          EXPECT_LE(test::max_ulps(to_host(found), expected), 1) << shape.str();
        }
      }
    }
  }
}

TEST_P(Fused, MatchNormsLeavesZeros) {
  for (const Device& device : devices()) {
    const Tensor zeros = Tensor::zeros({2, 3}, GetParam(), device);
    const Tensor other = random({2, 3}, 1, device);
    for (const NormMatch kind : {NormMatch::at_most, NormMatch::equal, NormMatch::spread}) {
      EXPECT_TRUE(same(match_norms(zeros, other, kind, 1), zeros));
    }
  }
}

TEST_P(Fused, SinusoidsAreThoseOfTheReference) {
  std::vector<float> times;
  for (int i = 0; i < 300; ++i) times.push_back(static_cast<float>(i) / 299);
  Tensor expected = Tensor::empty({300, 256}, GetParam(), Device::cpu(2));
  reference::sinusoids(expected, times, 128, 10000.0f);
  for (const Device& device : devices()) {
    const Tensor found = sinusoids(times, 128, 10000.0f, GetParam(), device);
    EXPECT_LE(test::relative_l2(to_host(found), expected), GetParam() == DType::f32 ? 2e-7 : 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Fused, testing::ValuesIn(kTypes));

TEST(FiniteCheck, AnswersLaterWhatFirstNonFiniteAnswersNow) {
  for (const Device& device : devices()) {
    std::vector<FiniteCheck> checks;
    std::vector<std::optional<int64_t>> expected;
    for (int64_t i = 0; i < 100; ++i) {
      std::vector<float> values(1000, 1.0f);
      if (i % 3 == 0) {
        values[static_cast<size_t>(i * 7)] = std::numeric_limits<float>::infinity();
        expected.emplace_back(i * 7);
      } else {
        expected.emplace_back(std::nullopt);
      }
      checks.emplace_back(Tensor::from(values, {10, 100}, device));
    }
    for (size_t i = 0; i < checks.size(); ++i) EXPECT_EQ(checks[i].first_non_finite(), expected[i]);
    EXPECT_TRUE(checks.back().ready());
  }
}

}  // namespace
}  // namespace newbie::ops
