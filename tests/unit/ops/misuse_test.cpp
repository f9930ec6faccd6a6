// Every op refuses arguments that do not fit, in words a user can act on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ops/elementwise.h"
#include "ops/embedding.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/rope.h"
#include "ops/shape.h"

namespace newbie::ops {
namespace {

const Device kDevice = Device::cpu(1);

Tensor f32(Shape shape) { return Tensor::zeros(shape, DType::f32, kDevice); }
Tensor bf16(Shape shape) { return Tensor::zeros(shape, DType::bf16, kDevice); }
Tensor i64(Shape shape) { return Tensor::zeros(shape, DType::i64, kDevice); }

RopeTable table(int64_t rows, int64_t pairs) { return {f32({rows, pairs}), f32({rows, pairs})}; }

struct Misuse {
  std::string code;
  std::string message;  ///< whole
  std::function<void()> call;
};

void expect_refused(const Misuse& misuse) {
  try {
    misuse.call();
    ADD_FAILURE() << "accepted, expected: " << misuse.message;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), misuse.code);
    EXPECT_EQ(error.what(), misuse.message);
  }
}

TEST(Misuse, Elementwise) {
  for (const Misuse& misuse : std::vector<Misuse>{
           {"ops.shape", "[activate] x is undefined, expected a tensor",
            [] { activate({}, Activation::silu); }},
           {"ops.dtype", "[activate] x is i64 [3], expected f32, bf16 or f16",
            [] { activate(i64({3}), Activation::silu); }},
           {"ops.shape", "[add] b is f32 [4], expected [2, 3], or one row of it [3]",
            [] {
              add(f32({2, 3}), f32({4}));
            }},
           {"ops.dtype", "[add] b is bf16 [2, 3], expected f32",
            [] {
              add(f32({2, 3}), bf16({2, 3}));
            }},
           {"ops.shape", "[gated] up is f32 [3, 2], expected [2, 3]",
            [] {
              gated(f32({2, 3}), f32({3, 2}), Activation::silu);
            }},
           {"ops.shape", "[combine] the sum is empty, expected at least one term",
            [] { combine({}); }},
           {"ops.shape", "[combine] a term is f32 [4], expected [3]",
            [] {
              combine({{1.0f, f32({3})}, {2.0f, f32({4})}});
            }},
           {"ops.dtype", "[cast] the result is i64, expected a floating type",
            [] { cast(f32({3}), DType::i64); }}}) {
    expect_refused(misuse);
  }
}

TEST(Misuse, Norm) {
  const Packing one = Packing::of_lengths({2});
  for (const Misuse& misuse : std::vector<Misuse>{
           {"ops.shape", "[rms_norm] weight is f32 [7], expected [8]",
            [] {
              rms_norm(f32({2, 8}), f32({7}), 1e-5f);
            }},
           {"ops.dtype", "[rms_norm] weight is i64 [8], expected a floating type",
            [] {
              rms_norm(f32({2, 8}), i64({8}), 1e-5f);
            }},
           {"ops.shape", "[rms_norm] x is f32 [2, 0], expected rows with at least one element",
            [] {
              rms_norm(f32({2, 0}), f32({0}), 1e-5f);
            }},
           {"ops.shape", "[rms_norm_modulate] packing is 2 rows, expected 3 rows, as x has",
            [&] {
              rms_norm_modulate(f32({3, 8}), f32({8}), 1e-5f, f32({1, 8}), one);
            }},
           {"ops.shape", "[rms_norm_modulate] scale is f32 [2, 8], expected [1, 8]",
            [&] {
              rms_norm_modulate(f32({2, 8}), f32({8}), 1e-5f, f32({2, 8}), one);
            }},
           {"ops.dtype", "[rms_norm_modulate] scale is bf16 [1, 8], expected f32",
            [&] {
              rms_norm_modulate(f32({2, 8}), f32({8}), 1e-5f, bf16({1, 8}), one);
            }},
           {"ops.shape", "[add_gated_rms_norm] branch is f32 [2, 9], expected [2, 8]",
            [&] {
              add_gated_rms_norm(f32({2, 8}), f32({2, 9}), f32({8}), 1e-5f, f32({1, 8}), one);
            }},
           {"ops.dtype", "[add_rms_norm] branch is bf16 [2, 8], expected f32",
            [] {
              add_rms_norm(f32({2, 8}), bf16({2, 8}), f32({8}), 1e-5f);
            }},
           {"ops.shape", "[layer_norm] bias is f32 [9], expected [8]",
            [] {
              layer_norm(f32({2, 8}), f32({8}), f32({9}), 1e-5f);
            }},
           {"ops.shape", "[layer_norm_modulate] x is f32 [1, 2, 8], expected [S,D]",
            [&] {
              layer_norm_modulate(f32({1, 2, 8}), 1e-5f, f32({1, 8}), one);
            }},
           {"ops.shape", "[group_norm] x is f32 [1, 2, 2, 8], expected channels in 3 equal groups",
            [] {
              group_norm(f32({1, 2, 2, 8}), 3, f32({8}), f32({8}), 1e-6f, Activation::none);
            }}}) {
    expect_refused(misuse);
  }
}

TEST(Misuse, PackingOutOfOrder) {
  Packing packing;
  packing.offsets = {0, 3, 2};
  expect_refused({"ops.shape",
                  "[mean_rows] packing is out of order, expected offsets that start at 0 and do "
                  "not fall",
                  [&] {
                    mean_rows(f32({2, 4}), packing);
                  }});
  expect_refused({"ops.shape", "[mean_rows] sequence 1 is empty, expected at least one row", [] {
                    mean_rows(f32({2, 4}), Packing::of_lengths({2, 0}));
                  }});
}

TEST(Misuse, Rope) {
  for (const Misuse& misuse : std::vector<Misuse>{
           {"ops.shape", "[rope] x is f32 [2, 3], expected [S,H,E]",
            [] {
              rope(f32({2, 3}), table(2, 1), RopeLayout::interleaved);
            }},
           {"ops.shape", "[rope] x is f32 [2, 1, 3], expected heads of even width",
            [] {
              rope(f32({2, 1, 3}), table(2, 1), RopeLayout::interleaved);
            }},
           {"ops.shape", "[rope] cos is f32 [1, 2], expected [2, 2]",
            [] {
              rope(f32({2, 1, 4}), table(1, 2), RopeLayout::interleaved);
            }},
           {"ops.dtype", "[rope] sin is bf16 [2, 2], expected f32",
            [] {
              rope(f32({2, 1, 4}), {f32({2, 2}), bf16({2, 2})}, RopeLayout::half_split);
            }},
           {"ops.shape",
            "[split_heads] qkv is f32 [2, 30], expected 2 heads, 1 key and 1 value heads of one "
            "width",
            [] {
              split_heads(f32({2, 30}).view({2, 30}), 2, 1);
            }},
           {"ops.shape", "[split_heads_norm_rope] k_weight is f32 [5], expected [4]",
            [] {
              split_heads_norm_rope(f32({2, 16}), 2, 1, f32({4}), f32({5}), 1e-6f, table(2, 2),
                                    RopeLayout::interleaved);
            }},
           {"ops.shape", "[rope_axes] axis 1 is 3 wide, expected an even width",
            [] {
              rope_axes(std::vector<int32_t>{0, 0}, std::vector<int64_t>{2, 3}, 1e4, kDevice);
            }},
           {"ops.shape", "[rope_axes] positions is 3 numbers, expected 2 for every row",
            [] {
              rope_axes(std::vector<int32_t>{0, 0, 0}, std::vector<int64_t>{2, 4}, 1e4, kDevice);
            }},
           {"ops.shape", "[rope_line] a head is 5 wide, expected an even width",
            [] { rope_line(std::vector<int32_t>{0}, 5, 1e4f, 1.0f, kDevice); }}}) {
    expect_refused(misuse);
  }
}

TEST(Misuse, Shape) {
  for (const Misuse& misuse : std::vector<Misuse>{
           {"ops.shape", "[concat_rows] the list of parts is empty, expected at least one part",
            [] { concat_rows({}); }},
           {"ops.shape", "[concat_rows] part 1 is f32 [2, 4], expected [2, 3]",
            [] {
              concat_rows({f32({5, 3}), f32({2, 4})});
            }},
           {"ops.dtype", "[concat_columns] part 1 is bf16 [2, 3], expected f32",
            [] {
              concat_columns({f32({2, 3}), bf16({2, 3})});
            }},
           {"ops.shape", "[split_columns] x is f32 [2, 5], expected 6 columns, as the widths",
            [] {
              split_columns(f32({2, 5}), {4, 2});
            }},
           {"ops.shape", "[split_columns] a width is -1, expected 0 or more columns",
            [] {
              split_columns(f32({2, 5}), {6, -1});
            }},
           {"ops.shape", "[take_rows] an index is 3, expected 0 to 2, the rows of x f32 [3, 2]",
            [] {
              take_rows(f32({3, 2}), {0, 3});
            }},
           {"ops.shape", "[to_channels_last] x is f32 [3, 2], expected [B,C,h,w]",
            [] {
              to_channels_last(f32({3, 2}));
            }},
           {"ops.shape", "[crop] the window is rows 2 to 5, columns 0 to 4, expected inside 4 x 4",
            [] {
              crop(f32({1, 4, 4, 3}), 2, 0, 3, 4);
            }},
           {"ops.shape",
            "[patchify] latent is f32 [16, 5, 4], expected sides that are multiples of the patch 2",
            [] {
              patchify(f32({16, 5, 4}), 2);
            }},
           {"ops.shape", "[unpatchify] tokens is f32 [4, 64], expected [4, 16]", [] {
              unpatchify(f32({4, 64}), 2, 4, 4, 4);
            }}}) {
    expect_refused(misuse);
  }
}

TEST(Misuse, EmbeddingNamesTheTokenAndTheVocabulary) {
  const std::vector<int32_t> ids{0, 10};
  expect_refused({"request.token_id", "token 1 has id 10, the vocabulary has ids 0 to 9", [&] {
                    embedding(f32({10, 4}), ids, 1.0f, DType::f32);
                  }});
  const std::vector<int32_t> negative{-1};
  expect_refused({"request.token_id", "token 0 has id -1, the vocabulary has ids 0 to 9", [&] {
                    embedding(f32({10, 4}), negative, 1.0f, DType::f32);
                  }});
}

TEST(Misuse, FactsAreMachineReadable) {
  try {
    rms_norm(f32({2, 8}), f32({7}), 1e-5f);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.facts(), testing::UnorderedElementsAre(testing::Pair("op", "rms_norm"),
                                                             testing::Pair("name", "weight"),
                                                             testing::Pair("found", "f32 [7]"),
                                                             testing::Pair("expected", "[8]")));
  }
}

}  // namespace
}  // namespace newbie::ops
