// Shapes, views and storage.

#include "tensor/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace newbie {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The code and text of what `call` throws; "" when it does not.
template <class Call>
std::string thrown(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code() + ": " + error.what();
  }
  return "";
}

TEST(Shape, Sizes) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.rank(), 3);
  EXPECT_EQ(shape.numel(), 24);
  EXPECT_EQ(shape.rows(), 6);
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[-1], 4);
  EXPECT_EQ(shape.str(), "[2, 3, 4]");
  EXPECT_EQ(shape.with(-2, 7), (Shape{2, 7, 4}));
  EXPECT_FALSE(shape == (Shape{2, 3}));
}

TEST(Shape, EmptyOnes) {
  EXPECT_EQ(Shape().numel(), 1) << "a scalar";
  EXPECT_EQ((Shape{0, 5}).numel(), 0);
  EXPECT_EQ((Shape{0, 5}).rows(), 0);
  EXPECT_EQ((Shape{5, 0}).rows(), 0);
}

TEST(Shape, RefusesWhatCannotBe) {
  EXPECT_THAT(thrown([] { Shape{1, 1, 1, 1, 1, 1, 1}; }),
              HasSubstr("tensor.shape: a tensor with 7"));
  EXPECT_THAT(thrown([] { Shape{2, -1}; }), HasSubstr("tensor.shape: [2, -1] is not"));
  EXPECT_THAT(thrown([] { Shape{int64_t{1} << 40, int64_t{1} << 40}; }), HasSubstr("tensor.shape"));
}

TEST(DType, NamesAndSizes) {
  for (DType dtype :
       {DType::f64, DType::f32, DType::f16, DType::bf16, DType::f8_e4m3, DType::f8_e5m2, DType::i64,
        DType::i32, DType::i16, DType::i8, DType::u8, DType::boolean}) {
    EXPECT_EQ(dtype_from_name(name_of(dtype)), dtype);
  }
  EXPECT_EQ(dtype_from_name("float"), std::nullopt);
  EXPECT_EQ(size_of(DType::bf16), 2u);
  EXPECT_EQ(size_of(DType::f8_e5m2), 1u);
  EXPECT_TRUE(is_floating(DType::f8_e4m3));
  EXPECT_FALSE(is_floating(DType::u8));
}

TEST(Tensor, CopiesShareMemoryAndViewsKeepIt) {
  const Device device = Device::cpu(1);
  Tensor x = Tensor::from({0, 1, 2, 3, 4, 5}, {2, 3}, device);
  const Tensor copy = x;
  x.mutable_data<float>()[0] = 7;
  EXPECT_EQ(copy.data<float>()[0], 7);
  EXPECT_EQ(x.view({3, 2}).raw(), x.raw());
  EXPECT_EQ(x.view({-1, 2}).shape(), (Shape{3, 2}));
  EXPECT_THAT(thrown([&] { x.view(Shape{4}); }), HasSubstr("[2, 3] cannot be seen as [4]"));
  Tensor kept;
  {
    const Tensor scoped = Tensor::from({8, 9}, {2}, device);
    kept = scoped.slice(1, 2);
  }
  EXPECT_THAT(kept.to_floats(), ElementsAre(9));
}

TEST(Tensor, SlicesRows) {
  const Device device = Device::cpu(1);
  const Tensor x = Tensor::from({0, 1, 2, 3, 4, 5}, {3, 2}, device);
  EXPECT_THAT(x.slice(1, 3).to_floats(), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(x.slice(1, 3).slice(1, 2).to_floats(), ElementsAre(4, 5));
  EXPECT_EQ(x.slice(2, 2).shape(), (Shape{0, 2}));
  EXPECT_THAT(thrown([&] { x.slice(2, 4); }), HasSubstr("out of range"));
  EXPECT_THAT(thrown([&] { x.slice(2, 1); }), HasSubstr("out of range"));
}

TEST(Tensor, WrongTypeIsOurBug) {
  const Tensor x = Tensor::zeros({2}, DType::bf16, Device::cpu(1));
  EXPECT_THAT(thrown([&] { (void)x.data<float>(); }), HasSubstr("internal.invariant"));
  EXPECT_EQ(x.str(), "bf16 [2]");
  EXPECT_EQ(Tensor().str(), "undefined");
}

TEST(Tensor, EveryTypeReadsAsFloats) {
  const Device device = Device::cpu(1);
  const std::vector<int64_t> wide{-3, 1 << 20};
  const std::vector<int32_t> narrow{-3, 7};
  const std::vector<double> doubles{0.5, -2};
  EXPECT_THAT(Tensor::from<int64_t>(wide, {2}, device).to_floats(), ElementsAre(-3, 1 << 20));
  EXPECT_THAT(Tensor::from<int32_t>(narrow, {2}, device).to_floats(), ElementsAre(-3, 7));
  EXPECT_THAT(Tensor::from<double>(doubles, {2}, device).to_floats(), ElementsAre(0.5, -2));
  Tensor bytes = Tensor::zeros({2}, DType::i8, device);
  bytes.mutable_raw()[0] = std::byte{0xFF};
  EXPECT_THAT(bytes.to_floats(), ElementsAre(-1, 0));
}

TEST(Storage, MappedBytesAreReadOnlyAndKeepTheirOwner) {
  const Device device = Device::cpu(1);
  auto owner = std::make_shared<std::vector<float>>(4, 2.5f);
  const std::weak_ptr<std::vector<float>> alive = owner;
  Tensor mapped(std::make_shared<Storage>(device, std::as_bytes(std::span(*owner)), owner),
                sizeof(float), {3}, DType::f32);
  owner.reset();
  EXPECT_FALSE(alive.expired());
  EXPECT_THAT(mapped.to_floats(), ElementsAre(2.5f, 2.5f, 2.5f));
  EXPECT_THAT(thrown([&] { mapped.mutable_raw(); }), HasSubstr("mapped weights are read-only"));
  mapped = Tensor();
  EXPECT_TRUE(alive.expired());
}

TEST(Storage, RefusesShapesLargerThanItself) {
  const Device device = Device::cpu(1);
  auto storage = std::make_shared<Storage>(device, 16);
  EXPECT_NO_THROW(Tensor(storage, 0, {4}, DType::f32));
  EXPECT_THAT(thrown([&] { Tensor(storage, 4, {4}, DType::f32); }),
              HasSubstr("larger than its storage"));
}

}  // namespace
}  // namespace newbie
