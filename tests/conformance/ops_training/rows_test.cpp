// Ops whose rows ask which of many sequences they belong to, and their way back.

#include <cmath>

#include "batches.h"
#include "ops/attention.h"
#include "ops/backward/attention.h"
#include "ops/backward/norm.h"
#include "ops/backward/shape.h"
#include "ops/embedding.h"
#include "ops/norm.h"
#include "ops/padded_attention.h"
#include "ops/reduce.h"
#include "ops/reference/embedding.h"
#include "ops/reference/norm.h"
#include "ops/reference/reduce.h"
#include "ops/reference/rope.h"
#include "ops/rope.h"
#include "ops/shape.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

constexpr float kEps = 1e-5f;

class ManyRows : public testing::TestWithParam<DType> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed, float deviation = 1.0f, float mean = 0.0f) {
    return test::random_tensor(shape, GetParam(), device_, seed, deviation, mean);
  }
};

/// Sequences and a width. 128 sequences are the most that kernels take by value; rows of 1024
/// numbers of two bytes, or of 512 of four, take the kernel whose blocks stay.
struct Rows {
  Packing sequences;
  int64_t width;
};

std::vector<Rows> batches() {
  return {{mixed(128, 0, 5, 1), 288},  {mixed(129, 0, 5, 2), 288}, {mixed(512, 0, 4, 3), 96},
          {mixed(513, 1, 2, 4), 384},  {mixed(600, 0, 3, 5), 7},   {mixed(200, 0, 3, 6), 512},
          {mixed(130, 0, 3, 7), 1024}, {mixed(1000, 0, 1, 8), 33}};
}

TEST_P(ManyRows, AreModulatedByTheirSequence) {
  for (const Rows& s : batches()) {
    const Packing& sequences = s.sequences;
    const int64_t rows = sequences.rows();
    const Tensor x = random({rows, s.width}, 1, 2.0f, 0.5f), branch = random({rows, s.width}, 2);
    const Tensor weight = random({s.width}, 3, 0.3f, 1.0f);
    const Tensor factors = random({sequences.count(), s.width}, 4, 0.3f, 1.0f);
    expect_conforms(
        {"rms_norm_modulate",
         {x, weight, factors},
         [&](const Tensors& in) { return rms_norm_modulate(in[0], in[1], kEps, in[2], sequences); },
         [&](Tensor& y, const Tensors& in) {
           reference::rms_norm_modulate(y, in[0], in[1], kEps, in[2], sequences);
         }});
    expect_conforms({"add_gated_rms_norm",
                     {x, branch, weight, factors},
                     [&](const Tensors& in) {
                       return add_gated_rms_norm(in[0], in[1], in[2], kEps, in[3], sequences);
                     },
                     [&](Tensor& y, const Tensors& in) {
                       reference::add_gated_rms_norm(y, in[0], in[1], in[2], kEps, in[3],
                                                     sequences);
                     }});
    if (s.width < 8) continue;
    expect_conforms(
        {"layer_norm_modulate",
         {x, factors},
         [&](const Tensors& in) { return layer_norm_modulate(in[0], kEps, in[1], sequences); },
         [&](Tensor& y, const Tensors& in) {
           reference::layer_norm_modulate(y, in[0], kEps, in[1], sequences);
         }});
  }
}

TEST_P(ManyRows, AreAddedAndNormedInOnePass) {
  for (const Rows& s : batches()) {
    for (const Device& device : all_devices()) {
      SCOPED_TRACE(device.name());
      const auto there = [&](Shape shape, uint32_t seed) {
        return test::copy_to(random(shape, seed, 1.0f, 0.2f), device);
      };
      const Packing& sequences = s.sequences;
      const Tensor x = there({sequences.rows(), s.width}, 1);
      const Tensor branch = there({sequences.rows(), s.width}, 2);
      const Tensor w = there({s.width}, 3), next_w = there({s.width}, 4);
      const Tensor gate = there({sequences.count(), s.width}, 5);
      const Tensor scale = there({sequences.count(), s.width}, 6);
      const Tensor sum = add_gated_rms_norm(x, branch, w, kEps, gate, sequences);
      const Tensor normed = rms_norm_modulate(sum, next_w, kEps, scale, sequences);
      const SumAndNorm found = add_gated_rms_norm_modulate(
          x, branch, {w, kEps, gate}, {next_w, kEps, scale}, sequences, RowFormat::plain);
      // Sums of a row in another order: a number here and there rounds the other way.
      const double step = GetParam() == DType::f32 ? 1e-7 : GetParam() == DType::f16 ? 5e-5 : 4e-4;
      EXPECT_LE(test::relative_l2(to_host(found.sum), to_host(sum)), step) << s.width;
      EXPECT_LE(test::relative_l2(to_host(found.normed.values()), to_host(normed)), step)
          << s.width;
    }
  }
}

TEST_P(ManyRows, HaveAMeanPerSequence) {
  // More sequences than one launch has blocks along its second side.
  for (const Rows& s : {Rows{mixed(512, 1, 12, 1), 288}, Rows{mixed(512, 1, 540, 2), 5},
                        Rows{mixed(70'000, 1, 2, 3), 3}, Rows{mixed(5, 1, 40, 4), 1}}) {
    expect_conforms(
        {"mean_rows",
         {repeating({s.sequences.rows(), s.width}, GetParam(), 9)},
         [&](const Tensors& in) { return mean_rows(in[0], s.sequences); },
         [&](Tensor& y, const Tensors& in) { reference::mean_rows(y, in[0], s.sequences); }});
  }
}

TEST_P(ManyRows, GoBackToTheirSequence) {
  // The last ones give a warp many rows, narrow and wide.
  for (const Rows& s : {Rows{mixed(512, 0, 6, 1), 96}, Rows{mixed(600, 1, 3, 2), 33},
                        Rows{mixed(40, 0, 70, 3), 288}, Rows{mixed(1100, 0, 40, 5), 256},
                        Rows{mixed(300, 1, 20, 6), 2304}}) {
    const Packing& sequences = s.sequences;
    const Shape whole{sequences.rows(), s.width}, each{sequences.count(), s.width};
    expect_near_truth({random(whole, 1), random(whole, 2, 2.0f, 0.5f),
                       test::random_tensor(each, DType::f32, device_, 3, 0.3f, 1.0f)},
                      [&](const Tensors& in) -> Tensors {
                        const auto [dx, sums] = row_norm_backward(
                            in[0], in[1], in[2], RowStatistic::rms, kEps, sequences);
                        return {dx, sums.products};
                      });
    expect_near_truth({random(each, 4)}, [&](const Tensors& in) -> Tensors {
      return {spread_rows(in[0], sequences)};
    });
  }
}

TEST_P(ManyRows, OfAnEmbeddingAddUpWhereTheyCameFrom) {
  // Captions: one token thousands of times, most of them rarely, the last one of the table once.
  std::mt19937 generator(5);
  constexpr int64_t kTable = 1000;
  std::vector<int64_t> ids(6000, 3);
  for (size_t i = 0; i < ids.size(); i += 2) ids[i] = static_cast<int64_t>(generator() % 900);
  ids[77] = kTable - 1;
  const auto count = static_cast<int64_t>(ids.size());
  for (const int64_t width : {int64_t{1}, int64_t{37}, int64_t{288}}) {
    expect_near_truth({random({count, width}, 1, 1.0f, 0.5f)}, [&](const Tensors& in) -> Tensors {
      const DType sums = in[0].dtype() == DType::f64 ? DType::f64 : DType::f32;
      return {scatter_rows(in[0], ids, kTable, 0.5f, sums),
              scatter_rows(in[0], ids, kTable, 1.5f, in[0].dtype())};
    });
  }
}

TEST_P(ManyRows, TellTheTimeOfEverySequence) {
  std::vector<float> times;
  for (int i = 0; i < 513; ++i) times.push_back(static_cast<float>(i) / 512);
  Tensor expected = Tensor::empty({513, 96}, GetParam(), device_);
  reference::sinusoids(expected, times, 48, 10000.0f);
  for (const Device& device : all_devices()) {
    const Tensor found = to_host(sinusoids(times, 48, 10000.0f, GetParam(), device));
    EXPECT_LE(test::relative_l2(found, expected), GetParam() == DType::f32 ? 3e-7 : 1e-4)
        << device.name();
  }
}

/// Positions of many pictures with captions: along three axes, in the order of rows.
std::vector<int32_t> places(int64_t sequences, int32_t tokens, int32_t side) {
  std::vector<int32_t> positions;
  for (int64_t s = 0; s < sequences; ++s) {
    const auto own = static_cast<int32_t>(s % tokens + 1);
    for (int32_t i = 0; i < own; ++i) positions.insert(positions.end(), {i, 0, 0});
    for (int32_t i = 0; i < side * side; ++i) {
      positions.insert(positions.end(), {own, i / side, i % side});
    }
  }
  return positions;
}

TEST(ManyAngles, AreLookedUpAlikeEverywhere) {
  // The last axes have no pairs, one pair, and as many pairs as no pack divides.
  const std::vector<int32_t> positions = places(64, 28, 12);
  const auto rows = static_cast<int64_t>(positions.size() / 3);
  for (const std::vector<int64_t>& axes :
       {std::vector<int64_t>{16, 28, 28}, {32, 32, 32}, {2, 4, 0}, {0, 6, 4}, {6, 2, 2}}) {
    const int64_t pairs = (axes[0] + axes[1] + axes[2]) / 2;
    // Computed one by one: a single row is not worth a table.
    std::vector<float> cos, sin;
    for (int64_t row = 0; row < rows; ++row) {
      for (size_t axis = 0; axis < 3; ++axis) {
        for (int64_t j = 0; j < axes[axis] / 2; ++j) {
          const double exponent = -2.0 * static_cast<double>(j) / static_cast<double>(axes[axis]);
          const auto angle = static_cast<float>(positions[static_cast<size_t>(row) * 3 + axis] *
                                                std::pow(10000.0, exponent));
          cos.push_back(std::cos(angle));
          sin.push_back(std::sin(angle));
        }
      }
    }
    const Device host = Device::cpu(1);
    const auto table = [&](const Device& device) {
      return rope_axes(positions, axes, 10000.0, device);
    };
    expect_bytes(Tensor::from(cos, {rows, pairs}, host),
                 [&](const Device& device) { return table(device).cos; });
    expect_bytes(Tensor::from(sin, {rows, pairs}, host),
                 [&](const Device& device) { return table(device).sin; });
  }
}

TEST_P(ManyRows, TurnByTablesThatBeginAnywhere) {
  // Both halves of a table lie in one block: the second begins behind rows * pairs numbers.
  for (const auto& [sequences, width] :
       {std::pair<int64_t, int64_t>{17, 72}, {15, 48}, {19, 10}, {3, 96}, {5, 128}}) {
    std::vector<int32_t> positions;
    for (int64_t s = 0; s < sequences; ++s) {
      for (int32_t i = 0; i < 61; ++i) positions.push_back(i);
    }
    const int64_t rows = sequences * 61;
    for (const RopeLayout layout : {RopeLayout::interleaved, RopeLayout::half_split}) {
      expect_conforms(
          {"rope",
           {random({rows, 2, width}, 1)},
           [&](const Tensors& in) {
             return rope(in[0], rope_line(positions, width, 10000.0f, 1.0f, in[0].device()),
                         layout);
           },
           [&](Tensor& y, const Tensors& in) {
             reference::rope(y, in[0], rope_line(positions, width, 10000.0f, 1.0f, device_),
                             layout);
           }});
    }
  }
}

/// out, dq, dk, dv of padded_attention; in: dy, q, k, v. One step back at a time: ops lie below
/// grad.
Tensors there_and_back(const Tensors& in, const Packing& sequences,
                       const AttentionOptions& options) {
  const Tensors leaves{leaf(in[1]), leaf(in[2]), leaf(in[3])};
  const Tensor y = padded_attention(leaves[0], leaves[1], leaves[2], sequences, options);
  Tensors found{y.detached(), {}, {}, {}};
  const std::function<void(const std::shared_ptr<GradientNode>&, const Tensor&)> back =
      [&](const std::shared_ptr<GradientNode>& node, const Tensor& d) {
        for (size_t i = 0; i < leaves.size(); ++i) {
          if (node == leaves[i].gradient_node()) found[i + 1] = d;
        }
        if (node->leaf()) return;
        const NoGradient quiet(d.device());
        const auto gradients = node->backward(d.view(node->shape));
        for (size_t i = 0; i < gradients.size(); ++i) {
          if (node->inputs[i].node) back(node->inputs[i].node, gradients[i]);
        }
      };
  back(y.gradient_node(), in[0].view(y.shape()));
  return found;
}

TEST_P(ManyRows, AttendInBoxes) {
  for (const auto& [width, causal] :
       {std::pair<int64_t, bool>{72, false}, {64, true}, {48, false}, {24, true}}) {
    SCOPED_TRACE(width);
    const Packing sequences = mixed(10, 1, width == 72 ? 66 : 33, static_cast<uint32_t>(width));
    const AttentionOptions options{.scale = 1.0f / std::sqrt(static_cast<float>(width)),
                                   .causal = causal};
    const int64_t rows = sequences.rows();
    const Tensors inputs{random({rows, 4 * width}, 1), random({rows, 4, width}, 2),
                         random({rows, 2, width}, 3), random({rows, 2, width}, 4)};
    expect_near_truth(inputs, [&](const Tensors& in) -> Tensors {
      if (in[0].dtype() != DType::f64) return there_and_back(in, sequences, options);
      const auto d = attention_backward(in[0], in[1], in[2], in[3], sequences, options);
      return {attention(in[1], in[2], in[3], sequences, options), d.q, d.k, d.v};
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ManyRows, testing::ValuesIn(kTypes),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::ops
