// What learning holds at most: less when parts are computed again, nothing for weights that do not
// learn, and as much as a device that only plans said before.

#include <gtest/gtest.h>

#include "grad/backward.h"
#include "grad/recompute.h"
#include "ops/attention.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/matmul.h"
#include "support/tensors.h"
#include "tensor/gradient.h"

namespace newbie::grad {
namespace {

constexpr int64_t kRows = 256, kWidth = 192, kRank = 4, kBlocks = 12;

/// A frozen product and a learned pair of low rank beside it, around which the input goes.
struct Block {
  explicit Block(const Device& device)
      : frozen(values({kWidth, kWidth}, device)),
        down(leaf(values({kRank, kWidth}, device))),
        up(leaf(values({kWidth, kRank}, device))) {}

  static Tensor values(const Shape& shape, const Device& device) {
    if (device.plans()) return Tensor::empty(shape, DType::f32, device);
    return test::random_tensor(shape, DType::f32, device, 7, 0.05f);
  }
  static Tensor product(const Tensor& x, const Tensor& weight) {
    return ops::linear(
        x, ops::prepare_linear(weight, std::nullopt, DType::f32, ops::Residency::mapped));
  }
  Tensor operator()(const Tensor& x) const {
    const Tensor y = ops::add(product(x, frozen), product(product(x, down), up));
    return ops::add(x, ops::activate(y, ops::Activation::silu));
  }

  Tensor frozen, down, up;
};

/// Bytes beyond those that lie there before the step; at most, and after it.
struct Taken {
  uint64_t most, left;
};

Taken taken_by_a_step(const Device& device, bool again) {
  const std::vector<Block> blocks(kBlocks, Block(device));
  const Tensor input = Block::values({kRows, kWidth}, device), target = input;
  const uint64_t before = device.allocator().report().total.live;
  device.allocator().reset_peaks();
  {
    Tensor x = leaf(input);
    for (const Block& block : blocks) {
      x = again ? recompute([&](const std::vector<Tensor>& in) { return block(in[0]); }, {x})
                : block(x);
    }
    backward(ops::mean_distance(x, target, ops::Distance::squared));
  }
  const MemoryReport report = device.allocator().report();
  for (const Block& block : blocks) EXPECT_TRUE(block.down.gradient_node()->gradient.defined());
  return {report.total.peak - before, report.total.live - before};
}

constexpr uint64_t kActivation = kRows * kWidth * sizeof(float);

TEST(MemoryOfLearning, PartsThatAreComputedAgainKeepTheirInputAlone) {
  const Device device = Device::cpu(1);
  const uint64_t kept = taken_by_a_step(device, false).most;
  const uint64_t again = taken_by_a_step(device, true).most;
  // Of every block its input; of one, what lies within.
  EXPECT_LT(again, (kBlocks + 8) * kActivation);
  EXPECT_GT(kept, again + kBlocks / 2 * kActivation);
}

TEST(MemoryOfLearning, WeightsThatDoNotLearnHaveNoGradient) {
  const Taken taken = taken_by_a_step(Device::cpu(1), true);
  EXPECT_LT(taken.left, uint64_t{kWidth} * kWidth * sizeof(float));
}

TEST(MemoryOfLearning, AttentionKeepsItsRowsForTheWayBack) {
  // The reference, which computes doubles, keeps them as devices do.
  const Device device = Device::cpu(1);
  constexpr int64_t kLength = 6, kHeads = 4;
  const auto random = [&](int64_t heads, uint32_t seed) {
    return test::random_tensor({2 * kLength, heads, 8}, DType::f64, device, seed);
  };
  const Tensor q = leaf(random(kHeads, 1)), k = random(2, 2), v = random(2, 3);
  const ops::Packing two = ops::Packing::of_lengths({kLength, kLength});
  const auto live = [&] { return device.allocator().report().total.live; };
  const uint64_t before = live();
  uint64_t without = 0;
  {
    const NoGradient scope(device);
    const Tensor y = ops::attention(q, k, v, two, {});
    without = live() - before;
  }
  {
    const Tensor y = ops::attention(q, k, v, two, {});
    EXPECT_EQ(live() - before, without + 2 * kLength * kHeads * sizeof(double));
    backward(y, y.detached());
  }
  EXPECT_EQ(live() - before, q.bytes()) << "its gradient alone";
}

TEST(MemoryOfLearning, IsKnownBeforehand) {
  for (const bool again : {false, true}) {
    const auto real = static_cast<double>(taken_by_a_step(Device::cpu(1), again).most);
    const Device planning = Device::planning(DeviceKind::cpu, 1);
    const auto planned = static_cast<double>(taken_by_a_step(planning, again).most);
    EXPECT_NEAR(planned / real, 1.0, 0.03) << (again ? "computed again" : "kept");
  }
}

}  // namespace
}  // namespace newbie::grad
