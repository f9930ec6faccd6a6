// Rows of many sequences that are moved at once.

#include "ops/sequences.h"

#include "batches.h"
#include "ops/reference/sequences.h"

namespace newbie::ops {
namespace {

class ManySequences : public testing::TestWithParam<DType> {};

/// Two packings of as many sequences.
struct Pair {
  Packing first, second;
};

std::vector<Pair> pairs() {
  return {{mixed(512, 1, 28, 1), mixed(512, 1, 540, 2)},
          {mixed(512, 0, 9, 3), mixed(512, 0, 7, 4)},
          {mixed(1, 5, 5, 5), mixed(1, 1, 1, 6)},
          {Packing::of_lengths({0, 0, 0, 4}), Packing::of_lengths({0, 3, 0, 0})},
          {Packing::of_lengths({0, 0}), Packing::of_lengths({2, 1})},
          {Packing::of_lengths({3, 1}), Packing::of_lengths({0, 0})},
          {Packing::of_lengths({0, 0, 0}), Packing::of_lengths({0, 0, 0})},
          {Packing(), Packing()}};
}

/// Row by row, without looking at how it is done.
Tensor joined_by_hand(const Tensor& a, const Packing& first, const Tensor& b,
                      const Packing& second) {
  Tensor y = Tensor::empty({a.dim(0) + b.dim(0), a.dim(1)}, a.dtype(), a.device());
  const size_t row = static_cast<size_t>(a.dim(1)) * size_of(a.dtype());
  std::byte* to = y.mutable_raw();
  for (int64_t s = 0; s < first.count(); ++s) {
    for (const auto& [x, rows] : {std::pair{&a, &first}, {&b, &second}}) {
      for (int64_t i = rows->begin(s); i < rows->end(s); ++i, to += row) {
        std::memcpy(to, x->raw() + static_cast<size_t>(i) * row, row);
      }
    }
  }
  return y;
}

TEST_P(ManySequences, AreJoinedAndParted) {
  for (const Pair& pair : pairs()) {
    for (const int64_t width : {int64_t{1}, int64_t{7}, int64_t{288}, int64_t{384}}) {
      const auto bytes = pair.second.rows() * width * static_cast<int64_t>(size_of(GetParam()));
      if (bytes > int64_t{32} << 20 && (width != 288 || GetParam() != DType::bf16)) continue;
      SCOPED_TRACE(testing::Message() << pair.first.count() << " sequences of " << width);
      const Tensor a = repeating({pair.first.rows(), width}, GetParam(), 1);
      const Tensor b = repeating({pair.second.rows(), width}, GetParam(), 2);
      const Tensor joined = joined_by_hand(a, pair.first, b, pair.second);
      for (const bool shifted : {false, true}) {
        const auto there = [&](const Tensor& x, const Device& device) {
          return shifted ? off_by_one(x, device) : test::copy_to(x, device);
        };
        expect_bytes(joined, [&](const Device& device) {
          return join_sequences(there(a, device), pair.first, there(b, device), pair.second);
        });
        const auto parted = [&](const Device& device) {
          return part_sequences(there(joined, device), pair.first, pair.second);
        };
        expect_bytes(a, [&](const Device& device) { return parted(device).first; });
        expect_bytes(b, [&](const Device& device) { return parted(device).second; });
      }
    }
  }
}

TEST_P(ManySequences, GoIntoBoxesAndBack) {
  struct Case {
    Packing sequences;
    int64_t heads, own;
    HeadPadding padding;
  };
  const auto sizes = [](int64_t length, int64_t width) {
    return HeadPadding{length, width, 1.0f, -13.5f};
  };
  for (const Case& c :
       {Case{mixed(512, 1, 27, 1), 2, 72, sizes(32, 80)},
        Case{mixed(512, 0, 13, 2), 2, 48, sizes(16, 48)},
        Case{mixed(5, 0, 540, 3), 3, 48, sizes(576, 56)},
        Case{mixed(130, 0, 5, 4), 3, 7, sizes(5, 8)}, Case{mixed(3, 1, 1, 5), 1, 1, sizes(1, 3)},
        Case{Packing::of_lengths({0, 0}), 2, 4, sizes(3, 6)},
        Case{Packing::of_lengths({0, 0}), 2, 4, sizes(0, 4)}, Case{Packing(), 2, 4, sizes(8, 4)}}) {
    SCOPED_TRACE(testing::Message() << c.sequences.count() << " sequences of " << c.own);
    const Tensor x = repeating({c.sequences.rows(), c.heads, c.own}, GetParam(), 7);
    Tensor boxes = Tensor::empty({c.sequences.count() * c.padding.length, c.heads, c.padding.width},
                                 GetParam(), x.device());
    reference::pad_heads(boxes, x, c.sequences, c.padding);
    expect_bytes(boxes, [&](const Device& device) {
      return pad_heads(test::copy_to(x, device), c.sequences, c.padding);
    });
    expect_bytes(boxes, [&](const Device& device) {
      return pad_heads(off_by_one(x, device), c.sequences, c.padding);
    });
    expect_bytes(x, [&](const Device& device) {
      return unpad_heads(test::copy_to(boxes, device), c.sequences, c.padding.length, c.own);
    });
  }
}

TEST(Boxes, MayHoldMoreThan31BitsCount) {
  // 5 GB: only where there is that much, and only its ends come back.
  for (const Device& device : test::accelerators()) {
    constexpr int64_t kCount = 300, kLength = 8192, kHeads = 8, kWidth = 128;
    if (device.memory().free < uint64_t{16} << 30) continue;
    const Packing sequences = Packing::of_lengths(std::vector<int64_t>(kCount, 1));
    const Tensor x = repeating({kCount, kHeads, kWidth}, DType::f16, 1);
    const Tensor boxes =
        pad_heads(test::copy_to(x, device), sequences, {.length = kLength, .width = kWidth});
    const int64_t last = (kCount - 1) * kLength;
    EXPECT_TRUE(
        test::same_bytes(to_host(boxes.slice(last, last + 1)), x.slice(kCount - 1, kCount)));
    EXPECT_EQ(to_host(boxes.slice(last + 1, last + 2)).to_floats(),
              std::vector<float>(kHeads * kWidth, 0.0f));
    EXPECT_TRUE(test::same_bytes(to_host(unpad_heads(boxes, sequences, kLength, kWidth)), x));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ManySequences, testing::ValuesIn(kTypes),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::ops
