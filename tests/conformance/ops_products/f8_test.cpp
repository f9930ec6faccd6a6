/// Products of 8 bits: codes and scales are what the contract says, products are sums of codes, and
/// what hands over codes gives those of the plain ops. The kernel that gates inside a product, and
/// weights of f16 for rows that f16 cannot hold.
#include "ops/reference/f8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "floors.h"
#include "ops/candidate_lists.h"
#include "ops/f8_weights.h"
#include "ops/matmul.h"
#include "ops/transfer.h"
#include "support/accelerators.h"

namespace newbie::ops {
namespace {

using test::copy_to;
using test::random_tensor;
using test::relative_l2;
using test::same_bytes;

const Device& host() {
  static const Device device = Device::cpu(2);
  return device;
}

LinearInput to_host(const LinearInput& x) {
  return {ops::to_host(x.values()), ops::to_host(x.scales()), x.compute()};
}

LinearInput copy_to(const LinearInput& x, const Device& device) {
  return {test::copy_to(x.values(), device), test::copy_to(x.scales(), device), x.compute()};
}

bool same(const LinearInput& a, const LinearInput& b) {
  return same_bytes(a.values(), b.values()) && same_bytes(a.scales(), b.scales());
}

/// Codes times scales.
Tensor numbers_of(const LinearInput& x) {
  const Tensor codes = cast(x.values(), DType::f32);
  Tensor out = Tensor::empty(codes.shape(), DType::f32, host());
  const int64_t width = codes.dim(-1);
  for (int64_t i = 0; i < codes.numel(); ++i) {
    out.mutable_data<float>()[i] = codes.data<float>()[i] * x.scales().data<float>()[i / width];
  }
  return out;
}

TEST(F8, RowsKeepTheirLargestNumberAndFourBits) {
  for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
    for (const Shape& shape : {Shape{1, 1}, Shape{7, 96}, Shape{33, 2304}, Shape{3, 9216}}) {
      const Tensor x = random_tensor(shape, type, host(), 1, 3.0f);
      const LinearInput rows = quantize_rows(x);
      // A number loses at most a sixteenth of itself: relative L2 of normal numbers is far below.
      EXPECT_LE(relative_l2(numbers_of(rows), x), 0.03) << name_of(type);
      for (int64_t row = 0; row < shape[0]; ++row) {
        float largest = 0;
        const std::vector<float> values = x.slice(row, row + 1).to_floats();
        for (float value : values) largest = std::fmax(largest, std::fabs(value));
        EXPECT_FLOAT_EQ(rows.scales().data<float>()[row], largest / 448.0f);
      }
    }
  }
}

TEST(F8, RowsOfZerosAndOfWhatIsNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = test::tensor_of({0, 0, 1, nan, 1e-38f, -1e-38f}, {3, 2}, DType::f32, host());
  const std::vector<float> found = numbers_of(quantize_rows(x)).to_floats();
  EXPECT_EQ(found[0], 0.0f);
  EXPECT_EQ(found[2], 1.0f);
  EXPECT_TRUE(std::isnan(found[3]));
  EXPECT_EQ(found[4], 0.0f) << "too small for a scale";
}

TEST(F8, AcceleratorsGiveTheSameCodes) {
  for (const Device& device : test::accelerators()) {
    for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
      for (const Shape& shape : {Shape{0, 16}, Shape{1, 1}, Shape{5, 7}, Shape{70, 2304},
                                 Shape{9, 9216}, Shape{2, 70000}}) {
        const Tensor x = random_tensor(shape, type, host(), 1, 3.0f);
        EXPECT_TRUE(same(to_host(quantize_rows(test::copy_to(x, device))), quantize_rows(x)))
            << x.str();
      }
    }
  }
}

TEST(F8, ProductsAreSumsOfCodes) {
  for (const Device& device : test::accelerators()) {
    for (const auto& [rows, in, out] :
         {std::array<int64_t, 3>{1, 16, 16}, {37, 96, 160}, {300, 2304, 48}, {129, 640, 2304}}) {
      const Tensor weight = random_tensor({out, in}, DType::bf16, host(), 3, 0.3f);
      const Tensor bias = random_tensor({out}, DType::f32, host(), 2);
      const LinearInput x = quantize_rows(random_tensor({rows, in}, DType::bf16, host(), 1));
      const auto there = [&](const Tensor& w, const std::optional<Tensor>& b) {
        return prepare_linear(test::copy_to(w, device), b, DType::bf16, Residency::packed,
                              LinearStorage::f8);
      };
      const LinearWeights plain =
          prepare_linear(weight, bias, DType::bf16, Residency::packed, LinearStorage::f8);
      for (const Activation activation :
           {Activation::none, Activation::gelu_tanh, Activation::silu}) {
        const Tensor expected = test::truth(
            {rows, out}, host(), [&](Tensor& y) { reference::linear_f8(y, x, plain, activation); });
        const Tensor found = ops::to_host(
            linear(copy_to(x, device), there(weight, test::copy_to(bias, device)), activation));
        // Fast sums of f8 keep fewer digits than f32, and SiLU follows a rounded sum.
        EXPECT_LE(relative_l2(found, expected), 2 * test::floor_of(DType::bf16)) << found.str();
      }

      const Tensor up = random_tensor({out, in}, DType::bf16, host(), 4, 0.3f);
      const LinearWeights gates = there(weight, {}), ups = there(up, {});
      const LinearInput rows_there = copy_to(x, device);
      const Tensor gated = gated_linear(rows_there, gates, ups, Activation::silu);
      const Tensor expected = test::truth({rows, out}, host(), [&](Tensor& y) {
        reference::gated_linear_f8(
            y, x, prepare_linear(weight, {}, DType::bf16, Residency::packed, LinearStorage::f8),
            prepare_linear(up, {}, DType::bf16, Residency::packed, LinearStorage::f8),
            Activation::silu);
      });
      EXPECT_LE(relative_l2(ops::to_host(gated), expected), 2 * test::gated_floor_of(DType::bf16));
      // Codes of the gated rows: at most one rounding of bf16 apart, which moves few codes.
      const LinearInput codes =
          to_host(gated_linear(rows_there, gates, ups, Activation::silu, RowFormat::f8));
      EXPECT_LE(relative_l2(numbers_of(codes), numbers_of(to_host(quantize_rows(gated)))), 0.01);
    }
  }
}

TEST(F8, TheHostTakesPlainRowsAndCodesAlike) {
  const Tensor weight = random_tensor({32, 48}, DType::f32, host(), 3);
  const LinearWeights weights =
      prepare_linear(weight, {}, DType::f32, Residency::packed, LinearStorage::f8);
  EXPECT_EQ(weights.takes(), RowFormat::f8);
  const Tensor x = random_tensor({5, 48}, DType::f32, host(), 1);
  const Tensor y = linear(x, weights);
  EXPECT_TRUE(same_bytes(y, linear(quantize_rows(x), weights)));
  const Tensor exact = linear(x, prepare_linear(weight, {}, DType::f32, Residency::packed));
  EXPECT_LE(relative_l2(y, exact), 0.06) << "four bits on both sides";
  EXPECT_TRUE(same(gated_linear(x, weights, weights, Activation::silu, RowFormat::f8),
                   quantize_rows(gated_linear(x, weights, weights, Activation::silu))));
}

TEST(F8, OddSizesStayAsTheyAre) {
  const Tensor weight = random_tensor({32, 40}, DType::f32, host(), 3);
  const LinearWeights weights =
      prepare_linear(weight, {}, DType::f32, Residency::packed, LinearStorage::f8);
  EXPECT_EQ(weights.storage(), LinearStorage::compute);
  const Tensor x = random_tensor({5, 40}, DType::f32, host(), 1);
  EXPECT_TRUE(same_bytes(linear(x, weights),
                         linear(x, prepare_linear(weight, {}, DType::f32, Residency::packed))));
  EXPECT_THROW(linear(quantize_rows(x), weights), Error) << "codes for weights that are none";
}

/// Sizes at which accelerators gate inside the product: whole tiles, ragged ones, odd counts of
/// tiles.
TEST(GatedProduct, AgreesWithItsParts) {
  for (const Device& device : test::accelerators()) {
    for (const DType type : {DType::bf16, DType::f16}) {
      for (const auto& [rows, in, out] : {std::array<int64_t, 3>{1024, 64, 128},
                                          {1025, 72, 136},
                                          {1200, 2304, 200},
                                          {2049, 320, 1032},
                                          {4352, 128, 2304}}) {
        const Tensor x = test::copy_to(random_tensor({rows, in}, type, host(), 1), device);
        const auto weights = [&](uint32_t seed) {
          const Tensor w = random_tensor({out, in}, type, host(), seed,
                                         2.0f / std::sqrt(static_cast<float>(in)));
          return prepare_linear(test::copy_to(w, device), {}, type, Residency::packed);
        };
        const LinearWeights gate = weights(2), up = weights(3);
        for (const Activation activation : {Activation::silu, Activation::gelu_tanh}) {
          const Tensor parts = gated(linear(x, gate), linear(x, up), activation);
          const Tensor whole = gated_linear(x, gate, up, activation);
          EXPECT_LE(relative_l2(ops::to_host(whole), ops::to_host(parts)),
                    test::gated_floor_of(type))
              << rows << "x" << in << "->" << out;
          EXPECT_TRUE(
              same_bytes(ops::to_host(whole), ops::to_host(gated_linear(x, gate, up, activation))))
              << "two runs differ";
        }
        // A row does not depend on the rows around it.
        const Tensor part = gated_linear(x.slice(0, 1024), gate, up, Activation::silu);
        const Tensor all = gated_linear(x, gate, up, Activation::silu);
        EXPECT_TRUE(same_bytes(ops::to_host(part), ops::to_host(all.slice(0, 1024))));
      }
    }
  }
}

TEST(GatedProduct, OfCodesAgreesWithItsParts) {
  for (const Device& device : test::accelerators()) {
    for (const auto& [rows, in, out] :
         {std::array<int64_t, 3>{1024, 128, 128}, {1100, 272, 144}, {2049, 2304, 1040}}) {
      const LinearInput x =
          copy_to(quantize_rows(random_tensor({rows, in}, DType::bf16, host(), 1)), device);
      const auto weights = [&](uint32_t seed) {
        const Tensor w = random_tensor({out, in}, DType::bf16, host(), seed,
                                       2.0f / std::sqrt(static_cast<float>(in)));
        return prepare_linear(test::copy_to(w, device), {}, DType::bf16, Residency::packed,
                              LinearStorage::f8);
      };
      const LinearWeights gate = weights(2), up = weights(3);
      const Tensor parts = gated(linear(x, gate), linear(x, up), Activation::silu);
      const Tensor whole = gated_linear(x, gate, up, Activation::silu);
      EXPECT_LE(relative_l2(ops::to_host(whole), ops::to_host(parts)),
                2 * test::gated_floor_of(DType::bf16))
          << rows << "x" << in << "->" << out;
      const LinearInput codes = gated_linear(x, gate, up, Activation::silu, RowFormat::f8);
      EXPECT_TRUE(same(to_host(codes), to_host(quantize_rows(whole))));
    }
  }
}

TEST(Linear, WeightsOfHalfTakeRowsOfBf16) {
  for (const Device& device : test::accelerators()) {
    const Tensor weight = test::copy_to(random_tensor({48, 64}, DType::f16, host(), 1), device);
    const Tensor bias = test::copy_to(random_tensor({48}, DType::f32, host(), 2), device);
    // 1e6 is beyond f16.
    const Tensor x = test::copy_to(random_tensor({5, 64}, DType::bf16, host(), 3, 1e6f), device);
    const auto prepared = [&](DType type) {
      return prepare_linear(weight, bias, type, Residency::packed);
    };
    for (const Activation activation : {Activation::none, Activation::silu}) {
      EXPECT_TRUE(same_bytes(ops::to_host(linear(x, prepared(DType::f16), activation)),
                             ops::to_host(linear(x, prepared(DType::bf16), activation))));
    }
  }
}

}  // namespace
}  // namespace newbie::ops
