/// The conformance tests ask more; this asks each candidate once, on whatever machine it finds.
#include "ops/self_test.h"

#include <cmath>
#include <numbers>

#include "ops/candidate_lists.h"
#include "ops/embedding.h"
#include "ops/transfer.h"
#include "tensor/rng.h"

namespace newbie::ops {
namespace {

// What a host value is on the device. Weights are prepared there as a network would.
Tensor there(const Device& device, const Tensor& x) {
  return x.defined() ? to_device(x, device) : x;
}
LinearWeights there(const Device& device, const LinearWeights& w) {
  std::optional<Tensor> bias;
  if (w.bias().defined()) bias = there(device, w.bias());
  return prepare_linear(there(device, w.weight()), bias, w.compute(), Residency::packed);
}
ConvWeights there(const Device& device, const ConvWeights& w) {
  return prepare_conv(there(device, w.weight()), there(device, w.bias()), w.compute());
}
RopeTable there(const Device& device, const RopeTable& table) {
  return {there(device, table.cos), there(device, table.sin)};
}
std::vector<Tensor> there(const Device& device, std::vector<Tensor> parts) {
  for (Tensor& part : parts) part = there(device, part);
  return parts;
}
std::vector<std::pair<float, Tensor>> there(const Device& device,
                                            std::vector<std::pair<float, Tensor>> terms) {
  for (auto& [factor, term] : terms) term = there(device, term);
  return terms;
}
template <class Plain>
Plain there(const Device&, const Plain& value) {
  return value;
}

/// Moved there by hand: it is no tensor.
AttentionOptions there(const Device& device, AttentionOptions options) {
  options.bias = there(device, options.bias);
  return options;
}

double distance(const Tensor& found, const Tensor& expected) {
  const std::vector<float> a = to_host(found).to_floats(), b = expected.to_floats();
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  const double relative = std::sqrt(difference / (size > 0 ? size : 1));
  return std::isnan(relative) ? 1e9 : relative;
}

class SelfTest {
 public:
  explicit SelfTest(const Device& device) : device_(device) {}

  std::vector<OpCheck> run() {
    for (const DType type : {DType::f32, DType::bf16}) {
      type_ = type;
      products();
      pointwise();
      rows_and_columns();
      norms();
      rotations();
    }
    return std::move(checks_);
  }

 private:
  Tensor random(const Shape& shape, DType type) {
    return gaussian_noise(RngKind::newbie, seed_++, shape, host_, type);
  }
  Tensor random(const Shape& shape) { return random(shape, type_); }

  /// `shape` and `type` are those of the answer.
  template <class... Args, class... Given>
  void ask(std::string_view op, CandidateList<Args...> list, const Shape& shape, DType type,
           const Given&... given) {
    const std::tuple<Args...> args{given...};
    Tensor expected = Tensor::empty(shape, type, host_);
    for (const auto& candidate : list) {
      if (candidate.name != "reference") continue;
      std::apply([&](const auto&... values) { candidate.run(expected, values...); }, args);
    }
    for (const auto& candidate : list) {
      if (candidate.device != device_.kind() || candidate.name == "reference") continue;
      OpCheck check;
      check.op = op;
      check.candidate = candidate.name;
      check.type = type_;
      // Sums of some hundred products, rounded to 24 and to 8 bits.
      check.allowed = type_ == DType::f32 ? 2e-5 : 2e-2;
      try {
        std::apply(
            [&](const auto&... values) {
              const std::tuple<Args...> moved{there(device_, values)...};
              std::apply(
                  [&](const auto&... here) {
                    check.declined = candidate.declines(here...);
                    if (!check.declined.empty()) return;
                    Tensor found = Tensor::empty(shape, type, device_);
                    candidate.run(found, here...);
                    check.error = distance(found, expected);
                  },
                  moved);
            },
            args);
      } catch (const Error& error) {
        check.failure = error.what();
      }
      checks_.push_back(std::move(check));
    }
  }
  template <class... Args, class... Given>
  void ask(std::string_view op, CandidateList<Args...> list, const Shape& shape,
           const Given&... given) {
    ask(op, list, shape, type_, given...);
  }

  void products() {
    const Tensor x = random({130, 96});
    const LinearWeights w(96, 136, type_, random({136, 96}), random({136}, DType::f32), nullptr);
    const LinearWeights up(96, 136, type_, random({136, 96}), {}, nullptr);
    const LinearWeights gate(96, 136, type_, random({136, 96}), {}, nullptr);
    ask("linear", linear_candidates(), {130, 136}, x, w, Activation::none);
    ask("linear, gelu", linear_candidates(), {130, 136}, x, w, Activation::gelu_tanh);
    ask("linear_onto", linear_onto_candidates(), {130, 136}, random({130, 136}), x, up);
    ask("gated_linear", gated_linear_candidates(), {130, 136}, x, gate, up, Activation::silu);
    const Packing pair = Packing::of_lengths({70, 300});
    AttentionOptions scaled;
    scaled.scale = 1 / std::sqrt(32.0f);
    ask("attention", attention_candidates(), {370, 8 * 32}, random({370, 8, 32}),
        random({370, 2, 32}), random({370, 2, 32}), pair, scaled, KeepAttention{});
    AttentionOptions causal = scaled;
    causal.causal = true;
    causal.window = 40;
    ask("attention, causal", attention_candidates(), {370, 8 * 32}, random({370, 8, 32}),
        random({370, 2, 32}), random({370, 2, 32}), pair, causal, KeepAttention{});
    const ConvWeights kernel(Shape{64, 64, 3, 3}, type_, random({64, 64, 3, 3}),
                             random({64}, DType::f32), nullptr);
    ask("conv2d", conv2d_candidates(), {1, 20, 18, 64}, random({1, 20, 18, 64}), kernel,
        ConvGeometry::same(3), random({1, 20, 18, 64}));
  }

  void pointwise() {
    const Shape shape{7, 33};
    const Tensor a = random(shape), b = random(shape), c = random(shape);
    ask("activate", activate_candidates(), shape, a, Activation::gelu_erf);
    ask("add", add_candidates(), shape, a, b);
    ask("gated", gated_candidates(), shape, a, b, Activation::silu);
    ask("combine", combine_candidates(), shape,
        std::vector<std::pair<float, Tensor>>{{0.5f, a}, {-2.0f, b}, {1.0f, c}});
    ask("affine", affine_candidates(), shape, a, 0.3f, 1.5f);
    ask("clamp", clamp_candidates(), shape, a, -0.5f, 0.7f);
    ask("cast", cast_candidates(), shape, random(shape, DType::f16), type_);
  }

  void rows_and_columns() {
    const Packing three = Packing::of_lengths({1, 9, 13});
    ask("mean_rows", mean_rows_candidates(), {3, 40}, random({23, 40}), three);
    ask("norms", norms_candidates(), {3}, DType::f64, random({3, 5, 17}));
    ask("match_norms", match_norms_candidates(), {3, 50}, random({3, 50}), random({3, 50}),
        NormMatch::at_most, 0.8f);
    ask("concat_rows", concat_rows_candidates(), {12, 40},
        std::vector<Tensor>{random({5, 40}), random({7, 40})});
    ask("concat_columns", concat_columns_candidates(), {5, 56},
        std::vector<Tensor>{random({5, 40}), random({5, 16})});
    ask("take_columns", take_columns_candidates(), {5, 12}, random({5, 40}), int64_t{9});
    ask("take_rows", take_rows_candidates(), {3, 40}, random({5, 40}),
        std::vector<int64_t>{4, 0, 0});
    ask("transpose", transpose_candidates(), {2, 35, 24}, random({2, 24, 35}));
    ask("crop", crop_candidates(), {1, 4, 5, 8}, random({1, 9, 10, 8}), int64_t{3}, int64_t{2});
    ask("upsample_nearest_2x", upsample_nearest_2x_candidates(), {1, 6, 10, 8},
        random({1, 3, 5, 8}));
    ask("patchify", patchify_candidates(), {12, 64}, random({16, 6, 8}), int64_t{2});
    ask("unpatchify", unpatchify_candidates(), {16, 6, 8}, random({12, 64}), int64_t{2});
    static constexpr int32_t kIds[] = {3, 0, 10, 3};
    ask("embedding", embedding_candidates(), {4, 48}, random({11, 48}),
        std::span<const int32_t>(kIds), 1.5f);
  }

  void norms() {
    const Packing pair = Packing::of_lengths({5, 8});
    const Shape rows{13, 72};
    const Tensor x = random(rows), branch = random(rows), weight = random({72}, DType::f32),
                 factors = random({2, 72});
    ask("rms_norm", rms_norm_candidates(), rows, x, weight, 1e-6f, RmsWeight::one_plus);
    ask("rms_norm_modulate", rms_norm_modulate_candidates(), rows, x, weight, 1e-5f, factors, pair);
    ask("add_gated_rms_norm", add_gated_rms_norm_candidates(), rows, x, branch, weight, 1e-5f,
        factors, pair);
    ask("add_rms_norm", add_rms_norm_candidates(), rows, x, branch, weight, 1e-6f,
        RmsWeight::plain);
    ask("layer_norm", layer_norm_candidates(), rows, x, weight, random({72}, DType::f32), 1e-5f);
    ask("layer_norm_modulate", layer_norm_modulate_candidates(), rows, x, 1e-6f, factors, pair);
    ask("group_norm", group_norm_candidates(), {2, 9, 7, 32}, random({2, 9, 7, 32}), int64_t{8},
        random({32}, DType::f32), random({32}, DType::f32), 1e-6f, Activation::silu);
  }

  void rotations() {
    constexpr int64_t kRows = 11, kWidth = 32;
    std::vector<int32_t> positions;
    for (int32_t row = 0; row < kRows; ++row) positions.push_back(3 * row);
    const RopeTable table = rope_line(positions, kWidth, 10000, 1, host_);
    const Tensor x = random({kRows, 6, kWidth}), weight = random({kWidth}, DType::f32);
    ask("rope", rope_candidates(), {kRows, 6, kWidth}, x, table, RopeLayout::half_split);
    ask("rms_norm_rope", rms_norm_rope_candidates(), {kRows, 6, kWidth}, x, weight, 1e-6f,
        RmsWeight::one_plus, table, RopeLayout::half_split);
    ask("split_heads_norm_rope", split_heads_norm_rope_candidates(), {kRows * 8 * kWidth},
        random({kRows, 8 * kWidth}), int64_t{4}, int64_t{2}, weight, weight, 1e-5f, table,
        RopeLayout::interleaved);
  }

  Device device_;
  Device host_ = Device::cpu();
  DType type_ = DType::f32;
  uint64_t seed_ = 1;
  std::vector<OpCheck> checks_;
};

}  // namespace

std::vector<OpCheck> self_test(const Device& device) { return SelfTest(device).run(); }

}  // namespace newbie::ops
