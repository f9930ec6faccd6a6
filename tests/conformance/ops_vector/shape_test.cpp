#include "ops/shape.h"

#include "harness.h"
#include "ops/embedding.h"
#include "ops/reference/embedding.h"
#include "ops/reference/shape.h"

namespace newbie::ops {
namespace {

using test::random_tensor;

/// Moving ops must give the reference's bytes.
void expect_moves_alike(const Question& question) {
  const Tensor found = question.fast(question.inputs);
  Tensor expected = Tensor::empty(found.shape(), found.dtype(), found.device());
  question.reference(expected, question.inputs);
  EXPECT_TRUE(test::same_bytes(found, expected)) << question.name << " " << found.str();
  expect_same_bytes_for_any_threads(question);
  for (const Device& device : test::accelerators()) {
    EXPECT_TRUE(test::same_bytes(answer_of(question, device), expected))
        << question.name << " on " << device.name();
  }
}

class Moving : public testing::TestWithParam<DType> {
 protected:
  Device device_ = Device::cpu(2);
  Tensor random(Shape shape, uint32_t seed) {
    return random_tensor(shape, GetParam(), device_, seed);
  }
};

TEST_P(Moving, ConcatRows) {
  expect_moves_alike({"concat_rows",
                      {random({3, 5, 7}, 1), random({0, 5, 7}, 2), random({2'000, 5, 7}, 3)},
                      [](const Tensors& in) { return concat_rows(in); },
                      [](Tensor& y, const Tensors& in) { reference::concat_rows(y, in); }});
}

TEST_P(Moving, ColumnsJoinAndSplit) {
  for (int64_t rows : {0, 1, 301}) {
    const Tensors parts{random({rows, 3}, 1), random({rows, 0}, 2), random({rows, 96}, 3)};
    expect_moves_alike({"concat_columns", parts,
                        [](const Tensors& in) { return concat_columns(in); },
                        [](Tensor& y, const Tensors& in) { reference::concat_columns(y, in); }});
    const Tensors back = split_columns(concat_columns(parts), {3, 0, 96});
    for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(test::same_bytes(back[i], parts[i])) << i;
  }
}

TEST_P(Moving, TakeRows) {
  const std::vector<int64_t> indices{4, 0, 0, 99, 17};
  expect_moves_alike(
      {"take_rows",
       {random({100, 33}, 1)},
       [&](const Tensors& in) { return take_rows(in[0], indices); },
       [&](Tensor& y, const Tensors& in) { reference::take_rows(y, in[0], indices); }});
}

TEST_P(Moving, ChannelsLastAndBack) {
  for (const Shape& shape : {Shape{2, 3, 65, 130}, Shape{1, 16, 64, 64}, Shape{1, 1, 1, 1},
                             Shape{0, 3, 4, 4}, Shape{1, 129, 3, 5}}) {
    const Tensor x = random(shape, 1);
    expect_moves_alike({"to_channels_last " + shape.str(),
                        {x},
                        [](const Tensors& in) { return to_channels_last(in[0]); },
                        [&](Tensor& y, const Tensors& in) {
                          const Shape matrices{shape[0], shape[1], shape[2] * shape[3]};
                          reference::transpose(y, in[0].view(matrices));
                        }});
    EXPECT_TRUE(test::same_bytes(to_channels_first(to_channels_last(x)), x)) << shape.str();
  }
}

TEST_P(Moving, Crop) {
  const Tensor image = random({2, 20, 30, 3}, 1);
  struct Window {
    int64_t y, x, height, width;
  };
  for (const Window& w : {Window{0, 0, 20, 30}, Window{3, 7, 11, 13}, Window{19, 29, 1, 1},
                          Window{5, 5, 0, 4}, Window{5, 5, 4, 0}}) {
    expect_moves_alike(
        {"crop",
         {image},
         [&](const Tensors& in) { return crop(in[0], w.y, w.x, w.height, w.width); },
         [&](Tensor& y, const Tensors& in) { reference::crop(y, in[0], w.y, w.x); }});
  }
}

TEST_P(Moving, UpsampleNearest) {
  for (const Shape& shape : {Shape{2, 5, 7, 12}, Shape{1, 1, 1, 1}, Shape{1, 64, 33, 3}}) {
    expect_moves_alike(
        {"upsample_nearest_2x",
         {random(shape, 1)},
         [](const Tensors& in) { return upsample_nearest_2x(in[0]); },
         [](Tensor& y, const Tensors& in) { reference::upsample_nearest_2x(y, in[0]); }});
  }
}

TEST_P(Moving, PatchesAndBack) {
  for (int64_t patch : {1, 2, 4}) {
    const Tensor latent = random({16, 12, 20}, 1);
    expect_moves_alike(
        {"patchify",
         {latent},
         [&](const Tensors& in) { return patchify(in[0], patch); },
         [&](Tensor& y, const Tensors& in) { reference::patchify(y, in[0], patch); }});
    expect_moves_alike(
        {"unpatchify",
         {patchify(latent, patch)},
         [&](const Tensors& in) { return unpatchify(in[0], patch, 16, 12, 20); },
         [&](Tensor& y, const Tensors& in) { reference::unpatchify(y, in[0], patch); }});
    EXPECT_TRUE(test::same_bytes(unpatchify(patchify(latent, patch), patch, 16, 12, 20), latent));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Moving, testing::Values(DType::f32, DType::bf16, DType::f64),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(Patchify, PutsChannelsFastestAsNextDitDoes) {
  // C = 2, 2 x 4 pixels: value = 100 c + 10 row + column.
  const Device device = Device::cpu(1);
  std::vector<float> values;
  for (int c = 0; c < 2; ++c) {
    for (int row = 0; row < 2; ++row) {
      for (int column = 0; column < 4; ++column) {
        values.push_back(static_cast<float>(100 * c + 10 * row + column));
      }
    }
  }
  const Tensor tokens = patchify(Tensor::from(values, {2, 2, 4}, device), 2);
  EXPECT_EQ(tokens.to_floats(), (std::vector<float>{0, 100, 1, 101, 10, 110, 11, 111,  //
                                                    2, 102, 3, 103, 12, 112, 13, 113}));
}

TEST(Embedding, LooksUpScalesAndRounds) {
  const Device device = Device::cpu(2);
  const std::vector<int32_t> ids{0, 9, 9, 3};
  for (DType from : {DType::f32, DType::bf16, DType::f16, DType::f8_e4m3, DType::f64}) {
    const Tensor table = random_tensor({10, 37}, from, device, 1);
    for (DType to : kTypes) {
      const Tensor found = embedding(table, ids, 50.5f, to);
      Tensor expected = Tensor::empty({4, 37}, to, device);
      reference::embedding(expected, table, ids, 50.5f);
      EXPECT_EQ(test::max_ulps(found, expected), 0) << name_of(from) << " to " << name_of(to);
    }
  }
}

}  // namespace
}  // namespace newbie::ops
