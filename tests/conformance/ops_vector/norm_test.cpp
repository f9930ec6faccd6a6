#include "ops/norm.h"

#include "harness.h"
#include "ops/elementwise.h"
#include "ops/reference/norm.h"
#include "ops/shape.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

constexpr float kEps = 1e-5f;
constexpr RmsWeight kKinds[] = {RmsWeight::plain, RmsWeight::one_plus};

/// Type of x, type of the weights and of the modulations.
using Types = std::pair<DType, DType>;

class Norm : public testing::TestWithParam<Types> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed) {
    return random_tensor(shape, GetParam().first, device_, seed, 2.0f, 0.5f);
  }
  Tensor weight(Shape shape, uint32_t seed) {
    return random_tensor(shape, GetParam().second, device_, seed, 0.3f, 1.0f);
  }
};

TEST_P(Norm, RmsNorm) {
  for (RmsWeight kind : kKinds) {
    for (const Shape& shape : matrix_shapes()) {
      expect_conforms({"rms_norm",
                       {random(shape, 1), weight({shape[-1]}, 2)},
                       [&](const Tensors& in) { return rms_norm(in[0], in[1], kEps, kind); },
                       [&](Tensor& y, const Tensors& in) {
                         reference::rms_norm(y, in[0], in[1], kEps, kind);
                       }});
    }
  }
}

TEST_P(Norm, AddRmsNorm) {
  for (RmsWeight kind : kKinds) {
    for (const Shape& shape : matrix_shapes()) {
      expect_conforms(
          {"add_rms_norm",
           {random(shape, 1), random(shape, 2), weight({shape[-1]}, 3)},
           [&](const Tensors& in) { return add_rms_norm(in[0], in[1], in[2], kEps, kind); },
           [&](Tensor& y, const Tensors& in) {
             reference::add_rms_norm(y, in[0], in[1], in[2], kEps, kind);
           }});
    }
  }
}

TEST_P(Norm, RmsNormModulate) {
  for (const Shape& shape : matrix_shapes()) {
    const Packing sequences = two_sequences(shape[0]);
    expect_conforms(
        {"rms_norm_modulate",
         {random(shape, 1), weight({shape[1]}, 2), weight({sequences.count(), shape[1]}, 3)},
         [&](const Tensors& in) { return rms_norm_modulate(in[0], in[1], kEps, in[2], sequences); },
         [&](Tensor& y, const Tensors& in) {
           reference::rms_norm_modulate(y, in[0], in[1], kEps, in[2], sequences);
         }});
  }
}

TEST_P(Norm, AddGatedRmsNorm) {
  for (const Shape& shape : matrix_shapes()) {
    const Packing sequences = two_sequences(shape[0]);
    expect_conforms({"add_gated_rms_norm",
                     {random(shape, 1), random(shape, 2), weight({shape[1]}, 3),
                      weight({sequences.count(), shape[1]}, 4)},
                     [&](const Tensors& in) {
                       return add_gated_rms_norm(in[0], in[1], in[2], kEps, in[3], sequences);
                     },
                     [&](Tensor& y, const Tensors& in) {
                       reference::add_gated_rms_norm(y, in[0], in[1], in[2], kEps, in[3],
                                                     sequences);
                     }});
  }
}

TEST_P(Norm, LayerNorm) {
  for (const Shape& shape : matrix_shapes()) {
    if (shape[1] < 3) continue;  // the normed row of two elements is +-1, and 0 of one, whatever x
    expect_conforms({"layer_norm",
                     {random(shape, 1), weight({shape[1]}, 2), weight({shape[1]}, 3)},
                     [](const Tensors& in) { return layer_norm(in[0], in[1], in[2], kEps); },
                     [](Tensor& y, const Tensors& in) {
                       reference::layer_norm(y, in[0], in[1], in[2], kEps);
                     }});
  }
}

TEST_P(Norm, LayerNormModulate) {
  for (const Shape& shape : matrix_shapes()) {
    if (shape[1] < 3) continue;
    const Packing sequences = two_sequences(shape[0]);
    expect_conforms(
        {"layer_norm_modulate",
         {random(shape, 1), weight({sequences.count(), shape[1]}, 2)},
         [&](const Tensors& in) { return layer_norm_modulate(in[0], kEps, in[1], sequences); },
         [&](Tensor& y, const Tensors& in) {
           reference::layer_norm_modulate(y, in[0], kEps, in[1], sequences);
         }});
  }
}

TEST_P(Norm, GroupNorm) {
  struct Image {
    Shape shape;
    int64_t groups;
  };
  for (const Image& image :
       {Image{{1, 1, 1, 8}, 2}, Image{{2, 5, 7, 12}, 3}, Image{{1, 9, 9, 32}, 32},
        Image{{2, 33, 20, 96}, 32}, Image{{1, 40, 50, 128}, 32}}) {
    for (Activation activation : {Activation::none, Activation::silu}) {
      const int64_t channels = image.shape[3];
      expect_conforms({"group_norm " + image.shape.str(),
                       {random(image.shape, 1), weight({channels}, 2), weight({channels}, 3)},
                       [&](const Tensors& in) {
                         return group_norm(in[0], image.groups, in[1], in[2], 1e-6f, activation);
                       },
                       [&](Tensor& y, const Tensors& in) {
                         reference::group_norm(y, in[0], image.groups, in[1], in[2], 1e-6f,
                                               activation);
                       }});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, Norm,
    testing::Values(Types{DType::f32, DType::f32}, Types{DType::bf16, DType::bf16},
                    Types{DType::bf16, DType::f32}, Types{DType::f16, DType::f16}),
    [](const auto& test) {
      return std::string(name_of(test.param.first)) + "_" + std::string(name_of(test.param.second));
    });

/// The rows of x, `times` over: random numbers take longer to make than to norm.
Tensor repeated(const Tensor& x, int64_t times) {
  return concat_rows(Tensors(static_cast<size_t>(times), x));
}

TEST(RealNorm, JointSequenceOfThe3BModel) {
  // 4096 image and 256 caption tokens of width 2304, two pictures.
  const Device device = Device::cpu(2);
  const Packing sequences = Packing::of_lengths({2176, 2176});
  const Shape shape{4352, 2304};
  const Tensors inputs{repeated(random_tensor({128, 2304}, DType::bf16, device, 1), 34),
                       repeated(random_tensor({64, 2304}, DType::bf16, device, 2), 68),
                       random_tensor({2304}, DType::bf16, device, 3, 0.1f, 1.0f),
                       random_tensor({2, 2304}, DType::bf16, device, 4)};
  const Tensor found =
      add_gated_rms_norm(inputs[0], inputs[1], inputs[2], kEps, inputs[3], sequences);
  Tensor expected = Tensor::empty(shape, DType::bf16, device);
  reference::add_gated_rms_norm(expected, inputs[0], inputs[1], inputs[2], kEps, inputs[3],
                                sequences);
  // Both round to bf16 at the same places: they differ only where f32 and double fall on two sides
  // of a tie.
  EXPECT_LE(test::relative_l2(found, expected), 1e-4);
}

TEST(Rows, DoNotDependOnTheirNeighbours) {
  const Device device = Device::cpu(2);
  for (DType type : kTypes) {
    const Tensor x = random_tensor({700, 515}, type, device, 1);
    const Tensor branch = random_tensor({700, 515}, type, device, 2);
    const Tensor weight = random_tensor({515}, type, device, 3);
    const Tensor gate = random_tensor({1, 515}, type, device, 4);
    const auto all = [&](int64_t begin, int64_t end) {
      const Packing one = Packing::of_lengths({end - begin});
      const Tensor a = x.slice(begin, end), b = branch.slice(begin, end);
      return Tensors{rms_norm(a, weight, kEps), add_gated_rms_norm(a, b, weight, kEps, gate, one),
                     layer_norm_modulate(a, kEps, gate, one), gated(a, b, Activation::silu),
                     activate(a, Activation::gelu_erf)};
    };
    const Tensors whole = all(0, 700), part = all(251, 254);
    for (size_t i = 0; i < whole.size(); ++i) {
      EXPECT_TRUE(test::same_bytes(whole[i].slice(251, 254), part[i]))
          << "op " << i << " in " << name_of(type);
    }
  }
}

TEST(Statistics, SurviveAMeanFarFromZero) {
  // 1000 +- 1: a one-pass variance in f32 would lose all its digits.
  const Device device = Device::cpu(2);
  const Tensor x = random_tensor({1, 64, 64, 32}, DType::f32, device, 1, 1.0f, 1000.0f);
  const Tensor ones = random_tensor({32}, DType::f32, device, 2, 0.0f, 1.0f);
  const Tensor zeros = Tensor::zeros({32}, DType::f32, device);
  Tensor expected = Tensor::empty(x.shape(), x.dtype(), device);
  reference::group_norm(expected, x, 4, ones, zeros, 1e-6f, Activation::none);
  EXPECT_LE(test::relative_l2(group_norm(x, 4, ones, zeros, 1e-6f, Activation::none), expected),
            1e-4);
  const Tensor rows = x.view({64, 2048});
  const Tensor wide_ones = random_tensor({2048}, DType::f32, device, 2, 0.0f, 1.0f);
  const Tensor wide_zeros = Tensor::zeros({2048}, DType::f32, device);
  Tensor row_expected = Tensor::empty(rows.shape(), rows.dtype(), device);
  reference::layer_norm(row_expected, rows, wide_ones, wide_zeros, 1e-6f);
  EXPECT_LE(test::relative_l2(layer_norm(rows, wide_ones, wide_zeros, 1e-6f), row_expected), 1e-4);
}

}  // namespace
}  // namespace newbie::ops
