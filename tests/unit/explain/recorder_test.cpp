#include "explain/recorder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/accelerators.h"
#include "support/tensors.h"

namespace newbie::explain {
namespace {

using test::copy_to;
using test::random_tensor;

constexpr int64_t kTokens = 5, kRows = 2, kColumns = 3, kCells = kRows * kColumns;
constexpr int64_t kHeads = 4, kKeyHeads = 2, kWidth = 8;

/// Two pictures and an unconditional half with a shorter caption.
const ops::Packing& sequences() {
  static const auto packing =
      ops::Packing::of_lengths({kTokens + kCells, kTokens + kCells, 1 + kCells});
  return packing;
}

Questions questions() {
  Questions asked;
  asked.nodes = {{Node::Kind::character, "character_1", "", 1, {1, 4}},
                 {Node::Kind::tag, "character_1.n[0]", "", 1, {2, 3}}};
  asked.tokens = kTokens;
  return asked;
}

struct Look {
  Tensor q, k;
  explicit Look(uint32_t seed)
      : q(random_tensor({sequences().rows(), kHeads, kWidth}, DType::f32, Device::cpu(), seed)),
        k(random_tensor({sequences().rows(), kKeyHeads, kWidth}, DType::f32, Device::cpu(),
                        seed + 100)) {}

  void show(AttentionRecorder& recorder, int64_t layer, const Device& there) const {
    const Tensor q_there = copy_to(q, there), k_there = copy_to(k, there);
    const ops::AttentionOptions options{.scale = 0.3f};
    recorder.look({layer, q_there, k_there, sequences(), options});
  }

  /// Share that image token `cell` of a picture gives to caption tokens [begin, end).
  double share(int64_t picture, int64_t cell, int64_t begin, int64_t end) const {
    const auto qs = q.to_floats(), ks = k.to_floats();
    const int64_t first = sequences().begin(picture), i = first + kTokens + cell;
    double sum = 0;
    for (int64_t h = 0; h < kHeads; ++h) {
      double inside = 0, all = 0;
      for (int64_t j = 0; j < kTokens + kCells; ++j) {
        double score = 0;
        for (int64_t e = 0; e < kWidth; ++e) {
          score += double{qs[static_cast<size_t>((i * kHeads + h) * kWidth + e)]} *
                   ks[static_cast<size_t>(
                       ((first + j) * kKeyHeads + h * kKeyHeads / kHeads) * kWidth + e)];
        }
        const double weight = std::exp(0.3 * score);
        all += weight;
        if (j >= begin && j < end) inside += weight;
      }
      sum += inside / all / kHeads;
    }
    return sum;
  }
};

std::vector<Device> everywhere() {
  std::vector<Device> devices = test::accelerators();
  devices.push_back(Device::cpu(2));
  return devices;
}

TEST(AttentionRecorder, MapsAreMeansOverLooksPerThirdAndPicture) {
  const Look a(1), b(2), c(3);
  for (const Device& there : everywhere()) {
    AttentionRecorder recorder(questions(), {.every = 1});
    recorder.begin(2, kRows, kColumns);
    recorder.step(0, 3);
    a.show(recorder, 0, there);
    b.show(recorder, 1, there);
    recorder.step(2, 3);
    c.show(recorder, 0, there);
    const auto maps = recorder.finish();
    ASSERT_EQ(maps.size(), 2u);
    for (int64_t picture : {0, 1}) {
      const HeatMaps& found = maps[static_cast<size_t>(picture)];
      for (int64_t cell = 0; cell < kCells; ++cell) {
        const double early = (a.share(picture, cell, 1, 4) + b.share(picture, cell, 1, 4)) / 2;
        const double late = c.share(picture, cell, 1, 4);
        EXPECT_NEAR(found.map(0, Phase::early)[cell], early, 1e-6) << there.name();
        EXPECT_NEAR(found.map(0, Phase::late)[cell], late, 1e-6) << there.name();
        EXPECT_NEAR(found.map(0)[cell], (2 * early + late) / 3, 1e-6) << there.name();
        EXPECT_EQ(found.map(0, Phase::middle)[cell], 0) << "no step was there";
        EXPECT_NEAR(found.map(1, Phase::late)[cell], c.share(picture, cell, 2, 3), 1e-6);
      }
    }
  }
}

TEST(AttentionRecorder, AnEvaluationThatIsRunAgainCountsOnce) {
  const Look given_up(4), kept(5);
  AttentionRecorder recorder(questions(), {.every = 1});
  recorder.begin(1, kRows, kColumns);
  recorder.step(0, 1);
  given_up.show(recorder, 0, Device::cpu());
  given_up.show(recorder, 1, Device::cpu());
  kept.show(recorder, 0, Device::cpu());
  kept.show(recorder, 1, Device::cpu());
  const auto maps = recorder.finish();
  EXPECT_NEAR(maps[0].map(0)[2], kept.share(0, 2, 1, 4), 1e-6);
}

TEST(LayerChoice, CostsAtMostTwelveAttentions) {
  const auto watched = [](int64_t layers, int64_t nodes) {
    const LayerChoice choice = LayerChoice::of(layers, nodes, 96);
    std::vector<int64_t> out;
    for (int64_t layer = 0; layer < layers; ++layer) {
      if (choice.watches(layer)) out.push_back(layer);
    }
    return out;
  };
  EXPECT_EQ(watched(3, 10), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(watched(36, 96), (std::vector<int64_t>{1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34}));
  EXPECT_EQ(watched(36, 97), (std::vector<int64_t>{3, 9, 15, 21, 27, 33}));
  for (int64_t layers = 1; layers < 60; ++layers) {
    for (int64_t nodes : {1, 100, 500, 5000}) {
      const auto looks = static_cast<int64_t>(watched(layers, nodes).size());
      EXPECT_GE(looks, 1) << layers << " layers, " << nodes << " nodes";
      if (looks > 1) {
        EXPECT_LE(looks * ((nodes + 95) / 96), 12) << layers << " layers, " << nodes << " nodes";
      }
    }
  }
}

}  // namespace
}  // namespace newbie::explain
