/// Products with weights: right for every type and awkward shape, the same bytes for any number of
/// threads, any batch around a row and any residence of the weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "floors.h"
#include "ops/matmul.h"
#include "ops/reference/matmul.h"
#include "ops/transfer.h"
#include "support/accelerators.h"

namespace newbie::ops {
namespace {

using test::copy_to;
using test::floor_of;
using test::gated_floor_of;
using test::random_tensor;
using test::relative_l2;
using test::same_bytes;
using test::truth;
using testing::HasSubstr;

struct Case {
  int64_t rows, in, out;
};

void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.rows << "x" << c.in << "->" << c.out;
}

/// Weights that keep the loaded tensor, as the reference wants them.
LinearWeights plain(const Tensor& weight, const std::optional<Tensor>& bias, DType compute) {
  return LinearWeights(weight.dim(1), weight.dim(0), compute, weight, bias.value_or(Tensor()),
                       nullptr);
}

class LinearShapes : public testing::TestWithParam<std::tuple<Case, DType>> {
 protected:
  const Device device = Device::cpu(2);
};

TEST_P(LinearShapes, AgreesWithReferenceForEachResidencyAndWeightType) {
  const auto [shape, compute] = GetParam();
  const Tensor x = random_tensor({shape.rows, shape.in}, compute, device, 1);
  const Tensor bias = random_tensor({shape.out}, DType::f32, device, 2);
  for (const DType stored : {DType::f32, DType::bf16, DType::f16, DType::f8_e4m3}) {
    const Tensor weight = random_tensor({shape.out, shape.in}, stored, device, 3, 0.3f);
    const Tensor expected = truth({shape.rows, shape.out}, device, [&](Tensor& out) {
      reference::linear(out, x, plain(weight, bias, compute), Activation::none);
    });
    const Tensor packed = linear(x, prepare_linear(weight, bias, compute, Residency::packed));
    EXPECT_LE(relative_l2(packed, expected), floor_of(compute)) << name_of(stored);
    const Tensor mapped = linear(x, prepare_linear(weight, bias, compute, Residency::mapped));
    EXPECT_TRUE(same_bytes(mapped, packed)) << name_of(stored) << ": residency changes the result";
  }
}

TEST_P(LinearShapes, GatedAgreesWithReference) {
  const auto [shape, compute] = GetParam();
  const Tensor x = random_tensor({shape.rows, shape.in}, compute, device, 1);
  const Tensor gate = random_tensor({shape.out, shape.in}, compute, device, 4, 0.3f);
  const Tensor up = random_tensor({shape.out, shape.in}, compute, device, 5, 0.3f);
  for (const Activation activation : {Activation::silu, Activation::gelu_tanh}) {
    const Tensor expected = truth({shape.rows, shape.out}, device, [&](Tensor& out) {
      reference::gated_linear(out, x, plain(gate, {}, compute), plain(up, {}, compute), activation);
    });
    const Tensor found =
        gated_linear(x, prepare_linear(gate, {}, compute, Residency::packed),
                     prepare_linear(up, {}, compute, Residency::packed), activation);
    EXPECT_LE(relative_l2(found, expected), floor_of(compute));
  }
}

TEST_P(LinearShapes, AcceleratorsAgreeWithReferenceTwice) {
  const auto [shape, compute] = GetParam();
  const Tensor x = random_tensor({shape.rows, shape.in}, compute, device, 1);
  const Tensor bias = random_tensor({shape.out}, DType::f32, device, 2);
  for (const Device& there : test::accelerators()) {
    for (const DType stored : {DType::f32, DType::bf16, DType::f16, DType::f8_e4m3}) {
      const Tensor weight = random_tensor({shape.out, shape.in}, stored, device, 3, 0.3f);
      const Tensor expected = truth({shape.rows, shape.out}, device, [&](Tensor& out) {
        reference::linear(out, x, plain(weight, bias, compute), Activation::none);
      });
      const LinearWeights weights =
          prepare_linear(copy_to(weight, there), copy_to(bias, there), compute, Residency::packed);
      const auto run = [&] { return to_host(linear(copy_to(x, there), weights)); };
      const Tensor found = run();
      EXPECT_LE(relative_l2(found, expected), floor_of(compute)) << name_of(stored);
      EXPECT_TRUE(same_bytes(found, run())) << name_of(stored) << ": two runs differ";
    }
  }
}

TEST_P(LinearShapes, GatedOnAcceleratorsAgreesWithReference) {
  const auto [shape, compute] = GetParam();
  const Tensor x = random_tensor({shape.rows, shape.in}, compute, device, 1);
  const Tensor gate = random_tensor({shape.out, shape.in}, compute, device, 4, 0.3f);
  const Tensor up = random_tensor({shape.out, shape.in}, compute, device, 5, 0.3f);
  for (const Activation activation : {Activation::silu, Activation::gelu_tanh}) {
    const Tensor expected = truth({shape.rows, shape.out}, device, [&](Tensor& out) {
      reference::gated_linear(out, x, plain(gate, {}, compute), plain(up, {}, compute), activation);
    });
    for (const Device& there : test::accelerators()) {
      const auto prepared = [&](const Tensor& weight) {
        return prepare_linear(copy_to(weight, there), {}, compute, Residency::packed);
      };
      const Tensor found =
          to_host(gated_linear(copy_to(x, there), prepared(gate), prepared(up), activation));
      EXPECT_LE(relative_l2(found, expected), gated_floor_of(compute));
    }
  }
}

TEST_P(LinearShapes, BytesDoNotDependOnThreadsOrOnOtherRows) {
  const auto [shape, compute] = GetParam();
  const Tensor x = random_tensor({shape.rows, shape.in}, compute, device, 1);
  const Tensor weight = random_tensor({shape.out, shape.in}, DType::f32, device, 3, 0.3f);
  const LinearWeights weights = prepare_linear(weight, {}, compute, Residency::packed);
  const Tensor whole = linear(x, weights, Activation::silu);
  for (const int threads : {1, 3, 7}) {
    const Tensor other = linear(copy_to(x, Device::cpu(threads)), weights, Activation::silu);
    EXPECT_TRUE(same_bytes(other, whole)) << threads << " threads";
  }
  for (const int64_t row : {int64_t{0}, shape.rows / 2, shape.rows - 1}) {
    for (const int64_t count : {int64_t{1}, int64_t{5}, int64_t{77}}) {
      const int64_t end = std::min(row + count, shape.rows);
      const Tensor part = linear(x.slice(row, end), weights, Activation::silu);
      EXPECT_TRUE(same_bytes(part, whole.slice(row, end))) << "rows " << row << " to " << end;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, LinearShapes,
    testing::Combine(testing::Values(Case{1, 1, 1}, Case{3, 1, 7}, Case{1, 96, 300}, Case{2, 17, 5},
                                     Case{7, 48, 256}, Case{130, 33, 257}, Case{129, 100, 513},
                                     Case{1, 1024, 769}, Case{300, 64, 16}),
                     testing::Values(DType::f32, DType::bf16)));

TEST(Linear, ActivationsFollowTheBias) {
  const Device device = Device::cpu(2);
  const Tensor weight = random_tensor({40, 24}, DType::f32, device, 1);
  const Tensor bias = random_tensor({40}, DType::bf16, device, 2, 2.0f);
  for (const DType compute : {DType::f32, DType::bf16}) {
    const Tensor x = random_tensor({19, 24}, compute, device, 3);
    for (const Activation activation :
         {Activation::silu, Activation::gelu_tanh, Activation::gelu_erf}) {
      const Tensor expected = truth({19, 40}, device, [&](Tensor& out) {
        reference::linear(out, x, plain(weight, bias, compute), activation);
      });
      for (const Residency residency : {Residency::packed, Residency::mapped}) {
        const Tensor found =
            linear(x, prepare_linear(weight, bias, compute, residency), activation);
        EXPECT_LE(relative_l2(found, expected), floor_of(compute));
      }
    }
  }
}

TEST(Linear, ActivationsFollowTheBiasOnAccelerators) {
  const Device device = Device::cpu(2);
  const Tensor weight = random_tensor({40, 24}, DType::f32, device, 1);
  const Tensor bias = random_tensor({40}, DType::bf16, device, 2, 2.0f);
  for (const DType compute : {DType::f32, DType::bf16}) {
    const Tensor x = random_tensor({19, 24}, compute, device, 3);
    for (const Activation activation :
         {Activation::silu, Activation::gelu_tanh, Activation::gelu_erf}) {
      const Tensor expected = truth({19, 40}, device, [&](Tensor& out) {
        reference::linear(out, x, plain(weight, bias, compute), activation);
      });
      for (const Device& there : test::accelerators()) {
        const LinearWeights weights = prepare_linear(copy_to(weight, there), copy_to(bias, there),
                                                     compute, Residency::packed);
        const Tensor found = to_host(linear(copy_to(x, there), weights, activation));
        EXPECT_LE(relative_l2(found, expected), floor_of(compute));
      }
    }
  }
}

TEST(Linear, KeepsTheLeadingAxesAndTakesNoRows) {
  const Device device = Device::cpu(2);
  const LinearWeights weights = prepare_linear(random_tensor({6, 4}, DType::f32, device, 1), {},
                                               DType::f32, Residency::packed);
  EXPECT_EQ(linear(Tensor::zeros({2, 3, 4}, DType::f32, device), weights).shape(),
            (Shape{2, 3, 6}));
  EXPECT_EQ(linear(Tensor::zeros({4}, DType::f32, device), weights).shape(), (Shape{6}));
  EXPECT_EQ(linear(Tensor::empty({0, 4}, DType::f32, device), weights).shape(), (Shape{0, 6}));
}

TEST(Linear, NotANumberStaysInItsRow) {
  const Device device = Device::cpu(2);
  const LinearWeights weights = prepare_linear(random_tensor({70, 40}, DType::f32, device, 1), {},
                                               DType::bf16, Residency::packed);
  std::vector<float> values(40 * 9, 0.5f);
  values[40 * 4 + 3] = std::nanf("");
  const std::vector<float> y =
      linear(test::tensor_of(values, {9, 40}, DType::bf16, device), weights).to_floats();
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i / 70 == 4) << i;
}

TEST(Linear, PackingLetsGoOfMappedPagesAndOfTheWeight) {
  const Device device = Device::cpu(2);
  const auto owner = std::make_shared<std::vector<float>>(600 * 8, 0.25f);
  size_t dropped = 0;
  std::mutex mutex;
  const auto storage = std::make_shared<Storage>(device, std::as_bytes(std::span(*owner)), owner,
                                                 [&](std::span<const std::byte> pages) {
                                                   const std::lock_guard lock(mutex);
                                                   dropped += pages.size();
                                                 });
  const Tensor weight(storage, 0, {600, 8}, DType::f32);
  const LinearWeights packed = prepare_linear(weight, {}, DType::bf16, Residency::packed);
  EXPECT_EQ(dropped, weight.bytes());
  EXPECT_FALSE(packed.weight().defined());
  const LinearWeights mapped = prepare_linear(weight, {}, DType::f32, Residency::mapped);
  EXPECT_EQ(dropped, weight.bytes());
  EXPECT_TRUE(mapped.weight().defined());
}

TEST(Linear, PackingNeedsNoSecondCopy) {
  const Device device = Device::cpu(2);
  const Tensor weight = random_tensor({4096, 512}, DType::f32, device, 1);
  device.allocator().trim();
  device.allocator().reset_peaks();
  const uint64_t before = device.allocator().report().total.live;
  const LinearWeights weights = prepare_linear(weight, {}, DType::bf16, Residency::packed);
  const uint64_t packed = device.allocator().report().total.live - before;
  EXPECT_LT(packed, weight.bytes() / 2 + (4u << 20));
  // What comes on top while packing is two strips of conversion, not a second matrix.
  EXPECT_LT(device.allocator().report().total.peak - before, packed + (3u << 20));
}

template <class Body>
Error error_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  return Error("none", "no error was thrown");
}

TEST(Linear, MisuseIsNamed) {
  const Device device = Device::cpu(2);
  const Tensor weight = Tensor::zeros({6, 4}, DType::f32, device);
  const LinearWeights weights = prepare_linear(weight, {}, DType::f32, Residency::packed);
  const Error width = error_of([&] { linear(Tensor::zeros({2, 5}, DType::f32, device), weights); });
  EXPECT_EQ(width.code(), "ops.shape");
  EXPECT_STREQ(width.what(), "[linear] x is f32 [2, 5], expected [..., 4]");
  const Error type = error_of([&] { linear(Tensor::zeros({2, 4}, DType::f16, device), weights); });
  EXPECT_EQ(type.code(), "ops.dtype");
  EXPECT_STREQ(type.what(), "[linear] x is f16 [2, 4], expected f32");
  EXPECT_EQ(error_of([&] { linear(Tensor(), weights); }).code(), "ops.shape");
  EXPECT_EQ(error_of([&] { linear(weight, LinearWeights()); }).code(), "ops.shape");
  EXPECT_EQ(error_of([&] { prepare_linear(weight, {}, DType::f16, Residency::packed); }).code(),
            "ops.dtype");
  EXPECT_EQ(error_of([&] {
              prepare_linear(weight, Tensor::zeros({5}, DType::f32, device), DType::f32,
                             Residency::packed);
            }).code(),
            "ops.shape");
  EXPECT_EQ(error_of([&] {
              prepare_linear(Tensor::zeros({6}, DType::f32, device), {}, DType::f32,
                             Residency::packed);
            }).code(),
            "ops.shape");
  const LinearWeights wider =
      prepare_linear(Tensor::zeros({7, 4}, DType::f32, device), {}, DType::f32, Residency::packed);
  EXPECT_THAT(
      error_of([&] {
        gated_linear(Tensor::zeros({2, 4}, DType::f32, device), weights, wider, Activation::silu);
      }).what(),
      HasSubstr("7 wide"));
}

TEST(Linear, CancelledRunsStop) {
  const Device device = Device::cpu(2);
  const LinearWeights weights = prepare_linear(random_tensor({6, 4}, DType::f32, device, 1), {},
                                               DType::f32, Residency::packed);
  const Tensor x = Tensor::zeros({2, 4}, DType::f32, device);
  CancelToken token;
  device.set_cancel(token);
  linear(x, weights);
  token.request();
  EXPECT_EQ(error_of([&] { linear(x, weights); }).code(), "request.cancelled");
}

}  // namespace
}  // namespace newbie::ops
