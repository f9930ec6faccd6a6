// Are fast gradients right, on every device? The truth is the same call in f64, which the reference
// computes; the reference itself is held against finite differences in tests/gradient.

#include <array>
#include <cmath>

#include "base/trace.h"
#include "conformance/ops_vector/harness.h"
#include "ops/backward/attention.h"
#include "ops/backward/conv.h"
#include "ops/backward/elementwise.h"
#include "ops/backward/matmul.h"
#include "ops/backward/norm.h"
#include "ops/backward/shape.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/low_rank.h"
#include "ops/reduce.h"
#include "ops/shape.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

/// How far results may be from the truth: inputs are exact, results and what lies between two
/// products are rounded to the type.
double limit_of(DType dtype) {
  return dtype == DType::bf16 ? 6e-3 : dtype == DType::f16 ? 1e-3 : 3e-6;
}

using Gradients = std::function<Tensors(const Tensors&)>;

Tensors answers(const Gradients& run, const Tensors& inputs, const Device& device) {
  Tensors found;
  for (const Tensor& x : run(on_device(inputs, device))) {
    found.push_back(x.defined() ? to_host(x) : x);
  }
  return found;
}

void expect_same_bytes(const Tensors& a, const Tensors& b, std::string_view what) {
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(!a[i].defined() || test::same_bytes(a[i], b[i])) << "result " << i << " " << what;
  }
}

void expect_close(const Tensors& found, const Tensors& truth, double limit) {
  ASSERT_EQ(found.size(), truth.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].defined(), truth[i].defined());
    if (!found[i].defined()) continue;
    EXPECT_LE(test::relative_l2(found[i], truth[i]), limit)
        << "result " << i << " " << found[i].str();
  }
}

/// `run` on inputs of a type: close to the truth, the same bytes for any threads, and so on
/// accelerators.
void expect_conforms(const std::string& name, const Tensors& inputs, const Gradients& run) {
  SCOPED_TRACE(name + " " + inputs[0].str());
  Tensors wide;
  for (const Tensor& x : inputs) wide.push_back(widened(x));
  const Tensors truth = run(wide);
  double limit = 0;
  for (const Tensor& x : inputs) limit = std::max(limit, limit_of(x.dtype()));
  const Tensors one = answers(run, inputs, Device::cpu(1));
  expect_close(one, truth, limit);
  for (int threads : {2, 3}) {
    expect_same_bytes(one, answers(run, inputs, Device::cpu(threads)), "with other threads");
  }
  for (const Device& device : test::accelerators()) {
    SCOPED_TRACE(device.name());
    const Tensors found = answers(run, inputs, device);
    expect_close(found, truth, limit);
    expect_same_bytes(found, answers(run, inputs, device), "of two runs");
  }
}

/// The gradients of an op's inputs for a given dy, which is the first input.
Gradients by_going_back(std::function<Tensor(const Tensors&)> op) {
  return [op = std::move(op)](const Tensors& in) {
    Tensors leaves;
    for (size_t i = 1; i < in.size(); ++i) leaves.push_back(leaf(in[i]));
    const Tensor y = op(leaves);
    const auto backward = y.gradient_node()->backward;
    const NoGradient scope(y.device());
    return backward(in[0].view(y.shape()));
  };
}

class Backward : public testing::TestWithParam<DType> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed, float deviation = 1.0f, float mean = 0.0f) {
    return test::random_tensor(shape, GetParam(), device_, seed, deviation, mean);
  }
  Tensor f32(Shape shape, uint32_t seed, float deviation = 1.0f, float mean = 0.0f) {
    return test::random_tensor(shape, DType::f32, device_, seed, deviation, mean);
  }
};

/// The types that the host multiplies with weights in.
class BackwardOfProducts : public Backward {};

const Shape kMatrices[] = {{1, 7}, {3, 16}, {5, 2304}, {77, 96}, {130, 515}, {203, 640}, {0, 8}};
constexpr Activation kActivations[] = {Activation::none, Activation::silu, Activation::gelu_tanh,
                                       Activation::gelu_erf};

TEST_P(Backward, Elementwise) {
  for (const Shape& shape : kMatrices) {
    const Tensor dy = random(shape, 1), x = random(shape, 2, 2.0f), up = random(shape, 3);
    for (Activation activation : kActivations) {
      expect_conforms("activate", {dy, x}, [&](const Tensors& in) -> Tensors {
        return {activate_backward(in[0], in[1], activation)};
      });
      expect_conforms("gated", {dy, x, up}, [&](const Tensors& in) -> Tensors {
        const auto [d_gate, d_up] = gated_backward(in[0], in[1], in[2], activation);
        return {d_gate, d_up};
      });
    }
    expect_conforms("clamp", {dy, x}, [&](const Tensors& in) -> Tensors {
      return {clamp_backward(in[0], in[1], -0.5f, 1.0f)};
    });
    expect_conforms("sum_rows", {x},
                    [](const Tensors& in) -> Tensors { return {sum_rows(in[0])}; });
    expect_conforms("add_to", {dy, x}, [](const Tensors& in) -> Tensors {
      Tensor sum = test::copy_to(to_host(in[0]), in[0].device());
      add_to(sum, in[1]);
      return {sum};
    });
  }
}

/// Rows, inputs, outputs: one of them is more than one tile.
constexpr std::array<int64_t, 3> kProducts[] = {{1, 16, 8},     {77, 96, 64}, {5, 7, 3},
                                                {2, 200, 1030}, {4, 72, 300}, {530, 24, 16},
                                                {9, 400, 40},   {20, 16, 530}};

TEST_P(Backward, LinearWeight) {
  for (const auto& [rows, in, out] : kProducts) {
    expect_conforms(
        "linear_weight_gradient", {random({rows, out}, 1), random({rows, in}, 2)},
        [](const Tensors& t) -> Tensors { return {linear_weight_gradient(t[0], t[1])}; });
  }
}

TEST_P(BackwardOfProducts, LinearInput) {
  for (const auto& [rows, in, out] : kProducts) {
    for (Residency residency : {Residency::mapped, Residency::packed}) {
      expect_conforms("linear_input_gradient", {random({rows, out}, 1), random({out, in}, 3)},
                      [&](const Tensors& t) -> Tensors {
                        return {linear_input_gradient(
                            t[0], prepare_linear(t[1], std::nullopt, t[1].dtype(), residency))};
                      });
    }
  }
}

LinearWeights as_weights(const Tensor& weight) {
  return prepare_linear(weight, std::nullopt, weight.dtype(), Residency::packed);
}

TEST_P(BackwardOfProducts, OntoASum) {
  for (const auto& [rows, in, out] : kProducts) {
    expect_conforms(
        "linear_onto", {random({rows, out}, 1), random({rows, in}, 2), random({out, in}, 3)},
        [](const Tensors& t) -> Tensors { return {linear_onto(t[0], t[1], as_weights(t[2]))}; });
    expect_conforms("linear_input_gradient_onto",
                    {random({rows, in}, 1), random({rows, out}, 2), random({out, in}, 3)},
                    [](const Tensors& t) -> Tensors {
                      return {linear_input_gradient_onto(t[0], t[1], as_weights(t[2]))};
                    });
  }
}

TEST_P(BackwardOfProducts, LowRankLinear) {
  constexpr int64_t kRank = 16;
  for (const auto& [rows, in, out] : kProducts) {
    for (const float scale : {1.0f, 0.75f}) {
      const auto run = [&](const Tensors& t) {
        return low_rank_linear(t[0], as_weights(t[3]), {as_weights(t[1]), as_weights(t[2]), scale});
      };
      expect_conforms("low_rank_linear",
                      {random({rows, out}, 1), random({rows, in}, 2), random({kRank, in}, 3, 0.3f),
                       random({out, kRank}, 4, 0.3f), random({out, in}, 5, 0.3f)},
                      [&](const Tensors& t) -> Tensors {
                        const Tensor y = run({leaf(t[1]), leaf(t[2]), leaf(t[3]), t[4].detached()});
                        const auto backward = y.gradient_node()->backward;
                        const NoGradient scope(y.device());
                        Tensors all = backward(t[0]);
                        all.push_back(y.detached());
                        return all;
                      });
      // On processors the bytes of the plain ops one after another.
      const Tensor x = random({rows, in}, 2), down = random({kRank, in}, 3),
                   up = random({out, kRank}, 4), weight = random({out, in}, 5);
      const Tensor narrow = affine(linear(x, as_weights(down)), scale, 0.0f);
      EXPECT_TRUE(
          test::same_bytes(run({x, down, up, weight}),
                           add(linear(x, as_weights(weight)), linear(narrow, as_weights(up)))));
    }
  }
}

TEST_P(Backward, RowNorms) {
  for (const Shape& shape : kMatrices) {
    const Packing sequences = two_sequences(shape[0]);
    const Shape each{sequences.count(), shape[1]};
    const Tensor dy = random(shape, 1), x = random(shape, 2, 2.0f, 0.5f);
    const Tensor weight = f32({shape[1]}, 4, 0.3f, 1.0f), modulation = f32(each, 5);
    for (RowStatistic statistic : {RowStatistic::rms, RowStatistic::moments}) {
      if (statistic == RowStatistic::moments && shape[1] < 8) continue;
      expect_conforms("row_norm", {dy, x, f32(each, 3, 0.3f, 1.0f)},
                      [&](const Tensors& in) -> Tensors {
                        const auto [dx, sums] =
                            row_norm_backward(in[0], in[1], in[2], statistic, 1e-5f, sequences);
                        if (statistic == RowStatistic::rms) return {dx, sums.products};
                        return {dx, sums.products, sums.plain};
                      });
    }
    for (Modulation how : {Modulation::none, Modulation::scale, Modulation::gate}) {
      expect_conforms(
          "row_factors", {f32(each, 6), weight, modulation}, [&](const Tensors& in) -> Tensors {
            const auto kind = RmsWeight::one_plus;
            const auto d = row_factors_backward(in[0], in[1], kind, in[2], how);
            return {row_factors(in[1], kind, in[2], how, each[0], in[0]), d.weight, d.modulation};
          });
    }
  }
}

TEST_P(Backward, GroupNorm) {
  for (const Shape& shape : {Shape{2, 3, 5, 12}, Shape{1, 17, 16, 64}, Shape{3, 8, 8, 36}}) {
    for (Activation activation : {Activation::none, Activation::silu}) {
      expect_conforms("group_norm",
                      {random(shape, 1), random(shape, 2, 2.0f, 1.0f),
                       f32({shape[3]}, 3, 0.3f, 1.0f), f32({shape[3]}, 4)},
                      [&](const Tensors& in) -> Tensors {
                        const auto d =
                            group_norm_backward(in[0], in[1], 4, in[2], in[3], 1e-6f, activation);
                        return {d.x, d.weight, d.bias};
                      });
    }
  }
}

struct AttentionCase {
  std::vector<int64_t> lengths;
  int64_t heads, kv_heads, width;
  bool causal = false;
  int64_t window = 0;
  bool bias = false;
};

/// More of them than devices take one by one.
const std::vector<int64_t> kManyLengths{17, 33, 64, 1, 100, 0, 129, 40, 7, 90, 31, 65};

TEST_P(Backward, Attention) {
  for (const AttentionCase& c : std::vector<AttentionCase>{{{9, 1, 0, 30}, 4, 2, 16},
                                                           {{130, 130}, 6, 2, 48},
                                                           {{21, 21, 21, 21, 21, 9}, 4, 2, 16},
                                                           {{75}, 2, 2, 64, true},
                                                           {{75}, 2, 1, 32, true, 16},
                                                           {{40, 33}, 4, 1, 24, false, 0, true},
                                                           {{300}, 1, 1, 96},
                                                           {{257}, 4, 4, 128},
                                                           {{130, 130, 70}, 6, 2, 96, true},
                                                           {kManyLengths, 4, 2, 64},
                                                           {kManyLengths, 3, 1, 64, true},
                                                           {kManyLengths, 2, 2, 48, true, 1024},
                                                           {kManyLengths, 6, 2, 96},
                                                           {kManyLengths, 2, 2, 128}}) {
    const Packing sequences = Packing::of_lengths(c.lengths);
    const int64_t rows = sequences.rows();
    AttentionOptions options{.scale = 1.0f / std::sqrt(static_cast<float>(c.width)),
                             .causal = c.causal,
                             .window = c.window,
                             .bias = {}};
    const Tensor q = random({rows, c.heads, c.width}, 1),
                 k = random({rows, c.kv_heads, c.width}, 2);
    const Tensor v = random({rows, c.kv_heads, c.width}, 3);
    const Tensor dy = random({rows, c.heads * c.width}, 4);
    const Tensor bias = f32({20, 25}, 5, 2.0f);
    expect_conforms("attention", {dy, q, k, v}, [&](const Tensors& in) -> Tensors {
      AttentionOptions here = options;
      if (c.bias) here.bias = {test::copy_to(bias, in[0].device()), {}};
      const auto d = attention_backward(in[0], in[1], in[2], in[3], sequences, here);
      return {d.q, d.k, d.v};
    });
  }
}

TEST_P(BackwardOfProducts, Convolution) {
  struct Case {
    Shape x;
    int64_t out, kernel;
    ConvGeometry geometry;
  };
  for (const Case& c : {Case{{2, 9, 11, 8}, 16, 3, ConvGeometry::same(3)},
                        Case{{1, 16, 16, 32}, 32, 3, {.stride = 2, .bottom = 1, .right = 1}},
                        Case{{2, 8, 8, 16}, 24, 1, ConvGeometry::same(1)},
                        Case{{1, 40, 33, 3}, 16, 3, ConvGeometry::same(3)}}) {
    const Tensor x = random(c.x, 1), weight = random({c.out, c.x[3], c.kernel, c.kernel}, 2, 0.2f);
    const auto convolve = [&](const Tensors& in) {
      return conv2d(in[0], prepare_conv(in[1], in[2], in[0].dtype()), c.geometry);
    };
    const Tensor bias = random({c.out}, 3);
    const Shape result = convolve({x, weight, bias}).shape();
    expect_conforms("conv2d", {random(result, 4), x, weight, bias}, by_going_back(convolve));
  }
}

TEST_P(BackwardOfProducts, ConvolutionsOfTrainingAreFast) {
  // Sizes of nano's networks: three channels in, three out, and halves of pictures. Plain loops are
  // right too, and a thousand times slower.
  struct Case {
    int64_t in, out, kernel;
    ConvGeometry geometry;
  };
  for (const Case& c :
       {Case{3, 32, 3, ConvGeometry::same(3)}, Case{32, 3, 3, ConvGeometry::same(3)},
        Case{32, 64, 1, ConvGeometry::same(1)},
        Case{24, 24, 3, {.stride = 2, .bottom = 1, .right = 1}}}) {
    const Tensor x = random({2, 16, 16, c.in}, 1);
    const Tensor weight = random({c.out, c.in, c.kernel, c.kernel}, 2, 0.2f);
    const auto convolve = [&](const Tensors& in) {
      return conv2d(in[0], prepare_conv(in[1], std::nullopt, in[0].dtype()), c.geometry);
    };
    const Tensors inputs{random(convolve({x, weight}).shape(), 3), x, weight};
    std::vector<Device> devices = test::accelerators();
    devices.push_back(device_);
    for (const Device& device : devices) {
      std::string told;
      set_trace("ops",
                [&](std::string_view, std::string_view line) { told.append(line).append("\n"); });
      answers(by_going_back(convolve), inputs, device);
      set_trace("", nullptr);
      for (const char* op : {"conv2d_input_gradient -> c", "conv2d_weight_gradient -> c"}) {
        EXPECT_NE(told.find(op), std::string::npos) << device.name() << "\n" << told;
      }
      EXPECT_EQ(told.find("-> plain"), std::string::npos) << device.name() << "\n" << told;
    }
  }
}

TEST_P(Backward, Shapes) {
  const Tensor image = random({2, 6, 4, 5}, 1), rows = random({4, 9}, 2);
  expect_conforms("average_2x2", {image},
                  [](const Tensors& in) -> Tensors { return {average_2x2(in[0])}; });
  expect_conforms("place", {image},
                  [](const Tensors& in) -> Tensors { return {place(in[0], 2, 1, 9, 7)}; });
  expect_conforms("spread_pixels", {image},
                  [](const Tensors& in) -> Tensors { return {spread_pixels(in[0], 2, 12, 8)}; });
  expect_conforms("spread_rows", {rows}, [](const Tensors& in) -> Tensors {
    return {spread_rows(in[0], Packing::of_lengths({3, 1, 0, 7}))};
  });
  expect_conforms("scatter_rows", {rows}, [](const Tensors& in) -> Tensors {
    return {scatter_rows(in[0], {5, 2, 5, 0}, 7, 1.5f, in[0].dtype()),
            scatter_rows(in[0], {5, 2, 5, 0}, 7, 1.5f,
                         in[0].dtype() == DType::f64 ? DType::f64 : DType::f32)};
  });
}

TEST_P(Backward, Losses) {
  for (const Shape& shape : {Shape{3, 7}, Shape{70, 1024}}) {
    const Tensor x = random(shape, 1, 2.0f), y = random(shape, 2), noise = random(shape, 3);
    // Large enough that its share of one element is no subnormal f16.
    const Tensor one = f32({1}, 4, 1.0f, 1000.0f), dy = random(shape, 5);
    for (Distance distance : {Distance::squared, Distance::absolute, Distance::huber}) {
      const auto loss = [=](const Tensors& in) {
        return mean_distance(in[0], in[1], distance, 0.7f);
      };
      expect_conforms("mean_distance", {x, y},
                      [&](const Tensors& in) -> Tensors { return {loss(in)}; });
      expect_conforms("mean_distance back", {one, x, y}, by_going_back(loss));
    }
    const auto divergence = [](const Tensors& in) { return normal_divergence(in[0], in[1]); };
    expect_conforms("normal_divergence", {x, y},
                    [&](const Tensors& in) -> Tensors { return {divergence(in)}; });
    expect_conforms("normal_divergence back", {one, x, y}, by_going_back(divergence));
    expect_conforms("sample_normal back", {dy, x, y, noise}, [](const Tensors& in) -> Tensors {
      const Tensor mean = leaf(in[1]), logvar = leaf(in[2]);
      const Tensor z = sample_normal(mean, logvar, in[3]);
      const auto backward = z.gradient_node()->backward;
      const NoGradient scope(z.device());
      return backward(in[0]);
    });
    std::vector<int32_t> labels;
    for (int64_t row = 0; row < shape[0]; ++row)
      labels.push_back(static_cast<int32_t>(row % 7) - 1);
    const auto entropy = [=](const Tensors& in) { return cross_entropy(in[0], labels); };
    expect_conforms("cross_entropy", {x},
                    [&](const Tensors& in) -> Tensors { return {entropy(in)}; });
    expect_conforms("cross_entropy back", {one, x}, by_going_back(entropy));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, BackwardOfProducts, testing::Values(DType::f32, DType::bf16),
                         [](const auto& type) { return std::string(name_of(type.param)); });
INSTANTIATE_TEST_SUITE_P(Types, Backward, testing::ValuesIn(kTypes),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::ops
